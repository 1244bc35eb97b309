"""Rings and barriers of NEMA programs: what may run together, what the plan shows, and what is unsafe about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.build import build_signals
from network.program.phases import green_links
from network.program.plans import fixed_plan
from network.program.programs import read_programs
from network.program.rings import Rings, cycle_words, longest_greens_s, read_rings, recalled, recalled_links, rings_of
from network.program.signals import Interval, Program, Signal
from network.review.signals import review
from network.roads.reader import read_network
from network.safety.clearance import intergreens
from tests.network.programs_by_hand import link

KEYS = {"ring1": "1,2,3,4", "ring2": "5,6,7,8", "barrierPhases": "4,8", "barrier2Phases": "2,6"}
COORDINATED = KEYS | {"coordinate-mode": "true", "total-cycle-length": "100"}
EIGHT = (10.0, 35.0, 10.0, 25.0, 10.0, 35.0, 10.0, 25.0)


def nema(greens_s: Sequence[float] = EIGHT, keys: dict[str, str] | None = None) -> Program:
    """Eight phases of one link each; yellow 3 and red 2 as SUMO has them."""
    rows = tuple(
        Interval("".join("G" if k == n else "r" for k in range(8)), 99.0, 5.0, green_s, name=str(n + 1))
        for n, green_s in enumerate(greens_s)
    )
    return Program("x", "0", "NEMA", 0.0, rows, COORDINATED if keys is None else keys)


def numbers(rings: Rings, pair: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(rings.program.intervals[row].name) for row in pair)


def test_pairs_lie_within_a_barrier() -> None:
    rings = read_rings(nema())
    expected = {*product((1, 2), (5, 6)), *product((3, 4), (7, 8))}
    assert {numbers(rings, pair) for pair in rings.pairs} == expected
    assert len(rings.pairs) == len(expected)


@pytest.mark.parametrize(("longer_s", "is_kept"), [(10.0, True), (9.5, False)])
def test_a_pair_that_has_no_five_seconds_of_green_is_left_out(longer_s: float, is_kept: bool) -> None:
    rings = read_rings(nema((10.0, 35.0, 10.0, 25.0, 10.0 + longer_s, 35.0 - longer_s, 10.0, 25.0)))
    assert ((2, 5) in [numbers(rings, pair) for pair, _ in rings.timeline()]) == is_kept


def test_a_phase_that_is_called_alone_has_one_of_the_other_ring_with_it() -> None:
    """Dual entry: what is shown is a pair on every side on which both rings have phases; and there alone."""
    assert all(len(pair) == 2 for pair in read_rings(nema()).pairs)
    one_ring = {"ring1": "1,2,3,4", "ring2": "5,6", "barrierPhases": "2,6", "barrier2Phases": "4"}
    with pytest.raises(ValueError, match="do not meet"):
        read_rings(nema(keys=one_ring))
    alone = read_rings(nema(keys=one_ring | {"ring2": ""}))
    assert all(len(pair) == 1 for pair in alone.pairs)


def test_what_rings_and_barriers_keep_apart() -> None:
    apart = read_rings(nema()).apart()
    together = {(a - 1, b - 1) for a, b in (*product((1, 2), (5, 6)), *product((3, 4), (7, 8)))}
    together |= {(b, a) for a, b in together} | {(k, k) for k in range(8)}
    assert {(int(i), int(j)) for i, j in np.argwhere(~apart)} == together


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (COORDINATED, "100 s"),
        (COORDINATED | {"total-cycle-length": "120"}, "120 s"),
        (KEYS, "at most 100 s"),
        (KEYS | {"coordinate-mode": "false", "total-cycle-length": "90"}, "at most 100 s"),
    ],
)
def test_the_cycle_as_it_is(keys: dict[str, str], words: str) -> None:
    assert cycle_words(nema(keys=keys)) == words
    assert cycle_words(replace(nema(keys=keys), kind="static")) == "792 s"


def test_the_plan_shows_pairs_for_their_splits() -> None:
    rings = read_rings(nema())
    assert [(numbers(rings, pair), s) for pair, s in rings.timeline()] == [
        ((1, 5), 15.0), ((2, 6), 40.0), ((3, 7), 15.0), ((4, 8), 30.0)
    ]  # fmt: skip
    lead = read_rings(nema((10.0, 35.0, 10.0, 25.0, 25.0, 20.0, 10.0, 25.0)))
    assert [(numbers(lead, pair), s) for pair, s in lead.timeline()] == [
        ((1, 5), 15.0), ((2, 5), 15.0), ((2, 6), 25.0), ((3, 7), 15.0), ((4, 8), 30.0)
    ]  # fmt: skip


@given(st.lists(st.integers(5, 60), min_size=8, max_size=8), st.sampled_from([60, 90, 100, 150]))
def test_every_phase_has_its_turn_and_the_turns_fill_the_cycle(greens_s: list[int], cycle_s: int) -> None:
    rings = read_rings(nema([float(g) for g in greens_s], COORDINATED | {"total-cycle-length": str(cycle_s)}))
    timeline = rings.timeline()
    assert {n for pair, _ in timeline for n in numbers(rings, pair)} == set(range(1, 9))
    assert sum(s for _, s in timeline) == pytest.approx(cycle_s)
    assert all(pair in rings.pairs for pair, _ in timeline)
    order = [numbers(rings, pair) for pair, _ in timeline]
    for ring in zip(*order, strict=True):  # each phase once, in the ring's order
        turns = [n for k, n in enumerate(ring) if k == 0 or ring[k - 1] != n]
        assert turns == sorted(set(turns))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "do not fit"),
        (KEYS | {"ring1": "1,2,3,9"}, "do not fit"),
        (KEYS | {"ring2": "1,6,7,8"}, "twice"),
        (KEYS | {"ring2": "5,6", "barrierPhases": "4,6", "barrier2Phases": "2"}, "same barriers"),
    ],
)
def test_rings_that_do_not_fit_are_named(keys: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_rings(nema(keys=keys))
    assert rings_of(nema(keys=keys)) is None


def _built(path: Path) -> dict[str, Signal]:
    return build_signals(read_network(path), read_programs([path]))


@pytest.fixture(scope="module")
def crossroads(grid: Callable[..., Path]) -> Signal:
    net = grid(3, "-L", "2", "--turn-lanes", "1", "--tls.default-type", "NEMA", "--tls.layout", "opposites")
    return _built(net)["B1"]


def test_no_phase_of_any_kind_crosses_a_barrier(crossroads: Signal) -> None:
    rings = read_rings(crossroads.program)
    pairs = [green_links(rings.joined(pair).state) for pair in rings.pairs]
    assert len(crossroads.with_on_call().phases) == 8
    for phase in (*crossroads.phases, *crossroads.added):
        assert any(green_links(phase.state) <= pair for pair in pairs)
    assert all(phase.part_of < len(crossroads.phases) for phase in crossroads.added)


def test_both_rings_clear_before_the_barrier_is_crossed(crossroads: Signal) -> None:
    rings = read_rings(crossroads.program)
    apart = rings.apart()
    assert apart.any()
    assert (crossroads.intergreen_s[apart] >= rings.lost_s).all()
    assert crossroads.conflicts[apart].all()


def test_the_plan_to_fall_back_to_has_the_cycle_of_the_rings(crossroads: Signal) -> None:
    plan = fixed_plan(crossroads)
    assert plan.duration_s.sum() == pytest.approx(read_rings(crossroads.program).cycle_s)
    assert len(plan.codes) == len(crossroads.phases)


def test_the_least_green_of_a_phase_is_its_own(grid: Callable[..., Path], tmp_path: Path) -> None:
    net = grid(3, "-L", "2", "--turn-lanes", "1", "--tls.default-type", "NEMA", "--tls.layout", "opposites")
    longer = tmp_path / "longer.net.xml"
    longer.write_text(net.read_text(encoding="utf-8").replace('minDur="5"', 'minDur="9"'), encoding="utf-8")
    signal = _built(longer)["B1"]
    assert (signal.min_green_s == 9.0).all()


def _with_states(signal: Signal, states: dict[str, str]) -> Signal:
    rows = tuple(replace(row, state=states.get(row.name, row.state)) for row in signal.program.intervals)
    return replace(signal, program=replace(signal.program, intervals=rows))


def test_two_phases_that_may_run_together_and_conflict_are_unsafe(crossroads: Signal) -> None:
    assert not [f for f in review(crossroads, ()) if f.level == "unsafe"]
    rings = read_rings(crossroads.program)
    rows = {row.name: row.state for row in crossroads.program.intervals}
    swapped = _with_states(crossroads, {"5": rows["8"], "8": rows["5"]})
    found = [f for f in review(swapped, ()) if f.level == "unsafe"]
    assert any("phases 1 and 5 may run together and conflict" in f.what for f in found)
    unknown = replace(crossroads, program=replace(crossroads.program, parameters={}))
    assert any("do not fit" in f.what for f in review(unknown, ()))
    assert rings.pairs


def test_recalled_phases_are_called_with_nobody_there() -> None:
    program = nema(keys=COORDINATED | {"minRecall": "2,6", "maxRecall": "4"})
    assert recalled(program, "minRecall") == {1, 5}
    assert recalled_links(program) == (1, 3, 5)
    assert recalled_links(nema()) == ()
    assert recalled_links(replace(program, kind="static")) == ()


def test_a_phase_on_maximum_recall_has_its_longest_green() -> None:
    links = [link(k) for k in range(8)]
    apart = read_rings(nema()).apart()
    green = {key: intergreens(nema(keys=COORDINATED | {key: "4"}), links, apart, np.zeros_like(apart)).min_green_s
             for key in ("minRecall", "maxRecall")}  # fmt: skip
    assert green["minRecall"].tolist() == [5.0] * 8
    assert green["maxRecall"].tolist() == [5.0] * 3 + [25.0] + [5.0] * 4


ENDLESS = float("inf")


@pytest.mark.parametrize(("keys", "expected"), [
    (KEYS, EIGHT),
    (COORDINATED, (10.0, ENDLESS, 10.0, 25.0, 10.0, ENDLESS, 10.0, 25.0)),
    (COORDINATED | {"fixForceOff": "true"}, (55.0, ENDLESS, 10.0, 40.0, 55.0, ENDLESS, 10.0, 40.0)),
    (COORDINATED | {"ring2": "6,5,7,8", "barrier2Phases": "2,5", "fixForceOff": "true"},
     (55.0, ENDLESS, 10.0, 40.0, ENDLESS, 80.0, 10.0, 40.0)),
    (KEYS | {"fixForceOff": "true"}, EIGHT),
    ({}, (ENDLESS,) * 8)])  # fmt: skip
def test_how_long_a_green_may_go_on(keys: dict[str, str], expected: tuple[float, ...]) -> None:
    """Forced off at its place in the cycle: phase 4 may have what 3 left (15 and 25 s), 1 what 3 and 4 left."""
    assert longest_greens_s(nema(keys=keys), 8).tolist() == list(expected)


def test_an_overlap_is_green_for_as_long_as_both_its_phases() -> None:
    program = nema(keys=KEYS)
    rows = list(program.intervals)
    rows[0] = replace(rows[0], state=rows[0].state[:7] + "g")  # link 7 is that of phase 8, and of phase 1 now
    assert longest_greens_s(replace(program, intervals=tuple(rows)), 8)[7] == 35.0
