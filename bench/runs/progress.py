"""How far the runs are, with the time left; on a terminal a moving display, elsewhere a line per run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bench.runs.jobs import Outcome, Runner
from bench.runs.spec import RunSpec

OPEN_END_S = 3600.0  # guess of how long a run without an end lasts, for the bar only


def watch_runs(specs: Sequence[RunSpec], runner: Runner, console: Console) -> Iterator[Outcome]:
    """Have the runs made, show how far they are, and give their outcomes as they come."""
    with _display(console) as display:
        view = _View(display, specs)
        for outcome in runner(specs, view.hear):
            view.finish(outcome)
            line = f"{view.place()} {_line(outcome)}"
            console.print(line, style="red" if outcome.row is None else "", soft_wrap=True)
            yield outcome


class _View:
    """One bar for all runs, one more for each that is running."""

    def __init__(self, display: Progress, specs: Sequence[RunSpec]) -> None:
        self._display = display
        self._lengths = {_title(spec): _length_s(spec) for spec in specs}
        self._done = dict.fromkeys(self._lengths, 0.0)
        self._bars: dict[str, TaskID] = {}
        self._started = time.monotonic()
        self._known_s = 0.0
        self._ended = 0
        self._all = display.add_task(f"{len(specs)} runs", total=sum(self._lengths.values()))

    def hear(self, spec: RunSpec, time_s: float) -> None:
        """A run is at ``time_s``. Called from the threads of the runs."""
        title = _title(spec)
        if title not in self._bars:
            self._bars[title] = self._display.add_task(title, total=self._lengths[title])
        self._move(title, min(self._lengths[title], time_s - spec.study.scenario.begin_s))

    def finish(self, outcome: Outcome) -> None:
        """A run has ended."""
        title = _title(outcome.spec)
        self._ended += 1
        self._known_s += self._lengths[title] if outcome.known else 0.0
        self._move(title, self._lengths[title])
        if title in self._bars:
            self._display.remove_task(self._bars.pop(title))

    def place(self) -> str:
        """How many have ended, and how long the rest will take at the pace so far."""
        ended = f"{self._ended}/{len(self._lengths)}"
        done_s = sum(self._done.values())
        made_s, rest_s = done_s - self._known_s, sum(self._lengths.values()) - done_s
        if made_s <= 0.0 or rest_s <= 0.0:
            return f"{ended}:"
        return f"{ended}, {_minutes(rest_s * (time.monotonic() - self._started) / made_s)} left:"

    def _move(self, title: str, done_s: float) -> None:
        self._done[title] = done_s
        if title in self._bars:
            self._display.update(self._bars[title], completed=done_s)
        self._display.update(self._all, completed=sum(self._done.values()))


def _display(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _length_s(spec: RunSpec) -> float:
    scenario = spec.study.scenario
    return OPEN_END_S if scenario.end_s is None else max(1.0, scenario.end_s - scenario.begin_s)


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _title(spec: RunSpec) -> str:
    return ", ".join(filter(None, (spec.study.label, spec.controller, f"seed {spec.seed}", spec.fault)))


def _line(outcome: Outcome) -> str:
    if outcome.row is None:
        return f"{_title(outcome.spec)}: died: {outcome.error}"
    row: dict[str, Any] = outcome.row
    made = "made before" if outcome.known else f"{row['wall_s']:.0f} s"
    notes = f", {row['interlock_trips']} interlock trips" if row["interlock_trips"] else ""
    return (
        f"{_title(outcome.spec)}: delay {row['delay_s']:.1f} s, {row['speed_kmh']:.1f} km/h, "
        f"{row['finished']} of {row['trips']} trips finished{notes} ({made})"
    )

