"""One second of one signal out of a recorded run, by replaying the run up to it: the engine's state comes out bit
for bit, so what stands here is what the engine knew then, not what somebody knows afterwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.runs.driven import drive_of
from bench.runs.prepare import NETWORK, load
from bench.runs.spec import SPEC, read_spec
from controllers.base import Controller, IntArray, Observation, Site, Wrapper
from controllers.logs.taping import TAPE, ReplayPort, read_tape
from controllers.registry import get, settings_for
from network.errors import ScenarioError
from network.program.signals import Signal
from signal_core.estimating.loop_state import TrialState
from signal_core.ladder.modes import Mode
from signal_core.planning.alternatives import (
    ANNOUNCED,
    CLAIM,
    EXIT,
    FINISHING,
    FORCED,
    OVERDUE,
    SHORT_WAY,
    Weighed,
    weigh,
)
from signal_core.planning.planner import Planner
from signal_core.tables.letters import decode
from signal_core.tables.slots import counting

SOON_S = 15
DECIDES = {OVERDUE: "a wait close to the longest red", SHORT_WAY: "a short way that fills",
           CLAIM: "a lane's claim to the program's share of green",
           EXIT: "who has a turn at a full exit, or has to wait before a full ring,"}  # fmt: skip
RUNS = {Mode.FIXED: "the plan of its program", Mode.LAST_GOOD: "the last plan that was good"}
TURNS = {"s": "straight", "l": "left", "r": "right", "L": "half left", "R": "half right", "t": "back", "T": "back"}


@dataclass(frozen=True, slots=True)
class LaneSeen:
    """A lane as the engine saw it. Vehicles; ``arriving_soon`` within `SOON_S`, ``arriving`` within the horizon."""

    lane: str
    links: tuple[int, ...]
    turns: str
    shown: str
    queue: float
    waited_s: float
    arriving_soon: float
    arriving: float
    discharge_vph: float
    weight: float
    note: str


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that counted: the link of the signal that it is for, -1 for any of a lane; what a second of its wait
    weighs, in vehicles; seconds until it is at the line; green kept and brought forward for it so far."""

    link: int
    weight: float
    due_s: float
    kept_s: int
    early_s: float


@dataclass(frozen=True, slots=True)
class OnFoot:
    """Those who wait at a crossing as the engine knew it: its link of the signal, persons, seconds since the call."""

    link: int
    persons: float
    waited_s: int


@dataclass(frozen=True, slots=True)
class Action:
    """A first action with its predicted cost: leave for ``phase`` in ``after_s``; ``keep`` is not to leave at all."""

    phase: int
    after_s: int
    keep: bool
    cost: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """What was seen and weighed. ``free_s``: the next second in which something was decided, where this was none.

    ``net_file``: a copy of the network. ``plan``: in words, whether its plan does better; empty where nobody asked.
    ``mode``: what ran in that second; where it is not control, what was weighed was not done.
    """

    signal: Signal
    controller: str
    seed: int
    time_s: float
    phase: int
    since_s: int
    shown: str
    horizon_s: int
    lanes: tuple[LaneSeen, ...]
    weighed: Weighed
    actions: tuple[Action, ...]
    free_s: float | None
    asking: tuple[Asking, ...] = ()
    net_file: str = ""
    on_foot: tuple[OnFoot, ...] = ()
    plan: str = ""
    mode: Mode = Mode.ADAPTIVE


