"""The main job on a small world: every file is there, every figure can be recomputed, every run repeats."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import main
from bench.measures.metrics import read_metrics
from bench.measures.raw import read_routes, read_trips
from bench.report.table import caption, other_trips
from bench.runs.fresh import RunDied, fresh_run
from bench.runs.jobs import run_all
from bench.runs.spec import RunSpec, Study, read_study
from network.program.programs import read_programs
from network.sumo_package import binary
from scenarios.config import load_scenario
from scenarios.plan_file import program_lines, write_elements

CONTROLLERS = ("fixed", "actuated", "delay_based")
RUN_KEYS = {
    "controller", "seed", "delay_s", "speed_kmh", "trips", "finished", "undeparted", "teleports",
    "collisions", "emergency_brakings", "interlock_trips", "overdue_s", "decisions", "decision_us", "control_s",
    "wall_s",
}  # fmt: skip
RAW = ("tripinfo.xml", "statistics.xml", "tlsstates.xml")


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of SUMO's own controllers, two seeds."""
    place = tmp_path_factory.mktemp("results")
    words = [
        "compare",
        str(small_world),
        "-c",
        ",".join(CONTROLLERS),
        "--seeds",
        "1:2",
        "-o",
        str(place),
        "--jobs",
        "2",
    ]
    assert main([*words, "--", "--scale", "1.5"]) == 0
    return place


@pytest.fixture(scope="module")
def content(folder: Path) -> dict[str, Any]:
    """results.json."""
    found: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return found


def test_results_are_complete(content: dict[str, Any], small_world: Path) -> None:
    assert (content["schema"], content["scenario"]) == (1, str(small_world))
    assert (content["begin_s"], content["end_s"]) == (0.0, 200.0)
    assert [(row["controller"], row["seed"]) for row in content["runs"]] == [
        (c, s) for c in CONTROLLERS for s in (1, 2)
    ]
    assert all(
        row.keys() >= RUN_KEYS and row["decision_us"].keys() == {"p50", "p99", "max"}
        for row in content["runs"]
    )
    assert content["failed"] == []
    assert all((row["walks"], row["walk_loss_s"]) == (0, None) for row in content["runs"])
    assert {"sumo", "numpy", "python"} <= content["versions"].keys()


def test_the_summary_is_paired_against_the_first(content: dict[str, Any]) -> None:
    delays = {(row["controller"], row["seed"]): row["delay_s"] for row in content["runs"]}
    changes = [100 * (delays["actuated", seed] / delays["fixed", seed] - 1) for seed in (1, 2)]
    first, second, _ = content["summary"]
    assert (first["controller"], first["delay_change_pct"]) == ("fixed", 0.0)
    assert second["delay_change_pct"] == pytest.approx(sum(changes) / 2)


def test_every_figure_comes_from_the_raw_outputs(folder: Path, content: dict[str, Any]) -> None:
    for row in content["runs"]:
        place = folder / "runs" / row["controller"] / str(row["seed"])
        assert all((place / name).stat().st_size > 500 for name in RAW)
        found = read_metrics(place / "tripinfo.xml", place / "statistics.xml")
        assert (found.delay_s, found.speed_kmh, found.trips) == (
            row["delay_s"],
            row["speed_kmh"],
            row["trips"],
        )


def test_the_table_and_the_picture_are_there(folder: Path) -> None:
    assert len((folder / "results.csv").read_text(encoding="utf-8").splitlines()) == 7
    assert "<svg" in (folder / "comparison.svg").read_text(encoding="utf-8")
    assert (folder / "comparison.png").stat().st_size > 5000


