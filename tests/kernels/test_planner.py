"""The planner against its plain twin, and laws of its behaviour."""

from __future__ import annotations

import dataclasses
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config
from numba.core.errors import TypingError

from signal_core.kernels import compiled, planner
from signal_core.planning.work import PlanWork
from tests.kernels import twins
from tests.kernels.crossings import ask, crossings, space
from tests.kernels.twins import Crossing

pytestmark = pytest.mark.kernel

HUGE = st.sampled_from([float("nan"), float("inf"), -float("inf"), 1e300, 1e308, -1.0, -1e300])


@given(crossings())
@settings(max_examples=150, deadline=None)
def test_same_decision_and_cost_as_the_twin(crossing: Crossing) -> None:
    found, expected = ask(crossing), twins.plan(crossing)
    assert found.status == planner.OK
    if expected.closest > 1e-9:
        assert (found.phase, found.start_s) == (expected.phase, expected.start)
        assert found.cost == pytest.approx(expected.cost, rel=1e-6, abs=1e-9)


@given(crossings(exact=True))
@settings(max_examples=150, deadline=None)
def test_ties_are_decided_as_in_the_twin(crossing: Crossing) -> None:
    found, expected = ask(crossing), twins.plan(crossing)
    assert (found.phase, found.start_s, found.cost) == (expected.phase, expected.start, expected.cost)


@given(crossings(exact=True) | crossings(), st.sampled_from([1.0, 1.0, 1e90, 1e150, 1e200]))
@settings(max_examples=200, deadline=None)
def test_who_asks_for_the_phase_alone_is_told_the_same(crossing: Crossing, scale: float) -> None:
    crossing = dataclasses.replace(crossing, queue=[scale * queue for queue in crossing.queue])
    with np.errstate(all="ignore"):
        alone, whole = ask(crossing, whole=False), ask(crossing)
    assert (alone.phase, alone.status) == (whole.phase, whole.status)


def test_the_phase_alone_is_known_before_the_horizon() -> None:
    """A queue of ten with green: whatever comes later, nobody interrupts it."""
    crossing = Crossing(0, 60, [10.0, 0.0], [[0.0, 0.1]] * 60, [1.0, 1.0], [0.5, 0.0], [[0.5, 0.0], [0.0, 0.5]],
                        [[[0, 255], [255, 4]], [[4, 255], [255, 0]]], [[1, 8], [8, 1]])
    works = [space(crossing) for _ in range(2)]
    for work, whole in zip(works, (False, True), strict=True):
        assert ask(crossing, work, whole).phase == 0
    assert np.isinf(works[0].key[:, 40:61]).all()
    assert np.isfinite(works[1].key[:, 40:61]).all()


