"""The ladder of modes against its plain twin: any intersections, any troubles in any order, second by second."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.ladder.modes import Modes, ModeSettings
from signal_core.sequencing.plan_rows import PlanOf, pack_plans
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.arrays import GREEN, PERMISSIVE
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from signal_core.tables.state import heads_of
from tests.faults.streets import LEVELS, intersections
from tests.kernels.twins_health import SIGHTS
from tests.kernels.twins_modes import REASONS, RUNGS, Head, Now, Rung

SEEN = (*SIGHTS, "plan better", "lock")
pytestmark = pytest.mark.kernel

PATIENCE_S = 60
SOON = ModeSettings(most_misses=3, up_s=10, longest_s=40.0, last_good_s=45, memory_s=50.0)


def a_plan(draw: np.random.Generator, street: Intersection) -> PlanOf:
    """Its phases in any order, some of them twice, for any time."""
    order = draw.integers(0, street.n_phases, draw.integers(1, 6))
    durations_s = draw.integers(1, 25, len(order)).astype(float)
    offset_s = float(draw.integers(0, 50))
    if draw.random() < 0.5:
        return PlanOf(street.phase_codes[order], durations_s, offset_s)
    more_s = draw.integers(0, 20, len(order)) * draw.integers(0, 2, len(order))
    return PlanOf(street.phase_codes[order], durations_s, offset_s, durations_s, durations_s + more_s)


def rows_of(modes: Modes, s: int) -> list[float]:
    """Durations of the rows, with what those who are slow are owed (`tests/engine/test_rows_owed.py`)."""
    plans = modes.target.plans
    return np.diff(plans.end_s[plans.row_ptr[s]:plans.row_ptr[s + 1]], prepend=0.0).tolist()


def ranges(modes: Modes, s: int) -> list[tuple[float, float]]:
    plans = modes.target.plans
    of_one = slice(*plans.row_ptr[s:s + 2].tolist())
    return list(zip(plans.least_s[of_one].tolist(), plans.most_s[of_one].tolist(), strict=True))


def brief(modes: Modes, s: int) -> tuple[list[float], float]:
    """Durations of the rows at the shorter cycle, whole seconds by their ends, and the offset."""
    plans = modes.target.plans
    ends_s = plans.brief_end_s[plans.row_ptr[s]:plans.row_ptr[s + 1]]
    return np.diff(ends_s, prepend=0.0).tolist(), float(plans.brief_offset_s[s])


def greens(modes: Modes, s: int, street: Intersection) -> list[list[list[bool]]]:
    """Of each row, lane by lane: which of its links are green."""
    plans, lanes = modes.target.plans, street.lane_link_ptr
    codes = plans.codes[plans.code_ptr[s]:plans.code_ptr[s + 1]].reshape(-1, street.n_links)
    return [[[bool(row[link] in (PERMISSIVE, GREEN)) for link in street.lane_links[a:b]]
             for a, b in zip(lanes[:-1], lanes[1:], strict=True)] for row in codes]


def longest_clearance_s(street: Intersection) -> int:
    """The longest time from an end of green to any green that waits for it, or of yellow."""
    assert street.yielded_s is not None
    return int(max(street.yellow_s.max(), street.yielded_s.max()))


def heads_now(draw: np.random.Generator, street: Intersection) -> list[Head]:
    """Few have waited long; some have refused movements, and one or the other all."""
    links = np.diff(street.lane_link_ptr)
    return [Head(int(draw.integers(0, 120)) if draw.random() < 0.1 else 0,
                 {link for link in range(n) if draw.random() < 0.2}) for n in links]


def likes(modes: Modes, s: int) -> list[int]:
    rows = modes.target.plans.row_ptr
    return [int(phase) for phase in modes.target.plans.phase[rows[s]:rows[s + 1]]]


def homes(street: Intersection) -> list[int]:
    assert street.home is not None
    return [int(p) for p in street.home]


def own(street: Intersection) -> int:
    """How many of its phases are the program's."""
    return len(set(homes(street)))


def usual(street: Intersection) -> list[float]:
    return [float(np.ceil(s) + 5.0) for s in street.shown_s[:own(street)]]


def least(street: Intersection) -> list[int]:
    phases = own(street)
    return [int(street.min_split_s[(p - 1) % phases, p]) for p in range(phases)]