class _Watched(Wrapper):
    """A controller that is looked at while it decides about one signal."""

    def __init__(self, inner: Controller, signal_id: str, time_s: float) -> None:
        super().__init__(inner)
        self._signal_id, self._time_s = signal_id, time_s
        self.site: Site | None = None
        self.found: tuple[Weighed, tuple[LaneSeen, ...], int, int, str] | None = None
        self.free_s: float | None = None
        self.asking: tuple[Asking, ...] = ()
        self.on_foot: tuple[OnFoot, ...] = ()
        self.plan = ""

    @property
    def planner(self) -> Planner:
        found = getattr(self.inner, "planner", None)
        assert isinstance(found, Planner)
        return found

    def start(self, site: Site) -> None:
        super().start(site)
        self.site = site
        ids = [signal.id for signal in site.signals]
        parts = [signal.id for signal in site.signals if signal.part_of == self._signal_id]
        if self._signal_id not in ids:
            why = "its junctions are planned each on their own" if parts else "not controlled here"
            others = f"choose from {', '.join(parts or ids)}" if ids else "signal-core check says why no signal is"
            raise ScenarioError(f"--signal '{self._signal_id}': {why}; {others}")
        self._i = ids.index(self._signal_id)

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        decisions = super().decide(seen, wanted)
        if seen.time_s >= self._time_s - 1e-6:
            weighed = weigh(self.planner, self._i)
            if self.found is None:
                self.found = self._look(weighed)
                self.asking, self.on_foot = self._asking(), self._on_foot()
                health = self.planner.estimator.health
                self.plan = "" if health is None else say_trial(health.exits.trials, self._i, health.settings.trial_s)
            if weighed.why != FINISHING and self.free_s is None:
                self.free_s = seen.time_s
        return decisions

    def _asking(self) -> tuple[Asking, ...]:
        assert self.site is not None
        first = int(self.site.tables.link_ptr[self._i])
        return tuple(
            Asking(int(slot["link"]) - first if slot["link"] >= 0 else -1, float(slot["weight"]),
                   float(slot["likely_s"]), int(slot["held_s"]), float(slot["early_s"]))
            for slot in counting(self.site.state.asked, self._i, self.site.settings)
        )  # fmt: skip

    def _on_foot(self) -> tuple[OnFoot, ...]:
        assert self.site is not None
        state, settings = self.site.state, self.site.settings
        first, last = self.site.tables.link_ptr[self._i:self._i + 2].tolist()
        head_start_s = max(0, settings.max_red_s - settings.walk_wait_s)
        return tuple(OnFoot(j - first, float(state.waiting[j]), max(0, int(state.called_s[j]) - head_start_s))
                     for j in range(first, last) if state.waiting[j] > 0.0)

    def _look(self, weighed: Weighed) -> tuple[Weighed, tuple[LaneSeen, ...], int, int, str]:
        assert self.site is not None
        state, tables, i = self.site.state, self.site.tables, self._i
        shown = decode(state.shown[tables.link_ptr[i]:tables.link_ptr[i + 1]])
        lanes = tuple(_lanes(self.site, self.planner, i, weighed, shown))
        return weighed, lanes, int(state.phase[i]), int(state.since_s[i]), shown


def look(place: Path, signal_id: str, time_s: float) -> Moment:
    """Replay the run in ``place``, in a results folder, up to ``time_s`` and look; ScenarioError where that fails."""
    tape, spec = read_tape(place / TAPE), read_spec(place / SPEC, place.parents[2])
    first_s, last_s = float(tape.time_s[0]), float(tape.time_s[-1])
    if not first_s <= time_s <= last_s:
        raise ScenarioError(f"--time {time_s:g}: the run was recorded from {first_s:g} to {last_s:g} s")
    prepared, settings = load(spec.study), settings_for(spec.controller, spec.study.settings)
    inner = get(spec.controller).make(settings)
    if not hasattr(type(inner), "planner"):
        raise ScenarioError(f"{place}: the controller '{spec.controller}' weighs no alternatives; choose adaptive")
    watched = _Watched(inner, signal_id, math.floor(time_s))
    port = ReplayPort(tape)
    drive = drive_of(spec, prepared, port, watched, settings)
    end_s = min(time_s + settings.max_red_s, last_s)
    mode: Mode | None = None
    while port.time_s < end_s and watched.free_s is None:
        drive.run(port.time_s + 1.0)
        if mode is None and watched.found is not None:
            mode = next(one.mode for one in drive.engine.signals() if one.name == signal_id)
    if watched.found is None:
        raise ScenarioError(f"--time {time_s:g}: the recording ends here; give an earlier time")
    weighed, lanes, phase, since_s, shown = watched.found
    signal = next(one for one in drive.signals if one.id == signal_id)
    return Moment(signal, spec.controller, spec.seed, float(math.floor(time_s)), phase, since_s, shown,
                  settings.horizon_s, lanes, weighed, tuple(actions(weighed, phase)), watched.free_s,
                  watched.asking, str(Path(spec.study.prepared) / NETWORK), watched.on_foot, watched.plan,
                  mode or Mode.ADAPTIVE)  # fmt: skip


