"""Runs as frames for the live page: recorded ones replayed, running ones as they go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.runs.announced import Announced, announced, untold
from bench.runs.driven import drive_again
from bench.runs.prepare import Prepared, load
from bench.runs.spec import SPEC, read_spec
from controllers.announce.bounds import rules_of
from controllers.announce.spatem import FIXED_TIME
from controllers.announce.teller import Told
from controllers.announce.timetable import film
from controllers.announce.watch import Frame, Parts, Watch, frame_of
from controllers.driving.drive import CONTROL_STEP_S, Drive
from controllers.logs.taping import TAPE, read_tape
from controllers.registry import get, settings_for
from network.program.signals import Program, Signal


def watch_of(drive: Drive) -> Watch:
    """A watch over a drive; junctions that are planned each on its own are told of as the signal they are part of."""
    return Watch(drive.engine, [rules_of(signal) for signal in drive.signals], parts_of(drive.signals))


def parts_of(signals: Sequence[Signal]) -> Parts:
    """Which signals of an engine are parts of which, and the lamps that are theirs."""
    found: Parts = {}
    for i, signal in enumerate(signals):
        if signal.part_of:
            own = [any(phase.state[k] in "Gg" for phase in signal.phases) for k in range(signal.n_links)]
            found.setdefault(signal.part_of, []).append((i, own))
    return found


def frames_of_run(place: Path) -> Iterator[Frame]:
    """Every second of the run in ``place``, in a results folder. Raises ScenarioError where it cannot be read."""
    spec = read_spec(place / SPEC, place.parents[2])
    prepared = load(spec.study)
    controller = get(spec.controller).make(settings_for(spec.controller, spec.study.settings))
    if not controller.owns_signals or not (place / TAPE).is_file():
        yield from _of_programs(announced(place), prepared, untold(place))
        return
    tape = read_tape(place / TAPE)
    drive, port = drive_again(tape, spec, prepared)
    watch, end_s = watch_of(drive), float(tape.time_s[-1]) + CONTROL_STEP_S
    while port.time_s < end_s:
        now_s = port.time_s
        drive.run(now_s + CONTROL_STEP_S)
        yield watch.second(now_s)


def _of_programs(found: Sequence[Announced], prepared: Prepared, missing: str) -> Iterator[Frame]:
    """SUMO was in charge, or something is missing: what is known is what was shown, and programs with fixed times."""
    first_s = min(one.course.first_s for one in found)
    last_s = max(one.course.first_s + len(one.course.states) for one in found)
    for time_s in range(first_s, last_s):
        signals = {}
        for one in found:
            t = time_s - one.course.first_s
            if 0 <= t < len(one.course.states):
                told = _row(one, t, prepared.programs[one.course.signal_id])
                times = "" if FIXED_TIME in one.status[t] else ", whose times are not fixed"
                why = missing or f"runs its program{times}"
                signals[one.course.signal_id] = frame_of(told, mode="PROGRAM", status=one.status[t], why=why)
        yield {"time_s": float(time_s), "signals": signals, "alarms": []}


def _row(one: Announced, t: int, program: Program) -> Told:
    time_s, state = float(one.course.first_s + t), one.course.states[t]
    planned: tuple[tuple[int, str], ...] = ((0, state),)
    until_s = 1
    if FIXED_TIME in one.status[t]:
        planned, until_s = film(program, time_s, state)
    no_green_s = np.full(len(state), np.nan)
    return Told(time_s, state, one.earliest_s[t], one.latest_s[t], one.likely_s[t], one.next_green_s[t], no_green_s,
                one.source[t], np.asarray(one.confidence[t]), planned, until_s)  # fmt: skip
