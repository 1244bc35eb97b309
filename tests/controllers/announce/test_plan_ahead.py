"""What is announced of a fixed-time plan is what is shown, at its own cycle and at the brief one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from controllers.announce.outlook import Outlook
from signal_core import Engine, Intersection
from signal_core.ladder.modes import Mode, Trouble
from signal_core.tables.letters import decode


@pytest.mark.parametrize(("reason", "cycle_s", "why"), [
    (Trouble.BLIND, 72, "runs its fixed-time plan: too little is seen"),
    (Trouble.PLAN_BETTER, 48, "runs its fixed-time plan at a cycle of 48 s: it lets more traffic go")])
def test_a_plan_is_foreseen_as_it_is_run(reason: Trouble, cycle_s: int, why: str) -> None:
    one = Intersection.from_phases(["Gr", "rG"], [(0, 1)], green_s=30, loops=[0, 1])
    beside = Intersection.from_phases(["Gr", "rG"], [(0, 1)], green_s=30, loops=[2, 3])
    engine = Engine([one, replace(beside, id="beside", past=np.array([0, 1]))], ["Gr", "Gr"])
    modes, nothing = engine.ladder.modes.state, np.zeros(4)
    modes.mode[:], modes.reason[:] = Mode.FIXED, reason
    assert engine.law.health is not None
    engine.law.health.exits.floor.worse[:] = reason is Trouble.PLAN_BETTER  # control is back once it is not
    engine.step(nothing, nothing, nothing, 7.0)
    meant = Outlook(engine).look(7.0)[0]
    shown = [decode(engine.step(nothing, nothing, nothing, 8.0 + k))[:2] for k in range(50)]
    foreseen = dict(meant.film)
    assert meant.why == why
    letters = foreseen[0]
    for k in range(50):
        letters = foreseen.get(k + 1, letters)
        assert shown[k] == letters, k
    starts = [k for k in range(1, 50) if shown[k][1] == "G" != shown[k - 1][1]]
    assert (starts[0] + 8.0) % cycle_s == pytest.approx(cycle_s / 2 + 6.0, abs=1.0)  # after 6 s of intergreen