@given(st.lists(crossings(), min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_the_same_input_gives_the_same_bits_whatever_was_asked_before(several: list[Crossing]) -> None:
    shared = planner_space(several)
    alone = [bits(ask(crossing)) for crossing in several]
    assert [bits(ask(crossing, shared)) for crossing in several] == alone
    assert [bits(ask(crossing, shared)) for crossing in reversed(several)] == alone[::-1]


def planner_space(several: list[Crossing]) -> PlanWork:
    largest = dataclasses.replace(
        several[0],
        service=[[0.0]] * max(len(crossing.service) for crossing in several),
        queue=[0.0] * max(len(crossing.queue) for crossing in several),
        horizon=max(crossing.horizon for crossing in several),
    )
    return space(largest)


def bits(found: planner.Plan) -> bytes:
    return struct.pack("qqdq", *found)


@given(crossings(), st.data())
@settings(max_examples=60, deadline=None)
def test_never_raises_and_says_what_is_wrong(crossing: Crossing, data: st.DataObject) -> None:
    bad, where = data.draw(HUGE), data.draw(st.sampled_from(["queue", "arrivals", "weight", "rate_now", "service"]))
    values = np.array(getattr(crossing, where))
    at = data.draw(st.integers(0, values.size - 1))
    values.flat[at] = bad
    with np.errstate(all="ignore"):  # plain Python would warn of the overflow it is asked to survive
        found = ask(dataclasses.replace(crossing, **{where: values.tolist()}))
    if not np.isfinite(bad) or bad < 0.0:
        assert found.status != planner.OK
    if found.status != planner.OK:
        assert (found.phase, found.start_s, found.cost) == (crossing.phase, 0, np.inf)
    else:
        assert 0 <= found.phase < len(crossing.service)
        assert np.isfinite(found.cost)


@given(crossings(), st.data())
@settings(max_examples=60, deadline=None)
def test_demand_on_one_lane_only_brings_no_other_phase(crossing: Crossing, data: st.DataObject) -> None:
    """With changes that all take the same time, in any order; otherwise the way may lead through another phase.

    The present green is not blocked: such a one may be left to come back to it.
    """
    service, lanes = crossing.service, range(len(crossing.queue))
    lane = data.draw(st.sampled_from(lanes))
    phases = range(len(service))

    def lag(a: int, b: int, k: int) -> int:
        return 255 if service[b][k] == 0.0 else 0 if service[a][k] > 0.0 else 3

    found = ask(dataclasses.replace(
        crossing,
        queue=[crossing.queue[k] + 1.0 if k == lane else 0.0 for k in lanes],
        arrivals=[[0.0 for _ in lanes]] * crossing.horizon,
        lag=[[[lag(a, b, k) for k in lanes] for b in phases] for a in phases],
        split=[[8] * len(phases)] * len(phases),
        rate_now=service[crossing.phase],
        yellow_use=0,  # otherwise yellow is as good as green for the last of a queue
        fixed_order=False,
    ))
    assert found.phase == crossing.phase or service[found.phase][lane] > 0.0


@given(crossings())
@settings(max_examples=100, deadline=None)
def test_in_fixed_order_only_the_next_phase_can_follow(crossing: Crossing) -> None:
    """And how the others would follow each other is never asked."""
    phases = range(len(crossing.service))
    found = ask(dataclasses.replace(crossing, fixed_order=True))
    assert found.phase in (crossing.phase, (crossing.phase + 1) % len(phases))
    split = [[crossing.split[a][b] if b == (a + 1) % len(phases) else 1 for b in phases] for a in phases]
    assert ask(dataclasses.replace(crossing, fixed_order=True, split=split)) == found


@given(crossings())
@settings(max_examples=30, deadline=None)
def test_nobody_there_nothing_changes(crossing: Crossing) -> None:
    lanes = len(crossing.queue)
    empty = dataclasses.replace(crossing, queue=[0.0] * lanes, arrivals=[[0.0] * lanes] * crossing.horizon)
    found = ask(empty)
    assert (found.phase, found.cost, found.status) == (crossing.phase, 0.0, planner.OK)


@given(crossings())
@settings(max_examples=30, deadline=None)
def test_demand_and_weights_doubled_double_the_cost(crossing: Crossing) -> None:
    """Twice the importance of everything: the same plan, exactly twice the cost."""
    found = ask(crossing)
    doubled = ask(dataclasses.replace(crossing, weight=[2.0 * w for w in crossing.weight]))
    assert (doubled.phase, doubled.start_s, doubled.cost) == (found.phase, found.start_s, 2.0 * found.cost)


@given(crossings())
@settings(max_examples=30, deadline=None)
def test_a_lane_that_nobody_serves_changes_nothing(crossing: Crossing) -> None:
    extra = dataclasses.replace(
        crossing,
        queue=[*crossing.queue, 50.0],
        arrivals=[[*row, 1.0] for row in crossing.arrivals],
        weight=[*crossing.weight, 3.0],
        rate_now=[*crossing.rate_now, 0.0],
        service=[[*row, 0.0] for row in crossing.service],
        lag=[[[*lags, 255] for lags in row] for row in crossing.lag],
    )
    assert ask(extra) == ask(crossing)


@pytest.mark.skipif(config.DISABLE_JIT, reason="the compiler is what refuses")
def test_a_kernel_that_allocates_does_not_compile() -> None:
    def allocates(n):  # type: ignore[no-untyped-def]
        return np.zeros(n)[0]

    with pytest.raises(TypingError, match="zeros"):
        compiled.kernel(allocates)(3)
