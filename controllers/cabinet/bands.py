"""Dynamic bands of a plan: which band lengthens which phase of the site's plan, and what the phase has without it.

The exchange list says that a band has a number from 1 to 10 and an extension in seconds; what it extends is the
affair of who prepares the plan. Here a band belongs to a phase of the plan, in its order, and the phase has its least
split without it: minimum green, yellow, red clearance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from controllers.cabinet.site import SignalSite
from controllers.field.rsmp.sxl import MOST_BANDS

MOST_EXTENSION_S = 99
"""Two digits, as the list writes them."""


@dataclass(frozen=True)
class Band:
    """number: of the band; phase: whose split it lengthens; base_s: that split with an extension of 0."""

    number: int
    phase: int
    base_s: int


def bands_of(site: SignalSite) -> tuple[Band, ...]:
    """The bands of the site's plan. More phases than bands: those beyond keep their split of the own plan."""
    planned = [phase for phase in site.phases if str(phase.number) in site.plan.splits]
    return tuple(
        Band(k, one.number, math.ceil(one.min_green_s + one.yellow_s + one.red_clear_s - 1e-6))
        for k, one in enumerate(planned[:MOST_BANDS], start=1))


def extensions(bands: tuple[Band, ...], splits_s: Mapping[int, int]) -> dict[int, int]:
    """Extensions in s by band for these splits, by phase. Raises ValueError for one that no band can give."""
    found = {}
    for band in bands:
        extension = splits_s.get(band.phase, band.base_s) - band.base_s
        if not 0 <= extension <= MOST_EXTENSION_S:
            raise ValueError(f"phase {band.phase}: a split of {splits_s[band.phase]} s is {extension} s beyond its "
                             f"least; a band gives 0 to {MOST_EXTENSION_S} s")
        found[band.number] = extension
    return found
