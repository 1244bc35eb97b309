"""One call for a second leads to the same bits as its parts one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health, HealthSettings
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED
from signal_core.tables.packed import pack
from tests.kernels.approaches import LOOPS, relations, two_approaches
from tests.kernels.exits_alone import exits_alone

pytestmark = pytest.mark.kernel

SOON = HealthSettings(stuck_s=20, exit_green_s=6.0, exit_vehicles=9.0, clear_s=10, call_s=5)


def bits(record: Any) -> list[bytes]:
    """Of all arrays of a record of arrays and records."""
    return [record.tobytes()] if isinstance(record, np.ndarray) else [each for part in record for each in bits(part)]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_a_second_in_one_call_is_its_parts(seed: int) -> None:
    draw, tables = np.random.default_rng(seed), pack([two_approaches()])
    codes = np.array([GREEN, RED], dtype=np.uint8)
    sequencers = [Sequencer(tables, codes) for _ in range(2)]
    health = [Health(tables, relations(), SOON) for _ in range(2)]
    whole = Estimator(tables, sequencers[0].state, Settings(), health[0])
    bare = Estimator(tables, sequencers[1].state, Settings())
    watch = exits_alone(health[1], bare.signals, bare.lanes)
    stuck = draw.random(LOOPS) < 0.3
    for _ in range(150):
        if draw.random() < 0.05:
            codes = codes[::-1].copy()
        sample = [(draw.random(LOOPS) < 0.2).astype(np.float64) for _ in range(2)]
        sample.append(np.where(stuck, 1.0, sample[0] * draw.random(LOOPS)))
        sample[draw.integers(3)][draw.random(LOOPS) < 0.02] = np.nan
        for sequencer in sequencers:
            sequencer.show(codes)
        whole.observe(*sample)
        bare.observe(*health[1].clean(*[values.tolist() for values in sample], bare.lanes))
        watch()
        for ours, theirs in ((whole.lanes, bare.lanes), (whole.signals, bare.signals),
                             (health[0].state, health[1].state), (health[0].exits, health[1].exits)):
            assert bits(ours) == bits(theirs)
    assert health[0].events == health[1].events


def test_health_of_too_few_loops_is_refused() -> None:
    tables = pack([two_approaches()])
    few = relations()._replace(signal=np.zeros(1, np.int64))
    state = Sequencer(tables, np.array([GREEN, RED], dtype=np.uint8)).state
    with pytest.raises(ValueError, match="health of 1 loops"):
        Estimator(tables, state, Settings(), Health(tables, few))
