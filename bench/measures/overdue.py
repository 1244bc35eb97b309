"""Waits above the maximum red, by SUMO's own record: somebody stood on a lane for longer, every light of it red.

In seconds per lane, whoever controls. Who stood is known per interval of `recording.STANDING_PERIOD_S`, so a wait of
which less than that is above the maximum red may be missed. Nobody leaves a lane while it is red: as long as somebody
stands without a break, the first of them does. People on foot do not stand on lanes. Where a lane is too
short to wait on, who waits for it stands on the lanes inside the junction before it, where its loops are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np

from bench.measures.locks import STOOD, Span, Stood, read_standing
from bench.measures.raw import Shown, read_shown
from network.loops.detectors import Layout
from network.program.signals import Signal
from scenarios.launch import SHOWN_STATES
from scenarios.recording import STANDING


@dataclass(frozen=True, slots=True)
class Overdue:
    """Seconds in which somebody stood on a lane after more than the maximum red; ``longest_s`` in a single red."""

    lane: str
    overdue_s: float
    longest_s: float = 0.0


def read_overdue(
    run_dir: Path, signals: Iterable[Signal], max_red_s: float, layout: Layout | None = None
) -> list[Overdue]:
    """Of the run in ``run_dir``, the longest first; ``max_red_s`` where the engineer's own limit is no shorter. By the
    loops of ``layout`` it is known where those stand who wait for a lane that is too short."""
    paths = run_dir / STANDING, run_dir / SHOWN_STATES
    if not all(path.is_file() for path in paths):
        return []
    known = {signal.id: signal for signal in signals}
    lanes = controlled_lanes(known.values())
    longest = {i: np.minimum(signal.longest_s("max_red_s"), max_red_s) for i, signal in known.items()}
    limits = {lane: float(longest[i][list(links)].min()) if longest[i].size else max_red_s
              for lane, (i, links) in lanes.items()}  # fmt: skip
    standing = read_standing(paths[0])
    standing |= {lane: _together([standing.get(each, []) for each in (lane, *before)])
                 for lane, before in ({} if layout is None else lanes_before(layout)).items()}  # fmt: skip
    found = late_s(read_shown(paths[1]), standing, lanes, limits)
    return sorted((Overdue(lane, sum(late), max(late)) for lane, late in found.items()),
                  key=lambda one: (-one.overdue_s, one.lane))  # fmt: skip


def lanes_before(layout: Layout) -> dict[str, tuple[str, ...]]:
    """Per lane that is too short to wait on, the lanes inside junctions on which its stop-line loops lie."""
    found = {}
    for own in (own for group in layout.lane_loops.values() for own in group if own.stop >= 0):
        inside = (lane for _, lane, _ in layout.loops[own.stop].parts() if lane.startswith(":"))
        if before := tuple(dict.fromkeys(inside)):
            found[own.lane.id] = before
    return found


def _together(standing: Iterable[Sequence[Stood]]) -> list[Stood]:
    """Of several lanes, in every interval the one on which most was stood."""
    most: dict[float, Stood] = {}
    for one in (one for of_lane in standing for one in of_lane):
        if one.since_s not in most or one.waited_s > most[one.since_s].waited_s:
            most[one.since_s] = one
    return [most[since_s] for since_s in sorted(most)]


def controlled_lanes(signals: Iterable[Signal]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Per lane that ends at a signal: the signal, and the indices of its lights."""
    links: dict[str, set[int]] = defaultdict(set)
    of: dict[str, str] = {}
    for signal in signals:
        for link in signal.links:
            if not link.is_crossing:
                links[link.from_lane].add(link.index)
                of[link.from_lane] = signal.id
    return {lane: (of[lane], tuple(sorted(found))) for lane, found in links.items()}


def late_s(
    shown: Mapping[str, Shown],
    standing: Mapping[str, Sequence[Stood]],
    lanes: Mapping[str, tuple[str, tuple[int, ...]]],
    max_red_s: Mapping[str, float],
) -> dict[str, list[float]]:
    """Per lane and red, the seconds for which somebody had stood longer than its ``max_red_s`` in it; those of none are
    left out."""
    found: dict[str, list[float]] = {}
    for lane, (signal_id, links) in lanes.items():
        if signal_id in shown and lane in standing:
            long = [red for red in reds(shown[signal_id], links) if red.until_s - red.since_s > max_red_s[lane]]
            seconds = [late for red in long if (late := _late_in(red, standing[lane], max_red_s[lane])) > 0.0]
            if seconds:
                found[lane] = seconds
    return found


def _late_in(red: Span, standing: Sequence[Stood], max_red_s: float) -> float:
    """Seconds of a red for which the first who stood in it had waited longer than ``max_red_s``."""
    late_s, since_s, until_s = 0.0, red.since_s, -inf  # of the wait of who is first
    before = Stood(-inf, -inf, 0.0, 0)
    for one in standing:
        shared = red.overlap_s(one.since_s, one.until_s)
        if shared > 0.0 and one.waited_s >= max(STOOD * shared, 1.0):
            if until_s != one.since_s:
                came_s = one.since_s - (before.waited_s if before.until_s == one.since_s else 0.0)
                since_s = max(red.since_s, before.since_s, came_s)
            until_s = one.until_s
            late_s += max(0.0, Span(since_s + max_red_s, red.until_s).overlap_s(one.since_s, one.until_s))
        before = one
    return late_s


def reds(shown: Shown, links: Sequence[int]) -> list[Span]:
    """The spans in which all of ``links`` were red; a light that is off or blinks is not."""
    spans: list[Span] = []
    ends = (*shown.times_s[1:], shown.end_s)
    for start, end, state in zip(shown.times_s, ends, shown.states, strict=True):
        if any(state[i] != "r" for i in links):
            continue
        if spans and spans[-1].until_s == start:
            spans[-1] = Span(spans[-1].since_s, end)
        else:
            spans.append(Span(start, end))
    return spans
