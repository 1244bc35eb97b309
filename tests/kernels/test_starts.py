"""Those who start between the loops of a lane and its line join its queue, and are planned for."""

from __future__ import annotations

import numpy as np
import pytest

from signal_core.kernels import decision, starts
from signal_core.kernels.compiled import kernel
from signal_core.planning.work import decision_work
from signal_core.settings import Settings
from signal_core.tables.packed import Tables
from signal_core.tables.state import LaneState
from tests.kernels.test_claims import two_lanes

pytestmark = pytest.mark.kernel


@kernel
def join(tables, lanes, left):  # type: ignore[no-untyped-def]
    starts.count(tables, lanes, left)
    starts.join(tables, lanes)


@kernel
def coming(tables, lanes, space, lag_s, settings):  # type: ignore[no-untyped-def]
    decision.gather(tables, lanes, space, 0, 0, lag_s, 0, settings)


def street(seen: float) -> tuple[Tables, LaneState]:
    """Of each lane one vehicle leaves in 30 s, for 100 minutes; of them `seen` have passed its middle loop."""
    tables, _, lanes = two_lanes()
    left = np.zeros(6)
    for now in range(6000):
        left[:2] = now % 30 == 0
        lanes.arrivals.mid_seen[:] = 0.998 * lanes.arrivals.mid_seen + seen * left[:2]
        join(tables, lanes, left)
    return tables, lanes


@pytest.mark.parametrize(("seen", "joins"), [(0.0, 3.6), (0.5, 1.8), (0.8, 0.0), (1.0, 0.0)])
def test_who_was_never_counted_joins_a_queue_as_often_as_usual(seen: float, joins: float) -> None:
    tables, lanes = street(seen)
    lanes.queue.wait_s[0] = 1.0
    lanes.queue.near[:] = 1.0
    for _ in range(120):
        lanes.arrivals.mid_seen[:] *= 0.998
        join(tables, lanes, np.zeros(6))
    assert lanes.queue.near == pytest.approx([1.0 + joins, 1.0], abs=0.3)


@pytest.mark.parametrize(("seen", "vps"), [(0.0, 1 / 30), (0.5, 1 / 60), (1.0, 0.0)])
def test_a_plan_counts_on_them_until_loops_tell_of_nobody(seen: float, vps: float) -> None:
    tables, lanes = street(seen)
    lanes.arrivals.flow_vps[:] = 0.5
    space = decision_work(tables, Settings().horizon_s).space
    coming(tables, lanes, space, np.zeros((2, 2, 2), np.uint8), Settings())
    assert tables.far_lag_s.tolist() == [1, 1]
    assert space.arrivals[0, :3] == pytest.approx([vps, 0.5, 0.5], abs=0.003)