def actions(weighed: Weighed, phase: int) -> list[Action]:
    """What could have been done first, cheapest first: keep, and each phase at once and at its best moment."""
    if weighed.why in (FINISHING, ANNOUNCED):
        return []
    keeps = weighed.phase == phase and (weighed.next_phase == phase or weighed.why in FORCED)
    chosen = (weighed.phase, 0) if weighed.phase != phase else (weighed.next_phase, weighed.next_s)
    found = [Action(phase, 0, True, weighed.keep, keeps)]
    for p, costs in enumerate(weighed.leave):
        if np.isinf(costs).all():  # the present one, or not next in a fixed order
            continue
        times = {0, int(np.argmin(costs))} | ({chosen[1]} if chosen[0] == p else set())
        found += [Action(p, t, False, float(costs[t]), not keeps and chosen == (p, t)) for t in sorted(times)]
    return sorted(found, key=lambda action: (action.cost, not action.chosen))


def _lanes(site: Site, engine: Planner, i: int, weighed: Weighed, shown: str) -> Sequence[LaneSeen]:
    signal, first, lanes = site.signals[i], int(site.tables.lane_ptr[i]), engine.estimator.lanes
    found = []
    for k, lane in enumerate(signal.lanes):
        g = first + k
        arrivals, rate_vph = weighed.arrivals[:, k], 3600.0 * float(weighed.rate_vps[k])
        found.append(LaneSeen(
            lane.id, lane.links, "".join(dict.fromkeys(lane.directions)), "".join(shown[j] for j in lane.links),
            float(weighed.queue[k]), float(lanes.queue.wait_s[g]), float(arrivals[:SOON_S].sum()),
            float(arrivals.sum()), rate_vph, float(weighed.weight[k]), _note(site, engine, g),
        ))  # fmt: skip
    return found


def _note(site: Site, engine: Planner, g: int) -> str:
    """What is out of the ordinary about a lane."""
    lanes = engine.estimator.lanes
    notes = []
    if lanes.head.stalled[g]:
        notes.append("stands on green")
    if lanes.head.unserved_s[g] > 0:
        notes.append(f"head without green for {lanes.head.unserved_s[g]} s")
    if lanes.runs.far_standing_s[g] >= engine.settings.standing_s:
        notes.append("queue reaches the far loop")
    elif lanes.runs.mid_standing_s[g] >= engine.settings.standing_s:
        notes.append("queue reaches the middle loop")
    if lanes.sneakers.exit_held_s[g] > 0:
        notes.append(f"stood inside before a full exit: others waited {lanes.sneakers.exit_held_s[g]} s for that")
    if lanes.spacing.has_turn[g]:
        notes.append("has stood through green before a full exit: has the next turn there")
    if lanes.spacing.is_emptied[g]:
        notes.append("emptied for who has the turn before it")
    if lanes.spacing.held_share[g] > 0.0:
        notes.append(f"held by {100.0 * lanes.spacing.held_share[g]:.0f} %: {_held_by(site, engine, g)}")
    if site.tables.in_ring[g]:
        notes.append("short way of a ring: goes first when a turn waits on it")
    if site.tables.stop_loop[g] < 0:
        notes.append("no loop at the stop line")
    return ", ".join(notes)


