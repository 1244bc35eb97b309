"""Ways shorter than a vehicle: kernel and twin on any signals, and two signals that drain the way between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.kernels import deadlines, tight_ways
from signal_core.kernels.compiled import kernel
from signal_core.planning.work import DecisionWork, decision_work
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED, BoolArray, IntArray
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, SignalState, lane_state
from signal_core.tables.tight_ways import apart
from tests.kernels.feeds import feeds_of
from tests.kernels.junctions import intersection
from tests.kernels.test_closely_spaced import crossing
from tests.kernels.twins_loops import Feed
from tests.kernels.twins_tight_ways import Lamp, Lane, Signal, held, is_cleared, stays

pytestmark = pytest.mark.kernel

WORDS = {RED: "red", PERMISSIVE: "permissive", GREEN: "green"}


@kernel
def look(tables: Tables, signals: SignalState, leaves: BoolArray, sends: BoolArray) -> None:
    """Who is held, into `signals`; whether each signal may go to each phase; whether each entry's signal sends."""
    tight_ways.hold(tables, signals)
    for i in range(len(tables.link_ptr) - 1):
        for p in range(tables.phase_ptr[i], tables.phase_ptr[i + 1]):
            leaves[p] = tight_ways.may_leave(tables, signals, i, p - tables.phase_ptr[i])
    for e in range(len(sends)):
        sends[e] = tables.upstream_link[e] >= 0 and tight_ways.sends(tables, signals, e)


@kernel
def kept(tables: Tables, signals: SignalState, unserved_s: IntArray, least_s: int, stays: BoolArray) -> None:
    """Whether each signal stays in its phase."""
    tight_ways.hold(tables, signals)
    for i in range(len(stays)):
        stays[i] = tight_ways.keeps(tables, signals, unserved_s, i, least_s, 100)


@kernel
def due(tables: Tables, signals: SignalState, lanes: LaneState, work: DecisionWork, limit_s: int) -> int:
    """Phase that waits force on the second signal."""
    return deadlines.forced(tables, signals, lanes, work.space.service, 1, signals.phase[1], limit_s, work.deadlines)


def town(draw: np.random.Generator) -> list[Intersection]:
    """Two to four signals with foes and tight ways at random, but from the first to the last: no rings."""
    found: list[Intersection] = []
    for number in range(int(draw.integers(2, 5))):
        x = intersection(draw)
        meets = np.triu(draw.random((x.n_links, x.n_links)) < 0.4, 1)
        ways = [[(earlier, k) for earlier in found for k in range(earlier.n_lanes) if draw.random() < 0.3]
                for _ in range(x.n_lanes)]
        feeds = [[Feed(int(earlier.stop_loop[k]), 0.5, int(draw.integers(1, 4))) for earlier, k in row] for row in ways]
        links = [k if draw.random() < 0.8 else -1 for row in ways for _, k in row]
        found.append(replace(x, id=str(number), conflicts=meets | meets.T, upstream=feeds_of(feeds),
                             stop_loop=np.arange(10 * number, 10 * number + x.n_lanes),
                             upstream_link=np.array(links, dtype=np.int64)))
    return found


def twins_of(xs: list[Intersection], tables: Tables, state: SignalState) -> list[Signal]:
    found: list[Signal] = []
    owner = {int(loop): i for i, x in enumerate(xs) for loop in x.stop_loop}
    at = 0
    for i, x in enumerate(xs):
        phases, driven = [[WORDS[code] for code in row] for row in x.phase_codes.tolist()], set(x.lane_links.tolist())
        first, following = int(tables.link_ptr[i]), int(state.next_phase[i])
        now = zip(state.shown[first:first + x.n_links].tolist(), state.clearing_s[first:].tolist(), strict=False)
        lamps = [Lamp(WORDS[code], since_s, 3) for code, since_s in now]
        lanes = []
        for k in range(x.n_lanes):
            cleared = [is_cleared(row, x.conflicts.tolist(), driven, [k]) for row in phases]
            if not any(cleared):
                cleared = [row[k] in ("permissive", "green") for row in phases]
            lanes.append(Lane([k], cleared))
            assert x.upstream is not None
            assert x.upstream_link is not None
            for e in range(int(x.upstream.ptr[k]), int(x.upstream.ptr[k + 1])):
                if tables.upstream_link[at] >= 0:
                    before = found[owner[int(x.upstream.loop[e])]]
                    lanes[-1].before.append((before, int(x.upstream_link[e]), int(x.upstream.lag_s[e])))
                at += 1
        found.append(Signal(phases, lamps, lanes, int(state.phase[i]), None if following < 0 else following))
    return found


