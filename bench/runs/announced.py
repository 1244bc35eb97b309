"""A recorded run as it would have announced itself: what every signal showed, and what it could say of its next change
in every second. Runs of the engine are replayed for their plans; programs with fixed times are known by heart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measures.raw import Shown, read_shown
from bench.runs.driven import drive_again
from bench.runs.prepare import Prepared, load
from bench.runs.spec import SPEC, RunSpec, read_spec
from controllers.announce.bounds import bounds, rules_of
from controllers.announce.course import Course, colours, each_second
from controllers.announce.hindsight import (
    ANNOUNCED,
    CERTAIN,
    HISTORY,
    PLAN,
    PROGRAM,
    came_true,
    confidence_of,
    guess,
    is_told,
    usual,
)
from controllers.announce.outlook import Meant, Outlook
from controllers.announce.spatem import BY_TRAFFIC, FIXED_TIME, Status
from controllers.announce.timetable import timetable
from controllers.driving.drive import CONTROL_STEP_S
from controllers.laws.tuned import NAME as TUNED
from controllers.laws.tuned import PLAN_FILE
from controllers.logs.taping import TAPE, Tape, read_tape
from controllers.registry import base_name, get, settings_for
from network.errors import ScenarioError
from network.program.programs import read_programs
from network.program.signals import Program, Signal
from scenarios.launch import SHOWN_STATES
from signal_core.tables.arrays import FloatArray
from signal_core.tables.letters import encode

NOT_YET = np.zeros((0, 0), dtype=np.int8)
"""Of the confidence, until it is known how far predictions came true."""


@dataclass(frozen=True)
class Announced:
    """A signal of a run. All but the course: [T, n], seconds of the simulation; inf for never or unknown, NaN of
    likely_s for nothing to say. source: of `hindsight`. guess_s: from history alone. confidence: 0 to 15.
    status: of every second, as SPaT has it."""

    course: Course
    earliest_s: FloatArray
    latest_s: FloatArray
    likely_s: FloatArray
    next_green_s: FloatArray
    source: NDArray[np.int8]
    guess_s: FloatArray
    confidence: NDArray[np.int8]
    status: tuple[Status, ...]


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
    shares = came_true([one.course for one in said], [one.likely_s for one in said], [one.source for one in said])
    return [_surely(one, share) for one, share in zip(said, shares, strict=True)]


def _surely(one: Announced, share: FloatArray) -> Announced:
    """With its confidence, and without what is less sure than any. share: of predictions of that kind, [T, n]."""
    certain = one.earliest_s == one.latest_s
    return replace(one, likely_s=np.where(certain | is_told(share), one.likely_s, np.nan),
                   confidence=np.where(certain, CERTAIN, confidence_of(share)).astype(np.int8))


def untold(place: Path) -> str:
    """Why nothing is known of the plans of the run in ``place``; empty where something is, or where SUMO had the plans.

    Raises ScenarioError where the run cannot be read.
    """
    spec = read_spec(place / SPEC, place.parents[2])
    controller = get(spec.controller).make(settings_for(spec.controller, spec.study.settings))
    if not controller.owns_signals or (place / TAPE).is_file():
        return ""
    return "what the engine meant to do was not recorded: run the comparison again without --report none"


def course_of(signal: Signal, shown: Shown) -> Course:
    """What a signal showed in whole seconds. Raises ScenarioError where it has other lamps; how many a rail signal or
    crossing has nobody knows before."""
    shows = {len(state) for state in shown.states}
    if len(shows) != 1 or (signal.n_links and shows != {signal.n_links}):
        raise ScenarioError(f"signal {signal.id}: recorded with other lamps than it has; run the comparison again")
    first_s, states = each_second(shown.times_s, shown.states, shown.end_s)
    return Course(signal.id, first_s, states, colours(np.stack([encode(state) for state in states])))


def _of_programs(place: Path, spec: RunSpec, prepared: Prepared, shown: dict[str, Shown],
                 ids: Sequence[str]) -> Iterator[Announced]:
    """SUMO is in charge, and keeps nothing but the rows of its programs."""
    programs = _programs(spec, prepared)
    for signal_id in ids:
        signal = prepared.signals[signal_id]
        yield _of_program(programs.get(signal_id) if signal.n_links else None, course_of(signal, shown[signal_id]))


def _of_program(program: Program | None, course: Course) -> Announced:
    """Of one signal that SUMO is in charge of; without a program by habit alone."""
    by_habit = _by_habit(course)
    if program is None:
        return by_habit
    change, green, kept = timetable(program, course)
    known = kept[:, None]
    return replace(by_habit, earliest_s=np.where(known, change, by_habit.earliest_s),
                   latest_s=np.where(known, change, np.inf), likely_s=np.where(known, change, by_habit.likely_s),
                   next_green_s=np.where(known, green, np.inf),
                   source=np.where(known, PROGRAM, by_habit.source).astype(np.int8),
                   status=tuple((FIXED_TIME if one else BY_TRAFFIC,) for one in kept))


def _by_habit(course: Course) -> Announced:
    """Of a signal of which nothing is known but what it showed: it may change in any second."""
    after = np.broadcast_to(course.times_s[:, None] + 1.0, course.colour.shape)
    never = np.full(course.colour.shape, np.inf)
    return Announced(course, after, never, np.maximum(usual(course), after), never,
                     np.full(never.shape, HISTORY, dtype=np.int8), guess(course), NOT_YET,
                     ((BY_TRAFFIC,),) * len(course.states))


def _programs(spec: RunSpec, prepared: Prepared) -> dict[str, Program]:
    """Those a run showed: some are loaded before its start instead of the running ones."""
    if base_name(spec.controller) == TUNED:
        return {**prepared.programs, **read_programs([Path(spec.study.prepared) / PLAN_FILE])}
    controller = get(spec.controller).make(settings_for(spec.controller, spec.study.settings))
    replaced = controller.replaced_programs(prepared.programs)
    return {**prepared.programs, **{program.signal_id: program for program in replaced}}


def _of_engine(place: Path, spec: RunSpec, prepared: Prepared, shown: dict[str, Shown],
               ids: Sequence[str]) -> Iterator[Announced]:
    programs = _programs(spec, prepared)
    plans, states = _plans(place, spec, prepared) if (place / TAPE).is_file() else ({}, {})
    for signal_id in ids:
        signal = prepared.signals[signal_id]
        course = course_of(signal, shown[signal_id])
        if signal.left_alone:
            yield _of_program(programs.get(signal_id) if signal.n_links else None, course)
            continue
        ahead = _ahead(plans.get(signal_id, {}), course)
        earliest, latest = bounds(course, rules_of(signal), ahead[2])
        change, green, _, ends, after = (course.times_s[:, None] + each for each in ahead[:5])
        latest = np.where(np.isfinite(ends), np.maximum(ends, earliest), latest)
        planned = np.isfinite(change)
        likely = np.clip(np.where(planned, change, np.maximum(usual(course), after)), earliest, latest)
        likely = np.where(earliest == latest, earliest, likely)
        again = np.where(np.isfinite(green), np.maximum(green, earliest), np.inf)
        source = np.where(ahead[5] > 0.0, ANNOUNCED, np.where(planned, PLAN, HISTORY)).astype(np.int8)
        yield Announced(course, earliest, latest, likely, again, source, guess(course), NOT_YET,
                        _status(states.get(signal_id, {}), course))


def _status(states: dict[int, Status], course: Course) -> tuple[Status, ...]:
    return tuple(states.get(course.first_s + t, (BY_TRAFFIC,)) for t in range(len(course.states)))


Ahead = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
"""Seconds ahead of the next change and the next green by the plan, inf where it says nothing; before which nothing
changes by the commitment; of the announced end of a green, inf for none; before which the plan changes nothing else; 1
where the change is announced or under way."""


def _ahead(plans: dict[int, Ahead], course: Course) -> Ahead:
    """Each [T, n]."""
    nothing = np.inf, np.inf, 0.0, np.inf, 0.0, 0.0
    found = [np.full(course.colour.shape, value) for value in nothing]
    for t in range(len(course.states)):
        for of_all, of_second in zip(found, plans.get(course.first_s + t, ()), strict=False):
            of_all[t] = of_second
    return found[0], found[1], found[2], found[3], found[4], found[5]


def _plans(place: Path, spec: RunSpec, prepared: Prepared) -> tuple[dict[str, dict[int, Ahead]],
                                                                    dict[str, dict[int, Status]]]:
    """By signal and second, what the engine meant to do and what SPaT has of it, by replaying its tape."""
    tape = read_tape(place / TAPE)
    site, kept = _replayed(tape, spec, prepared)
    found: dict[str, dict[int, Ahead]] = {}
    states: dict[str, dict[int, Status]] = {}
    for i, signal in enumerate(site):
        own = np.array([any(phase.state[k] in "Gg" for phase in signal.phases) for k in range(signal.n_links)])
        of_signal = found.setdefault(signal.part_of or signal.id, {})
        state = states.setdefault(signal.part_of or signal.id, {})
        for time_s, meant in kept.items():
            one = meant[i]
            ahead = (np.where(own, one.change_s, np.inf), np.where(own, one.green_s, np.inf),
                     np.where(own, one.not_before_s, 0.0), np.where(own, one.ends_s, np.inf),
                     np.where(own, one.after_s, 0.0), (own & one.announced).astype(np.float64))  # fmt: skip
            of_signal[time_s] = _both(of_signal[time_s], ahead) if time_s in of_signal else ahead
            state[time_s] = tuple(dict.fromkeys((*state.get(time_s, ()), *one.status)))
    return found, states


def _both(one: Ahead, other: Ahead) -> Ahead:
    """Of two junctions of one signal; each keeps what its own lamps have announced."""
    return (np.minimum(one[0], other[0]), np.minimum(one[1], other[1]), np.maximum(one[2], other[2]),
            np.minimum(one[3], other[3]), np.maximum(one[4], other[4]),
            np.where(one[0] <= other[0], one[5], other[5]))  # fmt: skip


def _replayed(tape: Tape, spec: RunSpec, prepared: Prepared) -> tuple[Sequence[Signal], dict[int, list[Meant]]]:
    drive, port = drive_again(tape, spec, prepared)
    outlook, kept, end_s = Outlook(drive.engine), {}, float(tape.time_s[-1]) + CONTROL_STEP_S
    while port.time_s < end_s:
        now_s = port.time_s
        drive.run(now_s + CONTROL_STEP_S)
        kept[round(now_s)] = outlook.look(now_s)
    return drive.signals, kept