def compared(streets: list[Intersection], seed: int, limits: ModeSettings, seconds: int) -> list[Rung]:
    """Kernel and twin through the same troubles; the twins, with what they went through."""
    draw = np.random.default_rng(seed)
    tables = pack(streets)
    sequencer = Sequencer(tables, np.concatenate([street.phase_codes[0] for street in streets]))
    state, plans = sequencer.state, [a_plan(draw, street) for street in streets]
    modes = Modes(tables, state, pack_plans(plans, tables), limits, PATIENCE_S)
    heads = heads_of(int(tables.lane_ptr[-1]))
    paces = [own(street) / sum(usual(street)) for street in streets]
    rungs = [Rung(limits, usual(street), least(street), homes(street), rows_of(modes, s),
                  ranges(modes, s), likes(modes, s), plan.offset_s, *brief(modes, s), greens(modes, s, street),
                  PATIENCE_S - longest_clearance_s(street), int(phase), pace)
             for s, (street, plan, phase, pace) in enumerate(zip(streets, plans, state.phase, paces, strict=True))]
    kinds, late = ["nothing"] * len(streets), False
    for time_s in range(seconds):
        for s in range(len(streets)):
            if draw.random() < 0.06:
                kinds[s] = str(draw.choice(["nothing", "lock", *REASONS]))
        late = draw.random() < 0.9 if late else draw.random() < 0.02
        state.plan_status[:] = [draw.integers(1, 3) if kind == "bad plan" else 0 for kind in kinds]
        wanted = np.array([draw.integers(0, street.n_phases) if draw.random() < 0.25 else state.phase[s]
                           for s, street in enumerate(streets)], dtype=np.int64)
        nonsense = [kind == "nonsense" for kind in kinds]
        wanted[nonsense] = draw.choice([-1, -(2**62), 2**62, 17], sum(nonsense))
        refused = np.array([draw.integers(1, 9) if kind == "refused" else 0 for kind in kinds], dtype=np.uint8)
        sight = [kind if kind in SEEN else "sees" for kind in kinds]
        blind = np.array([SEEN.index(each) for each in sight], dtype=np.uint8)
        now = [Now(int(state.phase[s]), int(state.previous[s]), bool(state.settled[s]), int(state.since_s[s]),
                   not state.plan_status[s], int(street.min_split_s[state.previous[s], state.phase[s]]))
               for s, street in enumerate(streets)]
        extends = draw.integers(0, 2, len(streets)).astype(np.uint8)
        expected = [rung.second(float(time_s), int(wanted[s]), now[s], late, bool(refused[s]), sight[s],
                                bool(extends[s]))
                    for s, rung in enumerate(rungs)]
        first = [heads_now(draw, street) for street in streets]
        heads.unserved_s[:] = [head.waits_s for group in first for head in group]
        heads.refused[:] = [sum(1 << link for link in head.refused) for group in first for head in group]
        target = modes.choose(time_s, wanted, late, refused, blind, extends, heads)
        assert target.phase.tolist() == expected, time_s
        settled, before = state.settled.copy(), state.phase.copy()
        sequencer.propose(target)
        _same(modes, rungs, time_s)
        for s, rung in enumerate(rungs):
            if rung.mode == "fixed":
                assert target.row[s] == target.plans.row_ptr[s] + rung.shown(float(time_s), first[s])
                assert state.phase[s] == target.plans.phase[target.row[s]]
            else:
                assert target.row[s] < 0
                assert state.phase[s] == (expected[s] if settled[s] else before[s])
        sequencer.show(state.proposed)
    return rungs


def _same(modes: Modes, rungs: list[Rung], time_s: int) -> None:
    assert [RUNGS[k] for k in modes.state.mode] == [rung.mode for rung in rungs], time_s
    assert [REASONS[k] for k in modes.state.reason] == [rung.reason for rung in rungs], time_s
    assert modes.state.changes.tolist() == [rung.changes for rung in rungs], time_s
    splits = [split for rung in rungs for split in (rung.splits + [0.0] * len(rung.homes))[:len(rung.homes)]]
    assert modes.state.usual_s.tolist() == splits, time_s
    assert modes.state.pace.tolist() == [rung.changes_per_s for rung in rungs], time_s
    assert modes.state.last_valid.tolist() == [rung.last_valid for rung in rungs], time_s


@given(st.data(), st.integers(0, 2**32 - 1), st.sampled_from([SOON, SOON, ModeSettings()]))
@settings(max_examples=25)
def test_the_ladder_and_its_twin_do_the_same(data: st.DataObject, seed: int, limits: ModeSettings) -> None:
    one = data.draw(intersections())
    other = data.draw(intersections(first_loop=one.n_lanes * LEVELS))
    compared([one, other], seed, limits, 400)


@given(intersections())
@settings(max_examples=4)
def test_what_is_drawn_above_goes_up_and_down_for_every_reason(street: Intersection) -> None:
    seen = Counter(step for seed in range(6) for rung in compared([street], seed, SOON, 1500) for step in rung.log)
    steps = {f"last good ({reason})" for reason in REASONS[1:5]} | {f"fixed ({reason})" for reason in REASONS[4:]}
    assert steps | {"adaptive (nothing)"} <= set(seen)
