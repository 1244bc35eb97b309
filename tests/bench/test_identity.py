"""What makes a run the run it is, and that it is made once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.runs.identity import OF_BENCH, RUNS_ARE_MADE_BY, network_hash, run_hash, scenario_hash, settings_hash
from bench.runs.spec import RunSpec, Study
from network.errors import ScenarioError
from scenarios.config import load_scenario


@pytest.fixture
def world(small_world: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    copy = tmp_path / "world"
    shutil.copytree(small_world.parent, copy)
    return copy / small_world.name


def _study(cfg: Path, *options: str) -> Study:
    return Study(load_scenario(cfg, sumo_options=options), "plan", (0.0, 40.0), "libsumo", False, "prepared")


def test_the_place_does_not_count_but_the_content_does(world: Path, small_world: Path) -> None:
    spec = RunSpec(_study(small_world), "adaptive", 1, "here")
    moved = RunSpec(_study(world), "adaptive", 1, "there")
    assert run_hash(spec) == run_hash(moved)
    routes = next(world.parent.glob("*.rou.xml"))
    routes.write_bytes(routes.read_bytes() + b"<!-- a later version -->")
    assert run_hash(spec) != run_hash(moved)
    assert network_hash(spec.study.scenario) == network_hash(moved.study.scenario)


def test_everything_that_changes_a_run_changes_its_hash(small_world: Path) -> None:
    study = _study(small_world)
    spec = RunSpec(study, "adaptive", 1, "here")
    others = [
        replace(spec, seed=2),
        replace(spec, controller="fixed"),
        replace(spec, trajectories=True),
        replace(spec, study=_study(small_world, "--scale", "1.1")),
        replace(spec, study=replace(study, protocol="resco")),
        replace(spec, study=replace(study, detectors_m=(0.0, 30.0))),
        replace(spec, study=replace(study, record="full")),
        replace(spec, study=replace(study, order="fixed")),
    ]
    hashes = [run_hash(each) for each in (spec, *others)]
    assert len(set(hashes)) == len(hashes)
    assert settings_hash(study) != settings_hash(others[4].study) != settings_hash(others[5].study)


def test_included_files_count(world: Path) -> None:
    extra = world.parent / "types.xml"
    extra.write_text("<additional><vType id='t'/></additional>", encoding="utf-8")
    outer = world.parent / "outer.add.xml"
    outer.write_text('<additional><include href="types.xml"/></additional>', encoding="utf-8")
    before = scenario_hash(load_scenario(world, sumo_options=["-a", str(outer)]))
    extra.write_text("<additional><vType id='t' accel='2'/></additional>", encoding="utf-8")
    assert scenario_hash(load_scenario(world, sumo_options=["-a", str(outer)])) != before


def test_all_source_that_a_run_passes_through_counts() -> None:
    code = (
        "import sys; before = set(sys.modules); import bench.runs.worker; from controllers import registry;"
        "[registry.get(name) for name in registry.names()];"
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = [name.split(".") for name in done.stdout.split()]
    bench = {"/".join(name[1:]) + ".py" for name in ours if name[0] == "bench" and len(name) > 2}
    assert bench == set(OF_BENCH)
    assert {name[0] for name in ours} & {"signal_core", "network", "controllers", "scenarios"} == set(RUNS_ARE_MADE_BY)


@pytest.mark.nightly
def test_no_run_is_made_twice(small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def compare(seeds: str, *options: str) -> str:
        words = ["compare", str(small_world), "-c", "fixed,actuated", "-e", "60", "--report", "none", "--jobs", "1"]
        assert main([*words, "--seeds", seeds, "-o", str(tmp_path / "out"), *options]) == 0
        return capsys.readouterr().out

    def when() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in (tmp_path / "out").glob("runs/*/*/run.json")}

    compare("1:2")
    first = when()
    (tmp_path / "out" / "runs" / "actuated" / "2" / "run.json").unlink()  # as a run that was cut short
    assert compare("1:3").count("made before") == 3
    assert {path for path, then in when().items() if first.get(path) != then} == {
        str(tmp_path / "out" / "runs" / run / "run.json") for run in ("actuated/2", "fixed/3", "actuated/3")
    }
    rows = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["runs"]
    assert len({row["run"] for row in rows}) == 6
    assert "made before" not in compare("1", "--", "--scale", "1.2")


def test_files_that_include_each_other_have_an_end_and_broken_ones_a_name(world: Path) -> None:
    one, other = world.parent / "one.add.xml", world.parent / "other.add.xml"
    one.write_text('<additional><include href="./other.add.xml"/></additional>')
    other.write_text('<additional><include href="../world/one.add.xml"/></additional>')
    scenario = load_scenario(world)
    scenario = replace(scenario, options={**scenario.options, "additional-files": str(one)})
    before = scenario_hash(scenario)
    other.write_text('<additional><include href="../world/one.add.xml"/> </additional>')
    assert scenario_hash(scenario) != before
    other.write_text('<additional><include href="one.add.xml">')
    with pytest.raises(ScenarioError, match="other.add.xml: not readable as XML"):
        scenario_hash(scenario)
