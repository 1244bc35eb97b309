"""What a signal keeps link by link, and where each time comes from: the program, a rule, or the engineer's file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from network.program.rings import longest_green_s
from network.program.signals import Signal
from network.safety.clearance import DEFAULTS, shown_yellow_s
from network.safety.gaps import gaps_between_greens
from network.safety.walking import crossing_indices, walked_clearances
from signal_core.settings import Settings

PROGRAM, RULE, FILE = "program", "rule", "file"
TOLERANCE_S = 1e-6


class Sourced(NamedTuple):
    """Seconds, infinite for no limit, and what they come from."""

    seconds: float
    source: str


class LinkTimes(NamedTuple):
    """The times of one link; those of a crossing are its walk and the time it is kept clear after that."""

    link: int
    is_crossing: bool
    least_green: Sourced
    yellow: Sourced
    clearance: Sourced
    longest_green: Sourced
    longest_red: Sourced


def times_of(signal: Signal) -> Iterator[LinkTimes]:
    """Link by link."""
    walking = crossing_indices(signal.links, signal.n_links)
    longest_s = longest_green_s(signal)
    gaps = list(gaps_between_greens(signal.program, signal.conflicts, signal.yields_to))
    told = {gap.ending for gap in gaps if gap.adjacent}
    for i in sorted({link.index for link in signal.links}):
        green_s, yellow_s = float(signal.min_green_s[i]), float(signal.yellow_s[i])
        usual_s = DEFAULTS.walking.walk_s if walking[i] else DEFAULTS.min_green_s
        by_yellow = PROGRAM if shown_yellow_s(signal.program, i) >= yellow_s - TOLERANCE_S else RULE
        yield LinkTimes(
            i, bool(walking[i]),
            _sourced(signal, i, ("min_green_s", "walk_s"), green_s, RULE if green_s == usual_s else PROGRAM),
            _sourced(signal, i, ("yellow_s",), yellow_s, by_yellow),
            _sourced(signal, i, ("red_clearance_s", "walk_clear_s"), _clearance_s(signal, i, bool(walking[i])),
                     PROGRAM if (_leaves_the_way(signal, i) if walking[i] else i in told) else RULE),
            _sourced(signal, i, ("max_green_s",), float(longest_s[i]), PROGRAM if np.isfinite(longest_s[i]) else ""),
            _longest_red(signal, i),
        )  # fmt: skip


def _clearance_s(signal: Signal, i: int, walks: bool) -> float:
    if walks and signal.walk_clear_s.size:
        return float(signal.walk_clear_s[i])
    foes = signal.conflicts[i]
    return float((signal.intergreen_s[i, foes] - signal.yellow_s[i]).min()) if foes.any() else 0.0


def _leaves_the_way(signal: Signal, i: int) -> bool:
    """Whether the program itself keeps crossing i clear for so long."""
    left_s = min(walked_clearances(signal.program, i, signal.conflicts, signal.yields_to), default=0.0)
    return math.ceil(left_s) >= _clearance_s(signal, i, walks=True)


def _longest_red(signal: Signal, i: int) -> Sourced:
    rule_s = float(Settings().max_red_s)
    asked_s = float(signal.longest_s("max_red_s")[i])
    return Sourced(asked_s, FILE) if asked_s < rule_s else Sourced(rule_s, RULE)


def _sourced(signal: Signal, i: int, keys: tuple[str, ...], seconds: float, otherwise: str) -> Sourced:
    asked = [limit.seconds for limit in signal.limits if limit.link == i and limit.key in keys]
    by_file = bool(asked) and bool(np.isclose(asked, seconds).any())
    return Sourced(seconds, FILE if by_file else otherwise)
