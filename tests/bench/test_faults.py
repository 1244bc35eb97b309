"""Faults on purpose: chosen, injected, and judged; a whole table on a small world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.audit.judgement import COUNTS
from bench.cli.experiments.faults import fault_classes
from bench.cli.main import main
from bench.studies.faults.classes import BY_NAME, CLASSES, FROM_S
from bench.studies.faults.inject import LIES, LatePort, LyingPort
from bench.studies.faults.verdict import OTHERS, judge
from bench.studies.faults.worlds import BLOCKED_FOR_S
from controllers.port import FloatArray
from network.errors import ScenarioError
from scenarios.generated import GridPlan, write_scenario
from signal_core.estimating.health import HealthSettings
from tests.controllers.ports import BarePort


class Loops(BarePort):
    """Three loops that count one, two and three vehicles a second."""

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3])


def lying(name: str, chosen: list[int], from_s: float = 10.0) -> tuple[Loops, LyingPort, list[str]]:
    loops, told = Loops(), list[str]()
    port = LyingPort(loops, LIES[name], lambda counted: chosen, from_s, np.random.default_rng(1), told,
                     ["a", "b", "c"])
    return loops, port, told


def test_loops_tell_the_truth_until_the_fault_begins_and_only_the_chosen_ones_lie() -> None:
    loops, port, told = lying("stuck", [1])
    assert port.read_loops()[0].tolist() == [1.0, 2.0, 3.0]
    assert told == []
    loops.time_s = 10.0
    entered, left, occupancy = port.read_loops()
    assert (entered.tolist(), left.tolist()) == ([1.0, 0.0, 3.0], [1.0, 0.0, 3.0])
    assert occupancy.tolist() == [0.1, 1.0, 0.3]
    assert told == ["b"]


@pytest.mark.parametrize(("name", "share"), [("lost_5", 0.95), ("lost_20", 0.8), ("bias_low", 0.7), ("bias_high", 1.3)])
def test_counts_are_wrong_by_what_the_name_says(name: str, share: float) -> None:
    _, port, _ = lying(name, [0, 1, 2], 0.0)
    counted = np.sum([port.read_loops()[0] for _ in range(3000)], axis=0)
    assert counted / 3000 == pytest.approx(share * np.array([1.0, 2.0, 3.0]), rel=0.05)


def test_late_samples_are_marked_with_the_time_they_were_taken() -> None:
    loops = Loops()
    port = LatePort(loops, 100.0, np.random.default_rng(1))
    ages = []
    for k in range(400):
        loops.time_s = float(k)
        port.read_loops()
        ages.append(k - port.sampled_s)
    assert set(ages[:100]) == {0.0}
    assert set(ages[100:]) == {0.0, 1.0, 2.0, 3.0, 4.0}
    assert 0.1 < np.mean(np.array(ages[100:]) > 0) < 0.25


def test_names_are_checked() -> None:
    assert fault_classes("") == list(CLASSES)
    assert [each.name for each in fault_classes("nan, dead")] == ["dead", "nan"]
    with pytest.raises(ScenarioError, match="perhaps dead is meant"):
        fault_classes("dead,deaf")
    with pytest.raises(ScenarioError, match="choose from stuck"):
        fault_classes("flood")


def run(delay_s: float, alarms: tuple[Any, ...] = (), finished: int = 100,
        exits: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"delay_s": delay_s, "finished": finished, "interlock_trips": 0, "notes": ["loops that lie: l1"],
            "troubles": {"alarms": list(alarms), "exits": list(exits), "mode_changes": [], "late": 0, "errors": 0,
                         "samples_stale": 0}}


def test_a_row_compares_seed_by_seed_and_counts_only_alarms_of_loops_that_lie() -> None:
    fault = BY_NAME["dead"]
    other, mine = [FROM_S + 5.0, "l2", "DEAD"], [FROM_S + 70.0, "l1", "DEAD"]
    rows = {("", "adaptive", 1): run(10.0), ("", "fixed", 1): run(40.0),
            ("dead", "adaptive", 1): run(11.0, (other, mine))}
    bad = {("dead", "adaptive", 1): dict.fromkeys((*COUNTS, OTHERS), 0)}
    row = judge(fault, rows, bad, (1, 2), 0.0)
    assert row is not None
    assert (row["runs"], row["noticed"], row["flagged_after_s"], row["jams"]) == (1, 1, 70.0, 0)
    assert row["against_healthy_pct"] == pytest.approx(10.0)
    assert row["against_fixed_pct"] == pytest.approx(-72.5)
    rows["dead", "adaptive", 1] = run(100.0, finished=80)
    rows["blocked_exit", "fixed", 1] = run(40.0)
    rows["blocked_exit", "adaptive", 1] = run(20.0, exits=([FROM_S + 80.0, "a_0", "EXIT_BLOCKED"],))
    bad |= {("blocked_exit", "adaptive", 1): bad["dead", "adaptive", 1]}
    blocked = judge(BY_NAME["blocked_exit"], rows, bad, (1,), 0.0)
    assert blocked is not None
    assert (blocked["noticed"], blocked["flagged_after_s"], blocked["exits"], row["exits"]) == (1, 80.0, 1, 0)
    worse = judge(fault, rows, bad, (1,), 0.0)
    assert worse is not None
    assert (worse["jams"], worse["noticed"], worse["flagged_after_s"]) == (1, 0, None)


@pytest.mark.nightly
def test_a_table_is_made_and_nothing_unsafe_was_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_scenario(tmp_path / "world", GridPlan(columns=1, rows=1, end_s=int(FROM_S) + 60), 1, "cross")
    folder = tmp_path / "out"
    words = ["--faults", "nan,nonsense", "--seeds", "2", "--jobs", "1", "-o", str(folder)]
    assert main(["bench", "faults", str(config), *words]) == 0
    content = json.loads((folder / "faults.json").read_text())
    found = {row["fault"]: row for row in content["rows"]}
    assert set(found) == {"", "nan", "nonsense"}
    assert found["nan"]["flagged_after_s"] < 10.0
    assert found["nonsense"]["mode_changes"] >= 1
    assert all(sum(row["violations"].values()) == 0 for row in content["rows"])
    assert "| nonsense |" in (folder / "faults.md").read_text()
    assert "nonsense" in capsys.readouterr().out


@pytest.mark.nightly
def test_a_blocked_exit_is_flagged_and_cleared(tmp_path: Path) -> None:
    plan = GridPlan(columns=1, rows=1, row_vph=500.0, end_s=int(FROM_S + BLOCKED_FOR_S) + 150)
    config = write_scenario(tmp_path / "world", plan, 1, "cross")
    folder = tmp_path / "out"
    words = ["--faults", "blocked_exit", "--seeds", "2", "--jobs", "1", "-o", str(folder), "--report", "none"]
    assert main(["bench", "faults", str(config), *words, "--", "--time-to-teleport", "-1"]) == 0
    row = json.loads((folder / "faults.json").read_text())["rows"][1]
    assert (row["fault"], row["noticed"]) == ("blocked_exit", 1)
    told = json.loads((folder / "runs/blocked_exit/adaptive/2/run.json").read_text())["troubles"]["exits"]
    began = {lane: time_s for time_s, lane, status in reversed(told) if status == "EXIT_BLOCKED"}
    assert row["exits"] >= len(began) > 0
    assert all(FROM_S + HealthSettings().exit_green_s < time_s < FROM_S + BLOCKED_FOR_S for time_s in began.values())
    last = {lane: status for _, lane, status in told}
    assert set(last.values()) == {"FREE"}
    healthy = json.loads((folder / "runs/healthy/adaptive/2/run.json").read_text())["troubles"]["exits"]
    assert healthy == []


def test_a_scenario_that_ends_too_soon_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_scenario(tmp_path / "world", GridPlan(columns=1, rows=1, end_s=60), 1, "cross")
    assert main(["bench", "faults", str(config), "-o", str(tmp_path / "out")]) == 2
    assert "faults begin after 900 s" in capsys.readouterr().err
