"""The plan is tried where a lane is starved, and stays only where it lets more go."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.health import HealthSettings, Sight
from signal_core.kernels import trials
from signal_core.kernels.compiled import kernel
from signal_core.loop_state import exit_state, loop_health
from signal_core.state import lane_state
from signal_core.tables import pack
from tests.kernels.test_claims import intersection, two_lanes

pytestmark = pytest.mark.kernel

SOON = HealthSettings(starved_s=30, starved_share=0.4, trial_s=100, better_share=1.1, rest_s=80, joins_s=20)


@kernel
def second(state, worse, loops, tables, lanes, limits):  # type: ignore[no-untyped-def]
    trials.watch(state, worse, loops, tables, lanes, limits)


@dataclass
class Twin:
    """One signal in plain words; lanes are (empty_s, has somebody left, planned, has a stop line loop)."""

    stood: dict[int, list[bool]] = field(default_factory=dict)
    trial: list[int] | None = None
    before_vps: float = 0.0
    rest_s: int = 0

    def second(self, lanes: list[tuple[int, bool, float, bool]], plan_anyway: bool) -> bool:
        known = {k: lane for k, lane in enumerate(lanes) if lane[3]}
        left = sum(lane[1] for lane in known.values())
        for k, (empty_s, gone, _, _) in known.items():
            self.stood[k] = [*self.stood.get(k, []), gone] if empty_s < 4 else []
        self.rest_s = max(0, self.rest_s - 1)
        if plan_anyway:
            self.trial = None
            return False
        if self.trial is None:
            self.before_vps += (left - self.before_vps) / 300.0
            starved = any(len(s) >= 30 and sum(s) < 0.4 * (known[k][2] * len(s)) for k, s in self.stood.items())
            if starved and self.rest_s == 0:
                self.trial = [0]
            return self.trial is not None
        self.trial.append(left)
        lasted = len(self.trial)
        if lasted == 100 and sum(self.trial[60:]) < 1.1 * self.before_vps * 40:
            self.trial, self.rest_s = None, 80
        elif lasted > 100 and max(len(s) for s in self.stood.values()) < 20:
            self.trial = None
        return self.trial is not None


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_as_the_twin_says(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    tables = pack([intersection(rng, n)])
    L, E, X, twin = lane_state(tables), exit_state(n, 1), loop_health(1, 1, 1), Twin()
    busy, much = rng.random(n) < 0.7, rng.random() * 0.3
    for now in range(500):
        if now % 150 == 149:
            busy, much = rng.random(n) < 0.7, rng.random() * 0.3
        L.runs.stop_empty_s[:] = np.where(busy, rng.integers(0, 4, n), rng.integers(0, 9, n))
        L.line.idle_s[:] = np.where(rng.random(n) < much, 0, 5)
        E.floor.worse[0] = now % 200 > 190
        X.signals.sight[0] = blind = Sight.BLIND if rng.random() < 0.003 else Sight.SEES
        second(E.trials, E.floor.worse, X, tables, L, SOON)
        lanes = zip(L.runs.stop_empty_s, L.line.idle_s == 0, tables.plan_vps, tables.stop_loop >= 0, strict=True)
        expected = twin.second([(int(a), bool(b), float(c), bool(d)) for a, b, c, d in lanes],
                               bool(E.floor.worse[0]) or blind == Sight.BLIND)
        assert (E.trials.tried_s[0] > 0) == expected, now


@pytest.mark.parametrize(("sent_in_trial_vps", "stays"), [(0.2, False), (0.4, True)])
def test_the_plan_stays_where_it_lets_more_go(sent_in_trial_vps: float, stays: bool) -> None:
    tables, _, L = two_lanes()
    E, X, limits, tried = exit_state(2, 1), loop_health(1, 1, 1), HealthSettings(), []
    for now in range(2000):
        every_s = round(1.0 / (sent_in_trial_vps if E.trials.tried_s[0] > 0 else 0.25))
        L.runs.stop_empty_s[:] = 0  # both lanes stand; nobody ever leaves the second
        L.line.idle_s[:] = [now % every_s, 9]
        second(E.trials, E.floor.worse, X, tables, L, limits)
        tried.append(bool(E.trials.tried_s[0] > 0))
    begins = tried.index(True)
    assert begins == limits.starved_s - 1
    assert tried[begins + limits.trial_s:] == [stays] * (2000 - begins - limits.trial_s)


def test_a_program_that_cannot_be_run_is_not_tried() -> None:
    tables, _, L = two_lanes()
    tables.adapts[:] = True
    E, X = exit_state(2, 1), loop_health(1, 1, 1)
    for _ in range(1000):
        L.line.idle_s[:] = 9
        second(E.trials, E.floor.worse, X, tables, L, HealthSettings())
    assert E.trials.tried_s[0] == 0
