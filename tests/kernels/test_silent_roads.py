"""Roads that have fallen silent: by hand, and beside plain loops."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from signal_core.estimating.health import HealthSettings, LoopStatus
from signal_core.estimating.loop_state import LoopHealth, SilentRoads, exit_state, loop_health
from signal_core.kernels import silent_roads
from signal_core.kernels.health import Samples
from signal_core.kernels.kept import kept
from signal_core.tables.arrays import Feeds
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, lane_state
from tests.kernels.approaches import FAR, MID, STOP, two_approaches

pytestmark = pytest.mark.kernel

OTHER, OWN_EXIT, SHARED_EXIT, LOOPS = 3, 4, 5, 6
"""The loop of lane 1, one behind the junction for lane 0 alone, one for both."""
LIMITS = HealthSettings(recall_s=300)
USUAL_VPS = 0.1
SILENT_S = 400
"""So long until as many as LIMITS says are due on lane 0."""


def two_with_exits() -> Tables:
    exits = Feeds(np.array([0, 2, 3]), np.array([OWN_EXIT, SHARED_EXIT, SHARED_EXIT]), np.array([0.6, 0.4, 1.0]),
                  np.zeros(3, np.int64))
    return pack([replace(two_approaches(), exits=exits)])


class Town:
    """The two approaches, second by second. Lane 0 has been silent for long, lane 1 has just been counted."""

    def __init__(self) -> None:
        self.tables = two_with_exits()
        self.cycle_s = int(self.tables.cycle_s[0])
        self.lanes: LaneState = lane_state(self.tables)
        self.loops: LoopHealth = loop_health(LOOPS, 1, 2)
        self.state: SilentRoads = exit_state(2, 1, 2).silent
        self.used = Samples(np.zeros(LOOPS), np.zeros(LOOPS), np.zeros(LOOPS))
        self.kept = tuple(kept(record) for record in (self.state, self.loops, self.tables, self.lanes, self.used))
        self.loops.samples.minute_vps[:] = USUAL_VPS
        self.loops.usual.seen[:], self.loops.usual.watched_s[:] = 1_000.0 * USUAL_VPS, 1_000.0
        self.loops.runs.silent_s[[STOP, MID, FAR]] = SILENT_S

    def take(self, red_s: tuple[int, int] = (0, 0), green_s: tuple[int, int] = (0, 0),
             came: dict[int, float] | None = None) -> Samples:
        """What is worked with while lanes have had red or green for so long and vehicles come past loops."""
        for values in self.used:
            values[:] = 0.0
        for loop, vehicles in (came or {}).items():
            self.used.entered[loop] = vehicles
        self.lanes.green.red_s[:], self.lanes.green.green_s[:] = red_s, green_s
        silent_roads.stand_in(*self.kept, kept(LIMITS))
        return self.used

    def green(self, came: dict[int, float] | None = None) -> None:
        """Ten seconds of green for lane 0, in the last of which vehicles come out, and red until they are across."""
        for second in range(1, 11):
            self.take(green_s=(second, 0), came=came if second == 10 else None)
        for second in range(1, silent_roads.ACROSS_S + 1):
            self.take(red_s=(second, 0))

    def due(self, red_s: int = 200) -> float:
        """Vehicles on lane 0 after so long a red."""
        self.lanes.queue.near[:] = 0.0
        self.take(red_s=(red_s, red_s))
        return float(self.lanes.queue.near[0])


def test_half_of_what_is_usual_is_expected_and_calls_once_it_is_a_vehicle() -> None:
    town, vps = Town(), silent_roads.SHARE * USUAL_VPS
    used = town.take(red_s=(10, 500))
    assert used.occupancy.tolist() == [silent_roads.PRESENT, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert town.lanes.queue.near.tolist() == [pytest.approx(10 * vps), 0.0]
    assert town.take(red_s=(20, 500)).occupancy[STOP] == 1.0
    assert town.lanes.queue.near[0] == pytest.approx(20 * vps)
    assert town.loops.verdict.source.tolist() == [silent_roads.EXPECTED, 0, 0, 0, 0, 0]


def test_a_queue_that_is_longer_stays_as_it_is_and_leaves_in_green_at_the_full_rate() -> None:
    town = Town()
    town.lanes.queue.near[0] = 7.0
    town.take(red_s=(10, 10))
    assert town.lanes.queue.near[0] == 7.0
    assert town.take(green_s=(1, 0)).left[STOP] == 0.0
    used = town.take(green_s=(2, 0))
    assert used.left[STOP] == town.tables.best_vps[0] > 0.0
    assert used.occupancy[STOP] == silent_roads.LEAVING
    town.lanes.queue.near[0] = 0.0
    used = town.take(green_s=(3, 0))
    assert used.left[STOP] == used.occupancy[STOP] == 0.0


@pytest.mark.parametrize(("loop", "silent_s", "usual"), [
    (STOP, SILENT_S - 1, 1.0), (MID, SILENT_S - 1, 1.0), (FAR, 0, 1.0), (STOP, SILENT_S, 0.99),
    (STOP, silent_roads.SILENT_S - 1, 1_000.0)])
def test_nobody_is_expected_where_somebody_was_seen_or_few_are_usual(loop: int, silent_s: int, usual: float) -> None:
    town = Town()
    town.loops.runs.silent_s[loop] = silent_s
    town.loops.usual.seen[STOP] *= usual
    assert town.due() == 0.0
    assert not town.used.occupancy.any()


def test_a_road_that_never_counted_is_empty() -> None:
    town = Town()
    town.loops.usual.seen[[STOP, MID, FAR]] = 0.0
    assert town.due() == 0.0


def test_a_lane_beside_that_is_in_use_speaks_for_the_road_and_one_that_is_not_against_it() -> None:
    town = Town()
    town.tables.road[:] = 0
    assert town.due() == 0.0
    town.loops.runs.silent_s[OTHER] = SILENT_S
    assert town.due() > 0.0
    assert town.lanes.queue.near[1] > 0.0
    town.green()
    assert town.state.rest_s.tolist() == [town.cycle_s, town.cycle_s]


def test_greens_that_bring_nobody_speak_for_an_empty_road_for_longer_each_time() -> None:
    town = Town()
    for rest_s in (town.cycle_s, 2 * town.cycle_s, 4 * town.cycle_s, LIMITS.recall_s, LIMITS.recall_s):
        town.green()
        for _ in range(rest_s - 1):
            assert town.take(red_s=(200, 500)).occupancy[STOP] == 0.0
        assert town.due() > 0.0
    town.green({SHARED_EXIT: 1.0})
    assert town.due() > 0.0
    town.green()
    assert town.state.rest_s[0] == 2 * (LIMITS.recall_s // 2)
    town.loops.runs.silent_s[FAR] = 0
    town.take(red_s=(9, 9))
    town.loops.runs.silent_s[FAR] = SILENT_S
    town.green()
    assert town.state.rest_s[0] == town.cycle_s


def test_a_green_in_a_rest_makes_it_no_shorter() -> None:
    town = Town()
    for _ in range(4):
        town.green()
    rest_s = int(town.state.rest_s[0])
    town.green({SHARED_EXIT: 1.0})
    town.green({SHARED_EXIT: 1.0})
    town.green()
    assert town.state.rest_s[0] == rest_s - 3 * (10 + silent_roads.ACROSS_S) > 2 * town.cycle_s


@pytest.mark.parametrize("bad", ["silent", "dead"])
def test_loops_behind_the_junction_that_do_not_work_say_nothing(bad: str) -> None:
    town = Town()
    if bad == "silent":
        town.loops.samples.minute_vps[OWN_EXIT] = 0.0
    else:
        town.loops.verdict.status[OWN_EXIT] = LoopStatus.DEAD
    town.green()
    assert town.due() > 0.0


@dataclass
class Lane:
    """Lane 0 once more: all seconds of the green that is looked at, and until when nobody is expected."""

    cycle_s: int
    green: list[bool] | None = None
    dark_s: int = 0
    rest_s: int = 0
    rests_to: int = -1
    rests: int = 0

    def second(self, now: int, green_s: int, red_s: int, came: bool) -> float | None:
        """Vehicles that are due, None where nobody is expected."""
        if self.green is not None:
            self.green.append(came)
            self.dark_s += green_s == 0
            if self.dark_s == 8:
                self._end(now)
        elif green_s >= 2:
            self.green, self.dark_s = [], 0
        return 0.5 * USUAL_VPS * red_s if now >= self.rests_to else None

    def _end(self, now: int) -> None:
        assert self.green is not None
        if any(self.green):
            self.rest_s = self.rest_s // 2
        else:
            self.rest_s = min(max(self.cycle_s, self.rest_s * 2), LIMITS.recall_s)
            self.rests_to, self.rests = max(self.rests_to, now + self.rest_s), self.rests + 1
        self.green = None


def test_it_is_what_plain_loops_say() -> None:
    rng, town, near = np.random.default_rng(3), Town(), 0.0
    twin, red_s, green_s, expected = Lane(town.cycle_s), 9, 0, 0
    best = float(town.tables.best_vps[0])
    for now in range(12_000):
        turns = rng.random() < (0.1 if green_s else 0.02)
        red_s, green_s = (0, green_s + 1) if (green_s > 0) != turns else (red_s + 1, 0)
        came = {loop: 1.0 for loop in (OWN_EXIT, SHARED_EXIT) if rng.random() < 0.02}
        used = town.take((red_s, 0), (green_s, 0), came)
        due = twin.second(now, green_s, red_s, bool(came))
        left = occupied = 0.0
        if due is not None and green_s == 0:
            near = max(near, due)
            occupied = 1.0 if due >= 1 else 0.5
        elif due is not None and green_s == 1:
            occupied = 0.5
        elif due is not None:
            left = min(near, best)
            occupied = 0.6 if left else 0.0
        assert (used.left[STOP], used.occupancy[STOP], town.lanes.queue.near[0]) == (left, occupied, near)
        expected += due is not None
        near *= 0.9
        town.lanes.queue.near[0] = near
    assert 1_000 < expected < 11_000
    assert twin.rests > 50