def _held_by(site: Site, engine: Planner, g: int) -> str:
    """Whom a lane is held for: the exits that it leads to, and who has the turn there."""
    health, tables = engine.estimator.health, site.tables
    if health is None:
        return "an exit"
    locks, found = health.exits.locks, []
    mine = np.repeat(np.arange(len(tables.exit_loop)), np.diff(tables.exit_ptr))[tables.exit_lane == g]
    for x in mine:
        turn = int(locks.turn[tables.exit_road[x]])
        if locks.closed[x]:
            exit_id = site.layout.loops[tables.exit_loop[x]].lane_id
            found.append(f"{exit_id} is in a ring of signals that wait for each other")
        elif turn not in (-1, g):
            found.append(f"{_lane_id(site, turn)} has the turn on its way")
    ring = int(tables.entry_ring[g])
    if ring >= 0 and locks.full_ago_s[ring] == 0:
        stand = f"ring full ({locks.ring_stands[ring]} of {tables.ring_exits[ring]} exits stand)"
        found.append(stand if locks.ring_stands[ring] > 0 else "no room left in the ring")
    return ", ".join(dict.fromkeys(found))


def say_trial(trials: TrialState, i: int, trial_s: int) -> str:
    """Whether the plan of signal i is tried, or has been, and what that gave."""
    tried_s, gave = int(trials.tried_s[i]), f"{trials.left[i]:.0f} left its row, against {trials.against[i]:.0f} before"
    if 0 < tried_s <= trial_s:
        return f"its plan is tried, for {tried_s} of {trial_s} s; {trials.counted[i]} have left since the change to it"
    if tried_s > trial_s:
        return f"its plan runs, as it did no worse when it was tried: {gave}"
    if trials.rest_s[i] > 0:
        return f"its plan was tried and did worse ({gave}); not again for {trials.rest_s[i]} s"
    return ""


def _lane_id(site: Site, g: int) -> str:
    i = int(site.tables.lane_signal[g])
    return site.signals[i].lanes[g - int(site.tables.lane_ptr[i])].id


def verdict(moment: Moment) -> str:
    """What was chosen, in words; where control did not run, what did, and what control would have chosen."""
    if moment.mode in RUNS:
        return f"{RUNS[moment.mode]} runs; control would have: {_chosen(moment)}"
    return _chosen(moment)


def _chosen(moment: Moment) -> str:
    phase, weighed = moment.phase, moment.weighed
    if weighed.why == FINISHING:
        then = f"; the next decision was at {moment.free_s:g} s" if moment.free_s is not None else ""
        return f"on the way to phase {phase}, or its shortest green is not over: nothing to decide{then}"
    if weighed.why == ANNOUNCED:
        return f"phase {weighed.next_phase} is announced and begins in {weighed.next_s} s"
    if weighed.why in DECIDES:
        then = "goes on" if weighed.phase == phase else "next"
        return f"{DECIDES[weighed.why]} decides: phase {weighed.phase} {then}"
    if weighed.phase != phase:
        return f"leaves phase {phase} for phase {weighed.phase} now, {moment.since_s} s after it was chosen"
    if weighed.next_phase != phase:
        return f"keeps phase {phase}, and means to leave it for phase {weighed.next_phase} in {weighed.next_s} s"
    return f"keeps phase {phase} for all of the next {moment.horizon_s} s"


def describe_phase(moment: Moment, phase: int) -> str:
    """The approaches a phase serves: lane, and which turns."""
    state = moment.signal.phases[phase].state
    served = []
    for lane in moment.signal.lanes:
        turns = [TURNS.get(d, d) + (" (gives way)" if state[i] == "g" else "")
                 for i, d in zip(lane.links, lane.directions, strict=True) if state[i] in "Gg"]  # fmt: skip
        if turns:
            served.append(f"{lane.id} {', '.join(dict.fromkeys(turns))}")
    return "; ".join(served) or "nothing on wheels"


def name_action(action: Action) -> str:
    """In words."""
    if action.keep:
        return f"keep phase {action.phase}"
    return f"phase {action.phase} {'now' if action.after_s == 0 else f'in {action.after_s} s'}"
