"""An engine with a commitment begins no change that it has not announced so long before."""

from __future__ import annotations

import pytest

import signal_core as sc
from signal_core.foresight import NONE, Foresight
from tests.engine.traffic import Traffic, crossing

SECONDS = 500


def _run(lead_s: int, look: bool = False) -> tuple[list[int], list[tuple[int, int]], int]:
    """Phase of every second; what was announced in it and when due; vehicles served."""
    engine = sc.Engine([crossing()], "rrrr", settings=sc.Settings(commitment_s=lead_s))
    assert isinstance(engine.law, sc.law.Planned)
    foresight = Foresight(engine.law.planner)
    traffic, shown = Traffic([0.06, 0.05, 0.05, 0.03]), "rrrr"
    state, phases, said = engine.sequencer.state, [], []
    for t in range(SECONDS):
        shown = sc.decode(engine.step(*traffic.second(shown), float(t)))
        assert engine.ladder.mode[0] == sc.Mode.ADAPTIVE  # whatever else decides announces nothing
        phases.append(int(state.phase[0]))
        said.append((int(state.announced[0]), t + 1 + int(state.due_s[0])) if state.due_s[0] >= 0 else (NONE, -1))
        if look:
            foresight.look()
            if said[-1][0] != NONE:
                assert (foresight.phase[0], foresight.in_s[0]) == (said[-1][0], state.due_s[0])
    return phases, said, int(traffic.served.sum())


@pytest.mark.parametrize("lead_s", [3, 5, 8])
def test_every_change_was_announced_so_long_before(lead_s: int) -> None:
    phases, said, _ = _run(lead_s)
    changes = [t for t in range(1, SECONDS) if phases[t] != phases[t - 1]]
    assert len(changes) > 10
    for t in changes:
        before = said[max(0, t - lead_s):t]  # at the least: it waits for a change that takes longer
        assert [phase for phase, _ in before] == [phases[t]] * len(before)
        assert all(due_s <= t for _, due_s in before)


@pytest.mark.parametrize("lead_s", [0, 5])
def test_looking_changes_nothing(lead_s: int) -> None:
    assert _run(lead_s, look=True) == _run(lead_s)


def test_a_commitment_costs_little_where_there_is_room() -> None:
    assert _run(5)[2] >= 0.95 * _run(0)[2]
