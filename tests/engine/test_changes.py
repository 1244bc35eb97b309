"""How long a change takes: what goes on beside, and what gets priority in a phase beyond the program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signal_core import Intersection
from signal_core.changes import play_changes
from signal_core.kernels.codes import NEVER
from signal_core.letters import encode
from signal_core.tables import pack

CODES = np.array([encode("Gg"), encode("rG")])
"""Link 1 gives way to link 0, then has priority by itself."""
FOES = np.array([[False, True], [True, False]])
YELLOW, INTERGREEN, LEAST = np.full(2, 3), np.where(FOES, 5, 0), np.full(2, 7)


def _played(home: list[int] | None) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return play_changes(CODES, FOES, YELLOW, INTERGREEN, LEAST, home=None if home is None else np.array(home))


@pytest.mark.parametrize(("home", "split_s"), [(None, 5), ([0, 1], 5), ([0, 0], 5 + 7)])
def test_who_gets_priority_in_a_phase_beyond_the_program_has_it_for_his_shortest_green(
    home: list[int] | None, split_s: int
) -> None:
    _lag, split = _played(home)
    assert split[0, 1] == split_s


def test_a_green_that_goes_on_is_there_at_once_and_one_that_begins_waits_for_the_intergreen() -> None:
    lag, split = _played(None)
    assert lag[0, 1].tolist() == [NEVER, 0]
    assert lag[1, 0].tolist() == [5, 0]
    assert split[1, 0] == 5 + 7


def test_where_nobody_says_how_long_the_cycle_is_each_change_takes_five_seconds_of_it() -> None:
    street = replace(Intersection.from_phases(["Gr", "rG"], [(0, 1)], green_s=[20, 10]), cycle_s=None)
    assert pack([street]).cycle_s.tolist() == [40.0]
