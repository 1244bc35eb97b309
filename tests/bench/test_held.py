"""What `explain` says of lanes that are held before exits, whom they are held for, and of trials of the plan."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bench.report.moment import _held_by, say_trial
from signal_core.estimating.loop_state import exit_state
from tests.kernels import test_full_rings
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


def test_who_waits_before_a_full_ring_is_told_how_full_it_is() -> None:
    tables, state, _, _ = parts = test_full_rings.block(4)
    test_full_rings.see(parts, 2, 4)
    engine: Any = SimpleNamespace(estimator=SimpleNamespace(health=SimpleNamespace(exits=state)))
    site: Any = SimpleNamespace(tables=tables)
    assert [_held_by(site, engine, k) for k in range(3)] == ["", "", "ring full (2 of 4 exits stand)"]
    test_full_rings.see(parts)
    assert _held_by(site, engine, 2) == ""
    parts[3].queue.near[2::3] = 10_000.0
    tables.best_vps[:] = 1_000.0
    test_full_rings.see(parts)
    assert _held_by(site, engine, 2) == "no room left in the ring"


def test_what_a_trial_of_the_plan_gave_is_told() -> None:
    trials = exit_state(4, 2).trials
    assert say_trial(trials, 1, 360) == ""
    trials.tried_s[1], trials.counted[1] = 100, 7
    assert say_trial(trials, 1, 360) == "its plan is tried, for 100 of 360 s; 7 have left since the change to it"
    trials.tried_s[1], trials.left[1], trials.against[1] = 361, 80.0, 70.0
    assert say_trial(trials, 1, 360) == (
        "its plan runs, as it did no worse when it was tried: 80 left its row, against 70 before")
    trials.tried_s[1], trials.rest_s[1], trials.left[1] = 0, 50, 60.0
    assert say_trial(trials, 1, 360) == (
        "its plan was tried and did worse (60 left its row, against 70 before); not again for 50 s")
