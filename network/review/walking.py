"""What an engineer would want to know about who walks at a signal. Pure functions, as in `network.review.signals`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from network.program.phases import GREEN
from network.program.signals import BoolArray, Signal
from network.review.findings import Finding, numbers
from network.safety.walking import WalkingSettings, crossing_indices, green_runs, walked_clearances, walked_indices

TOLERANCE_S = 0.05


def uncounted_walkers(signal: Signal) -> Iterator[Finding]:
    """Crossings that conflict with traffic: it gets phases of its own without them."""
    walking = crossing_indices(signal.links, signal.n_links) & signal.conflicts.any(axis=1)
    with_street = [walking & _lit(phase.state) for phase in signal.phases if (_lit(phase.state) & ~walking).any()]
    advice = "; --phases program, with each green of its street" if np.any(with_street) else ""
    if walking.any():
        yield Finding(
            "note",
            signal.id,
            f"no loop counts who walks: crossing on link {numbers(walking.nonzero()[0].tolist())}",
            "adaptive gives it green when somebody waits there (SUMO tells; in the field a button); where nobody can "
            f"tell, in time for the maximum red{advice}",
        )


def _lit(state: str) -> BoolArray:
    return np.array([lamp in GREEN for lamp in state], dtype=np.bool_)


def short_walks(signal: Signal, settings: WalkingSettings) -> Iterator[Finding]:
    """Crossings with less time than people need to step off, or to get across before a start against them."""
    walks, ways = [], []
    for i in walked_indices(signal.links, signal.n_links).nonzero()[0].tolist():
        way_m = max(link.length_m for link in signal.links if link.index == i and link.is_crossing)
        shown_s = min(green_runs(signal.program, i, longest=False), default=settings.walk_s)
        left_s = min(walked_clearances(signal.program, i, signal.conflicts, signal.yields_to), default=math.inf)
        if shown_s < settings.walk_s - TOLERANCE_S:
            walks.append((i, shown_s))
        if left_s < way_m / settings.walking_mps - TOLERANCE_S:
            ways.append((i, left_s, way_m))
    if walks:
        yield Finding(
            "warning",
            signal.id,
            f"walk of {min(shown_s for _, shown_s in walks):g} s on link {numbers(i for i, _ in walks)}",
            f"people need {settings.walk_s:g} s to see it and step off (a minDur counts for vehicles alone)",
        )
    if ways:
        way_m = max(way_m for _, _, way_m in ways)
        needed_s = math.ceil(way_m / settings.walking_mps - TOLERANCE_S)
        yield Finding(
            "warning",
            signal.id,
            f"{min(left_s for _, left_s, _ in ways):g} s to clear the crossing on link {numbers(i for i, *_ in ways)}",
            f"{way_m:g} m take {needed_s} s at {settings.walking_mps:g} m/s: so long before anything against it turns "
            "green or gets priority, as adaptive does",
        )
