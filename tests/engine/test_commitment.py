"""An engine with a commitment begins no change that it has not announced so long before, or announces what is sure."""

from __future__ import annotations

import pytest

import signal_core as sc
from signal_core.ladder.law import Planned
from signal_core.planning.foresight import NONE, Foresight
from tests.engine.traffic import Traffic, crossing

SECONDS = 500


def _run(lead_s: int, look: bool = False, margin: float = 0.0) -> tuple[list[int], list[tuple[int, int]], int]:
    """Phase of every second; what was announced in it and when due; vehicles served."""
    settings = sc.Settings(commitment_s=lead_s, commitment_margin_vehicle_s=margin)
    engine = sc.Engine([crossing()], "rrrr", settings=settings)
    assert isinstance(engine.law, Planned)
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


@pytest.mark.parametrize(("lead_s", "margin"), [(0, 0.0), (5, 0.0), (5, 20.0)])
def test_looking_changes_nothing(lead_s: int, margin: float) -> None:
    assert _run(lead_s, look=True, margin=margin) == _run(lead_s, margin=margin)


def test_with_a_margin_some_changes_are_announced_and_those_are_kept() -> None:
    shares = []
    for margin in (5.0, 20.0, 80.0, 1e9):
        phases, said, _ = _run(5, margin=margin)
        changes = [t for t in range(1, SECONDS) if phases[t] != phases[t - 1]]
        promised = {due for due in said if due[0] != NONE}
        for phase, due_s in promised:
            later = [t for t in changes if t >= due_s and phases[t] == phase]
            assert later or due_s > SECONDS - 20
            if later:  # nothing else on the way; it may have had to wait for the change before it
                assert not [t for t in changes if due_s <= t < later[0]]
        shares.append(len([t for t in changes if said[t - 1][0] == phases[t]]) / len(changes))
    assert shares[0] > 0.2
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == 0.0


def test_what_no_wait_and_no_margin_makes_sure_is_decided_as_without_a_commitment() -> None:
    assert _run(5, margin=1e9)[::2] == _run(0)[::2]


def test_a_commitment_costs_little_where_there_is_room() -> None:
    assert _run(5)[2] >= 0.95 * _run(0)[2]