@given(st.integers(0, 2**32 - 1))
def test_the_kernel_and_its_twin_say_the_same(seed: int) -> None:
    draw = np.random.default_rng(seed)
    xs = town(draw)
    tables = pack(xs)
    shown = draw.choice(np.array([RED, GREEN, PERMISSIVE], dtype=np.uint8), int(tables.link_ptr[-1]))
    state = Sequencer(tables, shown).state
    state.clearing_s[:] = np.where(shown == RED, draw.integers(1, 9, len(shown)), 0)
    for i, x in enumerate(xs):
        state.phase[i] = draw.integers(x.n_phases)
        state.next_phase[i] = draw.integers(x.n_phases) if draw.random() < 0.3 else -1
    leaves, sends = np.zeros(int(tables.phase_ptr[-1]), np.bool_), np.zeros(len(tables.upstream_link), np.bool_)
    look(tables, state, leaves, sends)
    twins = twins_of(xs, tables, state)
    assert {(i, j - int(tables.link_ptr[i])) for i in range(len(xs))
            for j in range(tables.link_ptr[i], tables.link_ptr[i + 1]) if state.held[j]} == held(twins)
    assert leaves.tolist() == [twin.may_go_to(p) for twin in twins for p in range(len(twin.phases))]
    ways = [(before, lamp) for twin in twins for lane in twin.lanes for before, lamp, _ in lane.before]
    assert sends[tables.upstream_link >= 0].tolist() == [before.sends(lamp) for before, lamp in ways]


@given(st.integers(0, 2**32 - 1))
def test_who_is_about_to_be_let_in_is_waited_for_as_the_twin_says(seed: int) -> None:
    draw = np.random.default_rng(seed)
    xs = town(draw)
    tables = pack(xs)
    state = Sequencer(tables, draw.choice(np.array([RED, GREEN], dtype=np.uint8), int(tables.link_ptr[-1]))).state
    unserved_s = draw.choice([0, 5, 120], int(tables.lane_ptr[-1]))
    for i, x in enumerate(xs):
        state.phase[i], state.since_s[i] = draw.integers(x.n_phases), draw.choice([3, 29, 30])
        state.next_phase[i] = draw.integers(x.n_phases) if draw.random() < 0.5 else -1
    found = np.zeros(len(xs), np.bool_)
    least_s = int(draw.choice([1, 100]))
    kept(tables, state, unserved_s, least_s, found)
    twins = twins_of(xs, tables, state)
    for i, twin in enumerate(twins):
        twin.since_s = int(state.since_s[i])
        for k, lane in enumerate(twin.lanes):
            lane.waits_s = int(unserved_s[tables.lane_ptr[i] + k])
    assert found.tolist() == [stays(twins, twin, least_s, 100) for twin in twins]


def pair(*, back: bool = False) -> list[Intersection]:
    """Lane 0 of the first signal leads past a tight way to lane 0 of the second; `back`: and that one's to it."""
    first = crossing([0, 1], [[Feed(2, 1.0, 2)] if back else [], []])
    second = crossing([2, 3], [[Feed(0, 1.0, 2)], []])
    return [replace(first, upstream_link=np.array([0] if back else [], dtype=np.int64)),
            replace(second, upstream_link=np.array([0], dtype=np.int64))]


def play(tables: Tables, wishes: list[tuple[int, int]]) -> list[str]:
    """What four links show, second by second, from green for the first of both signals on."""
    sequencer = Sequencer(tables, np.array([GREEN, RED, GREEN, RED], dtype=np.uint8))
    sequencer.state.green_s[[0, 2]], sequencer.state.lit_s[:], sequencer.state.settled[:] = 20, 99, 1
    sequencer.state.clearing_s[:] = np.where(sequencer.state.shown == RED, 99, 0)
    rows = []
    for wish in wishes:
        codes = sequencer.propose(np.array(wish, dtype=np.int64))
        rows.append("".join("rgGy"[["red", "permissive", "green", "yellow"].index(WORDS.get(code, "yellow"))]
                            for code in codes.tolist()))
        sequencer.show(codes)
    return rows


def test_the_second_signal_changes_once_the_last_who_was_let_in_has_passed() -> None:
    rows = play(pack(pair()), [(0, 1)] * 20)
    assert rows[0] == "yrGr"
    leaves = next(t for t, row in enumerate(rows) if row[2] == "y")
    assert leaves == 5  # three seconds of yellow, and two on the way
    assert rows[-1] == "rrrG"
    assert all(row[0] == "r" for row in rows[3:])


