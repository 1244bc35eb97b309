"""Detector health: every loop watched every second, and samples that can be worked with whatever the loops say.

    health = Health(tables, relations); each second: entered, left, occupancy = health.clean(..., lanes)
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, NamedTuple

import numpy as np

from signal_core.estimating.loop_state import exit_state, loop_health
from signal_core.kernels import health as kernel
from signal_core.kernels import observation, substitution, verdicts
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.kernels.silence import LEVELS
from signal_core.tables.arrays import BoolArray, CodeArray, FloatArray, IntArray
from signal_core.tables.packed import Tables
from signal_core.tables.state import HeadState, LaneState

CLOCK_S = kernel.RING * 1_000_000
"""The clock begins anew after this, a multiple of the rings of counts."""


class LoopStatus(IntEnum):
    """What is wrong with a loop."""

    HEALTHY = verdicts.HEALTHY
    STUCK_ON = verdicts.STUCK_ON
    DEAD = verdicts.DEAD
    CHATTER = verdicts.CHATTER
    MISSING = verdicts.MISSING
    IMPLAUSIBLE = verdicts.IMPLAUSIBLE
    BIASED = verdicts.BIASED


class Source(IntEnum):
    """Where the samples come from that are worked with."""

    OWN = substitution.OWN
    BESIDE = substitution.BESIDE
    UPSTREAM = substitution.UPSTREAM
    DOWNSTREAM = substitution.DOWNSTREAM
    PROFILE = substitution.PROFILE
    EXPECTED = substitution.EXPECTED


class Sight(IntEnum):
    """What a signal sees."""

    SEES = verdicts.SEES
    BLIND = verdicts.BLIND
    NOBODY = verdicts.NOBODY
    WORSE = verdicts.WORSE
    LOCKED = verdicts.LOCKED


class HealthSettings(NamedTuple):
    """When a loop is bad. Numbers of vehicles are what the other loops of the way say must have passed."""

    stuck_s: int = 600
    """Occupied this long without a gap (the NTCIP 1202 vendor examples; agencies use 5 to 30 min) ..."""
    stuck_least_vehicles: float = 3.0
    """... while so many should have passed: in a queue that stands for good nothing is stuck but traffic."""
    stuck_soon_s: int = 120
    """Flagged earlier where the ways of the loop lead nowhere else and ..."""
    stuck_vehicles: float = 25.0
    """... more should have passed than find room between the loops."""
    dead_s: int = 900
    """Silent this long (the NTCIP 1202 vendor examples: 15 min by day) ..."""
    dead_least_vehicles: float = 40.0
    """... where so many are usual in that time: at night it takes longer."""
    dead_soon_s: int = 60
    """Flagged earlier where mates prove traffic: silent this long and ..."""
    dead_vehicles: float = 25.0
    learned_vehicles: float = 40.0
    """Nothing is made of a ratio learned from fewer; a quarter of it where the loop is alone on its road."""
    blind_approach_s: int = 300
    """Flagged earlier where the mates are silent too, but not the rest of the signal: silent this long and ..."""
    blind_vehicles: float = 80.0
    active_share: float = 0.3
    """... the signal has seen this share of its usual traffic since."""
    chatter_per_min: float = 40.0
    """Above what a saturated lane can count (NTCIP 1202 vendor examples: 30 beyond saturation at the least) ..."""
    chatter_s: int = 60
    """... for this long."""
    present_share: float = 0.6
    """Fewer samples than this over a minute (PeMS practice)."""
    odd_share: float = 0.045
    """More impossible samples than this over a minute: three of sixty."""
    most_vehicles: float = 2.64
    """Most that one lane can count in a second: saturation flow x 1.2 + 2."""
    bias_share: float = 0.2
    """Deviation from the usual ratio to its mates that is nothing ..."""
    bias_vehicles: float = 20.0
    """... and how many vehicles beyond it are too many: more than find room between the loops ..."""
    bias_doubt_vehicles: float = 1.6
    """Nothing is learned of the ratio from this many on."""
    bias_s: int = 300
    """... if they stay too many this long."""
    bias_after_vehicles: float = 60.0
    """So many must have been counted before. Said only of loops alone on their road."""
    lost_share: float = 0.035
    """More vehicles than this come onto a loop without a count ..."""
    double_share: float = 0.12
    """... or with another one in the same second."""
    clear_s: int = 180
    """Good again after this long without a fault."""
    memory_s: float = 3600.0
    """Time constant of what is usual."""
    lost_s: int = 10
    """A signal without any valid sample for this long is blind."""
    silent_signal_s: int = 60
    """So is one that has seen nobody for this long and ..."""
    silent_vehicles: float = 50.0
    """... should have seen so many."""
    silent_town_s: int = 30
    """So are all signals if all of them have seen nobody for this long, where so many are usual on all together."""
    never_s: int = 20
    """Nobody seen by any signal since the start for this long: the loops may never have worked."""
    call_s: int = 60
    """Red after which a lane with a bad stop-line loop is taken to have a call."""
    recall_s: int = 900
    """Red after which a lane has a call whose stop-line loop has never counted: it may never have worked."""
    exit_green_s: float = 60.0
    """The exit of a lane is blocked where its first vehicle stood through so much green (healthy: at most 33 s) ..."""
    exit_permissive_share: float = 0.4
    """... of which a second that yields to others is worth less (healthy: at most 79 s of such a green) ..."""
    exit_vehicles: float = 20.0
    """... while fewer must have passed than find room up to the far loop: otherwise it is the loop that stands."""
    exit_clear_vehicles: int = 3
    """Free again when so many have left without another one standing as long as that ..."""
    exit_clear_s: int = 60
    """... or when nobody has stood at the stop line for this long."""
    lock_s: int = 60
    """A lane has left nobody and an exit has stood for this long in a lock; 0: locks are not looked for ..."""
    lock_green_s: float = 10.0
    """... while the first vehicle of the lane stood through so much green."""
    turn_green_s: float = 30.0
    """Who has stood through so much green before a full exit has the next turn there; 0: nobody has."""
    full_s: int = 120
    """The plan is tried where a queue has reached the outermost loop for this long and its lane has sent ..."""
    floor_share: float = 0.5
    """... less than this share of what the plan would have let go ..."""
    behind_s: int = 60
    """... and still so for this long; ..."""
    joins_s: int = 60
    """... or where a neighbour runs its plan and a queue has reached that far for this long, ..."""
    floor_clear_s: int = 60
    """... until no queue has reached that far for this long."""
    starved_s: int = 720
    """The plan is tried where a lane has stood for this long without a break ..."""
    starved_share: float = 0.25
    """... and less than this share of what the plan would let go has left it; ..."""
    trial_s: int = 480
    """... for this long, and on unless less leaves than before: beyond chance, or at all where one was starved; ..."""
    rest_s: int = 1800
    """... otherwise again after this long at the soonest."""


class Relations(NamedTuple):
    """What loops have to do with each other, as row pointers; built from the network.

    mate: loops at other distances on a way through loop i, mate_lag_s the travel time from the mate to i (negative:
    it comes after); beside: loops at the same distance on other lanes of the same movement; signal: int64[loops],
    -1 for none; alone: bool[loops], on a road with one loop at each distance: what passes one, passes all;
    loop: the loops of each signal;
    cell: int64[loops], LEVELS times its road plus its distance (0 stop line, 1 middle, 2 beyond).
    """

    mate_ptr: IntArray
    mate: IntArray
    mate_lag_s: IntArray
    beside_ptr: IntArray
    beside: IntArray
    signal: IntArray
    alone: BoolArray
    loop_ptr: IntArray
    loop: IntArray
    cell: IntArray


class Health:
    """Watches the loops of a batch; all memory is taken at construction."""

    def __init__(self, tables: Tables, relations: Relations, settings: HealthSettings | None = None) -> None:
        """relations: of as many loops as there are, which may be more than the tables name."""
        self.tables: Final = tables
        self.relations: Final = relations
        self.settings: Final = settings or HealthSettings()
        loops, signals = len(relations.signal), len(relations.loop_ptr) - 1
        cells = LEVELS * (int(relations.cell.max(initial=-1)) // LEVELS + 1)
        self.state: Final = loop_health(loops, signals, cells)
        self.exits: Final = exit_state(int(tables.lane_ptr[-1]), signals, len(tables.exit_loop),
                                len(tables.ring_exits))
        self.kept: Final = kept(self.exits), kept(self.state)
        """Exits and state as kernels are given them, and ..."""
        self.kept_settings: Final = kept(self.settings)
        """... settings."""
        self.stale = 0
        self._sampled_s = -np.inf
        self._now = 0
        self._counts = np.zeros(loops)
        self._use = kernel.Samples(np.zeros(loops), np.zeros(loops), np.zeros(loops))
        self._place = np.zeros(loops), np.zeros(loops), np.zeros(loops)
        self._tables, self._relations, self._used = kept(tables), kept(relations), kept(self._use)
        self._lanes: tuple[LaneState, LaneState] | None = None
        self._clean: Any = None
        self.heads: HeadState | None = None
        """Who waits at the lines of the lanes that samples are cleaned for; None before the first."""

    def anew(self) -> Health:
        """A watch over the same loops that knows nothing yet."""
        return Health(self.tables, self.relations, self.settings)

    @property
    def status(self) -> CodeArray:
        """`LoopStatus` of every loop, uint8[loops]."""
        return self.state.verdict.status

    @property
    def source(self) -> CodeArray:
        """`Source` of every loop, uint8[loops]."""
        return self.state.verdict.source

    @property
    def occupancy(self) -> FloatArray:
        """What `clean` returned last of it."""
        return self._use.occupancy

    @property
    def events(self) -> int:
        """How often a status has changed, of a loop or an exit."""
        return int(self.state.verdict.events[0] + self.exits.events[0])

    @property
    def blocked(self) -> CodeArray:
        """1 where the exit of a lane is blocked, uint8[lanes]."""
        return self.exits.blocked

    @property
    def locked(self) -> CodeArray:
        """1 where a signal is in a lock, uint8[signals]: see `signal_core.kernels.locks`."""
        return self.exits.locks.locked

    @property
    def blind(self) -> CodeArray:
        """`Sight` of every signal, uint8[signals]."""
        return self.state.signals.sight

    @property
    def extends(self) -> CodeArray:
        """1 where traffic keeps a green whose end the program leaves to gaps, uint8[signals]."""
        return self.exits.floor.extends

    def clean(self, entered: Any, left: Any, occupancy: Any,
              lanes: LaneState, sampled_s: float | None = None) -> kernel.Samples:
        """One second of samples, judged, and where they are bad replaced; float64[loops] each, overwritten next time.

        Whatever is given is survived: what is no array of numbers of the right length counts as missing altogether,
        and so does what was sampled no later than the last (repeated, overtaken).
        """
        self._now += 1
        self.heads = lanes.head
        stale = sampled_s is not None and not sampled_s > self._sampled_s
        self.stale += stale
        if stale:
            entered = left = occupancy = None
        elif sampled_s is not None:
            self._sampled_s = sampled_s
        places = self._place
        given = kernel.Samples(self._fitted(entered, places[0]), self._fitted(left, places[1]),
                               self._fitted(occupancy, places[2]))
        arguments = (self.kept[1], self._relations, self._tables, self._kept(lanes), self._now % CLOCK_S, given,
                     self._counts, self._used, self.kept_settings)
        if self._clean is None:
            self._clean = direct(observation.clean, *arguments)
        self._clean(*arguments)
        return self._use

    def _kept(self, lanes: LaneState) -> LaneState:
        """They are the same every second."""
        if self._lanes is None or self._lanes[0] is not lanes:
            self._lanes = lanes, kept(lanes)
        return self._lanes[1]

    def _fitted(self, values: Any, place: FloatArray) -> FloatArray:
        """`values` where they can be taken as they are, else what can be made of them, in `place`."""
        if (type(values) is np.ndarray and values.dtype == place.dtype and values.shape == place.shape
                and values.strides == place.strides):
            return values
        place[:] = np.nan
        if values is None:
            return place
        try:
            found = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            found = np.zeros(0)
        if found.shape == place.shape:
            place[:] = found
        return place
