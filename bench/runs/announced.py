"""A recorded run as it would have announced itself: what every signal showed, and what it could say of its next change
in every second. Runs of the engine are replayed for their plans; programs with fixed times are known by heart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measures.raw import Shown, read_shown
from bench.runs.prepare import Prepared, load
from bench.runs.spec import SPEC, RunSpec, read_spec
from controllers.announce.bounds import bounds, rules_of
from controllers.announce.course import Course, colours, each_second
from controllers.announce.hindsight import CERTAIN, confidence, guess
from controllers.announce.outlook import Outlook
from controllers.announce.timetable import timetable
from controllers.drive import CONTROL_STEP_S, Drive
from controllers.registry import base_name, get, settings_for
from controllers.taping import TAPE, ReplayPort, Tape, read_tape
from controllers.tuned import NAME as TUNED
from controllers.tuned import PLAN_FILE
from network.errors import ScenarioError
from network.programs import read_programs
from network.signals import Program, Signal
from scenarios.launch import SHOWN_STATES
from signal_core.arrays import FloatArray
from signal_core.letters import encode

PLAN, HISTORY, PROGRAM = 0, 1, 2
"""Where a likely time comes from."""
NOT_YET = np.zeros((0, 0), dtype=np.int8)
"""Of the confidence, until it is known how far predictions came true."""


@dataclass(frozen=True)
class Announced:
    """A signal of a run. All but the course: [T, n], seconds of the simulation; inf for never or unknown, NaN of
    likely_s for nothing to say. source: PLAN, HISTORY or PROGRAM. guess_s: from history alone. confidence: 0 to 15."""

    course: Course
    earliest_s: FloatArray
    latest_s: FloatArray
    likely_s: FloatArray
    next_green_s: FloatArray
    source: NDArray[np.int8]
    guess_s: FloatArray
    confidence: NDArray[np.int8]


def announced(place: Path) -> list[Announced]:
    """What the signals of the run in ``place``, in a results folder, could have said, in the order of their names.

    Raises ScenarioError where the run cannot be read.
    """
    spec = read_spec(place / SPEC, place.parents[2])
    prepared = load(spec.study)
    shown = read_shown(place / SHOWN_STATES)
    unknown = sorted(shown.keys() - prepared.signals.keys())
    if unknown:
        raise ScenarioError(f"{place / SHOWN_STATES}: unknown signal '{unknown[0]}'; run the comparison again")
    ids = sorted(i for i in shown if prepared.signals[i].links)
    if not ids:
        raise ScenarioError(f"{place / SHOWN_STATES}: no signal showed anything; run the comparison again")
    controller = get(spec.controller).make(settings_for(spec.controller, spec.study.settings))
    drives = controller.owns_signals
    said = list((_of_engine if drives else _of_programs)(place, spec, prepared, shown, ids))
    sure = confidence([one.course for one in said], [one.likely_s for one in said], [one.source for one in said])
    return [replace(one, confidence=np.where(one.earliest_s == one.latest_s, CERTAIN, of_one).astype(np.int8))
            for one, of_one in zip(said, sure, strict=True)]  # fmt: skip


def course_of(signal: Signal, shown: Shown) -> Course:
    """What a signal showed in whole seconds. Raises ScenarioError where it has other lamps."""
    if {len(state) for state in shown.states} != {signal.n_links}:
        raise ScenarioError(f"signal {signal.id}: recorded with other lamps than it has; run the comparison again")
    first_s, states = each_second(shown.times_s, shown.states, shown.end_s)
    return Course(signal.id, first_s, states, colours(np.stack([encode(state) for state in states])))


def _of_programs(place: Path, spec: RunSpec, prepared: Prepared, shown: dict[str, Shown],
                 ids: Sequence[str]) -> Iterator[Announced]:
    """SUMO is in charge, and keeps nothing but the rows of its programs."""
    programs = _programs(spec, prepared)
    for signal_id in ids:
        course = course_of(prepared.signals[signal_id], shown[signal_id])
        outside = guess(course)
        after = np.broadcast_to(course.times_s[:, None] + 1.0, course.colour.shape)
        never = np.full(course.colour.shape, np.inf)
        change, green, kept = never, never, np.zeros(len(course.states), dtype=np.bool_)
        if signal_id in programs:
            change, green, kept = timetable(programs[signal_id], course)
        known = kept[:, None]
        yield Announced(course, np.where(known, change, after), np.where(known, change, np.inf),
                        np.where(known, change, outside), np.where(known, green, np.inf),
                        np.where(np.broadcast_to(known, never.shape), PROGRAM, HISTORY).astype(np.int8), outside,
                        NOT_YET)


def _programs(spec: RunSpec, prepared: Prepared) -> dict[str, Program]:
    """Those a run showed: some are loaded before its start instead of the running ones."""
    if base_name(spec.controller) == TUNED:
        return {**prepared.programs, **read_programs([Path(spec.study.prepared) / PLAN_FILE])}
    controller = get(spec.controller).make(settings_for(spec.controller, spec.study.settings))
    replaced = controller.replaced_programs(prepared.programs)
    return {**prepared.programs, **{program.signal_id: program for program in replaced}}


def _of_engine(place: Path, spec: RunSpec, prepared: Prepared, shown: dict[str, Shown],
               ids: Sequence[str]) -> Iterator[Announced]:
    plans = _plans(place, spec, prepared) if (place / TAPE).is_file() else {}
    for signal_id in ids:
        signal = prepared.signals[signal_id]
        course = course_of(signal, shown[signal_id])
        earliest, latest = bounds(course, rules_of(signal))
        outside = guess(course)
        change, green = (course.times_s[:, None] + each for each in _ahead(plans.get(signal_id, {}), course))
        planned = np.isfinite(change)
        likely = np.clip(np.where(planned, change, outside), earliest, latest)
        again = np.where(np.isfinite(green), np.maximum(green, earliest), np.inf)
        yield Announced(course, earliest, latest, likely, again, np.where(planned, PLAN, HISTORY).astype(np.int8),
                        outside, NOT_YET)


Ahead = dict[int, tuple[FloatArray, FloatArray]]


def _ahead(plans: Ahead, course: Course) -> tuple[FloatArray, FloatArray]:
    """Seconds ahead of the next change and the next green by the plan, [T, n]; inf where it says nothing."""
    change, green = (np.full(course.colour.shape, np.inf) for _ in range(2))
    for t in range(len(course.states)):
        if course.first_s + t in plans:
            change[t], green[t] = plans[course.first_s + t]
    return change, green


def _plans(place: Path, spec: RunSpec, prepared: Prepared) -> dict[str, Ahead]:
    """By signal and second, what the engine meant to do, by replaying its tape."""
    tape = read_tape(place / TAPE)
    site, kept = _replayed(tape, spec, prepared)
    found: dict[str, Ahead] = {}
    for i, signal in enumerate(site):
        own = [any(phase.state[k] in "Gg" for phase in signal.phases) for k in range(signal.n_links)]
        of_signal = found.setdefault(signal.part_of or signal.id, {})
        for time_s, ahead in kept.items():
            change, green = (np.where(own, each, np.inf) for each in ahead[i])
            before = of_signal.get(time_s, (change, green))
            of_signal[time_s] = (np.minimum(before[0], change), np.minimum(before[1], green))
    return found


def _replayed(tape: Tape, spec: RunSpec,
              prepared: Prepared) -> tuple[Sequence[Signal], dict[int, list[tuple[FloatArray, FloatArray]]]]:
    settings = settings_for(spec.controller, spec.study.settings)
    outlook = Outlook(get(spec.controller).make(settings))
    drive = Drive(ReplayPort(tape), outlook, tuple(prepared.signals.values()), prepared.layout, settings,
                  spec.study.protocol, days=prepared.days)
    drive.run(float(tape.time_s[-1]) + CONTROL_STEP_S)
    return drive.signals, outlook.kept