def test_fixed_is_plain_sumo_to_the_last_byte(folder: Path, small_world: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.xml"
    command = [
        binary("sumo"),
        "-c",
        str(small_world),
        "--seed",
        "2",
        "--scale",
        "1.5",
        "--tripinfo-output",
        str(plain),
    ]
    flags = ["--tripinfo-output.write-unfinished", "--tripinfo-output.write-undeparted"]
    subprocess.run([*command, *flags], check=True, capture_output=True)
    ours = folder / "runs" / "fixed" / "2" / "tripinfo.xml"
    assert _trips(ours) == _trips(plain)


def _trips(path: Path) -> bytes:
    """The file without its comment and without the names of what records the vehicles."""
    return re.sub(rb' devices="[^"]*"', b"", path.read_bytes().partition(b"-->")[2])


def test_a_run_that_dies_says_why_and_the_others_go_on(folder: Path, tmp_path: Path) -> None:
    study = read_study(folder / "prepared" / "study.json")
    scenario = load_scenario(study.scenario.source, sumo_options=["--load-state", "nowhere.xml"])
    sick = Study(scenario, study.protocol, study.detectors_m, study.backend, study.gui, study.prepared)
    specs = [
        RunSpec(sick, "fixed", 1, str(tmp_path / "sick")),
        RunSpec(study, "fixed", 1, str(tmp_path / "well")),
    ]
    outcomes = {outcome.spec.run_dir: outcome for outcome in run_all(specs, 2, lambda spec, time_s: None)}
    assert outcomes[str(tmp_path / "well")].row is not None
    assert outcomes[str(tmp_path / "sick")].row is None
    assert "SUMO says" in outcomes[str(tmp_path / "sick")].error


def test_a_process_that_ends_without_a_word_is_reported(tmp_path: Path) -> None:
    with pytest.raises(RunDied, match="no-such-spec"):
        fresh_run("bench.runs.worker", tmp_path / "no-such-spec.json", tmp_path, lambda said: None)


def test_check_shows_the_signals_and_what_to_mend(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(small_world), "-o", str(tmp_path / "drawn")]) == 0
    assert all("phase 0" in path.read_text("utf-8") for path in (tmp_path / "drawn").glob("*.svg"))
    assert len(list((tmp_path / "drawn").iterdir())) == 2
    text = capsys.readouterr().out
    for words in (
        "signal 1x1",
        "signal 2x1",
        "intergreen to them",
        "loops before the stop line",
        "no red clearance",
    ):
        assert words in text


