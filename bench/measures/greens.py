"""What a signal chose: its phases with their splits, and how long until a phase comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.measures.raw import Shown
from network.program.phases import green_links, steady_state

NO_PHASE = -1


@dataclass(frozen=True, slots=True)
class Split:
    """A phase from its start to the start of the next one: green, then clearance."""

    phase: int
    start_s: float
    green_s: float
    length_s: float


def splits(shown: Shown, phase_states: Sequence[str]) -> list[Split]:
    """The phases a signal went through. States that are no phase belong to the phase before them."""
    known = {green_links(steady_state(state)): k for k, state in reversed(list(enumerate(phase_states)))}
    found: list[list[float]] = []  # phase, start, green, end
    ends = (*shown.times_s[1:], shown.end_s)
    for start, end, state in zip(shown.times_s, ends, shown.states, strict=True):
        phase = NO_PHASE if set(state) & set("yYu") else known.get(green_links(steady_state(state)), NO_PHASE)
        if phase == NO_PHASE:
            if found:
                found[-1][3] = end
        elif found and found[-1][0] == phase:
            found[-1][2] += end - start
            found[-1][3] = end
        else:
            found.append([phase, start, end - start, end])
    return [Split(int(phase), start, green, end - start) for phase, start, green, end in found]


def shares(found: Sequence[Split], n_phases: int, least_s: float) -> list[tuple[float, float, list[float]]]:
    """(from, to, share of the time per phase) over whole cycles, as many as it takes to last ``least_s``."""
    if not found:
        return []
    bounds = [start for start, _ in cycles(found)[:1]]
    for start, length in cycles(found):
        if start + length - bounds[-1] >= least_s:
            bounds.append(start + length)
    if len(bounds) < 2:
        bounds = [found[0].start_s, found[-1].start_s + found[-1].length_s]
    return [(low, high, _shares(found, n_phases, low, high)) for low, high in zip(bounds, bounds[1:], strict=False)]


def _shares(found: Sequence[Split], n_phases: int, low: float, high: float) -> list[float]:
    row = [0.0] * n_phases
    for split in found:
        overlap = min(high, split.start_s + split.length_s) - max(low, split.start_s)
        row[split.phase] += max(0.0, overlap) / (high - low)
    return row


def cycles(found: Sequence[Split]) -> list[tuple[float, float]]:
    """(start in s, seconds until it comes again) of the phase that is shown longest in all."""
    if not found:
        return []
    total: dict[int, float] = {}
    for split in found:
        total[split.phase] = total.get(split.phase, 0.0) + split.green_s
    main = max(total, key=lambda phase: total[phase])
    starts = [split.start_s for split in found if split.phase == main]
    return [(start, after - start) for start, after in zip(starts, starts[1:], strict=False)]
