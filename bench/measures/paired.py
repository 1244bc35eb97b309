"""Changes against the baseline, seed by seed, and whether they support a claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

FEWEST_PAIRS = 3
# Student's t, two-sided 95 %, for 1 to 30 degrees of freedom; above, its expansion in 1/df is good to 0.001.
T95 = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448,
    2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484,
    2.0452, 2.0423,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """Mean change in per cent over ``pairs`` seeds with its 95 % confidence interval; None: cannot be said."""

    mean_pct: float | None
    low_pct: float | None
    high_pct: float | None
    pairs: int

    @property
    def is_clear(self) -> bool:
        """Enough pairs, and an interval on one side of zero."""
        if self.pairs < FEWEST_PAIRS or self.low_pct is None or self.high_pct is None:
            return False
        return self.low_pct > 0 or self.high_pct < 0


def t95(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's t."""
    return T95[degrees - 1] if degrees <= len(T95) else 1.95996 + 2.3723 / degrees + 2.8225 / degrees**2


def change(values: Sequence[float], base: Sequence[float]) -> Change:
    """The change of ``values`` against ``base``, paired by position; pairs with a base of 0 are left out."""
    changes = [100.0 * (value / before - 1.0) for value, before in zip(values, base, strict=True) if before]
    if not changes:
        return Change(None, None, None, 0)
    centre = mean(changes)
    if len(changes) < 2:
        return Change(centre, None, None, 1)
    half = t95(len(changes) - 1) * stdev(changes) / math.sqrt(len(changes))
    return Change(centre, centre - half, centre + half, len(changes))


def verdict(what: str, found: Change, better_is_less: bool) -> str:
    """In words, what the data lets one say."""
    if found.mean_pct is None:
        return f"{what}: nothing to compare."
    if found.pairs < FEWEST_PAIRS or found.low_pct is None or found.high_pct is None:
        seeds = "one seed" if found.pairs == 1 else f"{found.pairs} seeds"
        return f"{what}: {found.mean_pct:+.1f} % with {seeds}; too few to claim anything, run at least five."
    interval = f"95 % interval {found.low_pct:+.1f} to {found.high_pct:+.1f} %, {found.pairs} paired seeds"
    if not found.is_clear:
        return f"{what}: {found.mean_pct:+.1f} % ({interval}); the data does not support a claim either way."
    better = (found.mean_pct < 0) == better_is_less
    return f"{what}: {'better' if better else 'WORSE'} by {abs(found.mean_pct):.1f} % ({interval})."
