"""Who crossed on foot in a run, by SUMO's own record: how long they waited, and what the lamps showed.

Each second has a row for everybody on a crossing or on a walking area beside one. Who stands there and steps onto a
crossing next has waited for it; a queue that reaches beyond the walking area is not seen.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from bench.measures.raw import Shown, read_shown, text_of
from bench.measures.streams import lines, named
from network.program.signals import Signal
from scenarios.launch import SHOWN_STATES
from scenarios.recording import ON_FOOT

TIME = re.compile(rb'<timestep time="([\d.]+)"')
PERSON = re.compile(rb'<person id="([^"]*)".* speed="([\d.]+)".* edge="([^"]*)"')
GREEN = frozenset("Gg")
HALTING_MPS = 0.1
"""SUMO's own, of those who wait."""
AWAY_S = 3.0
"""Who was not seen for longer has been elsewhere."""
Sums: TypeAlias = dict[str, dict[str, float]]
LONGEST = "longest_s"


class Crossing(NamedTuple):
    """A crossing that a signal drives: its edge, and the indices of its lamps."""

    signal: str
    edge: str
    links: tuple[int, ...]

    @property
    def name(self) -> str:
        """Signal and lamps."""
        return f"{self.signal} {'+'.join(map(str, self.links))}"


@dataclass(slots=True)
class Passage:
    """Somebody on a crossing, from the first second on it to the last; ``waited_s``: stood beside it before."""

    edge: str
    from_s: float
    until_s: float
    waited_s: float


@dataclass(slots=True)
class _Seen:
    edge: str
    time_s: float
    stood_s: float = 0.0
    passage: Passage | None = field(default=None)


def crossings_of(signals: Iterable[Signal]) -> list[Crossing]:
    """Those of all signals that can be controlled, each once: it may have a lamp for each direction."""
    found: dict[tuple[str, str], set[int]] = {}
    for signal in signals:
        for link in () if signal.left_alone else signal.links:
            if link.is_crossing:
                found.setdefault((signal.id, link.to_lane.rpartition("_")[0]), set()).add(link.index)
    return [Crossing(signal, edge, tuple(sorted(links))) for (signal, edge), links in sorted(found.items())]


def crossing_sums(run_dir: Path, signals: Mapping[str, Signal]) -> Sums:
    """By crossing of the run in ``run_dir``, as `sums_of`; nothing where nobody was recorded."""
    if not (run_dir / ON_FOOT).is_file() or not (run_dir / SHOWN_STATES).is_file():
        return {}
    crossings, shown = crossings_of(signals.values()), read_shown(run_dir / SHOWN_STATES)
    walked: dict[str, list[Passage]] = {crossing.edge: [] for crossing in crossings}
    for passage in read_passages(run_dir / ON_FOOT, walked.keys()):
        walked[passage.edge].append(passage)
    return {crossing.name: sums_of(crossing, walked[crossing.edge], shown[crossing.signal], signals[crossing.signal])
            for crossing in crossings if crossing.signal in shown}  # fmt: skip


@named
def read_passages(path: Path, crossings: Collection[str]) -> list[Passage]:
    """Everybody who went over one of the crossings, in the order in which they stepped off."""
    seen: dict[bytes, _Seen] = {}
    found: list[Passage] = []
    time_s = 0.0
    for line in lines(path, "fcd-export"):
        if (person := PERSON.search(line)) is not None:
            edge, now_mps = text_of(person[3]), float(person[2])
            passage = _follow(seen, person[1], edge, time_s, now_mps, edge in crossings)
            found += [passage] if passage is not None else []
        elif (time := TIME.search(line)) is not None:
            time_s = float(time[1])
    return found


def _follow(seen: dict[bytes, _Seen], person: bytes, edge: str, time_s: float, now_mps: float,
            crosses: bool) -> Passage | None:
    """The passage that begins with this row, if one does."""
    before = seen.get(person)
    passed_s = time_s - before.time_s if before is not None else 0.0
    if before is not None and before.edge == edge and passed_s <= AWAY_S:
        before.time_s = time_s
        before.stood_s += passed_s if now_mps < HALTING_MPS else 0.0
        if before.passage is not None:
            before.passage.until_s = time_s
        return None
    waited_s = before.stood_s if before is not None and before.passage is None and passed_s <= AWAY_S else 0.0
    passage = Passage(edge, time_s, time_s, waited_s) if crosses else None
    seen[person] = _Seen(edge, time_s, passage=passage)
    return passage


def sums_of(crossing: Crossing, passages: Iterable[Passage], shown: Shown, signal: Signal) -> dict[str, float]:
    """Of one crossing: people, seconds they waited together and the longest wait, how many did not wait, stepped off on
    green, and were on it still when anything against it started; walks shown, and seconds of them."""
    walks = greens(shown, crossing.links)
    starts = _starts(shown, np.flatnonzero(signal.conflicts[list(crossing.links)].any(axis=0)).tolist())
    found = dict.fromkeys(("people", "waited_s", LONGEST, "not_stopped", "on_green", "caught"), 0.0)
    found |= {"walks": float(len(walks)), "walk_s": sum(end - begin for begin, end in walks)}
    begins = [begin for begin, _ in walks]
    for passage in passages:
        at = bisect.bisect_right(begins, passage.from_s) - 1
        ended_s = walks[at][1] if at >= 0 else passage.from_s
        first = bisect.bisect_left(starts, max(ended_s, passage.from_s))
        found["people"] += 1
        found["waited_s"] += passage.waited_s
        found[LONGEST] = max(found[LONGEST], passage.waited_s)
        found["not_stopped"] += passage.waited_s == 0.0
        found["on_green"] += at >= 0 and passage.from_s < ended_s
        found["caught"] += first < len(starts) and starts[first] <= passage.until_s
    return found


def greens(shown: Shown, links: Iterable[int]) -> list[tuple[float, float]]:
    """Begin and end of each green of one of ``links``."""
    return _spans(shown, [any(state[i] in GREEN for i in links) for state in shown.states])


def _spans(shown: Shown, lit: list[bool]) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for begin, end, is_lit in zip(shown.times_s, (*shown.times_s[1:], shown.end_s), lit, strict=True):
        if is_lit and spans and spans[-1][1] == begin:
            spans[-1] = spans[-1][0], end
        elif is_lit:
            spans.append((begin, end))
    return spans


def _starts(shown: Shown, links: Iterable[int]) -> list[float]:
    """When any of ``links`` turned green."""
    return sorted({begin for i in links for begin, _ in greens(shown, (i,))})


def added(runs: Iterable[Sums]) -> Sums:
    """The same over several runs."""
    found: Sums = {}
    for run in runs:
        for name, figures in run.items():
            into = found.setdefault(name, {})
            for key, value in figures.items():
                into[key] = max(into.get(key, 0.0), value) if key == LONGEST else into.get(key, 0.0) + value
    return found


def together(sums: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Several crossings as one; empty for none."""
    return added({"": dict(each)} for each in sums).get("", {})
