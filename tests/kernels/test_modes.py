"""The ladder of modes: down at once, up after a while when a cycle ends, each signal for itself, nothing torn."""

from __future__ import annotations

import numpy as np
import pytest

from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Sight
from signal_core.interlock.interlock import Interlock
from signal_core.interlock.rules import SignalRules
from signal_core.ladder.modes import Mode, Modes, ModeSettings, Trouble
from signal_core.planning.planner import Planner
from signal_core.sequencing.plan_rows import PlanOf, pack_plans
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED
from signal_core.tables.packed import pack
from signal_core.tables.state import heads_of
from tests.kernels.approaches import two_approaches

pytestmark = pytest.mark.kernel

CYCLE_S = 60
LONGEST_WAIT_S = 100
SETTINGS = ModeSettings()


class Town:
    """Two like signals, each with a fixed plan of 27 s green, 3 s nothing, 27 s green of the other, 3 s nothing."""

    def __init__(self) -> None:
        self.tables = pack([two_approaches(), two_approaches()])
        shown = np.array([GREEN, RED, GREEN, RED], dtype=np.uint8)
        self.sequencer = Sequencer(self.tables, shown)
        codes = np.array([[GREEN, RED], [RED, RED], [RED, GREEN], [RED, RED]], dtype=np.uint8)
        plan = PlanOf(codes, np.array([27.0, 3.0, 27.0, 3.0]), 5.0)
        self.modes = Modes(self.tables, self.sequencer.state, pack_plans([plan, plan], self.tables),
                           longest_wait_s=LONGEST_WAIT_S)
        self.heads = heads_of(4)
        one = two_approaches()
        rules = SignalRules(one.conflicts, one.yellow_s, one.intergreen_s, one.min_green_s, 1000.0)
        self.interlock = Interlock([rules, rules], shown)
        self.refused = np.zeros(2, dtype=np.uint8)
        self.time_s = 0
        self.wanted = np.zeros(2, dtype=np.int64)
        self.shown: list[list[int]] = []

    @property
    def mode(self) -> list[Mode]:
        return [Mode(int(mode)) for mode in self.modes.state.mode]

    def second(self, wanted: tuple[int, int] | None = None, late: bool = False, blind: int = False,
               refused: int = 0) -> None:
        """One second; trouble is at signal 0, lateness at both."""
        self.wanted[:] = (self.time_s // 20 % 2,) * 2 if wanted is None else wanted
        self.refused[0] = refused
        target = self.modes.choose(self.time_s, self.wanted, late, self.refused,
                                   np.array([blind, False], dtype=np.uint8), heads=self.heads)
        self.wanted[:] = target.phase
        proposed = self.sequencer.propose(target)
        answer = self.interlock.check(self.time_s, proposed, np.zeros(4, dtype=np.bool_))
        assert not answer.status.any()
        self.sequencer.show(answer.codes)
        self.shown.append(answer.codes.tolist())
        self.time_s += 1

    def run(self, seconds: int, **trouble: int) -> None:
        for _ in range(seconds):
            self.second(**trouble)  # type: ignore[arg-type]


def test_without_trouble_what_is_wanted_is_done() -> None:
    town = Town()
    for k in range(300):
        town.second()
        assert town.wanted.tolist() == [k // 20 % 2] * 2
    assert town.mode == [Mode.ADAPTIVE] * 2
    assert town.modes.state.changes.tolist() == [0, 0]


def test_late_answers_are_bridged_by_the_last_one_and_degrade_after_a_few() -> None:
    town = Town()
    town.run(30)
    before = town.wanted.copy()
    for _ in range(SETTINGS.most_misses - 1):
        town.second(wanted=(0, 0), late=True)
        assert town.wanted.tolist() == before.tolist()
        assert town.mode == [Mode.ADAPTIVE] * 2
    town.second(late=True)
    assert town.mode == [Mode.LAST_GOOD] * 2
    assert [Trouble(int(r)) for r in town.modes.state.reason] == [Trouble.LATE] * 2


@pytest.mark.parametrize(("before_s", "cycle_s"), [(40, 40), (120, 70)])  # two phases of 30 s, changes of 5 s each
def test_the_last_good_plan_repeats_shares_and_cycle_of_before_no_longer_than_the_programs_and_ages(
        before_s: int, cycle_s: int) -> None:
    town = Town()
    for k in range(2400):
        town.second(wanted=(int(k % before_s >= 0.75 * before_s),) * 2)
    town.run(SETTINGS.most_misses, late=True)
    town.run(600, late=True)
    last = range(2500, 2500 + 5 * cycle_s)
    starts = [t for t in last if town.shown[t][0] == GREEN and town.shown[t - 1][0] != GREEN]
    assert len(starts) >= 4
    assert set(np.diff(starts)) <= {cycle_s - 1, cycle_s, cycle_s + 1}
    assert sum(town.shown[t][0] == GREEN for t in last) / len(last) == pytest.approx(0.7, abs=0.05)
    town.run(SETTINGS.last_good_s, late=True)
    assert town.mode == [Mode.FIXED] * 2


@pytest.mark.parametrize("wanted", [-1, 2, 2**62, -(2**62)])
def test_a_phase_that_does_not_exist_is_never_shown_and_concerns_one_signal(wanted: int) -> None:
    town = Town()
    town.run(50)
    for _ in range(SETTINGS.most_misses):
        town.second(wanted=(wanted, 1))
        assert 0 <= town.wanted[0] <= 1
    assert town.mode == [Mode.LAST_GOOD, Mode.ADAPTIVE]


def test_a_blind_signal_runs_its_program_to_the_second_and_the_other_stays_adaptive() -> None:
    town = Town()
    town.run(100)
    town.second(blind=True)
    assert town.mode == [Mode.FIXED, Mode.ADAPTIVE]
    town.run(3 * CYCLE_S, blind=True)
    for t in range(100 + CYCLE_S, 100 + 3 * CYCLE_S):
        at_s = (t - 5) % CYCLE_S
        assert (town.shown[t][0] == GREEN) == (at_s < 27)
        assert (town.shown[t][1] == GREEN) == (30 <= at_s < 57)


def test_up_again_after_a_while_healthy_at_the_end_of_a_cycle() -> None:
    town = Town()
    town.run(100)
    town.run(50, blind=True)
    while town.mode[0] is Mode.FIXED:
        town.second(wanted=(0, 0))
        assert town.time_s < 1000
    healthy_s = town.time_s - 150
    assert SETTINGS.up_s <= healthy_s <= SETTINGS.up_s + CYCLE_S + 1
    assert (town.time_s - 1 - 5) % CYCLE_S == 0
    assert Trouble(int(town.modes.state.reason[0])) is Trouble.NOTHING


def test_the_first_vehicle_seen_where_nothing_had_failed_ends_the_program_at_once() -> None:
    town = Town()
    town.run(40, blind=Sight.NOBODY)
    assert town.mode == [Mode.FIXED, Mode.ADAPTIVE]
    assert Trouble(int(town.modes.state.reason[0])) is Trouble.NOBODY
    while not town.sequencer.state.settled[0]:
        town.second(blind=Sight.NOBODY)
    town.second(wanted=(0, 0))
    assert town.mode == [Mode.ADAPTIVE] * 2
    town.run(10, blind=Sight.BLIND)
    town.run(10)
    assert town.mode == [Mode.FIXED, Mode.ADAPTIVE]  # loops that have failed have to prove themselves


def test_a_short_relapse_starts_the_wait_again() -> None:
    town = Town()
    town.run(10, blind=True)
    town.run(SETTINGS.up_s - 1)
    town.second(blind=True)
    town.run(SETTINGS.up_s - 1)
    assert town.mode[0] is Mode.FIXED


@pytest.mark.parametrize(("why", "refuses", "in_time"), [
    (Sight.WORSE, False, True),
    (Sight.WORSE, True, False),  # he does not want what lane 1 has: no row ends his wait
    (Sight.NOBODY, False, False),  # loops that see nobody do not know who waits
])
def test_who_has_waited_longest_goes_before_a_plan_that_does_better(why: Sight, refuses: bool, in_time: bool) -> None:
    town = Town()
    town.heads.refused[1] = refuses
    plans = town.modes.target.plans
    while (town.time_s - 5) % CYCLE_S > 5 or (town.time_s - plans.brief_offset_s[0]) % plans.brief_cycle_s[0] > 5:
        town.second(wanted=(0, 0))  # up to where the plan, too, has just begun with lane 0
    town.heads.unserved_s[1] = LONGEST_WAIT_S - 5
    longest_s = 0
    while town.shown[-1][1] != GREEN:
        town.second(blind=why)
        town.heads.unserved_s[1] += town.shown[-1][1] != GREEN
        longest_s = max(longest_s, int(town.heads.unserved_s[1]))
    assert (longest_s <= LONGEST_WAIT_S) == in_time
    town.heads.unserved_s[1] = 0
    town.run(CYCLE_S, blind=why)
    assert town.modes.target.row[0] == town.modes.state.row[0]  # in step again


def test_who_has_waited_before_a_plan_that_does_better_waits_no_longer_than_it_leaves_him_red() -> None:
    town = Town()
    plans = town.modes.target.plans
    while (town.time_s - 5) % CYCLE_S > 5 or (town.time_s - plans.brief_offset_s[0]) % plans.brief_cycle_s[0] > 5:
        town.second(wanted=(0, 0))  # up to where the plan, too, has just begun with lane 0
    red_s = plans.brief_cycle_s[0] - 27  # of lane 1 in the plan
    town.heads.unserved_s[1] = red_s - 8
    longest_s = 0
    while town.shown[-1][1] != GREEN:
        town.second(blind=Sight.WORSE)
        town.heads.unserved_s[1] += town.shown[-1][1] != GREEN
        longest_s = max(longest_s, int(town.heads.unserved_s[1]))
    assert red_s <= longest_s <= red_s + 4  # yellow, and a second to say so
    town.heads.unserved_s[1] = 0
    town.run(CYCLE_S, blind=Sight.WORSE)
    assert town.modes.target.row[0] == town.modes.state.row[0]  # in step again


def test_a_bad_status_of_the_planner_counts_as_no_answer() -> None:
    town = Town()
    town.run(30)
    town.sequencer.state.plan_status[0] = 2
    town.run(SETTINGS.most_misses)
    assert town.mode == [Mode.LAST_GOOD, Mode.ADAPTIVE]
    assert Trouble(int(town.modes.state.reason[0])) is Trouble.BAD_PLAN


@pytest.mark.parametrize("value", [np.nan, np.inf, -5.0])
def test_a_memory_gone_bad_is_told_and_begun_anew(value: float) -> None:
    tables = pack([two_approaches(), two_approaches()])
    sequencer = Sequencer(tables, np.array([GREEN, RED, GREEN, RED], dtype=np.uint8))
    planner = Planner(Estimator(tables, sequencer.state, Settings()))
    sequencer.state.settled[:] = 1
    planner.estimator.lanes.queue.near[:] = (value, 0.0, 3.0, 4.0)
    wanted = sequencer.nearest_phases()
    planner.plan(wanted)
    assert [bool(status) for status in sequencer.state.plan_status] == [True, False]
    assert wanted[0] == 0
    assert planner.estimator.lanes.queue.near.tolist() == [0.0, 0.0, 3.0, 4.0]
    planner.plan(wanted)
    assert not sequencer.state.plan_status.any()


def test_plans_that_do_not_fit_are_refused() -> None:
    tables = pack([two_approaches()])
    with pytest.raises(ValueError, match="2 links"):
        pack_plans([PlanOf(np.zeros((1, 3), np.uint8), np.ones(1), 0.0)], tables)
    with pytest.raises(ValueError, match="above 0"):
        pack_plans([PlanOf(np.zeros((1, 2), np.uint8), np.zeros(1), 0.0)], tables)
