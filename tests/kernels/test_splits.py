"""The choice of splits against its plain twin, and the laws of its optimum."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.kernels import splits as kernel
from signal_core.kernels.splits import Task
from signal_core.planning.splits import SplitPlan, SplitStatus, plan_splits
from tests.kernels import twins_splits as twin
from tests.kernels.twins_splits import Junction

pytestmark = pytest.mark.kernel

RATES = st.sampled_from([0.1, 0.19, 0.37, 0.45, 0.5, 0.53])
BAD = st.sampled_from([float("nan"), float("inf"), -float("inf"), -1.0, 1e300, 1e308])


@st.composite
def junctions(draw: st.DrawFn, overlaps: bool = True, phases: int = 4, span: int = 25) -> Junction:
    """Up to `phases` phases and six lanes; without overlaps every lane is served in one phase only."""
    p, lanes = draw(st.integers(1, phases)), draw(st.integers(0, 6))
    service, lost = [[0.0] * lanes for _ in range(p)], [[0.0] * lanes for _ in range(p)]
    for k in range(lanes):
        home = draw(st.integers(0, p - 1))
        others = draw(st.sets(st.integers(0, p - 1))) if overlaps else set()
        for row in {home, *others}:
            service[row][k] = draw(RATES)
            lost[row][k] = float(draw(st.integers(-2, 9)))
    flow = st.floats(0.0, 1.5)
    demand = [draw(flow) * max(row[k] for row in service) / p for k in range(lanes)]
    least = draw(st.lists(st.integers(1, 12), min_size=p, max_size=p))
    most = [seconds + draw(st.integers(0, span)) for seconds in least]
    return Junction(service, lost, demand, least, most, draw(st.sampled_from([120.0, 900.0])))


def task_of(junction: Junction) -> Task:
    lanes, phases = len(junction.demand), len(junction.least)
    return Task(
        service_vps=np.array(junction.service, dtype=np.float64).reshape(phases, lanes),
        lost_s=np.array(junction.lost, dtype=np.float64).reshape(phases, lanes),
        demand_vps=np.array(junction.demand, dtype=np.float64),
        best_vps=np.array(junction.best if lanes else [], dtype=np.float64),
        least_s=np.array(junction.least, dtype=np.int64),
        most_s=np.array(junction.most, dtype=np.int64),
    )


def ask(junction: Junction, shortest: int = 0, longest: int = 60) -> SplitPlan:
    return plan_splits(task_of(junction), shortest, longest, junction.period)


def one_lane_each(ratios: list[float], rates: list[float], lost: list[float], most: int = 900) -> Junction:
    """As many phases as lanes, each serving its own."""
    n = len(ratios)
    service = [[rates[p] if p == k else 0.0 for k in range(n)] for p in range(n)]
    lag = [[lost[p] if p == k else 0.0 for k in range(n)] for p in range(n)]
    demand = [ratio * rate for ratio, rate in zip(ratios, rates, strict=True)]
    return Junction(service, lag, demand, [10] * n, [most] * n)


@given(junctions(), st.data())
@settings(max_examples=200)
def test_cost_and_saturation_as_in_the_twin(junction: Junction, data: st.DataObject) -> None:
    split = [data.draw(st.integers(a, b)) for a, b in zip(junction.least, junction.most, strict=True)]
    cost, worst = kernel.assess(task_of(junction), sum(split), np.array(split, dtype=np.int64), junction.period)
    assert cost == pytest.approx(twin.cost(junction, split), rel=1e-9, abs=1e-12)
    assert worst == pytest.approx(twin.worst(junction, split), rel=1e-9)


@given(junctions(overlaps=False, phases=3, span=9), st.integers(0, 40), st.integers(0, 25))
@settings(max_examples=60)
def test_no_plan_is_better_where_every_lane_has_one_phase(junction: Junction, shortest: int, span: int) -> None:
    found = ask(junction, shortest, shortest + span)
    costs = [twin.cost(junction, split) for split in twin.every_split(junction, shortest, shortest + span)]
    assert (not costs) == (found.status is SplitStatus.TIGHT)
    if costs:
        assert found.cost <= min(costs) * (1.0 + 1e-9)


@given(junctions(), st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=150)
def test_splits_fill_the_cycle_within_every_bound(junction: Junction, shortest: int, span: int) -> None:
    found = ask(junction, shortest, shortest + span)
    split, low, high = found.split_s.tolist(), sum(junction.least), sum(junction.most)
    assert sum(split) == found.cycle_s
    assert all(a <= s <= b for a, s, b in zip(junction.least, split, junction.most, strict=True))
    if max(low, shortest) <= min(high, shortest + span):
        assert shortest <= found.cycle_s <= shortest + span
        assert found.status is (SplitStatus.OVERSATURATED if found.saturation > 1.0 else SplitStatus.OK)
    else:
        assert found.status is SplitStatus.TIGHT
        assert found.cycle_s in (low, high)


@given(junctions())
@settings(max_examples=150)
def test_moving_one_second_never_helps(junction: Junction) -> None:
    found = ask(junction)
    for split in twin.moves(junction, found.split_s.tolist()):
        assert found.cost <= twin.cost(junction, split) * (1.0 + 1e-9)


@given(st.integers(2, 4), st.floats(0.02, 0.6), st.data())
@settings(max_examples=60)
def test_equal_flow_ratios_get_equal_degrees_of_saturation(n: int, ratio: float, data: st.DataObject) -> None:
    """Effective greens are equal to the second, so saturations are within 1 % where greens are 100 s or more.

    Not so at a saturation of just 1, where the slope of the uniform delay jumps.
    """
    rates = [data.draw(RATES) for _ in range(n)]
    lost = [float(data.draw(st.integers(0, 9))) for _ in range(n)]
    junction = one_lane_each([ratio] * n, rates, lost)
    for cycle in (40 * n, 120 * n):
        split = ask(junction, cycle, cycle).split_s.tolist()
        green = [s - lag for s, lag in zip(split, lost, strict=True)]
        x = [twin.saturation(junction, k, split) for k in range(n)]
        if 0.97 < max(x) < 1.03:
            continue
        assert max(green) - min(green) <= 1.0 + 1e-9
        if min(green) >= 100.0:
            assert max(x) <= 1.01 * min(x)


@given(junctions(), st.sampled_from([2.0, 0.5, 8.0]))
@settings(max_examples=80)
def test_demand_and_capacity_scaled_alike_give_the_same_plan(junction: Junction, factor: float) -> None:
    scaled = dataclasses.replace(
        junction,
        demand=[factor * flow for flow in junction.demand],
        service=[[factor * rate for rate in row] for row in junction.service],
    )
    before, after = ask(junction), ask(scaled)
    assert (before.status, before.cycle_s, before.cost) == (after.status, after.cycle_s, after.cost)
    assert before.split_s.tolist() == after.split_s.tolist()


@given(st.integers(2, 4), st.floats(0.01, 2.0), st.data())
@settings(max_examples=40)
def test_demand_on_one_lane_leaves_the_others_their_least(n: int, ratio: float, data: st.DataObject) -> None:
    busy = data.draw(st.integers(0, n - 1))
    junction = one_lane_each([ratio * (k == busy) for k in range(n)], [0.5] * n, [4.0] * n, most=100)
    split = ask(junction, 0, 100).split_s.tolist()
    assert [s for k, s in enumerate(split) if k != busy] == [10] * (n - 1)


def test_nobody_anywhere_gives_the_shortest_cycle_evenly() -> None:
    found = ask(one_lane_each([0.0] * 3, [0.5] * 3, [4.0] * 3), 50, 100)
    assert (found.status, found.split_s.tolist()) == (SplitStatus.OK, [17, 17, 16])


def test_the_cycle_grows_with_demand() -> None:
    cycles = [ask(one_lane_each([y, y], [0.5, 0.5], [6.0, 6.0]), 0, 200).cycle_s for y in (0.1, 0.3, 0.4, 0.45, 0.7)]
    assert cycles == sorted(cycles)
    assert cycles[0] < 40 < 60 < cycles[3]
    assert cycles[4] > 150


def test_a_lane_served_in_two_phases_counts_in_both() -> None:
    alone = one_lane_each([0.3, 0.3], [0.5, 0.5], [4.0, 4.0])
    helped = dataclasses.replace(alone, service=[[0.5, 0.2], [0.0, 0.5]])
    before, after = ask(alone, 60, 60), ask(helped, 60, 60)
    assert after.split_s[1] < before.split_s[1]
    assert after.saturation < before.saturation


@given(junctions(), st.data())
@settings(max_examples=120)
def test_never_raises_and_says_what_is_wrong(junction: Junction, data: st.DataObject) -> None:
    task, where = task_of(junction), data.draw(st.sampled_from(["demand_vps", "best_vps", "service_vps", "lost_s"]))
    values, bad = getattr(task, where), data.draw(BAD)
    if values.size == 0:
        return
    values.flat[data.draw(st.integers(0, values.size - 1))] = bad
    with np.errstate(all="ignore"):  # plain Python would warn of what it is asked to survive
        found = plan_splits(task, 0, 60, junction.period)
    split = found.split_s.tolist()
    assert sum(split) == found.cycle_s
    assert all(a <= s <= b for a, s, b in zip(junction.least, split, junction.most, strict=True))
    if not np.isfinite(bad) or (bad < 0.0 and where != "lost_s"):
        assert found.status is SplitStatus.BAD_INPUT
    if found.status is SplitStatus.BAD_INPUT:
        assert split == junction.least
    else:
        assert np.isfinite(found.cost)


def test_a_shortest_cycle_above_the_longest_one_is_tight() -> None:
    found = ask(one_lane_each([0.2] * 2, [0.5] * 2, [4.0] * 2), 80, 40)
    assert (found.status, found.cycle_s) == (SplitStatus.TIGHT, 40)


@pytest.mark.parametrize(("least", "most"), [([5, 0], [20, 20]), ([5, 9], [20, 8]), ([-4, 9], [20, 20])])
def test_senseless_bounds_are_refused(least: list[int], most: list[int]) -> None:
    junction = dataclasses.replace(one_lane_each([0.1] * 2, [0.5] * 2, [4.0] * 2), least=least, most=most)
    assert ask(junction).status is SplitStatus.BAD_INPUT
    assert ask(one_lane_each([0.1], [0.5], [4.0]), 0, 100_000).status is SplitStatus.BAD_INPUT


@given(st.lists(junctions(), min_size=2, max_size=3))
@settings(max_examples=30)
def test_the_same_input_gives_the_same_bits_whatever_was_asked_before(several: list[Junction]) -> None:
    alone = [(*ask(j)[:2], ask(j).split_s.tobytes(), ask(j).cost) for j in several]
    again = [(*ask(j)[:2], ask(j).split_s.tobytes(), ask(j).cost) for j in reversed(several)]
    assert again[::-1] == alone


def test_of_equal_phases_the_earlier_one_gets_the_odd_second() -> None:
    assert ask(one_lane_each([0.2] * 3, [0.5] * 3, [4.0] * 3), 61, 61).split_s.tolist() == [21, 20, 20]
