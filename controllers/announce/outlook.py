"""What the engine means to do, lamp by lamp: its plan played ahead through its own sequencer.

The planner names the phase wanted and the change after it; a change under way has an end that the sequencer knows. Both
are intentions, which the next second may better, unless the engine keeps what it announced (``commitment_s``). Nothing
here takes part in control: an engine is looked at between two of its seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from controllers.announce.course import IS_GREEN, IS_RED, ColourArray, colours
from controllers.announce.spatem import BY_TRAFFIC, FIXED_TIME, PREEMPTED, PRIORITY, Status
from signal_core.engine import Engine
from signal_core.kernels import sequencer
from signal_core.kernels.codes import SLOTS
from signal_core.kernels.sequencer import LinkRules, LinkTimers
from signal_core.ladder.modes import Mode, Trouble
from signal_core.planning.foresight import NONE, Foresight, Stage
from signal_core.planning.planner import Planner
from signal_core.sequencing.plan_rows import PlanRows
from signal_core.tables.arrays import BoolArray, CodeArray, FloatArray, IntArray
from signal_core.tables.letters import decode
from signal_core.tables.packed import Tables
from signal_core.tables.state import SignalState

LONGEST_CHANGE_S = 120
STRIP_S = 60
"""So far ahead a fixed-time plan is played."""


@dataclass(frozen=True)
class Meant:
    """Of the n lamps of a signal, seconds from now, float64[n] each.

    change_s: until the colour changes; green_s: until green starts; inf where the plan says nothing of it. after_s:
    what does not change by the plan changes later than this, 0 where it is not said what comes next.
    not_before_s: no change sooner, by the commitment; 0 without one. ends_s: the end of a green that is announced, inf
    for none. again_s: no green sooner of what will be red by what is announced or under way, 0 for not known.
    announced: bool[n], the change is announced or under way. film: what is shown, (from second, letters), the first
    from 0 on; until_s: so far it is known. why: in words. status: as SPaT has it: who decides, and whether somebody
    asks for green.
    """

    change_s: FloatArray
    green_s: FloatArray
    after_s: float
    not_before_s: FloatArray
    ends_s: FloatArray
    again_s: FloatArray
    announced: BoolArray
    film: tuple[tuple[int, str], ...]
    until_s: int
    why: str
    status: Status


class Outlook:
    """Looks at an engine after every `Engine.step`."""

    def __init__(self, engine: Engine) -> None:
        self._engine, planner = engine, getattr(engine.law, "planner", None)
        self._foresight = Foresight(planner) if isinstance(planner, Planner) else None

    def look(self, time_s: float) -> list[Meant]:
        """Every signal, in the order of the engine; time_s: that of the last step."""
        if self._foresight is not None:
            self._foresight.look()
        return [self._one(i, time_s) for i in range(len(self._engine.tables.link_ptr) - 1)]

    def _one(self, i: int, time_s: float) -> Meant:
        engine = self._engine
        tables, state, mode = engine.tables, engine.sequencer.state, int(engine.ladder.mode[i])
        film = film_of(tables, state, i)
        if mode == Mode.FIXED:
            reason = int(engine.ladder.modes.state.reason[i])
            plans, is_brief = engine.ladder.modes.target.plans, reason == Trouble.PLAN_BETTER
            for codes in _plan_ahead(plans, i, time_s, film.n, is_brief):
                film.second(codes)
        else:
            play(tables, state, i, self._stages(i, mode), film)
        is_kept = self._is_committed(i, mode)
        settings = engine.settings
        lead_s = 0 if settings.commitment_margin_vehicle_s > 0.0 else 1 + settings.commitment_s
        promised = _promised(tables, state, i, lead_s, film) if is_kept else None
        return meant_by(film, promised, self._why(i, mode), self._status(i, mode))

    def _status(self, i: int, mode: int) -> Status:
        asked = self._engine.sequencer.state.asked[i * SLOTS:(i + 1) * SLOTS]
        preempts = asked["preempts"][asked["active"] == 1]
        who = BY_TRAFFIC if mode == Mode.ADAPTIVE else FIXED_TIME
        return tuple(name for name, holds in ((PREEMPTED, (preempts == 1).any()), (PRIORITY, (preempts != 1).any()),
                                              (who, True)) if holds)  # fmt: skip

    def _is_committed(self, i: int, mode: int) -> bool:
        """Nobody else decides: not a fallback, not the engineer's longest greens and waits, which overrule, and no
        detector on a crossing, which ends a clearance."""
        engine, x = self._engine, self._engine.intersections[i]
        is_limited = any(each is not None for each in (x.max_green_s, x.max_red_s, x.least_clear_s))
        return (self._foresight is not None and mode == Mode.ADAPTIVE and engine.settings.commitment_s > 0
                and not is_limited)  # fmt: skip

    def _stages(self, i: int, mode: int) -> Sequence[Stage]:
        """What signal i is to show one after the other: the phase it is in or goes to, and those planned after it."""
        now, ahead = int(self._engine.sequencer.state.phase[i]), self._foresight
        return [(now, 0)] if ahead is None or mode != Mode.ADAPTIVE else ahead.stages(i, now)

    def _why(self, i: int, mode: int) -> str:
        engine, ahead = self._engine, self._foresight
        state, reason = engine.sequencer.state, Trouble(int(engine.ladder.modes.state.reason[i]))
        if mode != Mode.ADAPTIVE:
            plans = engine.ladder.modes.target.plans
            brief = mode == Mode.FIXED and reason is Trouble.PLAN_BETTER and not plans.by_gaps[i]
            cycle = f" at a cycle of {plans.brief_cycle_s[i]:.0f} s" if brief else ""
            return f"{DOES[Mode(mode)]}{cycle}: {REASONS[reason]}"
        now, (following, due_s) = int(state.phase[i]), announced(state, i)
        if following != NONE:
            return f"phase {following} is announced and begins in {due_s} s"
        if state.settled[i] == 0:
            return f"changes to phase {now}"
        if ahead is None:
            return f"shows phase {now}"
        if ahead.phase[i] in (NONE, now):
            return f"keeps phase {now} for all of the next {engine.settings.horizon_s} s"
        return f"keeps phase {now}, and means to leave it for phase {ahead.phase[i]} in {1 + ahead.in_s[i]} s"


DOES = {Mode.LAST_GOOD: "runs the last good plan", Mode.FIXED: "runs its fixed-time plan"}
REASONS = {
    Trouble.NOTHING: "until all is well again", Trouble.LATE: "the planner was late",
    Trouble.BAD_PLAN: "the planner found no plan", Trouble.NONSENSE: "the planner wanted what there is not",
    Trouble.REFUSED: "the interlock refused", Trouble.BLIND: "too little is seen",
    Trouble.NOBODY: "nobody is seen any more", Trouble.PLAN_BETTER: "it lets more traffic go",
}  # fmt: skip


def announced(state: SignalState, i: int) -> tuple[int, int]:
    """The phase that signal i has announced, NONE for nothing, and the seconds from now until it begins."""
    if state.due_s[i] < 0:
        return NONE, 0
    return int(state.announced[i]), 1 + int(state.due_s[i])


class Promised(NamedTuple):
    """As `Meant` has them."""

    not_before_s: FloatArray
    ends_s: FloatArray
    again_s: FloatArray


def nothing_promised(n: int) -> Promised:
    """To n lamps."""
    return Promised(np.zeros(n), np.full(n, np.inf), np.zeros(n))


def _promised(tables: Tables, state: SignalState, i: int, lead_s: int, film: Film) -> Promised:
    not_before_s, again_s = _not_before_s(tables, state, i, lead_s, film), _again_s(tables, state, i)
    not_before_s = np.where(film.first == IS_RED, np.maximum(not_before_s, again_s), not_before_s)
    return Promised(not_before_s, _ends_s(state, i, film), again_s)


def _again_s(tables: Tables, state: SignalState, i: int) -> FloatArray:
    """By the change that is announced, or else under way: what the planner means to do after it is no promise."""
    film, now, (following, due_s) = film_of(tables, state, i), int(state.phase[i]), announced(state, i)
    if following == NONE and state.settled[i] == 1:
        return np.zeros(film.n)
    play(tables, state, i, [(now, 0)] if following == NONE else [(now, due_s), (following, 0)], film)
    phases = tables.phase_codes[tables.code_ptr[i]:tables.code_ptr[i + 1]].reshape(-1, film.n)
    green = (colours(phases) == IS_GREEN).astype(np.int64)
    return film.again_s(green.T @ green > 0)


def _not_before_s(tables: Tables, state: SignalState, i: int, lead_s: int, film: Film) -> FloatArray:
    """Seconds during which lamps that show what their phase says keep their colour, float64[n]; 0 for the others.

    lead_s: from now, as long as nothing is announced the phase is left no sooner; 0 where a change may come
    unannounced. The announced phase lasts its minimum split.
    """
    phase = int(state.phase[i])
    now = colours(_codes(tables, i, phase))
    following, due_s = announced(state, i)
    kept_s = np.full(film.n, float(lead_s if following == NONE else due_s))
    if following != NONE:  # a turn that gives way may end with the traffic against it, and begin again
        stays = (colours(_codes(tables, i, following)) == now) & ~film.announced
        kept_s[stays] = due_s + _min_split_s(tables, i, phase, following)
    is_under_way = film.change_s < kept_s
    return np.where((film.first == now) & ~is_under_way, kept_s, 0.0)


def _ends_s(state: SignalState, i: int, film: Film) -> FloatArray:
    following, _ = announced(state, i)
    if following == NONE or state.settled[i] == 0:  # it may have to wait for clearance
        return np.full(film.n, np.inf)
    return np.where((film.first == IS_GREEN) & film.announced, film.change_s, np.inf)


def _plan_ahead(plans: PlanRows, i: int, time_s: float, n: int, is_brief: bool) -> Iterator[CodeArray]:
    """What the fixed-time plan of signal i asks for in every coming second."""
    first, last = int(plans.row_ptr[i]), int(plans.row_ptr[i + 1])
    end_s, cycle_s, offset_s = (
        (plans.brief_end_s, plans.brief_cycle_s[i], plans.brief_offset_s[i])
        if is_brief else (plans.end_s, plans.cycle_s[i], plans.offset_s[i]))  # fmt: skip
    for ahead_s in range(1, STRIP_S + 1):
        at_s = (time_s + ahead_s - offset_s) % cycle_s
        row = min(int(np.searchsorted(end_s[first:last], at_s, side="right")), last - first - 1)
        at = int(plans.code_ptr[i]) + row * n
        yield plans.codes[at:at + n].copy()


def film_of(tables: Tables, state: SignalState, i: int, taken: CodeArray | None = None) -> Film:
    """Signal i as it is now, or after a second of `taken`, uint8[n], to be played ahead."""
    timers = _timers(tables, state, i)
    if taken is not None:
        sequencer.follow(timers, taken, 1)
    return Film(_rules(tables, i), timers)


def meant_by(film: Film, promised: Promised | None, why: str, status: Status) -> Meant:
    """What a film that was played says; promised: None for nothing."""
    told_s = film.now_s if film.firm_s is None else film.firm_s
    after_s = float(told_s) if len(film.shots) > 1 else 0.0
    kept = nothing_promised(film.n) if promised is None else promised
    shots, is_said = tuple(film.shots), film.announced
    return Meant(film.change_s, film.green_s, after_s, *kept, is_said, shots, film.now_s, why, status)


def play(tables: Tables, state: SignalState, i: int, stages: Sequence[Stage], film: Film) -> None:
    """Play signal i through stages, each until its time is up and its minimum split over; the last until its time is
    up or, where it has none, it is shown. Only the changes on the way to the second are firm."""
    phase, since_s, before = int(state.phase[i]), int(state.since_s[i]), int(state.previous[i])
    for k, (wanted, until_s) in enumerate(stages):
        if wanted != phase:
            phase, before, since_s = wanted, phase, 1 - film.now_s
        is_there = k == 0 and state.settled[i] == 1
        if not is_there and not film.reach(_codes(tables, i, phase)):
            break
        if k == 0 or (k == 1 and state.due_s[i] >= 0):
            film.announced_s = film.now_s
        if k == 1:
            film.firm_s = film.now_s
        split_s = 0 if before < 0 or k == len(stages) - 1 else _min_split_s(tables, i, before, phase)
        film.hold_until(max(until_s, 1 + split_s - since_s))


class Film:
    """One signal played ahead: what it shows in the seconds from now, of which the first ``now_s`` are taken."""

    def __init__(self, rules: LinkRules, timers: LinkTimers) -> None:
        self._rules, self._timers = rules, timers
        self.n = len(timers.shown)
        self.first: ColourArray = colours(timers.shown)
        self.shown = timers.shown.copy()
        self.now_s = 1
        self.announced_s = 1
        """Before this all is announced, or under way."""
        self.firm_s: int | None = None
        """What is played after this is drawn, but not told as the likely time: it is planned anew before it comes."""
        self.shots: list[tuple[int, str]] = [(0, decode(self.shown))]
        self.change_s, self.green_s = (np.full(self.n, np.inf) for _ in range(2))

    @property
    def announced(self) -> BoolArray:
        """bool[n], lamps whose next change is announced or under way."""
        return self.change_s < self.announced_s

    def second(self, codes: CodeArray) -> bool:
        """One more second on the way to ``codes``, uint8[n]; True where they are shown in it."""
        settled = bool(sequencer.next_codes(self._rules, self._timers, codes, self.shown))
        self._note()
        self._pass(1)
        return settled

    def reach(self, codes: CodeArray) -> bool:
        """Change to ``codes``; False where that never comes to its end."""
        return any(self.second(codes) for _ in range(LONGEST_CHANGE_S))

    def hold_until(self, second: int) -> None:
        """Let what is shown be shown until then."""
        if second > self.now_s:
            self._pass(second - self.now_s)

    def again_s(self, together: BoolArray) -> FloatArray:
        """No start of green sooner: as it was played, and of what is red at the end not before all greens against it
        have lasted their minimum from then on and are cleared. 0 of what stays green. float64[n].

        together: bool[n, n], lamps that some phase has green at once, and which wait for no clearance of each other.
        """
        rules, green = self._rules, colours(self.shown) == IS_GREEN
        ends_s = np.where(np.isfinite(self.green_s), self.green_s + rules.min_green_s, self.now_s)
        clear_s = np.asarray(rules.intergreen_s).reshape(self.n, self.n)
        meets = np.asarray(rules.conflicts).reshape(self.n, self.n) & green[:, None] & ~together
        owed_s = np.where(meets, np.maximum(ends_s, self.now_s)[:, None] + clear_s, 0.0)
        later_s = np.where(green, 0.0, np.maximum(owed_s.max(axis=0, initial=0.0), self.now_s))
        return np.where(np.isfinite(self.green_s), self.green_s, later_s)

    def _pass(self, seconds: int) -> None:
        sequencer.follow(self._timers, self.shown, seconds)
        self.now_s += seconds

    def _note(self) -> None:
        now, before = colours(self.shown), colours(self._timers.shown)
        if (self.shown != self._timers.shown).any():
            self.shots.append((self.now_s, decode(self.shown)))
        if self.firm_s is not None:
            return
        self.change_s[(now != self.first) & np.isinf(self.change_s)] = self.now_s
        self.green_s[(now == IS_GREEN) & (before != IS_GREEN) & np.isinf(self.green_s)] = self.now_s


def _codes(tables: Tables, i: int, phase: int) -> CodeArray:
    n = int(tables.link_ptr[i + 1] - tables.link_ptr[i])
    at = int(tables.code_ptr[i]) + phase * n
    return tables.phase_codes[at:at + n].copy()


def _min_split_s(tables: Tables, i: int, a: int, b: int) -> int:
    """Seconds from leaving phase a of signal i until b may be left; the kernel's own would be compiled for it."""
    phases = int(tables.phase_ptr[i + 1] - tables.phase_ptr[i])
    return int(tables.min_split_s[int(tables.pair_ptr[i]) + a * phases + b])


