"""The engine beside a controller: it follows what is really shown, and says which stage it wants.

The controller times yellow, clearance and minimum greens by itself. A watcher with times of its own looks at every
change; it shares nothing with what wants the change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from controllers.cabinet.arrays import clearances, group_times, intersection, stage_codes
from controllers.cabinet.site import SignalSite
from controllers.cabinet.standback import Reason
from controllers.field.asked import FieldRequests
from controllers.field.reading import Reading
from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health, LoopStatus, Sight
from signal_core.estimating.relations import relations_of
from signal_core.interlock.interlock import Interlock, Status
from signal_core.interlock.rules import SignalRules
from signal_core.planning.planner import Planner
from signal_core.planning.splits import SplitSettings
from signal_core.requests import RequestEvent, Requests
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED, YELLOW, CodeArray, FloatArray, IntArray
from signal_core.tables.packed import pack

CHANGING = -1
SAMPLED_S = 1.0
"""Lamps are looked at once a second, so a time may look so much shorter than it was."""

OF_SIGHT = {Sight.BLIND: Reason.BLIND, Sight.NOBODY: Reason.NOBODY, Sight.WORSE: Reason.PLAN_BETTER}
MOST_UNSEEN_S, MOST_PASSED_S = 1, 120
"""Where more seconds passed between two looks, nobody knows what was shown between them."""


@dataclass(frozen=True)
class Decision:
    """One second. stage: what is shown, CHANGING between two; wanted: the stage the engine wants; free: it was asked
    only then; trip: what the watcher found, empty for nothing; street: why the detectors
    say that the controller's own plan is better."""

    stage: int
    wanted: int
    free: bool
    trip: str
    street: Reason | None


