"""Lanes whose queue nobody can bound get what the program gives them; all others are left to the planner."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from signal_core.kernels import claims, starts
from signal_core.kernels.compiled import kernel
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, NEVER, RED, Feeds
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, SignalState, lane_state, signal_state
from tests.kernels.twins_claims import Lane, Signal

pytestmark = pytest.mark.kernel

SETTINGS = Settings()


@kernel
def second(tables, signals, lanes, left, limits):  # type: ignore[no-untyped-def]
    starts.count(tables, lanes, left)
    claims.watch(tables, signals, lanes, limits)
    return claims.forced(tables, signals, lanes, 0)


def feeds(there: list[bool], first: int) -> Feeds:
    """One loop for each lane that has one, numbered from `first` on."""
    n = int(np.count_nonzero(there))
    return Feeds(np.concatenate([[0], np.cumsum(there)]).astype(np.int64), first + np.arange(n), np.ones(n),
                 np.ones(n, np.int64))


def intersection(rng: np.random.Generator, lanes: int) -> Intersection:
    """Any signal of two or three phases of the program and perhaps one more, which may say what the program serves."""
    own, more, told = int(rng.integers(2, 4)), int(rng.integers(0, 2)), bool(rng.random() < 0.5)
    phases = own + more
    rates = np.where(rng.random((phases, lanes)) < 0.5, rng.choice([0.25, 0.5], (phases, lanes)), 0.0)
    mid = (rng.random(lanes) < 0.8).tolist()
    far = (np.array(mid) & (rng.random(lanes) < 0.7)).tolist()
    return Intersection(
        id="x", phase_codes=np.where(rates > 0.0, GREEN, RED).astype(np.uint8),
        conflicts=np.zeros((lanes, lanes), np.bool_), yellow_s=np.full(lanes, 3),
        intergreen_s=np.zeros((lanes, lanes), np.int64), min_green_s=np.full(lanes, 5), service_vps=rates,
        start_lag_s=np.full((phases, phases, lanes), NEVER), min_split_s=np.ones((phases, phases), np.int64),
        lane_link_ptr=np.arange(lanes + 1), lane_links=np.arange(lanes),
        stop_loop=np.where(rng.random(lanes) < 0.9, np.arange(lanes), -1), mid=feeds(mid, lanes),
        far=feeds(far, 2 * lanes), mid_storage=np.ones(lanes), far_storage=np.ones(lanes),
        shown_s=rng.integers(4, 12, phases).astype(float), road=rng.integers(0, 2, lanes),
        home=np.minimum(np.arange(phases), own - 1), bounded=rng.random(lanes) < 0.3,
        claim_vps=rng.choice([0.0, 0.05, 0.2], lanes) if told else None, cycle_s=30.0 if told else None)


def twin_of(x: Intersection, tables: Tables) -> Signal:
    own = int(tables.own_phases[0])
    cycle_s = float(x.shown_s[:own].sum()) + 5.0 * own if x.cycle_s is None else x.cycle_s
    lanes = []
    for k in range(x.n_lanes):
        loops = ["stop"] if x.stop_loop[k] >= 0 else ["nothing"]
        loops += ["mid"] * bool(x.mid.ptr[k + 1] > x.mid.ptr[k]) + ["far"] * bool(x.far.ptr[k + 1] > x.far.ptr[k])
        rates = x.service_vps[:, k].tolist()
        plan = sum(s * rate for s, rate in zip(x.shown_s[:own].tolist(), rates[:own], strict=True)) / cycle_s
        plan = plan if x.claim_vps is None else float(x.claim_vps[k])
        assert x.road is not None
        assert x.bounded is not None
        lanes.append(Lane(int(x.road[k]), tuple(loops), bool(x.bounded[k]), rates, plan))
    return Signal(lanes, cycle_s, own)


def look(rng: np.random.Generator, L: LaneState, twin: Signal) -> None:
    """One second of loops: most go on as they were, standing or empty."""
    for k, lane in enumerate(twin.lanes):
        before = lane.runs[-1] if lane.runs else {}
        now: dict[str, tuple[int, int]] = {"nothing": (0, 0)}
        for name in ("stop", "mid", "far"):
            standing, empty = getattr(L.runs, f"{name}_standing_s"), getattr(L.runs, f"{name}_empty_s")
            state = rng.random()
            stood, gone = before.get(name, (0, 0))
            now[name] = (stood + 1, 0) if state < 0.7 else (0, gone + 1) if state < 0.85 else (0, 0)
            if name in lane.loops:
                standing[k], empty[k] = now[name]
        lane.runs.append(now)
        lane.mid_seen = L.arrivals.mid_seen[k] = float(rng.integers(0, 3)) * len(lane.gone) / 8.0


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_as_the_twin_says(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = intersection(rng, n)
    tables = pack([x])
    S, L, twin = signal_state(tables, np.zeros(n, np.uint8)), lane_state(tables), twin_of(x, tables)
    L.spacing.held_share[:] = rng.choice([0.0, 0.3, 0.95], n, p=[0.6, 0.2, 0.2])
    for lane, held in zip(twin.lanes, L.spacing.held_share.tolist(), strict=True):
        lane.held = held
    for _ in range(90):
        look(rng, L, twin)
        if rng.random() < 0.1:
            S.phase[0] = rng.integers(x.n_phases)
        green = (x.service_vps[S.phase[0]] > 0.0) & (rng.random() < 0.9)
        L.green.green_s[:] = green
        left = (rng.random(3 * n) < 0.4).astype(float)
        for k, lane in enumerate(twin.lanes):
            lane.gone.append(left[k] if x.stop_loop[k] >= 0 else 0.0)
        twin.second(int(S.phase[0]), green.tolist())
        assert second(tables, S, L, left, SETTINGS) == twin.forced(int(S.phase[0]))
        assert L.claims.owed == pytest.approx([lane.owed for lane in twin.lanes], abs=1e-9)
        assert L.claims.is_paid.tolist() == [lane.paying for lane in twin.lanes]


def two_lanes_intersection(past: NDArray[np.int64] | None = None, first_loop: int = 0) -> Intersection:
    """Two lanes, each with a phase of 30 and 10 s; a cycle is 50 s. Loops are numbered from `first_loop` on."""
    rates = np.array([[0.5, 0.0], [0.0, 0.5]])
    both = [True, True]
    return Intersection(
        id="x", phase_codes=np.where(rates > 0.0, GREEN, RED).astype(np.uint8), conflicts=np.zeros((2, 2), np.bool_),
        yellow_s=np.full(2, 3), intergreen_s=np.zeros((2, 2), np.int64), min_green_s=np.full(2, 5), service_vps=rates,
        start_lag_s=np.full((2, 2, 2), NEVER), min_split_s=np.ones((2, 2), np.int64), lane_link_ptr=np.arange(3),
        lane_links=np.arange(2), stop_loop=first_loop + np.arange(2), mid=feeds(both, first_loop + 2),
        far=feeds(both, first_loop + 4), mid_storage=np.ones(2), far_storage=np.ones(2), shown_s=np.array([30.0, 10.0]),
        past=past)


def two_lanes() -> tuple[Tables, SignalState, LaneState]:
    """The signal above alone."""
    tables = pack([two_lanes_intersection()])
    return tables, signal_state(tables, np.zeros(2, np.uint8)), lane_state(tables)


def shares(standing: list[bool], seconds: int = 1000) -> list[float]:
    """Share of time in each phase where nobody else decides: the first one unless a claim asks for the other."""
    tables, S, L = two_lanes()
    shown = [0, 0]
    for _ in range(seconds):
        for k, stands in enumerate(standing):
            L.runs.far_standing_s[k] = L.runs.far_standing_s[k] + 1 if stands else 0
        L.green.green_s[:] = np.arange(2) == S.phase[0]
        asked = second(tables, S, L, np.zeros(6), SETTINGS)
        S.phase[0] = asked if asked >= 0 else 0
        shown[int(S.phase[0])] += 1
    return [share / seconds for share in shown]


def test_where_nothing_is_unknown_nothing_is_claimed() -> None:
    assert shares([False, False]) == [1.0, 0.0]
    assert shares([True, False]) == [1.0, 0.0]


def test_a_lane_that_nobody_sees_the_end_of_gets_the_share_of_the_program() -> None:
    assert shares([False, True])[1] == pytest.approx(10.0 / 50.0, abs=0.04)


def test_where_everything_is_full_the_program_is_what_is_left() -> None:
    assert shares([True, True]) == pytest.approx([0.8, 0.2], abs=0.04)


def test_a_gap_at_the_outermost_loop_ends_no_claim_and_a_line_that_has_cleared_does() -> None:
    tables, S, L = two_lanes()
    owed = []
    for now in range(120):
        L.runs.far_standing_s[1] = now if now < 60 else 0
        L.runs.far_empty_s[1] = max(now - 60, 0)
        L.runs.stop_empty_s[1] = max(now - 115, 0)
        second(tables, S, L, np.zeros(6), SETTINGS)
        owed.append(float(L.claims.owed[1]))
    assert owed[:50] == [0.0] * 50
    assert owed[60:118] == sorted(owed[60:118])
    assert owed[117] > owed[60] > 0.0
    assert owed[119] == 0.0


def test_a_gap_before_a_cycle_has_passed_begins_it_anew() -> None:
    tables, S, L = two_lanes()
    for now in range(90):
        gap = now in range(40, 45)
        L.runs.far_standing_s[1] = 0 if gap else now
        L.runs.far_empty_s[1] = now - 39 if gap else 0
        second(tables, S, L, np.zeros(6), SETTINGS)
        assert L.claims.owed[1] == 0.0
