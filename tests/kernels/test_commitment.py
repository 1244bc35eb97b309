"""What is announced is kept, and planned for the second in which it can begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.kernels import commitment
from signal_core.kernels.compiled import kernel
from signal_core.kernels.kept import kept
from tests.kernels import twins
from tests.kernels.crossings import crossings, problem_of, settings_of, space
from tests.kernels.twins import Crossing

pytestmark = pytest.mark.kernel


@kernel
def look_ahead(problem, first, before, since_s, lead_s):  # type: ignore[no-untyped-def]
    commitment.look_ahead(problem, first, before, since_s, lead_s)


@kernel
def withdraw(signals):  # type: ignore[no-untyped-def]
    commitment.withdraw(signals, 0)


@kernel
def decide(signals, phase, lead_s):  # type: ignore[no-untyped-def]
    if commitment.is_announced(signals, 0):
        return commitment.due_phase(signals, 0)
    return commitment.announce(signals, 0, phase, lead_s)


@given(crossings(), st.integers(0, 60), st.data())
@settings(max_examples=80, deadline=None)
def test_the_street_later_is_the_street_now_played_on(crossing: Crossing, lead_s: int, data: st.DataObject) -> None:
    problem, before = problem_of(crossing), data.draw(st.integers(-1, len(crossing.service) - 1))
    since_s = data.draw(st.integers(0, 9))
    first = data.draw(st.integers(0, len(crossing.queue)))
    look_ahead(problem, first, before, since_s, lead_s)
    for k, queue in enumerate(crossing.queue):
        row = [second[k] for second in crossing.arrivals]
        if k < first:
            assert problem.queue[k] == queue
            continue
        left = float(queue)
        waits = 0 if before < 0 else crossing.lag[before][crossing.phase][k] - since_s
        for second, come in enumerate(row[:lead_s]):
            left = max(0.0, left + come - (0.75 * crossing.rate_now[k] if second >= waits else 0.0))
        assert problem.queue[k] == pytest.approx(left)
        later = (row[lead_s:] + [row[-1]] * lead_s)[:len(row)]
        assert problem.arrivals[k, :len(row)].tolist() == (later if lead_s else row)


@given(crossings(), st.integers(1, 20), st.floats(0.5, 200.0))
@settings(max_examples=120, deadline=None)
def test_only_what_costs_so_much_more_later_is_sure(crossing: Crossing, lead_s: int, margin: float) -> None:
    limits = settings_of(crossing)._replace(commitment_margin_vehicle_s=margin)
    found = commitment.sure_phase(problem_of(crossing), lead_s, kept(space(crossing)), kept(limits))
    answer = twins.plan(crossing)
    more, close = twins.best(crossing, lead_s)
    if min(answer.closest, close, abs(more - answer.cost - margin)) <= 1e-6 * max(1.0, more):
        return  # a tie: either is right
    assert found == (answer.phase if more - answer.cost >= margin else crossing.phase)


class Signals:
    """One signal of the engine, as far as commitment asks."""

    def __init__(self) -> None:
        from signal_core.sequencing.sequencer import Sequencer
        from signal_core.tables.packed import pack
        from tests.kernels.junctions import intersection

        tables = pack([intersection(np.random.default_rng(1))])
        self.sequencer = Sequencer(tables, np.zeros(int(tables.link_ptr[-1]), dtype=np.uint8))
        self.state: Any = self.sequencer.state
        self.last_phase = int(tables.phase_ptr[1]) - 1
        self.state.phase[0], self.state.settled[0] = 0, 1


def test_without_a_commitment_nothing_is_announced() -> None:
    one = Signals()
    assert decide(one.state, 1, 0) == 1
    assert one.state.due_s[0] == commitment.NOTHING


def test_a_change_is_kept_until_it_is_due_whatever_is_decided_meanwhile() -> None:
    one = Signals()
    assert decide(one.state, 1, 3) == 0
    for due_s in (3, 2, 1):
        one.state.due_s[0] = due_s
        assert decide(one.state, 0, 3) == 0
    one.state.due_s[0] = 0
    assert decide(one.state, 0, 3) == 1
    assert decide(one.state, 2, 3) == 1  # it could not begin: it waits


def test_the_sequencer_counts_down_and_forgets_what_has_begun() -> None:
    one = Signals()
    decide(one.state, 1, 3)
    due = []
    for _ in range(4):
        one.sequencer.propose(np.array([decide(one.state, 0, 3)]))
        one.sequencer.show(one.state.proposed)
        one.state.settled[0] = 1
        due.append(int(one.state.due_s[0]))
    assert due == [2, 1, 0, -1]
    assert one.state.phase[0] == 1


def test_what_is_withdrawn_is_not_done() -> None:
    one = Signals()
    decide(one.state, 1, 3)
    withdraw(one.state)
    assert decide(one.state, 0, 3) == 0
    assert one.state.due_s[0] == commitment.NOTHING


def test_a_signal_that_somebody_else_changes_has_announced_nothing() -> None:
    one = Signals()
    decide(one.state, 1, 3)
    one.sequencer.propose(np.array([one.last_phase]))
    assert one.state.due_s[0] == commitment.NOTHING
