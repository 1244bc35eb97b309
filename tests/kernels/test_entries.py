"""Who is to wait before a ring is not let in where another phase lets go all others: kernel, and a twin of lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.kernels import entries
from signal_core.kernels.codes import GREEN, PERMISSIVE
from signal_core.kernels.compiled import kernel
from signal_core.kernels.gates import HELD_RED, RING_HELD
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, SignalState, lane_state
from tests.kernels.junctions import intersection
from tests.kernels.test_floor import red

pytestmark = pytest.mark.kernel

MAX_RED_S = 120.0


@kernel
def instead(tables, signals, lanes, i, p, max_red_s):  # type: ignore[no-untyped-def]
    return entries.instead(tables, signals, lanes, i, p, max_red_s)


def shows(tables: Tables, i: int) -> list[list[int]]:
    """What each phase of signal i shows to each link."""
    phases, links = (int(ptr[i + 1] - ptr[i]) for ptr in (tables.phase_ptr, tables.link_ptr))
    first = int(tables.code_ptr[i])
    return [tables.phase_codes[first + p * links:first + (p + 1) * links].tolist() for p in range(phases)]


def twin(codes: list[list[int]], waits: set[int], shown: int, p: int, served: list[float]) -> int:
    """`codes[p][j]`: what phase p shows to link j; `waits`: links of those who are not to enter."""
    free = [{j: code for j, code in enumerate(row) if code in (GREEN, PERMISSIVE)} for row in codes]
    if not waits & free[p].keys():
        return p
    others = {j: code for j, code in free[p].items() if j not in waits}
    able = [q for q in range(len(codes)) if not waits & free[q].keys()
            and all(free[q].get(j) in (code, GREEN) for j, code in others.items())]
    return p if not able else shown if shown in able else max(able, key=lambda q: (served[q], -q))


def drawn(rng: np.random.Generator) -> tuple[Tables, SignalState, LaneState]:
    tables = pack([intersection(rng) for _ in range(2)])
    lanes = lane_state(tables)
    n = len(tables.entry_ring)
    tables.entry_ring[:] = rng.choice([-1, 0], n)
    lanes.spacing.waits_turn[:] = rng.random(n) < 0.2
    lanes.spacing.held_share[:] = rng.choice([RING_HELD, 1.0], n)
    lanes.green.red_s[:] = rng.choice([0, int(HELD_RED * MAX_RED_S)], n, p=[0.7, 0.3])
    lanes.queue.near[:] = rng.integers(0, 9, n)
    signals = red(tables)
    signals.phase[:] = [rng.integers(tables.phase_ptr[i + 1] - tables.phase_ptr[i]) for i in range(2)]
    return tables, signals, lanes


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_the_kernel_and_its_twin_say_the_same(seed: int) -> None:
    tables, signals, lanes = drawn(np.random.default_rng(seed))
    for i in range(2):
        first, last = int(tables.lane_ptr[i]), int(tables.lane_ptr[i + 1])
        waits = {int(j) for k in range(first, last)
                 if (tables.entry_ring[k] == 0 or lanes.spacing.waits_turn[k])
                 and lanes.spacing.held_share[k] == 1.0 and lanes.green.red_s[k] < 90
                 for j in tables.lane_links[tables.lane_link_ptr[k]:tables.lane_link_ptr[k + 1]]}
        codes, start, width = shows(tables, i), int(tables.service_ptr[i]), last - first
        served = [float(sum(tables.service_vps[start + p * width + k] * lanes.queue.near[first + k]
                            for k in range(width))) for p in range(len(codes))]
        for p in range(len(codes)):
            expected = twin(codes, waits, int(signals.phase[i]), p, served)
            assert instead(tables, signals, lanes, i, p, MAX_RED_S) == expected


def test_a_green_that_serves_who_is_to_wait_alone_is_not_begun() -> None:
    tables, signals, lanes = drawn(np.random.default_rng(0))
    rows, n_links = shows(tables, 0), int(tables.link_ptr[1])
    own = set(tables.lane_links[:tables.lane_link_ptr[1]].tolist())
    tables.phase_codes[:n_links * len(rows)] = 0
    tables.phase_codes[min(own)] = GREEN  # the first phase is that of lane 0
    tables.entry_ring[:], lanes.spacing.held_share[:], lanes.green.red_s[:], signals.phase[0] = -1, 1.0, 0, 1
    lanes.spacing.waits_turn[:] = 0
    assert instead(tables, signals, lanes, 0, 0, MAX_RED_S) == 0, "nobody enters a ring"
    tables.entry_ring[0] = 0
    assert instead(tables, signals, lanes, 0, 0, MAX_RED_S) == 1
    lanes.green.red_s[0] = int(HELD_RED * MAX_RED_S)
    assert instead(tables, signals, lanes, 0, 0, MAX_RED_S) == 0, "the longest red is near"
    lanes.green.red_s[0] = 0
    tables.phase_codes[min(set(range(n_links)) - own)] = GREEN
    assert instead(tables, signals, lanes, 0, 0, MAX_RED_S) == 0, "somebody else goes by it, as by no other"
