"""Estimator, planner, health, modes, sequencer and interlock together, under anything that can be counted or wanted.

What is shown is judged by the interlock tests' own oracle, which shares no code with any of them.
HYPOTHESIS_PROFILE=nightly makes it 100,000 steps, of 1 to 90 seconds each; how many they were is said at the end.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health
from signal_core.interlock.interlock import Interlock
from signal_core.interlock.rules import SignalRules
from signal_core.ladder.modes import Modes
from signal_core.planning.planner import Planner
from signal_core.sequencing.plan_rows import pack_plans
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import OFF
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from tests.faults.streets import LEVELS, intersections, plan_of, relate
from tests.interlock.oracle import Tape

NUMBERS = st.one_of(st.sampled_from([0.0, 1.0, 2.0, -1.0, 1e300, np.nan, np.inf, -np.inf]), st.floats())
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
STEPS = 100_000 if NIGHTLY else 100
LONG_S, SETTLED_S = 1000, 1
"""After another program was seen, so long may the interlock find what has to be sorted out first."""
DRIVEN: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def told(request: pytest.FixtureRequest) -> Iterator[None]:
    """Says how much was driven, and fails where it was less than promised."""
    started_s = time.monotonic()
    yield
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{DRIVEN['steps']} steps, {DRIVEN['seconds']} s of two signals in {DRIVEN['towns']} towns, "
              f"in {time.monotonic() - started_s:.0f} s")
    assert DRIVEN["steps"] >= STEPS


class Town(RuleBasedStateMachine):
    """Two signals of any shape and everything that drives them."""

    @initialize(one=intersections(), data=st.data())
    def open(self, one: Intersection, data: st.DataObject) -> None:
        other = data.draw(intersections(first_loop=one.n_lanes * LEVELS))
        self.streets = [one, other]
        self.tables = pack(self.streets)
        self.loops = LEVELS * (one.n_lanes + other.n_lanes)
        shown = np.concatenate([street.phase_codes[0] for street in self.streets])
        self.sequencer = Sequencer(self.tables, shown)
        self.health = Health(self.tables, relate([street.n_lanes for street in self.streets]))
        self.planner = Planner(Estimator(self.tables, self.sequencer.state, Settings(horizon_s=12), self.health))
        plans = pack_plans([plan_of(street) for street in self.streets], self.tables)
        self.modes = Modes(self.tables, self.sequencer.state, plans)
        self.interlock = self._interlock(shown, 0)
        self.tapes = [Tape(s.conflicts.tolist(), s.yellow_s.tolist(), s.intergreen_s.tolist(), s.min_green_s.tolist(),
                           s.yielded_s.tolist(), walk_lead_s=s.walk_lead_s.tolist(), ends_with=s.ends_with.tolist())
                      for s in self.streets]
        self.wanted = self.sequencer.nearest_phases()
        self.refused = np.zeros(2, dtype=np.uint8)
        self.time_s, self.foreign_s = 0, -LONG_S
        for tape, codes in zip(self.tapes, self._split(shown), strict=True):
            tape.show(codes, 1)
        DRIVEN["towns"] += 1

    def _interlock(self, shown: Any, time_s: int) -> Interlock:
        rules = [SignalRules(s.conflicts, s.yellow_s, s.intergreen_s, s.min_green_s, 120.0, yielded_s=s.yielded_s,
                             walk_lead_s=s.walk_lead_s, ends_with=s.ends_with) for s in self.streets]
        return Interlock(rules, shown, time_s)

    @invariant()
    def count(self) -> None:
        DRIVEN["steps"] += self.time_s > 0

    def _split(self, codes: Any) -> list[list[int]]:
        ptr = self.tables.link_ptr
        return [[int(code) for code in codes[ptr[s]:ptr[s + 1]]] for s in range(2)]

    def _second(self, sample: Any, late: bool = False, wanted: Any = None, sampled_s: float | None = None,
                codes: Any = None) -> None:
        modes_before = self.modes.state.mode.copy()
        self.planner.estimator.observe(*sample, sampled_s)
        self.planner.plan(self.wanted)
        if wanted is not None:
            self.wanted[:] = wanted
        bad = [not 0 <= w < s.n_phases for w, s in zip(self.wanted.tolist(), self.streets, strict=True)]
        target = self.modes.choose(self.time_s, self.wanted, late, self.refused, self.health.blind)
        self.wanted[:] = target.phase
        assert all(0 <= w < s.n_phases for w, s in zip(self.wanted.tolist(), self.streets, strict=True))
        for s in range(2):
            if not (late or bad[s] or self.refused[s] or self.health.blind[s]):
                assert self.modes.state.mode[s] <= modes_before[s]  # nothing wrong here: never down
        proposed = self.sequencer.propose(target)
        if codes is not None:
            proposed = codes
        answer = self.interlock.check(self.time_s, proposed, np.zeros(len(proposed), dtype=np.bool_))
        if codes is None and self.time_s > self.foreign_s + SETTLED_S:
            assert not answer.status.any()
        self.refused = answer.status
        for tape, ordered in zip(self.tapes, self._split(answer.codes), strict=True):
            assert tape.faults(ordered) == []
            tape.show(ordered, 1)
        self.sequencer.show(answer.codes)
        self.time_s += 1
        DRIVEN["seconds"] += 1
        queue, arrivals = self.planner.estimator.lanes.queue, self.planner.estimator.lanes.arrivals
        for values in (queue.near, queue.beyond, queue.wait_s, arrivals.expected, arrivals.sure, arrivals.flow_vps):
            assert np.isfinite(values).all()
            assert values.min(initial=0.0) > -1e-6

    def _plain(self, seed: int, seconds: int) -> Any:
        draw = np.random.default_rng(seed)
        busy = draw.random() * 0.6
        for _ in range(seconds):
            count = (draw.random((2, self.loops)) < busy * 0.5).astype(float)
            yield count[0], count[1], draw.choice([0.0, 0.4, 1.0], self.loops, p=[1.0 - busy, busy / 2, busy / 2])

    @rule(seed=st.integers(0, 2**32 - 1), seconds=st.integers(1, 40))
    def traffic(self, seed: int, seconds: int) -> None:
        for sample in self._plain(seed, seconds):
            self._second(sample)

    @rule(seconds=st.integers(1, 90), value=st.sampled_from([0.0, 1.0, np.nan]))
    def one_value_everywhere(self, seconds: int, value: float) -> None:
        for _ in range(seconds):
            self._second([np.full(self.loops, value)] * 3)

    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=8), seconds=st.integers(1, 5))
    def any_numbers(self, numbers: list[float], seconds: int) -> None:
        for k in range(seconds):
            self._second([np.resize(np.roll(numbers, k + shift), self.loops) for shift in range(3)])

    @rule(sample=st.tuples(*[st.one_of(st.none(), st.text(max_size=2), st.lists(NUMBERS, max_size=3))] * 3))
    def no_sample_at_all(self, sample: tuple[Any, Any, Any]) -> None:
        self._second(sample)

    @rule(seed=st.integers(0, 2**32 - 1), back_s=st.floats(0.0, 100.0))
    def stale(self, seed: int, back_s: float) -> None:
        for sample in self._plain(seed, 3):
            self._second(sample, sampled_s=float(self.time_s) - back_s)

    @rule(seed=st.integers(0, 2**32 - 1), seconds=st.integers(1, 12))
    def late(self, seed: int, seconds: int) -> None:
        for sample in self._plain(seed, seconds):
            self._second(sample, late=True)

    @rule(wanted=st.tuples(*[st.integers(-(2**63), 2**63 - 1)] * 2), seconds=st.integers(1, 8))
    def nonsense(self, wanted: tuple[int, int], seconds: int) -> None:
        for sample in self._plain(seconds, seconds):
            self._second(sample, wanted=wanted)

    @rule(data=st.data())
    def any_codes(self, data: st.DataObject) -> None:
        n = int(self.tables.link_ptr[-1])
        codes = np.array(data.draw(st.lists(st.integers(0, 7), min_size=n, max_size=n)), dtype=np.uint8)
        self._second(next(iter(self._plain(n, 1))), codes=codes)


    @rule(data=st.data(), whole=st.booleans(), seconds=st.integers(1, 20))
    def somebody_else(self, data: st.DataObject, whole: bool, seconds: int) -> None:
        """Another program has shown anything for a second, or has been off; then all goes on."""
        n = int(self.tables.link_ptr[-1])
        found = np.full(n, OFF, dtype=np.uint8)
        if not whole:
            found[:] = data.draw(st.lists(st.integers(0, OFF), min_size=n, max_size=n))
        for tape, codes in zip(self.tapes, self._split(found), strict=True):
            tape.seconds[-1] = tuple(codes)
        self.interlock.observe(self.time_s, found)
        self.sequencer.found(found)
        self.foreign_s = self.time_s
        for sample in self._plain(n, seconds):
            self._second(sample)

    @rule(seconds=st.integers(1, 20))
    def restart(self, seconds: int) -> None:
        """The process begins anew and finds the street as it is."""
        shown = self.sequencer.state.shown.copy()
        self.sequencer = Sequencer(self.tables, shown)
        self.interlock = self._interlock(shown, self.time_s)
        self.health = Health(self.tables, relate([street.n_lanes for street in self.streets]))
        self.planner = Planner(Estimator(self.tables, self.sequencer.state, Settings(horizon_s=12), self.health))
        plans = pack_plans([plan_of(street) for street in self.streets], self.tables)
        self.modes = Modes(self.tables, self.sequencer.state, plans)
        self.wanted = self.sequencer.nearest_phases()
        for sample in self._plain(seconds, seconds):
            self._second(sample)


Town.TestCase.settings = settings(
    settings.get_profile("nightly") if NIGHTLY else settings.get_profile("ci"),
    max_examples=1300 if NIGHTLY else 12, stateful_step_count=100 if NIGHTLY else 12)
TestTown = Town.TestCase