class Decider:
    """One signal. `see` once a second."""

    by_groups = False
    """Whether groups are ordered one by one."""

    def __init__(self, site: SignalSite) -> None:
        self.site = site
        settings = self._settings = _settings(site)
        array = intersection(site, self.by_groups)
        self.tables = pack([array])
        self._codes = stage_codes(site)
        self._phases = [frozenset(stage.phases) for stage in site.stages]
        self.sequencer = Sequencer(self.tables, np.full(len(site.groups), RED, dtype=np.uint8))
        self.health = Health(self.tables, relations_of([array], len(site.detectors)))
        self.planner = Planner(Estimator(self.tables, self.sequencer.state, settings, self.health))
        self.planner.warm_up()
        self.requests = Requests(self.tables, self.sequencer.state, settings, (site.id,))
        self.asked = FieldRequests()
        """Of whoever asks for green; another book may be put here."""
        self._watch: Interlock | None = None
        self._watch_since_s = 0
        self._unknown_s = int(clearances(site)[1].max(initial=0)) + int(array.yellow_s.max(initial=0))
        """For so long after it begins to look, the watcher cannot know what ended before."""
        self._no_calls = np.zeros(len(site.groups), dtype=np.bool_)
        self._waiting = np.full(len(site.groups), np.nan)
        self._came, self._idle_s = np.zeros(len(site.groups)), np.zeros(len(site.groups))
        """Calls of people on foot, and seconds in which nobody had called yet; what is long ago counts less."""
        self._buttons = [(button.number, [k for k, group in enumerate(site.groups) if group.channel in button.channels])
                         for button in site.buttons]
        self._array, self._max_red_s = array, site.limits.max_red_s
        self._wish: IntArray = self.sequencer.state.phase.copy()
        self._stage, self._last = CHANGING, CHANGING
        self._left_s = 0
        self._now_s = 0
        self._up_s: float | None = None
        self._on = np.zeros(len(site.detectors))
        self.wanted = CHANGING
        self._warm_up()

    def _warm_up(self) -> None:
        """Load or compile what the first `see` would: that one has a deadline."""
        dark = np.full(len(self.site.groups), RED, dtype=np.uint8)
        watch = self._new_watch(dark)
        watch.check(0, dark, self._no_calls)
        watch.observe(0, dark)

    def see(self, reading: Reading, trust: bool = True) -> Decision:
        """Take one second of what was read. trust: lamps were looked at the second before, too."""
        passed_s = self._passed(reading)
        self._now_s += passed_s
        stage = self.stage_of(reading)
        codes = self.codes(reading, stage)
        trip = self._watched(codes, trust and passed_s <= MOST_UNSEEN_S)
        self._follow(codes, stage, passed_s)
        self.sequencer.take_calls(self._walkers(reading), self._settings)
        entered, left, occupancy = self._samples(reading)
        self.planner.estimator.observe(entered, left, occupancy, float(self._now_s))
        self.requests.take(self.asked.rows(), float(self._now_s))
        free = bool(self.planner.plan(self._wish))
        self.requests.follow(float(self._now_s))
        self.asked.follow(self.requests, float(self._now_s))
        if free:
            self.wanted = int(self._wish[0])
        elif self.wanted == CHANGING and stage != CHANGING:
            self.wanted = stage
        return Decision(stage, self.wanted, free, trip, OF_SIGHT.get(Sight(int(self.health.blind[0]))))

    def heard(self) -> list[RequestEvent]:
        """What became of requests since the last call."""
        events, self.requests.events = self.requests.events, []
        return events

    def _passed(self, reading: Reading) -> int:
        """Seconds since the last look, by the controller's own clock: an answer may have been lost in between."""
        before, self._up_s = self._up_s, reading.up_s
        if before is None or reading.up_s is None:
            return 1
        return min(max(1, round(reading.up_s - before)), MOST_PASSED_S)

    def take_over(self, stage: int) -> None:
        """From here on the engine's wishes count: the first is what is shown."""
        self.wanted = stage
        self._wish[0] = stage

    def let_go(self) -> None:
        """Somebody else is in charge from here on."""

    def stage_of(self, reading: Reading) -> int:
        """The stage whose phases are green and no other; CHANGING between two."""
        if reading.yellows or reading.greens not in self._phases:
            return CHANGING
        return self._phases.index(reading.greens)

    def codes(self, reading: Reading, stage: int) -> CodeArray:
        """What every group shows, uint8[groups]; a green between two stages counts for the lesser of both."""
        found = np.full(len(self.site.groups), RED, dtype=np.uint8)
        serving = self._serving(reading)
        for k, group in enumerate(self.site.groups):
            if group.channel in reading.channel_greens:
                own = self._codes[stage, k] if stage != CHANGING else PERMISSIVE if "g" in serving[k] else GREEN
                found[k] = own if own in (GREEN, PERMISSIVE) else GREEN
            elif group.channel in reading.channel_yellows and group.kind == "vehicle":
                found[k] = YELLOW
        return found

    def _serving(self, reading: Reading) -> list[str]:
        """Per group the letters of stages that may be where the controller comes from or goes to."""
        phases = reading.greens | reading.yellows | reading.nexts
        near = [s for s, on in zip(self.site.stages, self._phases, strict=True) if on <= phases]
        near += [self.site.stages[self._last]] if self._last != CHANGING else []
        return ["".join(stage.show[k] for stage in near) for k in range(len(self.site.groups))]

    def _watched(self, codes: CodeArray, trust: bool) -> str:
        if self._watch is None or not trust:
            self._watch = self._new_watch(codes)
            return ""
        found = Status(int(self._watch.check(self._now_s, codes, self._no_calls).status[0]))
        self._watch.observe(self._now_s, codes)  # judged as if we had asked for it, then taken as it is
        unknown = self._now_s - self._watch_since_s <= self._unknown_s and found is not Status.CONFLICT
        return "" if found is Status.OK or unknown else found.name

    def _new_watch(self, codes: CodeArray) -> Interlock:
        x = self._array
        self._watch_since_s = self._now_s
        yellow_s, _, green_s = group_times(self.site, min)
        seen_s = np.array([[group.least_clear_s or np.inf] for group in self.site.groups])  # by the controller itself
        clear_s, yielded_s = (np.maximum(np.minimum(table, seen_s) - SAMPLED_S, 0)
                              for table in clearances(self.site, min))
        rules = SignalRules(x.conflicts, np.maximum(yellow_s - SAMPLED_S, 0), clear_s,
                            np.maximum(green_s - SAMPLED_S, 1), self._max_red_s, yielded_s=yielded_s)
        return Interlock([rules], codes, self._now_s)

    def _follow(self, codes: CodeArray, stage: int, passed_s: int) -> None:
        state = self.sequencer.state
        self._show(codes, passed_s)
        if stage != CHANGING:
            if stage != self._last:
                self.sequencer.entered(0, self._last, stage, self._now_s - self._left_s)
            self._last, self._left_s = stage, self._now_s + 1
        state.settled[0] = stage != CHANGING
        self._stage = stage

    def _show(self, codes: CodeArray, passed_s: int) -> None:
        """What is new counts from the last second on: where seconds were not seen, the lamps before may have lasted."""
        if passed_s > 1:
            self.sequencer.show(self.sequencer.state.shown.copy(), passed_s - 1)
        self.sequencer.show(codes, 1)

    def _walkers(self, reading: Reading) -> FloatArray:
        """Who waits on foot at every group, float64[groups]: 1 for a call, NaN where nobody can tell."""
        before = self._waiting.copy()
        self._waiting.fill(np.nan)
        for button, groups in self._buttons if reading.buttons is not None else ():
            for k in groups:
                self._waiting[k] = np.fmax(self._waiting[k], float(button in (reading.buttons or ())))
        kept = 1.0 - 1.0 / self._settings.flow_memory_s
        self._came = kept * self._came + ((before == 0.0) & (self._waiting == 1.0))
        self._idle_s = kept * self._idle_s + (before == 0.0)
        return self._waiting

    def _samples(self, reading: Reading) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Vehicles that came and left, and share of the second occupied; NaN where a detector is out of order."""
        on = np.array([float(d.number in reading.active) for d in self.site.detectors])
        left = np.maximum(reading.volume + self._on - on, 0.0)
        self._on = on
        return reading.volume, left, reading.occupancy

    @property
    def seen_s(self) -> int:
        """Seconds of the street it has been told."""
        return self._now_s

    @property
    def queue(self) -> FloatArray:
        """Vehicles that wait on each lane, float64[lanes]."""
        lanes = self.planner.estimator.lanes.queue
        return lanes.near + lanes.beyond

    @property
    def demand_vps(self) -> FloatArray:
        """Vehicles per second that come to each lane, and what is left over from earlier cycles, float64[lanes].

        As `kernels.splits.estimate_demand` has it, from arrays: what came during the present red is no left-over, and
        what is left is to be served within `SplitSettings.spread_s`.
        """
        lanes = self.planner.estimator.lanes
        fed = 1.0 - np.exp(-max(self.seen_s, 1) / self.planner.estimator.settings.flow_memory_s)
        flow_vps = lanes.arrivals.flow_vps / fed
        left_over = np.maximum(self.queue - flow_vps * lanes.green.red_s, 0.0)
        return np.asarray(flow_vps + left_over / SplitSettings().spread_s)

    @property
    def walks_vps(self) -> FloatArray:
        """Persons per second that come on foot to each group, float64[groups], NaN where nobody can tell: who comes
        after another who has called is not seen, so calls are counted by the time in which there was none."""
        return np.where(np.isnan(self._waiting), np.nan, self._came / np.maximum(self._idle_s, 1.0))

    @property
    def detector_states(self) -> dict[int, str]:
        """What the engine thinks of every detector, by number."""
        return {d.number: LoopStatus(int(s)).name for d, s in zip(self.site.detectors, self.health.status, strict=True)}


def _settings(site: SignalSite) -> Settings:
    """The engine's, as the site file says; without a part about requests nobody asks."""
    asked = site.requests
    transit = 0 if asked is None else ("off", "conditional", "always").index(asked.transit)
    return Settings(max_red_s=int(site.limits.max_red_s), rest_in_walk=float(site.limits.rest_in_walk),
                    walker_weight=site.limits.walker_weight,
                    transit_priority=transit,
                    emergency_priority=int(asked is not None and asked.emergency))
