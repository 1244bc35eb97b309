"""A leading pedestrian interval from the command line to the lamps, by the checker and by a reading of its own."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench.audit import verify_states
from bench.cli.main import main
from bench.runs.prepare import load
from bench.runs.spec import read_study
from scenarios.generated import GridPlan, write_scenario
from tests.controllers.driving.test_walkers import Crossing, crossings

PLAN = GridPlan(columns=1, rows=1, row_vph=600.0, column_vph=400.0, end_s=300, crossings=True, walks_ph=400.0)
LEAD_S = 4


def leads(states: list[str], crossing: Crossing) -> list[int]:
    """Seconds by which the crossing led those who drive over it and start while it is green."""
    found, since = [], 0
    for t, (was, now) in enumerate(zip(states, states[1:], strict=False), 1):
        if was[crossing.lamp] not in "Gg" and now[crossing.lamp] in "Gg":
            since = t
        if now[crossing.lamp] in "Gg":
            found += [t - since for i in crossing.against if was[i] not in "Gg" and now[i] in "Gg"]
    return found


def test_those_on_foot_lead_by_what_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_scenario(tmp_path, PLAN, 1, "led")
    net, out = config.with_suffix(".net.xml"), tmp_path / "out"
    words = ["compare", str(config), "-c", "adaptive", "--seeds", "1", "--report", "none", "-o", str(out)]
    assert main([*words, "--walk-lead", f"{LEAD_S}"]) == 0
    record = out / "runs" / "adaptive" / "1" / "tlsstates.xml"
    states = [row.attrib["state"] for row in ET.parse(record).getroot().iter("tlsState")]
    ((_, walked),) = crossings(net).items()
    told = [lead for crossing in walked for lead in leads(states, crossing)]
    assert len(told) >= 3
    assert min(told) >= LEAD_S
    assert verify_states.main([str(net), str(record), "--rule", "plan", "--walk-lead", f"{LEAD_S}"]) == 0
    assert verify_states.main([str(net), str(record), "--rule", "plan", "--walk-lead", "9"]) == 1
    assert read_study(out / "prepared" / "study.json").walk_lead_s == LEAD_S
    (signal,) = load(read_study(out / "prepared" / "study.json")).signals.values()
    assert signal.walk_lead_s.max() == LEAD_S
    capsys.readouterr()


@pytest.mark.parametrize("text", ["-1", "0.5", "16", "soon"])
def test_an_interval_that_is_none_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_scenario(tmp_path, PLAN, 1, "led")
    assert main(["compare", str(config), f"--walk-lead={text}"]) == 2
    assert "--walk-lead" in capsys.readouterr().err
