"""Ways that lead round in a ring, and such that only lead back."""

from __future__ import annotations

import numpy as np
import pytest

from signal_core.tables.rings import of_exits


@pytest.mark.parametrize(("signals", "expected"), [(2, [-1, -1]), (3, [0, 0, 0]), (4, [0, 0, 0, 0])])
def test_one_lane_round_signals_is_a_ring_but_there_and_back_is_none(signals: int, expected: list[int]) -> None:
    here = np.arange(signals)
    rows = np.arange(signals + 1)
    found = of_exits(rows, here, here, rows, (here + 1) % signals, here)
    assert found.tolist() == expected


def test_two_rings_have_numbers_of_their_own() -> None:
    here, ahead = np.arange(6), np.array([1, 2, 0, 4, 5, 3])
    found = of_exits(np.arange(7), here, here, np.arange(7), ahead, here)
    assert sorted({tuple(found[:3].tolist()), tuple(found[3:].tolist())}) == [(0, 0, 0), (1, 1, 1)]
