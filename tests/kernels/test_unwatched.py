"""Who waits where no loop of a lane sees him, on foot or inside the junction, gets his green all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signal_core.estimating.estimator import Estimator
from signal_core.planning.planner import Planner
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED
from signal_core.tables.packed import pack
from tests.kernels.approaches import marks, two_approaches

pytestmark = pytest.mark.kernel


def first_change_s(unwatched: list[bool] | None, seconds: int = 300) -> int:
    """Seconds until the second phase is wanted while only the first lane sees anybody; -1 for never."""
    given = None if unwatched is None else np.array(unwatched)
    tables = pack([replace(two_approaches(), unwatched=given)])
    sequencer = Sequencer(tables, np.array([GREEN, RED], dtype=np.uint8))
    planner, wanted = Planner(Estimator(tables, sequencer.state, Settings())), np.zeros(1, dtype=np.int64)
    for now in range(seconds):
        comes = (0, 1, 2) if now % 3 == 0 else ()
        planner.estimator.observe(marks(comes), marks(comes), marks(comes))
        planner.plan(wanted)
        if wanted[0] == 1:
            return now
        sequencer.show(sequencer.propose(wanted))
    return -1


def test_green_comes_before_the_maximum_red() -> None:
    settings = Settings()
    assert 0 < first_change_s([False, True]) <= settings.max_red_s - settings.max_red_margin_s + 1


def test_lanes_with_loops_alone_wait_for_nobody() -> None:
    assert first_change_s(None) == first_change_s([False, False]) == first_change_s([True, False]) == -1


def test_they_always_count_as_a_call() -> None:
    tables = pack([replace(two_approaches(), unwatched=np.array([False, True]))])
    sequencer = Sequencer(tables, np.array([GREEN, RED], dtype=np.uint8))
    assert sequencer.calls(marks(())).tolist() == [False, True]
    assert sequencer.calls(marks((0,))).tolist() == [True, True]
