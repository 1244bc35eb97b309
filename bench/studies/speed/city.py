"""A city for measurements: four-arm intersections of 12 lanes and 4 phases, and traffic made by a rule.

The traffic is no simulation: vehicles arrive at random, pass the far and the middle loop, queue without length and
leave on green every other second. The same numbers of signals, seconds and seed give the same counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from signal_core.estimating.estimator import Estimator
from signal_core.interlock.interlock import Interlock
from signal_core.interlock.rules import SignalRules
from signal_core.planning.planner import Planner
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED, CodeArray, Feeds, FloatArray, IntArray
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import Tables, pack

ARMS, LANES_PER_ARM = 4, 3
LANES = ARMS * LANES_PER_ARM
LOOPS = 3 * LANES
MID_TO_STOP_S, FAR_TO_STOP_S = 3, 10
MID_STORAGE, FAR_STORAGE = 5.0, 16.0
ARRIVALS_VPS = 0.11


class Second(NamedTuple):
    """Loop data of one second, float64[loops] each."""

    entered: FloatArray
    left: FloatArray
    occupancy: FloatArray


@cache
def four_arms() -> Intersection:
    """One link per lane; of each arm the first lane turns left, with a phase of its own for each pair of arms."""
    arm, left = np.divmod(np.arange(LANES), LANES_PER_ARM)[0], np.arange(LANES) % LANES_PER_ARM == 0
    of_phase = 2 * (arm % 2) + left
    codes = np.where(of_phase == np.arange(4)[:, None], GREEN, RED).astype(np.uint8)
    conflicts = np.asarray((of_phase[:, None] != of_phase) & (arm[:, None] != arm))
    yellow = np.full(LANES, 3, dtype=np.int64)
    intergreen, shortest = np.where(conflicts, 5, 0).astype(np.int64), np.full(LANES, 5, dtype=np.int64)
    lag, stay = play_changes(codes, conflicts, yellow, intergreen, shortest)
    rows = np.arange(LANES + 1)
    return Intersection(
        id="four arms", phase_codes=codes, conflicts=conflicts, yellow_s=yellow, intergreen_s=intergreen,
        min_green_s=shortest, service_vps=0.5 * (codes == GREEN), start_lag_s=lag, min_split_s=stay, lane_link_ptr=rows,
        lane_links=rows[:-1], stop_loop=rows[:-1], mid=_feeds(1, MID_TO_STOP_S), far=_feeds(2, FAR_TO_STOP_S),
        mid_storage=np.full(LANES, MID_STORAGE), far_storage=np.full(LANES, FAR_STORAGE), shown_s=np.full(4, 20.0))


def _feeds(row: int, lag_s: int) -> Feeds:
    loops = np.arange(row * LANES, (row + 1) * LANES)
    return Feeds(np.arange(LANES + 1), loops, np.ones(LANES), np.full(LANES, lag_s))


def city(signals: int) -> list[Intersection]:
    """`signals` of them, each with loops of its own."""
    one = four_arms()
    return [
        replace(one, id=str(i), stop_loop=one.stop_loop + i * LOOPS, mid=_moved(one.mid, i), far=_moved(one.far, i))
        for i in range(signals)
    ]


def _moved(feeds: Feeds, i: int) -> Feeds:
    return feeds._replace(loop=feeds.loop + i * LOOPS)


class Cabinet:
    """All that runs between counts and checked states, for any number of intersections."""

    def __init__(self, intersections: list[Intersection], settings: Settings | None = None) -> None:
        chosen = settings or Settings()
        self.tables: Tables = pack(intersections)
        red = np.zeros(int(self.tables.link_ptr[-1]), dtype=np.uint8)
        self.sequencer = Sequencer(self.tables, red)
        self.planner = Planner(Estimator(self.tables, self.sequencer.state, chosen))
        self.interlock = Interlock([
            SignalRules(x.conflicts, x.yellow_s, x.intergreen_s, x.min_green_s, chosen.max_red_s) for x in intersections
        ], red)
        self.wanted: IntArray = self.sequencer.nearest_phases()
        self.time_s = 0

    def second(self, counts: Second) -> tuple[int, CodeArray]:
        """One second of control: (decisions taken, codes to show)."""
        self.planner.estimator.observe(*counts)
        decisions = self.planner.plan(self.wanted)
        codes = self.check(counts, self.sequencer.propose(self.wanted))
        self.sequencer.show(codes)
        return decisions, codes

    def check(self, counts: Second, proposed: CodeArray) -> CodeArray:
        """What the interlock lets pass."""
        self.time_s += 1
        return self.interlock.check(self.time_s, proposed, self.sequencer.calls(counts.occupancy)).codes


class Traffic:
    """Vehicles of a city, one array entry per lane."""

    def __init__(self, signals: int, seed: int = 1, arrivals_vps: float = ARRIVALS_VPS) -> None:
        self._shape = (signals, LANES)
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._rate = arrivals_vps * (0.5 + self._rng.random(self._shape))
        self._coming = np.zeros((FAR_TO_STOP_S + 1, *self._shape))
        self._queue, self._green = np.zeros(self._shape), np.zeros(self._shape)
        self._now = 0

    def second(self, codes: CodeArray, share: float = 1.0) -> Second:
        """What the loops see while `codes`, uint8[links], are shown; share: of the usual demand."""
        green = codes.reshape(self._shape) == GREEN
        self._green = np.where(green, self._green + 1.0, 0.0)
        new = self._rng.poisson(share * self._rate).astype(np.float64)
        self._coming[self._now % (FAR_TO_STOP_S + 1)] = new
        self._queue += self._before(FAR_TO_STOP_S)
        leaving = np.where((self._green > 1.0) & (self._green % 2.0 == 0.0), np.minimum(self._queue, 1.0), 0.0)
        self._queue -= leaving
        standing = (self._queue >= 1.0) & (leaving == 0.0)
        entered = np.stack([leaving, self._before(FAR_TO_STOP_S - MID_TO_STOP_S), new], axis=1)
        full = [standing, self._queue >= MID_STORAGE, self._queue >= FAR_STORAGE]
        occupancy = np.where(np.stack(full, axis=1), 1.0, 0.4 * np.minimum(entered, 1.0))
        left = np.zeros_like(entered)
        left[:, 0] = leaving
        self._now += 1
        return Second(entered.ravel(), left.ravel(), occupancy.ravel())

    def _before(self, seconds: int) -> FloatArray:
        return np.asarray(self._coming[(self._now - seconds) % (FAR_TO_STOP_S + 1)])


def drive(cabinet: Cabinet, traffic: Traffic, seconds: int) -> Iterator[tuple[Second, int]]:
    """Closed loop: every second's counts and the number of decisions they led to."""
    codes: CodeArray = np.zeros(int(cabinet.tables.link_ptr[-1]), dtype=np.uint8)
    for _ in range(seconds):
        counts = traffic.second(codes)
        decisions, codes = cabinet.second(counts)
        yield counts, decisions