def test_nobody_is_let_in_before_the_way_is_cleared() -> None:
    rows = play(pack(pair()), [(0, 1)] * 20 + [(0, 0)] * 15)
    begins = next(t for t, row in enumerate(rows) if t > 20 and row[0] == "G")
    assert rows[begins - 1][2] == "G"
    assert all(row[2] == "G" for row in rows[begins:])


def test_a_signal_whose_link_is_held_goes_on_to_other_phases() -> None:
    assert play(pack(pair()), [(0, 1)] * 15 + [(1, 1)] * 10)[-1] == "rGrG"


def forced_at_the_end(xs: list[Intersection], phase: int) -> int:
    """Phase that waits force on the second signal, where a head has waited at the first for long."""
    tables = pack(xs)
    state, lanes = Sequencer(tables, np.full(4, RED, dtype=np.uint8)).state, lane_state(tables)
    work = decision_work(tables, 20)
    work.space.service[:2, :2] = 0.5 * np.eye(2)
    state.phase[1], lanes.head.unserved_s[0] = phase, 115
    return int(due(tables, state, lanes, work, 110))


def test_who_is_held_has_the_end_of_the_way_cleared_for_him() -> None:
    assert forced_at_the_end(pair(), 1) == 0
    assert forced_at_the_end(pair(), 0) == -1
    assert forced_at_the_end(apart(pair()), 1) == -1


@kernel
def emptied_s(tables: Tables, i: int) -> int:
    return tight_ways.emptying_s(tables, i)


def test_a_change_at_the_end_waits_for_yellow_and_the_way_before_it() -> None:
    tables = pack(pair())
    assert [emptied_s(tables, i) for i in (0, 1)] == [0, 5]
    assert [emptied_s(pack(apart(pair())), i) for i in (0, 1)] == [0, 0]


def test_no_way_of_a_ring_counts_as_tight() -> None:
    assert (pack(pair(back=True)).upstream_link < 0).all()
    assert play(pack(pair(back=True)), [(0, 1)])[0] == "Gryr"


def test_ways_with_room_and_signals_planned_apart_are_as_they_were() -> None:
    for xs in (apart(pair()), [replace(x, upstream_link=np.full(len(x.upstream.loop), -1)) if x.upstream else x
                               for x in pair()]):
        tables = pack(xs)
        assert (tables.upstream_link < 0).all()
        assert tables.service_vps.tolist() == np.concatenate([x.service_vps.ravel() for x in xs]).tolist()
        assert play(tables, [(0, 1)])[0] == "Gryr"


def test_of_two_that_want_a_change_one_begins() -> None:
    tables = pack([*pair(), crossing([5], [[]])])
    assert tables.senior_ptr.tolist() == [0, 0, 1, 1]
    assert tables.senior.tolist() == [0]
    sequencer = Sequencer(tables, np.array([GREEN, RED, RED, GREEN, GREEN], dtype=np.uint8))
    sequencer.state.settled[:], sequencer.state.since_s[:] = 1, 20
    sequencer.propose(np.array([1, 0, 0]))
    assert sequencer.state.phase.tolist() == [1, 1, 0]
    sequencer.state.since_s[:] = 1
    sequencer.propose(np.array([1, 0, 0]))
    assert sequencer.state.phase.tolist() == [1, 0, 0]


def test_where_a_lane_leads_to_two_lanes_of_the_way_it_is_no_tight_one() -> None:
    first, second = pair()
    forks = replace(second, upstream=feeds_of([[Feed(0, 0.5, 2)], [Feed(0, 0.5, 2)]]), upstream_link=np.array([0, 0]))
    assert (pack([first, forks]).upstream_link < 0).all()


def test_where_vehicles_change_lanes_on_the_way_it_is_no_tight_one() -> None:
    """Nobody leads straight to lane 1, which lies beside lane 0."""
    first, second = pair()
    beside = replace(second, road=np.array([0, 0], dtype=np.int64))
    assert (pack([first, beside]).upstream_link < 0).all()
    assert (pack([first, second]).upstream_link >= 0).any()


def test_a_way_on_which_lanes_are_changed_leaves_the_way_back_a_tight_one() -> None:
    first = crossing([0, 1], [[Feed(3, 0.5, 2)], [Feed(3, 0.5, 2)]])
    second = crossing([2, 3], [[Feed(0, 1.0, 2)], []])
    links = ([1, 1], [0])
    xs = [replace(x, upstream_link=np.array(link)) for x, link in zip((first, second), links, strict=True)]
    assert pack(xs).upstream_link.tolist() == [-1, -1, 0]
