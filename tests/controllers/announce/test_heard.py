"""Who says that he comes is not forgotten, and nobody is counted twice."""

from __future__ import annotations

import numpy as np
import pytest

import signal_core as sc
from controllers.announce.heard import Coming, Heard
from signal_core.kernels.arrivals import WINDOW

FREE_S = 9
"""From the far loop to the line."""


def _engine() -> tuple[sc.Engine, str]:
    """Two streets of a lane, with loops at the line, 40 and 120 m before it; the first lane's name."""
    lanes = [sc.Lane((k,), (3 * k, 3 * k + 1, 3 * k + 2)) for k in range(2)]
    crossing = sc.Intersection.from_phases(["Gr", "rG"], [(0, 1)], loops=lanes, name="cross", min_green_s=5)
    engine = sc.Engine([crossing], "rr")
    return engine, engine.ladder.names.lanes[0]


def _second(engine: sc.Engine, t: int, entered: int | None = None) -> None:
    """One second; somebody comes over one loop, and leaves it."""
    seen = np.zeros(6)
    if entered is not None:
        seen[entered] = 1.0
    engine.step(seen, seen, 0.3 * seen, float(t))


def _due(engine: sc.Engine) -> list[float]:
    """Vehicles expected at the line of the first lane in each coming second."""
    estimator = engine.law.planner.estimator  # type: ignore[attr-defined]
    ahead = (estimator.clock_s + 1 + np.arange(20)) % WINDOW
    return (estimator.lanes.arrivals.sure[ahead] + estimator.lanes.arrivals.expected[ahead]).tolist()


def _known(engine: sc.Engine) -> float:
    queue = engine.law.planner.estimator.lanes.queue  # type: ignore[attr-defined]
    return float(queue.near[0] + queue.beyond[0]) + sum(_due(engine))


def test_who_rolls_is_expected_for_as_long_as_he_rolls() -> None:
    engine, lane = _engine()
    heard = Heard(engine)
    _second(engine, 0, entered=2)
    assert sum(_due(engine)) == pytest.approx(1.0)
    for t in range(1, 40):  # he keeps 50 m away
        _second(engine, t)
        heard.second([Coming(lane, 4.0, 8.0)])
        assert _known(engine) >= 0.5
    assert heard.expected > 2
    for t in range(40, 60):
        _second(engine, t)
    assert _known(engine) < 0.5  # otherwise he is forgotten


def test_who_comes_as_fast_as_he_may_is_not_counted_again() -> None:
    engine, lane = _engine()
    heard = Heard(engine)
    _second(engine, 0, entered=2)
    for t in range(1, FREE_S):
        heard.second([Coming(lane, float(FREE_S - t), float(FREE_S - t))])
        _second(engine, t, entered=1 if t == 6 else None)
    assert heard.expected == 0
    assert _known(engine) == pytest.approx(1.0, abs=0.1)


def test_who_is_beyond_the_loops_or_elsewhere_is_left_to_them() -> None:
    engine, lane = _engine()
    heard = Heard(engine)
    _second(engine, 0)
    heard.second([Coming(lane, 20.0, 20.0), Coming("another street", 3.0, 3.0)])
    assert heard.expected == 0
    heard.second([Coming(lane, 5.0, 6.0), Coming(lane, 7.0, 9.0), Coming(lane, 8.0, 200.0)])
    assert [t for t, due in enumerate(_due(engine), start=1) if due] == [6, 9]  # and one too late to be told of
    assert heard.expected == 3
