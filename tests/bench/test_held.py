"""What `explain` says of lanes that are held before exits: whom they are held for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bench.report.moment import _held_by
from tests.kernels.test_locks import full, see


def test_who_is_held_is_told_for_whom() -> None:
    tables, state, loops, lanes = parts = full(2)
    see(parts)
    names = [SimpleNamespace(id=f"lane{k}") for k in range(4)]
    site: Any = SimpleNamespace(
        tables=tables, signals=[SimpleNamespace(lanes=names[:2]), SimpleNamespace(lanes=names[2:])],
        layout=SimpleNamespace(loops=[SimpleNamespace(lane_id=f"exit{k}") for k in range(len(loops.verdict.status))]))
    engine: Any = SimpleNamespace(estimator=SimpleNamespace(health=SimpleNamespace(exits=state)))
    exit_id = f"exit{int(tables.exit_loop[0])}"
    assert _held_by(site, engine, 0) == f"{exit_id} is in a ring of signals that wait for each other"
    state.locks.closed[:] = 0
    state.locks.turn[tables.exit_road[0]] = 3
    assert _held_by(site, engine, 0) == "lane3 has the turn on its way"
    assert _held_by(site, engine, 1) == ""
    assert lanes.spacing.held_share[0] == 1.0
