"""Longest greens and waits of the engineer's own hold whatever a law wants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signal_core.engine import Engine
from signal_core.settings import Settings
from signal_core.tables.intersection import Intersection


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


class Restless:
    """A law that goes to and fro between two phases with one green in common."""

    health = None

    def decide(self, seen: object, wanted: np.ndarray) -> int:  # type: ignore[type-arg]
        wanted[:] = 1 if wanted[0] == 0 else 0
        return 1


def test_a_green_that_would_pass_its_limit_during_a_change_ends_before_that() -> None:
    x = Intersection.from_phases(["GGrr", "GrGr", "rrrG"], [(1, 2), (0, 3), (1, 3), (2, 3)], loops=[0, 1, 2, 3],
                                 min_green_s=[5, 9, 9, 5])
    x = replace(x, max_green_s=np.array([28.0, np.inf, np.inf, np.inf]))
    engine = Engine([x], "rrrr", law=lambda tables, state: Restless())
    shown = [int(engine.step(np.zeros(4), np.zeros(4), np.array([0.0, 0.0, 0.0, 1.0]), float(second))[0])
             for second in range(200)]
    greens = "".join("g" if code == 3 else "r" for code in shown).split("r")
    assert 0 < max(map(len, greens)) <= 28


def test_nobody_waits_and_nothing_ends() -> None:
    engine = _engine("max_green_s")
    for second in range(120):
        codes = engine.step(np.zeros(3), np.zeros(3), np.zeros(3), float(second))
    assert codes.tolist() == [3, 0, 3]
