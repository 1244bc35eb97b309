"""Longest greens and waits of the engineer's own hold whatever a law wants."""

from __future__ import annotations

import numpy as np
import pytest

from signal_core.core import Engine
from signal_core.intersection import Intersection
from signal_core.settings import Settings


class Stubborn:
    """A law that never leaves its phase."""

    health = None

    def decide(self, seen: object, wanted: np.ndarray) -> int:  # type: ignore[type-arg]
        wanted[:] = 0
        return 1


def _engine(limit: str, **settings: int) -> Engine:
    x = Intersection.from_phases(["GrG", "rGr"], [(0, 1), (1, 2)], loops=[0, 1, 2])
    x = Intersection(**{**{name: getattr(x, name) for name in x.__dataclass_fields__}, limit: np.full(3, 20.0)})
    return Engine([x], "rrr", settings=Settings(**settings), law=lambda tables, state: Stubborn())


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("limit", ["max_green_s", "max_red_s"])
def test_a_law_that_stays_is_overruled_in_time(limit: str, order: int) -> None:
    engine = _engine(limit, fixed_order=order)
    shown = []
    for second in range(120):
        codes = engine.step(np.zeros(3), np.zeros(3), np.array([0.0, 1.0, 0.0]), float(second))
        assert engine.interlock.odd == 0
        shown.append(int(codes[1]) in (2, 3))
    reds = "".join("g" if green else "r" for green in shown).split("g")
    assert 0 < max(map(len, reds)) <= 20 + 12, "the green before it, or the wait, and both changes"
    assert limit != "max_red_s" or max(map(len, reds[1:])) <= 20
    assert shown.count(True) > 15


def test_nobody_waits_and_nothing_ends() -> None:
    engine = _engine("max_green_s")
    for second in range(120):
        codes = engine.step(np.zeros(3), np.zeros(3), np.zeros(3), float(second))
    assert codes.tolist() == [3, 0, 3]
