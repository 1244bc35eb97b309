"""The plan is tried where a lane is starved or a signal behind, and stays only where it lets more go."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.estimating.health import HealthSettings, Sight
from signal_core.estimating.loop_state import exit_state, loop_health
from signal_core.kernels import trials
from signal_core.kernels.compiled import kernel
from signal_core.kernels.substitution import EXPECTED
from signal_core.tables.packed import pack
from signal_core.tables.state import lane_state
from tests.kernels.test_claims import intersection, two_lanes, two_lanes_intersection

pytestmark = pytest.mark.kernel

SOON = HealthSettings(starved_s=30, starved_share=0.4, trial_s=320, rest_s=80, joins_s=20)


@kernel
def second(state, worse, locks, loops, tables, lanes, limits):  # type: ignore[no-untyped-def]
    trials.watch(state, worse, locks, loops, tables, lanes, limits)


@dataclass
class Twin:
    """One signal in plain words; lanes are (empty_s, has somebody left, planned, has a stop line loop)."""

    stood: dict[int, list[bool]] = field(default_factory=dict)
    trial: list[int] | None = None
    before_vps: float = 0.0
    seconds: int = 0
    rest_s: int = -80

    def second(self, lanes: list[tuple[int, bool, float, bool]], behind: bool, blind: bool, kept: bool) -> bool:
        """behind: the floor has the plan run, whoever stands where; kept: under control all the same."""
        known = {k: lane for k, lane in enumerate(lanes) if lane[3]}
        left = sum(lane[1] for lane in known.values())
        for k, (empty_s, gone, _, _) in known.items():
            self.stood[k] = [*self.stood.get(k, []), gone] if empty_s < 4 else []
        self.rest_s -= 1
        if blind:
            self.trial = None
        elif kept:
            self._remember(left)
            self.trial = self.trial if self.trial is not None and len(self.trial) >= 320 else None
        elif self.trial is None and not behind:
            self._remember(left)
            starved = any(len(s) >= 30 and sum(s) < 0.4 * (known[k][2] * len(s)) for k, s in self.stood.items())
            if starved and self.rest_s <= 0:
                self.trial = [0]
        elif self.trial is None:
            self.trial = [0]
        else:
            self._go_on(self.trial, left, behind)
        return self.trial is not None

    def _remember(self, left: int) -> None:
        if self.seconds or left:
            self.seconds = min(self.seconds + 1, 300)
            self.before_vps = self.before_vps * (1.0 - 1.0 / self.seconds) + left / self.seconds

    def _go_on(self, trial: list[int], left: int, behind: bool) -> None:
        trial.append(left)
        seconds, gone = len(trial) - 180, sum(trial[180:])
        if seconds in (60, 120, 140):
            due = self.before_vps * seconds
            scatter = math.sqrt(due + due * seconds / 600.0)
            if gone < due - 2.0 * math.sqrt(140 / seconds) * scatter or (seconds == 140 and not behind and gone < due):
                self.trial, self.rest_s = None, 600 if behind and self.rest_s <= -80 else 80
        elif len(trial) > 320 and not behind and all(len(s) < 20 for s in self.stood.values()):
            self.trial = None


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_as_the_twin_says(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    tables = pack([intersection(rng, n)])
    L, E, X, twin = lane_state(tables), exit_state(n, 1), loop_health(64, 1, 1), Twin()
    busy, much = rng.random(n) < 0.7, rng.random() * 0.3
    for now in range(1800):
        if now % 150 == 149:
            busy, much = rng.random(n) < 0.7, rng.random() * 0.3
        L.runs.stop_empty_s[:] = np.where(busy, rng.integers(0, 4, n), rng.integers(0, 9, n))
        L.line.idle_s[:] = np.where(rng.random(n) < much, 0, 5)
        E.floor.worse[0] = now % 600 > much * 1000.0 and E.trials.rest_s[0] <= 0
        X.signals.sight[0] = blind = Sight.BLIND if rng.random() < 0.003 else Sight.SEES
        if now % 50 == 0:
            E.locks.guards[0], E.locks.locked[0] = rng.random(2) < 0.05
        second(E.trials, E.floor.worse, E.locks, X, tables, L, SOON)
        lanes = zip(L.runs.stop_empty_s, L.line.idle_s == 0, tables.plan_vps, tables.stop_loop >= 0, strict=True)
        expected = twin.second([(int(a), bool(b), float(c), bool(d)) for a, b, c, d in lanes],
                               bool(E.floor.worse[0]), blind == Sight.BLIND,
                               bool(E.locks.guards[0] or E.locks.locked[0]))
        assert (E.trials.tried_s[0] > 0) == expected, now


@pytest.mark.parametrize(("sent_in_trial_vps", "stays"), [(0.2, False), (0.4, True)])
def test_the_plan_stays_where_it_lets_more_go(sent_in_trial_vps: float, stays: bool) -> None:
    tables, _, L = two_lanes()
    E, X, limits, tried = exit_state(2, 1), loop_health(64, 1, 1), HealthSettings(), []
    for now in range(2000):
        every_s = round(1.0 / (sent_in_trial_vps if E.trials.tried_s[0] > 0 else 0.25))
        L.runs.stop_empty_s[:] = 0  # both lanes stand; nobody ever leaves the second
        L.line.idle_s[:] = [now % every_s, 9]
        second(E.trials, E.floor.worse, E.locks, X, tables, L, limits)
        tried.append(bool(E.trials.tried_s[0] > 0))
    begins = tried.index(True)
    assert begins == limits.starved_s - 1
    assert tried[begins + limits.trial_s:] == [stays] * (2000 - begins - limits.trial_s)


def test_what_leaves_while_the_change_to_the_plan_takes_does_not_speak_against_it() -> None:
    tables, _, L = two_lanes()
    E, X, limits = exit_state(2, 1), loop_health(64, 1, 1), HealthSettings()
    for now in range(limits.starved_s + limits.trial_s + 100):
        changes = 0 < E.trials.tried_s[0] < trials.SETTLES_S
        L.runs.stop_empty_s[:] = 0
        L.line.idle_s[:] = [9 if changes else now % 4, 9]
        second(E.trials, E.floor.worse, E.locks, X, tables, L, limits)
    assert E.trials.judged[0] == 1
    assert E.trials.tried_s[0] > limits.trial_s


def test_who_is_only_expected_neither_stands_nor_leaves() -> None:
    tables, _, L = two_lanes()
    E, X = exit_state(2, 1), loop_health(64, 1, 1)
    X.verdict.source[tables.stop_loop] = EXPECTED
    L.runs.stop_empty_s[:] = L.line.idle_s[:] = 0
    for _ in range(HealthSettings().starved_s + 10):
        second(E.trials, E.floor.worse, E.locks, X, tables, L, HealthSettings())
    assert E.trials.stood_s.tolist() == [0, 0]
    assert E.trials.before_vps[0] == E.trials.tried_s[0] == 0


def test_a_program_that_cannot_be_run_is_not_tried() -> None:
    tables, _, L = two_lanes()
    tables.adapts[:] = True
    E, X = exit_state(2, 1), loop_health(64, 1, 1)
    for _ in range(1000):
        L.line.idle_s[:] = 9
        second(E.trials, E.floor.worse, E.locks, X, tables, L, HealthSettings())
    assert E.trials.tried_s[0] == 0


@pytest.mark.parametrize(("lets_go_vps", "looks"), [(0.05, 2), (0.125, 3)])
def test_a_plan_that_is_plainly_worse_is_left_before_its_time_is_over(lets_go_vps: float, looks: int) -> None:
    tables, _, L = two_lanes()
    E, X, limits, seconds = exit_state(2, 1), loop_health(64, 1, 1), HealthSettings(), 0
    for now in range(1500):
        every_s = round(1.0 / (lets_go_vps if E.trials.tried_s[0] > 0 else 0.25))
        L.runs.stop_empty_s[:] = 0
        L.line.idle_s[:] = [now % every_s, 9]
        second(E.trials, E.floor.worse, E.locks, X, tables, L, limits)
        seconds += bool(E.trials.tried_s[0] > 0)
    assert seconds + 1 == trials.SETTLES_S + looks * trials.LOOKS_S
    assert E.trials.rest_s[0] > 0


def test_a_road_that_was_empty_before_the_first_came_does_not_speak_for_the_plan() -> None:
    tables, _, L = two_lanes()
    E, X = exit_state(2, 1), loop_health(64, 1, 1)
    for now in range(320):
        L.line.idle_s[:] = [now % 4 if now >= 200 else 9, 9]
        second(E.trials, E.floor.worse, E.locks, X, tables, L, HealthSettings())
    assert E.trials.before_vps[0] == pytest.approx(0.25)


@pytest.mark.parametrize(("under_the_plan_vps", "stays"), [
    ((0.2, 0.2), True), ((0.1, 0.4), True), ((0.3, 0.1), True), ((0.05, 0.2), False)])
def test_a_row_is_judged_by_all_that_leaves_it(under_the_plan_vps: tuple[float, float], stays: bool) -> None:
    tables = pack([two_lanes_intersection(past=None, first_loop=0), two_lanes_intersection(np.array([1]), 6),
                   two_lanes_intersection(past=None, first_loop=12)])
    L, E, X, limits = lane_state(tables), exit_state(6, 3), loop_health(64, 3, 1), HealthSettings()
    chance = np.random.default_rng(3)
    for now in range(1500):
        E.floor.worse[:2] = (now >= 1000) & (E.trials.rest_s[:2] <= 0)
        vps = [0.2, 0.2] if E.floor.worse[0] == 0 else under_the_plan_vps
        L.line.idle_s[:] = np.where(chance.random(6) < np.repeat([*vps, 0.2], 2) / 2.0, 0, 5)
        L.runs.stop_empty_s[:] = 9
        second(E.trials, E.floor.worse, E.locks, X, tables, L, limits)
    assert (E.trials.tried_s > 0).tolist() == [stays, stays, False]
    assert (E.trials.rest_s > 0).tolist() == [not stays, not stays, False]


def test_a_signal_that_is_kept_from_its_plan_is_not_judged_with_its_row() -> None:
    tables = pack([two_lanes_intersection(past=None, first_loop=0), two_lanes_intersection(np.array([1]), 6)])
    L, E, X, limits = lane_state(tables), exit_state(4, 2), loop_health(64, 2, 1), HealthSettings()
    E.locks.guards[1], E.trials.before_vps[:] = 1, 0.5
    for _ in range(600):
        E.floor.worse[:] = E.trials.rest_s <= 0
        L.line.idle_s[:] = 9
        second(E.trials, E.floor.worse, E.locks, X, tables, L, limits)
    assert E.trials.judged.tolist() == [1, 0]
    assert (E.trials.rest_s > 0).tolist() == [True, False]


def test_who_joins_a_row_that_has_stood_its_trial_is_not_tried_again_and_one_that_fails_rests_longer() -> None:
    tables = pack([two_lanes_intersection(past=None, first_loop=0), two_lanes_intersection(np.array([1]), 6)])
    L, E, X, limits = lane_state(tables), exit_state(4, 2), loop_health(64, 2, 1), HealthSettings()
    E.floor.worse[:], E.trials.tried_s[0] = 1, limits.trial_s + 1
    second(E.trials, E.floor.worse, E.locks, X, tables, L, limits)
    assert E.trials.tried_s[1] == limits.trial_s + 1
    rests = []
    for _ in range(2):
        E.trials.tried_s[:], E.trials.before_vps[:], E.trials.rest_s[:] = limits.trial_s - 1, 0.3, E.trials.rest_s - 900
        second(E.trials, E.floor.worse, E.locks, X, tables, L, limits)
        rests.append(E.trials.rest_s.tolist())
    assert rests == [[trials.REST_S] * 2, [limits.rest_s] * 2]


@pytest.mark.parametrize("kept", [False, True])
def test_a_signal_that_is_kept_from_its_plan_makes_no_row_of_those_beside_it(kept: bool) -> None:
    tables = pack([two_lanes_intersection(past=None, first_loop=0), two_lanes_intersection(np.array([1]), 6),
                   two_lanes_intersection(np.array([7]), 12)])
    L, E, X, limits = lane_state(tables), exit_state(6, 3), loop_health(64, 3, 1), HealthSettings()
    E.floor.worse[:], E.locks.guards[1], E.trials.tried_s[:] = 1, kept, [200, 0 if kept else 200, 0]
    second(E.trials, E.floor.worse, E.locks, X, tables, L, limits)
    assert E.trials.tried_s.tolist() == ([201, 0, 1] if kept else [1, 1, 1])