def test_outputs_without_a_name_stay_out_of_the_current_directory(
    small_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--device.ssm.probability", "1", "--save-state.times", "20"]
    assert main(["run", str(small_world), "-c", "fixed", "-e", "30", "-o", "out", "--", *options]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert list((tmp_path / "out" / "runs" / "fixed" / "1").glob("ssm_*.xml"))


def test_trips_that_sumo_would_give_up_count(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(small_world), "-c", "fixed,actuated", "--seeds", "1", "--report", "none"]
    crowded = ["--scale", "4"]
    assert main([*words, "-o", str(tmp_path / "all"), "--", *crowded]) == 0
    assert "left out" not in capsys.readouterr().out
    assert main([*words, "-o", str(tmp_path / "short"), "--", *crowded, "--max-depart-delay", "20"]) == 0
    said = capsys.readouterr().out
    assert said.count("max-depart-delay is left out: ") == 1
    assert "every scheduled trip counts; SUMO" in said
    trips = [_trips(tmp_path / name / "runs" / "fixed" / "1" / "tripinfo.xml") for name in ("all", "short")]
    assert trips[0] == trips[1]
    assert b'depart="-1' in trips[0]  # some never got onto the road, so the option would have taken them


def test_trips_that_differ_between_controllers_are_told() -> None:
    rows = [{"controller": name, "seed": seed, "trips": 100 - (name == "b" and seed > 1), "walks": 0}
            for seed in range(1, 7) for name in ("a", "b")]  # fmt: skip
    content = {"runs": rows[:2], "baseline": "a", "versions": {"sumo": "1"}}
    assert other_trips(content) == ""
    assert "every scheduled trip counts" in caption(content)
    content["runs"] = rows
    assert "seed 2: a 100, b 99; seed 3" in other_trips(content)
    assert "and 2 more seeds" in other_trips(content)
    assert "every scheduled trip counts" not in caption(content)


def test_demand_that_sumo_leaves_out_is_told(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net, unsorted, lost = small_world.parent / "small.net.xml", tmp_path / "unsorted.rou.xml", tmp_path / "lost"
    trip = '<trip id="{}" depart="{}" from="0x1_1x1" to="2x1_3x1"/>'
    trips = "".join(trip.format(name, depart) for name, depart in (("a", 5), ("b", 1), ("c", 9), ("d", 2), ("e", 3)))
    unsorted.write_text(f"<routes>{trips}</routes>", encoding="utf-8")
    words = ["run", str(net), "-r", str(unsorted), "-e", "60", "-c", "fixed", "--report", "none", "-o"]
    assert main([*words, str(lost)]) == 0
    told = "SUMO warned: Route file should be sorted by departure time, ignoring 'b'! (and 2 more)"
    assert f"{told}; runs/fixed/1/sumo.log\n" in capsys.readouterr().out
    (row,) = json.loads((lost / "results.json").read_text(encoding="utf-8"))["runs"]
    assert (row["notes"], row["trips"]) == ([told], 2)


def test_who_starts_once_somebody_has_got_in_is_in_the_report(small_world: Path, tmp_path: Path) -> None:
    """SUMO's routes have the word triggered in place of the time of such a start."""
    riders = tmp_path / "riders.rou.xml"
    riders.write_text('<routes><trip id="t" depart="triggered" from="0x1_1x1" to="2x1_3x1"/><person id="p" depart="5">'
                      '<ride from="0x1_1x1" to="2x1_3x1" lines="t"/></person></routes>', encoding="utf-8")  # fmt: skip
    words = ["compare", str(small_world.parent / "small.net.xml"), "-r", str(riders), "-e", "200", "-c", "fixed"]
    assert main([*words, "--seeds", "1", "-o", str(tmp_path / "found")]) == 0
    place = tmp_path / "found" / "runs" / "fixed" / "1"
    (trip,) = read_trips(place / "tripinfo.xml")
    (route,) = read_routes(place / "routes.xml", {trip.id: trip})
    assert route.depart_s == trip.depart_s >= 5.0
    assert "1x1" in (tmp_path / "found" / "tables" / "movements.csv").read_text(encoding="utf-8")


def test_a_demand_of_nobody_is_told_after_the_first_run(
    small_world: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.rou.xml"
    empty.write_text("<routes/>", encoding="utf-8")
    words = ["compare", str(small_world.parent / "small.net.xml"), "-r", str(empty), "-e", "20", "-c", "fixed,static"]
    assert main([*words, "--seeds", "1:5", "--jobs", "1", "-o", str(tmp_path / "found")]) == 2
    assert "no trip was scheduled from 0 s to 20 s" in capfd.readouterr().err
    runs = list((tmp_path / "found" / "runs").glob("*/*/run.json"))
    assert 1 <= len(runs) <= 2  # one, and what had been begun when it ended


def test_where_no_signal_can_be_controlled_adaptive_is_fixed_and_says_so(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    programs = read_programs([load_scenario(small_world).net_file])
    one_green = tmp_path / "one-green.add.xml"
    first_rows = [replace(p, program_id="one", intervals=p.intervals[:1]) for p in programs.values()]
    write_elements((line for p in first_rows for line in program_lines(p)), one_green)
    words = ["compare", str(small_world), "-c", "fixed,adaptive", "-e", "60", "--seeds", "1", "--report", "none"]
    assert main([*words, "-o", str(tmp_path / "out"), "--", "-a", str(one_green)]) == 0
    said = capsys.readouterr().out
    assert "0 of 2 signals can be controlled" in said
    assert "is left alone: It has one green phase only." in said
    assert "adaptive leaves every signal to its own program here, so it is the same as fixed" in said
    runs = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["runs"]
    assert runs[0]["delay_s"] == runs[1]["delay_s"] > 0.0
