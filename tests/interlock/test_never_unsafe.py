"""Whatever is proposed, what is shown is clean to an oracle of its own; and nothing clean is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from signal_core.interlock.interlock import Status
from tests.interlock.oracle import Tape
from tests.interlock.worlds import World, codes_of, worlds


class Street(RuleBasedStateMachine):
    """A signal whose proposals come from anywhere, now and then switched by somebody else."""

    world: World

    @initialize(world=worlds(legal=True), time_s=st.integers(-100, 100_000))
    def open(self, world: World, time_s: int) -> None:
        self.world, self.time_s = world, time_s
        self.tape = Tape(
            world.conflicts, world.yellow, world.intergreen, world.min_green, world.yielded, world.walk_clear,
            world.forbidden, world.walk_lead_s, world.ends_with
        )
        self.shown, self.foreign = self._allowed(list(world.shown)), False
        world = replace(world, shown=self.shown)
        self.interlock = world.interlock(time_s)
        self._pass(1)

    def _allowed(self, codes: list[int]) -> list[int]:
        """A state that others show, without forbidden sets: what is not ordered here is not undone, either."""
        for each in self.world.forbidden:
            if all(codes[i] in (2, 3, 5) for i in each):
                codes[each[0]] = 0
        return codes

    def _pass(self, seconds: int) -> None:
        self.tape.show(self.shown, seconds)
        self.time_s += seconds

    def _propose(self, codes: list[int], seconds: int) -> None:
        calls = np.array([(self.time_s // 9 + i) % 4 != 0 for i in range(self.world.n)])
        answer = self.interlock.check(self.time_s, np.array(codes, dtype=np.uint8), calls)
        ordered = [int(code) for code in answer.codes]
        assert self.tape.faults(ordered) == []
        if answer.status[0] == 0:
            assert ordered == codes
        elif answer.status[0] != Status.LONG_GREEN:
            assert self.foreign or self.tape.faults(codes)
        self.shown = ordered
        self._pass(seconds)

    @rule(data=st.data(), seconds=st.integers(1, 4))
    def anything(self, data: st.DataObject, seconds: int) -> None:
        self._propose(data.draw(codes_of(self.world.n, 7)), seconds)

    @rule(data=st.data(), seconds=st.integers(1, 8))
    def a_few_links(self, data: st.DataObject, seconds: int) -> None:
        codes = list(self.shown)
        for _ in range(data.draw(st.integers(1, 3))):
            codes[data.draw(st.integers(0, self.world.n - 1))] = data.draw(st.integers(0, 4))
        self._propose(codes, seconds)

    @rule(data=st.data())
    def exchange(self, data: st.DataObject) -> None:
        """One link ends, another starts, in the same second."""
        codes = list(self.shown)
        moving = [i for i, code in enumerate(codes) if code in (2, 3)]
        still = [i for i, code in enumerate(codes) if code in (0, 4)]
        if moving and still:
            i = data.draw(st.sampled_from(moving))
            codes[i] = 1 if self.world.yellow[i] > 0 else 0
            codes[data.draw(st.sampled_from(still))] = data.draw(st.integers(2, 3))
        self._propose(codes, 1)

    @rule(data=st.data(), rounds=st.integers(1, 12))
    def towards(self, data: st.DataObject, rounds: int) -> None:
        """Push every link, one at a time, towards what is wanted."""
        wanted = data.draw(codes_of(self.world.n, 4))
        for step in range(rounds * self.world.n):
            i, codes = step % self.world.n, list(self.shown)
            if codes[i] == 5:
                codes[i] = 0
            elif codes[i] in (2, 3) and wanted[i] in (0, 1, 4) and self.world.yellow[i] > 0:
                codes[i] = 1
            else:
                codes[i] = wanted[i]
            self._propose(codes, 1)

    @rule(seconds=st.integers(1, 60))
    def hold(self, seconds: int) -> None:
        self._propose(list(self.shown), seconds)

    @rule(back=st.integers(0, 50))
    def clock_runs_back(self, back: int) -> None:
        """The clock loses time that really passes: what is required only gets longer."""
        self.foreign = True
        self._pass(1)
        self.time_s -= back + 1

    @precondition(lambda self: self.tape.seconds)
    @rule(data=st.data())
    def somebody_else(self, data: st.DataObject) -> None:
        """Another program takes over and is seen a second later."""
        codes = self._allowed([2 if code == 3 else code for code in data.draw(codes_of(self.world.n))])
        self.foreign = True
        self.shown = codes
        self.interlock.observe(self.time_s, np.array(codes, dtype=np.uint8))
        self._pass(1)


Street.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestStreet = pytest.mark.kernel(Street.TestCase)