def _rules(tables: Tables, i: int) -> LinkRules:
    a, b = int(tables.link_ptr[i]), int(tables.link_ptr[i + 1])
    first, last = int(tables.link_pair_ptr[i]), int(tables.link_pair_ptr[i + 1])
    return LinkRules(
        np.ascontiguousarray(tables.conflicts[first:last], dtype=np.bool_), _whole(tables.yellow_s[a:b]),
        _whole(tables.intergreen_s[first:last]), _whole(tables.yielded_s[first:last]), _whole(tables.min_green_s[a:b]),
        int(tables.longest_clearance_s[i]), _whole(tables.walk_lead_s[first:last]),
        _whole(tables.traffic_lead_s[first:last]), np.ascontiguousarray(tables.ends_with[first:last], dtype=np.bool_))


def _timers(tables: Tables, state: SignalState, i: int) -> LinkTimers:
    """Copies: what is played must not be what is lived."""
    a, b = int(tables.link_ptr[i]), int(tables.link_ptr[i + 1])
    return LinkTimers(
        state.shown[a:b].copy(), state.green_s[a:b].copy(), state.yellow_run_s[a:b].copy(),
        state.clearing_s[a:b].copy(), state.priority_clearing_s[a:b].copy(), state.yield_clearing_s[a:b].copy(),
        state.caught_wait_s[a:b].copy(),
        state.lit_s[i:i + 1].copy(), state.goal[a:b].copy(),
        np.zeros(b - a, np.uint8))


def _whole(seconds: object) -> IntArray:
    return np.ascontiguousarray(seconds, dtype=np.int64)
