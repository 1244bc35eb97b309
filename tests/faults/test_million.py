"""A million seconds of two signals of any shape, with restarts, other programs and off, judged by two readers.

One is the interlock tests' oracle, second by second; the other the checker of recorded states. Neither shares code with
the engine or with the other. STEPS=... sets another number; how many they were is said at the end.
"""

from __future__ import annotations

import os
import resource
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from bench.audit.judgement import judge
from bench.audit.layouts import Layout
from bench.audit.requirements import Required
from bench.audit.state_record import Record
from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health
from signal_core.interlock.interlock import Interlock
from signal_core.interlock.rules import SignalRules
from signal_core.ladder.modes import Modes
from signal_core.planning.planner import Planner
from signal_core.sequencing.plan_rows import pack_plans
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import OFF, CodeArray
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from tests.faults.streets import LEVELS, any_intersection, plan_of, relate
from tests.interlock.oracle import Tape

STEPS = int(os.environ.get("STEPS", "1000000"))
TOWN_S = 2500
FEW = 3000
LETTERS = "rygGsO"
MOST_MB = 50
OURS = "online"


class Town:
    """Two signals and all that drives them, as a drive does second by second."""

    def __init__(self, seed: int) -> None:
        self.draw = np.random.default_rng(seed)
        first = any_intersection(self.draw)
        self.streets = [first, any_intersection(self.draw, first.n_lanes * LEVELS)]
        self.tables = pack(self.streets)
        self.loops = LEVELS * sum(street.n_lanes for street in self.streets)
        self.tapes = [_tape(street) for street in self.streets]
        self.records = [Record(), Record()]
        self.time_s, self.disturbed = 0, 0
        self.begin(np.concatenate([street.phase_codes[0] for street in self.streets]))
        self.keep(self.sequencer.state.shown, OURS)

    def begin(self, shown: CodeArray) -> None:
        """A process that finds the street showing this."""
        self.sequencer = Sequencer(self.tables, shown)
        self.interlock = _interlock(self.streets, shown, self.time_s)
        self.health = Health(self.tables, relate([street.n_lanes for street in self.streets]))
        self.planner = Planner(Estimator(self.tables, self.sequencer.state, Settings(horizon_s=12), self.health))
        plans = pack_plans([plan_of(street) for street in self.streets], self.tables)
        self.modes = Modes(self.tables, self.sequencer.state, plans)
        self.wanted = self.sequencer.nearest_phases()
        self.refused = np.zeros(2, dtype=np.uint8)

    def keep(self, codes: CodeArray, program: str) -> None:
        """Note what is shown in the second that begins now."""
        for s, (a, b) in enumerate(pairwise(self.tables.link_ptr.tolist())):
            record, state = self.records[s], "".join(LETTERS[code] for code in codes[a:b])
            self.tapes[s].show(codes[a:b].tolist(), 1)
            if not record.changes or record.changes[-1][1] != state:
                record.changes.append((1000 * self.time_s, state))
                record.shown_by.append(program)
            record.last_ms = 1000 * self.time_s

    def second(self) -> None:
        """One second, and what comes in between now and then."""
        self.undisturbed()
        self._disturb()

    def undisturbed(self) -> CodeArray:
        """Observe, plan, propose, judge, show; what the interlock says of each signal."""
        busy = 0.3
        count = (self.draw.random((2, self.loops)) < busy).astype(float)
        occupied = self.draw.choice([0.0, 0.4, 1.0], self.loops, p=[0.5, 0.25, 0.25])
        self.planner.estimator.observe(count[0], count[1], occupied)
        self.planner.plan(self.wanted)
        target = self.modes.choose(self.time_s, self.wanted, False, self.refused, self.health.blind)
        self.wanted[:] = target.phase
        calls = np.zeros(int(self.tables.link_ptr[-1]), dtype=np.bool_)
        answer = self.interlock.check(self.time_s, self.sequencer.propose(target), calls)
        self.refused = answer.status
        for tape, (a, b) in zip(self.tapes, pairwise(self.tables.link_ptr.tolist()), strict=True):
            assert tape.faults(answer.codes[a:b].tolist()) == []
        self.time_s += 1
        self.keep(answer.codes, OURS)
        self.sequencer.show(answer.codes)
        return self.refused

    def seen(self, found: CodeArray) -> None:
        """Somebody else has shown this instead of what was ordered last."""
        for tape, (a, b) in zip(self.tapes, pairwise(self.tables.link_ptr.tolist()), strict=True):
            tape.seconds[-1] = tuple(found[a:b].tolist())
        self.interlock.observe(self.time_s, found)
        self.sequencer.found(found)

    def _disturb(self) -> None:
        """Now and then the process begins anew, or another program has had the signals for a second, or off has."""
        chance = self.draw.random()
        if chance < 0.002:
            self._begin_later()
        elif chance < 0.006:
            found = self._by_others(off=chance < 0.004)
            self.interlock.observe(self.time_s, found)
            self.sequencer.found(found)
        if 0.0015 < chance < 0.003:  # who begins anew knows nothing of what was off before
            self._begin_later()

    def _begin_later(self) -> None:
        """A process ends; some seconds later, in which anything may be shown, another begins."""
        shown = self.sequencer.state.shown.copy()
        for _ in range(int(self.draw.integers(0, 4))):
            if self.draw.random() < 0.5:
                shown = self._by_others(off=self.draw.random() < 0.5)
            else:
                self.time_s += 1
                self.keep(shown, "other")
        self.begin(shown)

    def _by_others(self, off: bool) -> CodeArray:
        """A second of any codes, or of off."""
        found = self.draw.integers(0, OFF + 1, int(self.tables.link_ptr[-1])).astype(np.uint8)
        if off:
            found[:] = OFF
        self.time_s += 1
        self.keep(found, "other")
        self.disturbed += 1
        return found

    def violations(self) -> list[str]:
        """What the checker of recorded states says."""
        reports = [judge("x", record, Layout(_foes(street), frozenset()), _required(street), OURS)
                   for record, street in zip(self.records, self.streets, strict=True)]
        return [example for report in reports for example in report.examples]


