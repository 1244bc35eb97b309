"""Whatever outputs a scenario names, its folder stays as it was, and the run is the one SUMO would make."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from network.sumo_package import binary
from scenarios.config import load_scenario
from scenarios.launch import TRIPINFO, sumo_args
from scenarios.recording import ROUTES, recording

ADDITIONAL = """<additional>
    <vType id="watched">
        <param key="has.ssm.device" value="true"/><param key="device.ssm.file" value="ssm.xml"/>
    </vType>
    <trip id="w" type="watched" depart="1" from="0x1_1x1" to="2x1_3x1"/>
    <inductionLoop id="loop" lane="0x1_1x1_0" pos="5" period="50" file="loop &amp; co.xml"/>
    <edgeData id="means" file="sub/means.xml" period="100"/>
    <timedEvent type="SaveTLSSwitchStates" source="1x1" dest="switches.xml"/>
    <include href="more.add.xml"/>
</additional>
"""
INCLUDED = """<additional>
    <laneAreaDetector id="area" lane="0x1_1x1_0" pos="1" endPos="20" period="50" file="area.xml"/>
</additional>
"""
CONFIG = """<configuration>
    <input><net-file value="small.net.xml"/><route-files value="small.rou.xml"/>
        <additional-files value="detectors.add.xml"/></input>
    <output><tripinfo value="trips.xml"/><summary-output value="summary.xml"/>
        <vehroute-output value="../up.xml"/>
        <output-prefix value="TIME_"/><human-readable-time value="true"/></output>
    <time><end value="120"/></time>
    <report><log value="log.txt"/><error-log value="errors.txt"/></report>
    <random_number><random value="true"/></random_number>
</configuration>
"""


@pytest.fixture
def greedy(small_world: Path, tmp_path: Path) -> Path:
    """A configuration that names every kind of output, all beside itself."""
    folder = tmp_path / "user"
    folder.mkdir()
    for name in ("small.net.xml", "small.rou.xml"):
        shutil.copy(small_world.parent / name, folder)
    (folder / "sub").mkdir()
    (folder / "detectors.add.xml").write_text(ADDITIONAL, encoding="utf-8")
    (folder / "more.add.xml").write_text(INCLUDED, encoding="utf-8")
    (folder / "small.sumocfg").write_text(CONFIG, encoding="utf-8")
    return folder / "small.sumocfg"


def snapshot(folder: Path) -> dict[str, str]:
    """Every file below ``folder`` with the hash of its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def run(config: Path, run_dir: Path, *options: str) -> None:
    args = sumo_args(load_scenario(config, sumo_options=options), run_dir, seed=7, signal_ids=("1x1", "2x1"))
    subprocess.run([binary("sumo"), *args], check=True, capture_output=True)


def test_nothing_is_written_beside_the_scenario(greedy: Path, tmp_path: Path) -> None:
    before = snapshot(greedy.parent)
    run(greedy, tmp_path / "run")
    assert snapshot(greedy.parent) == before
    assert {path.name for path in tmp_path.iterdir()} == {"user", "run"}


def test_the_users_outputs_are_in_the_runs_folder(greedy: Path, tmp_path: Path) -> None:
    run(greedy, tmp_path / "run")
    outputs = {path.name for path in (tmp_path / "run" / "outputs").iterdir()}
    assert {
        "loop & co.xml",
        "means.xml",
        "switches.xml",
        "area.xml",
        "summary.xml",
        "up.xml",
        "ssm.xml",
    } <= outputs
    for name in ("tripinfo.xml", "statistics.xml", "tlsstates.xml"):
        assert (tmp_path / "run" / name).stat().st_size > 200


def test_times_stay_numbers_and_the_seed_ours(greedy: Path, tmp_path: Path) -> None:
    run(greedy, tmp_path / "a")
    run(greedy, tmp_path / "b")
    trips = [body(tmp_path / name / "tripinfo.xml") for name in "ab"]
    assert trips[0] == trips[1]
    assert b'depart="0:' not in trips[0]


def test_the_run_is_the_one_plain_sumo_makes(small_world: Path, tmp_path: Path) -> None:
    run(small_world, tmp_path / "ours")
    plain = tmp_path / "plain.xml"
    command = [binary("sumo"), "-c", str(small_world), "--seed", "7", "--tripinfo-output", str(plain)]
    flags = ["--tripinfo-output.write-unfinished", "--tripinfo-output.write-undeparted"]
    subprocess.run([*command, *flags], check=True, capture_output=True)
    assert body(tmp_path / "ours" / "tripinfo.xml") == body(plain)


def test_how_our_own_files_are_written_is_not_for_the_scenario_to_say(small_world: Path, tmp_path: Path) -> None:
    odd = ["--vehroute-output.internal", "--vehroute-output.intended-depart", "--vehroute-output.sorted",
           "--tripinfo-output.write-unfinished", "false"]  # fmt: skip
    found = []
    for name, options in (("plain", []), ("odd", odd)):
        recorded, _ = recording("basic", tmp_path / name, trajectories=False)
        args = sumo_args(load_scenario(small_world, sumo_options=options), tmp_path / name, 7, recorded=recorded)
        subprocess.run([binary("sumo"), *args], check=True, capture_output=True)
        found.append([body(tmp_path / name / file) for file in (ROUTES, TRIPINFO)])
    assert found[0] == found[1]


def body(path: Path) -> bytes:
    """An output without the configuration that SUMO writes above it."""
    return path.read_bytes().partition(b"-->")[2]


def test_the_looks_of_a_window_may_be_missing(small_world: Path, tmp_path: Path) -> None:
    scenario = load_scenario(small_world, sumo_options=["--gui-settings-file", str(tmp_path / "nowhere.xml")])
    command = [binary("sumo"), *sumo_args(scenario, tmp_path / "run", seed=1), "--end", "5"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
