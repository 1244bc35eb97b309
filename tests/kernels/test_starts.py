"""Those who start between the loops of a lane and its line join its queue, and are planned for."""

from __future__ import annotations

import numpy as np
import pytest

from signal_core.kernels import starts
from signal_core.kernels.compiled import kernel
from tests.kernels.test_claims import two_lanes

pytestmark = pytest.mark.kernel


@kernel
def join(tables, lanes, left):  # type: ignore[no-untyped-def]
    starts.count(tables, lanes, left)
    starts.join(tables, lanes)


@pytest.mark.parametrize(("seen", "joins"), [(0.0, 3.6), (0.5, 1.8), (0.8, 0.0), (1.0, 0.0)])
def test_who_was_never_counted_joins_a_queue_as_often_as_usual(seen: float, joins: float) -> None:
    tables, _, lanes = two_lanes()
    left = np.zeros(6)
    for now in range(6000):  # one vehicle in 30 s leaves each lane; of them `seen` have passed its middle loop
        left[:2] = now % 30 == 0
        lanes.arrivals.mid_seen[:] = 0.998 * lanes.arrivals.mid_seen + seen * left[:2]
        join(tables, lanes, left)
    lanes.queue.wait_s[0] = 1.0
    lanes.queue.near[:] = 1.0
    for _ in range(120):
        lanes.arrivals.mid_seen[:] *= 0.998
        join(tables, lanes, np.zeros(6))
    assert lanes.queue.near == pytest.approx([1.0 + joins, 1.0], abs=0.3)