def _tape(x: Intersection) -> Tape:
    assert x.yielded_s is not None
    assert x.walk_lead_s is not None
    assert x.ends_with is not None
    return Tape(x.conflicts.tolist(), x.yellow_s.tolist(), x.intergreen_s.tolist(), x.min_green_s.tolist(),
                x.yielded_s.tolist(), walk_lead_s=x.walk_lead_s.tolist(), ends_with=x.ends_with.tolist())


def _interlock(streets: list[Intersection], shown: CodeArray, time_s: int) -> Interlock:
    rules = [SignalRules(x.conflicts, x.yellow_s, x.intergreen_s, x.min_green_s, 120.0, yielded_s=x.yielded_s,
                         walk_lead_s=x.walk_lead_s, ends_with=x.ends_with) for x in streets]
    return Interlock(rules, shown, time_s)


def _foes(x: Intersection) -> tuple[frozenset[int], ...]:
    return tuple(frozenset(np.flatnonzero(row).tolist()) for row in x.conflicts)


def _required(x: Intersection) -> Required:
    def ms(seconds: Any) -> tuple[int, ...]:
        return tuple(1000 * int(s) for s in seconds)

    none, between = (0,) * x.n_links, tuple(ms(row) for row in x.intergreen_s)
    assert x.ends_with is not None
    traps = frozenset((i, j) for i, j in np.argwhere(x.ends_with & x.conflicts).tolist())
    return Required(ms(x.yellow_s), between, ms(x.min_green_s), none, none, none, none, none, (False,) * x.n_links,
                    traps=traps)


def drive(steps: int) -> tuple[int, int]:
    """That many seconds in towns one after the other; returns how often they were disturbed, and MB gained."""
    done, disturbed, first_kb, town = 0, 0, 0, 0
    while done < steps:
        streets = Town(town)
        until_s = min(TOWN_S, steps - done)
        while streets.time_s < until_s:
            streets.second()
        assert streets.violations() == []
        done, disturbed, town = done + until_s, disturbed + streets.disturbed, town + 1
        if done <= max(steps // 5, TOWN_S):
            first_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return disturbed, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first_kb) // 1024


def test_a_few_thousand_seconds_of_anything_are_clean() -> None:
    assert drive(FEW)[0] > 3


def test_who_was_off_and_then_with_others_is_waited_for_by_sequencer_and_interlock_alike() -> None:
    """Our red was not taken after a second of off: then it may have been off until the others were seen."""
    for seed in range(8):
        town = Town(seed)
        n = int(town.tables.link_ptr[-1])
        for _ in range(20):
            for found in (np.full(n, OFF, dtype=np.uint8), town.draw.integers(0, OFF, n).astype(np.uint8)):
                town.seen(found)
                town.undisturbed()
            for _ in range(12):
                assert not town.undisturbed().any()


@pytest.mark.nightly
def test_a_million_seconds_of_anything_are_clean_and_memory_stays_flat(capsys: pytest.CaptureFixture[str]) -> None:
    disturbed, gained_mb = drive(STEPS)
    with capsys.disabled():
        print(f"\n{STEPS} seconds of two signals, disturbed {disturbed} times; {gained_mb} MB more than after a fifth")
    assert disturbed > STEPS // 500
    assert gained_mb < MOST_MB


def test_the_readers_can_fail() -> None:
    streets = Town(1)
    for _ in range(50):
        streets.second()
    n = streets.streets[0].n_links
    streets.records[0].changes.append((1000 * (streets.time_s + 1), "G" * n))
    streets.records[0].shown_by.append(OURS)
    streets.records[0].changes.append((1000 * (streets.time_s + 2), "r" * n))
    streets.records[0].shown_by.append(OURS)
    assert streets.violations() != []
