"""Comparisons from Python, and controllers of a user's own in them and on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import bench
import network
from bench.cli.main import main
from bench.runs.identity import own_code_hash
from controllers import own, registry

DOCS = Path(__file__).resolve().parents[2] / "docs"
LAW = '''
"""A law for tests."""
from controllers.base import EngineController
import told


class Turns(EngineController):
    """The next phase every {every} seconds."""

    def start(self, site):
        self.seconds = 0
        self.phases = [len(signal.phases) for signal in site.signals]

    def decide(self, seen, wanted):
        self.seconds += 1
        if self.seconds % {every} == 0:
            for i, phases in enumerate(self.phases):
                wanted[i] = (wanted[i] + 1) % phases
        return 0
'''


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a user stands, with a law of his own that no test before has imported."""
    for name in ("turns_for_test", "told"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "turns_for_test.py").write_text(LAW.format(every=20))
    (tmp_path / "told.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(own.VARIABLE, "{}")
    return tmp_path


def test_a_comparison_is_data_and_prints_nothing(
        small_world: Path, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = ["fixed", "turns_for_test:Turns+horizon_s=40"]
    found = bench.compare(small_world, names, seeds=[2], options=bench.Options(end=120), output="out", jobs=2)
    assert capfd.readouterr() == ("", "")
    assert found.folder == place / "out"
    assert list(found.figures("delay_s")) == names
    assert found.failed == []
    assert found.summary[names[1]]["pairs"] == 1
    assert found.content == json.loads((place / "out" / "results.json").read_text())
    runs = sorted(path.name for path in (place / "out" / "runs").iterdir())
    assert runs == ["fixed", "turns_for_test.Turns+horizon_s=40"]
    assert (found.run_folder(names[1], 2) / "run.json").is_file()
    assert found.runs[1]["notes"] == []
    made = (found.run_folder(names[1], 2) / "run.json").stat().st_mtime_ns
    bench.compare(small_world, names, seeds=[2], options=bench.Options(end=120), output="out", jobs=2)
    assert (found.run_folder(names[1], 2) / "run.json").stat().st_mtime_ns == made


def test_an_own_controller_on_the_command_line_and_its_tape(
        small_world: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(small_world), "-c", "turns_for_test:Turns", "-e", "120", "-o", "out"]) == 0
    assert main(["replay", "out", "-c", "turns_for_test:Turns"]) == 0
    assert "orders are the same" in capsys.readouterr().out
    assert main(["run", str(small_world), "-c", "turns_for_test:Twists", "-o", "out"]) == 2
    assert capsys.readouterr().err.strip() == (
        "signal-core: controller 'turns_for_test:Twists': turns_for_test has no 'Twists'; it has Turns")


def test_the_controller_of_the_documentation_runs(
        small_world: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / "how-to" / "own-controller.md").read_text(encoding="utf-8")
    law = text.partition("```python\n")[2].partition("```")[0]
    (place / "law_of_docs.py").write_text(law)
    assert main(["run", str(small_world), "-c", "law_of_docs:NextOne", "-e", "90", "-o", "docs"]) == 0
    assert "failed in" not in capsys.readouterr().out


def test_a_controller_that_raises_is_told(small_world: Path, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "turns_for_test.py").write_text(LAW.format(every=20).replace("self.seconds += 1", "self.seconds += 1 / 0"))
    assert main(["run", str(small_world), "-c", "turns_for_test:Turns", "-e", "30", "-o", "out"]) == 0
    said = capsys.readouterr().out
    assert "turns_for_test:Turns failed in 30 seconds of seed 1, and its signals ran on without it: Zero" in said


def test_a_run_is_made_again_when_the_law_or_what_it_imports_changed(place: Path) -> None:
    name = registry.named("turns_for_test:Turns")
    before = own_code_hash(name)
    (place / "told.py").write_text("x = 1\n")
    beside = own_code_hash(name)
    (place / "turns_for_test.py").write_text(LAW.format(every=30))
    assert len({before, beside, own_code_hash(name)}) == 3


def test_bad_input_is_one_line(small_world: Path, place: Path) -> None:
    with pytest.raises(network.ScenarioError, match="seeds: give at least one"):
        bench.compare(small_world, seeds=[], output="out")
    with pytest.raises(network.ScenarioError, match="distances must ascend"):
        bench.compare(small_world, options=bench.Options(detectors_m=(40, 0)), output="out")
    with pytest.raises(network.ScenarioError, match="give distances from 0"):
        bench.Options(detectors_m=(float("nan"),))
    with pytest.raises(network.ScenarioError, match="order: 'loose' is none of free, fixed"):
        bench.Options(order="loose")  # type: ignore[arg-type]
    with pytest.raises(network.ScenarioError, match="unknown controller 'adaptiv'"):
        bench.compare(small_world, ["adaptiv"], output="out")
