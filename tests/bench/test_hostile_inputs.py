"""Files that never end, never fit or are none: one line, exit 2, soon, in little memory, and no process left behind."""

from __future__ import annotations

import gzip
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.cli.main import main
from network.errors import ScenarioError
from scenarios.config import load_scenario
from scenarios.launch import sumo_args

ROOT = Path(__file__).resolve().parents[2]
ENTITIES = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))
BOMB = f'<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a0 "ten letters">{ENTITIES}]>'
MIB = bytes(1 << 20).replace(b"\0", b" ")


def said(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """The one line of a command that ends with 2."""
    capfd.readouterr()
    try:
        code = main(words)
    except SystemExit as ended:
        code = int(ended.code or 0)
    lines = capfd.readouterr().err.strip().splitlines()
    assert code == 2, lines
    assert len(lines) == 1
    return lines[0]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files that are short as they lie there."""
    folder = tmp_path_factory.mktemp("packed")
    with gzip.open(folder / "packed.net.xml.gz", "wb", 1) as file:
        file.write(b"<net>" + b"".join(MIB for _ in range(40)) + b"</net>")
    for name, begin in (("packed", b"<configuration><!--"), ("prolog", b"<!--")):
        with gzip.open(folder / f"{name}.sumocfg.gz", "wb", 1) as file:
            file.write(begin + b"".join(MIB for _ in range(70)))
    return folder


@pytest.fixture
def odd(packed: Path, tmp_path: Path) -> Path:
    """A folder with files that nobody should read to their end."""
    for path in packed.iterdir():
        os.link(path, tmp_path / path.name)
    (tmp_path / "bomb.sumocfg").write_text(
        f'{BOMB}<configuration><input><net-file value="&a11;"/></input></configuration>')
    (tmp_path / "outside.sumocfg").write_text(
        '<!DOCTYPE c SYSTEM "/dev/zero"><configuration><input><net-file value="x"/></input></configuration>')
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.net.xml")
    for name in ("pipe.net.xml", "packed.net.xml.gz"):
        (tmp_path / f"{name}.sumocfg").write_text(
            f'<configuration><input><net-file value="{name}"/></input></configuration>')
    return tmp_path


@pytest.mark.parametrize(("name", "expected"), [
    ("bomb.sumocfg", "declares a document type"),
    ("outside.sumocfg", "declares a document type"),
    ("pipe", "a pipe instead of a file"),
    ("/dev/zero", "a device instead of a file"),
    ("/proc/kmsg", "instead of a file" if os.geteuid() == 0 else "ermission"),
    ("/proc/self/status", "the system's own"),
    (".", "a directory instead of a file"),
    ("pipe.net.xml.sumocfg", "pipe.net.xml: a pipe instead of a file"),
    ("packed.net.xml.gz.sumocfg", "MiB without a tag"),
    ("packed.sumocfg.gz", "longer than 64 MiB"),
    ("prolog.sumocfg.gz", "no element yet"),
    ("a\0b", "null"),
])
@pytest.mark.parametrize("command", ["check", "compare", "plan", "sweep"])
def test_a_scenario_that_cannot_be_read(name: str, expected: str, command: str, odd: Path,
                                        monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(odd)
    before = set(odd.iterdir())
    assert expected in said([command, name, *(["-o", str(odd / "out")] * (command != "check"))], capfd)
    assert set(odd.iterdir()) - before <= {odd / "out"}


@pytest.mark.parametrize(("text", "expected"), [
    ('<additional><include href="pipe"/></additional>', "pipe: a pipe instead of a file"),
    ('<additional><include href="bomb.sumocfg"/></additional>', "declares a document type"),
    ('<additional><rerouter id="r" edges="e" file="pipe"/></additional>', "pipe: a pipe instead of a file"),
    (f"{BOMB}<additional>&a11;</additional>", "declares a document type"),
])
def test_a_file_that_a_file_names(text: str, expected: str, odd: Path, small_world: Path) -> None:
    (odd / "more.add.xml").write_text(text)
    with pytest.raises(ScenarioError, match=expected):
        sumo_args(load_scenario(small_world, sumo_options=["--additional-files", str(odd / "more.add.xml")]),
                  odd / "run", 1)


def test_files_of_any_length_that_grow_as_they_are_read_go_through(odd: Path, small_world: Path) -> None:
    """A file of demand may be long; only a single tag of it may not."""
    long = odd / "long.rou.xml.gz"
    with gzip.open(long, "wb", 1) as file:
        file.write(b"<routes>" + b"".join(b"<!-- -->" + MIB for _ in range(40)) + b"</routes>")
    scenario = load_scenario(small_world, sumo_options=["--route-files", str(long)])
    assert scenario.route_files == (str(long),)


def test_sumo_that_never_answers_is_ended(small_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = tmp_path / "silent"
    silent.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    silent.chmod(silent.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("scenarios.config.binary", lambda name: str(silent))
    monkeypatch.setattr("scenarios.config.RESOLVE_WITHIN_S", 0.5)
    with pytest.raises(ScenarioError, match=r"has not read it within 0\.5 s"):
        load_scenario(small_world)
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_sumo_ends_with_who_started_it(tmp_path: Path) -> None:
    script = ("import sys; from network.sumo_package import run_program; "
              "run_program(['sh', '-c', f'echo $$ > {sys.argv[1]}; exec sleep 600'])")
    starter = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "pid")], cwd=ROOT)
    for _ in range(300):
        if (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text().strip():
            break
        time.sleep(0.1)
    starter.kill()
    starter.wait()
    place = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    for _ in range(50):
        if not place.exists() or ") Z " in place.read_text():
            return
        time.sleep(0.1)
    raise AssertionError("it is still there")


@pytest.mark.parametrize(("words", "expected"), [
    (["--seeds", "1:999999999"], "more than 10000 seeds"),
    (["--seeds", "1:" + "9" * 30], "more than 10000 seeds"),
    (["--seeds", "0:5000,6000:12000"], "more than 10000 seeds"),
    (["--seeds", "3000000000"], "above 2147483647"),
    (["--seeds", "1:" + "9" * 6000], "is not a list of seeds"),
    (["--detectors", "nan"], "give distances from 0 to 5000 m"),
    (["--detectors", "0,inf"], "give distances from 0 to 5000 m"),
    (["--detectors", "-5"], "give distances from 0 to 5000 m"),
    (["--jobs", "²"], "is not a whole number"),
    (["--plan-budget", "9" * 40], "is not a whole number"),
    (["-c", "adaptive+horizon_s=1000000000"], "from 1 to 3600"),
    (["-e", "nan"], "'nan' is not a time"),
    (["-b", "1:2:3:4:5"], "is not a time"),
])
def test_numbers_that_no_run_has(words: list[str], expected: str, small_world: Path, tmp_path: Path,
                                 capfd: pytest.CaptureFixture[str]) -> None:
    assert expected in said(["compare", str(small_world), "-o", str(tmp_path), *words], capfd)


HEAD = "TimeStamp,DeviceId,EventId,Parameter\n"
ROW = "2026-01-01 07:00:0{},1,{},2\n"


@pytest.mark.parametrize(("text", "expected"), [
    (HEAD + ROW.format(1, 1) + "2027-01-01 07:00:00,1,8,2\n" + ROW.format(3, 1), ":3: 365 days after the middle"),
    (HEAD + ROW.format(1, 1) + "2026-01-01 07:00:00+01:00,1,8,2\n", ":3: times with and without a time zone"),
    (HEAD + "2026-01-01 07:00:00," + "1" * 140_000 + ",8,2\n", ":2: a line longer than"),
    (HEAD + "2026-01-01 07:00:00," + "1" * 5000 + ",8,2\n", ":2: "),
    (HEAD + "2026-01-01 07:00:00,1," + "9" * 30 + ",2\n", ":2: a number that no controller writes"),
    (HEAD + "noon,1,8,2\n", ":2: Invalid isoformat string"),
    (HEAD + "2026-01-01 07:00:00,1\n", ":2: 2 cells instead of 4"),
    (HEAD + ROW.format(1, "x"), ":2: invalid literal"),
    (HEAD, "no event in it"),
    ("", "no column TimeStamp"),
    ("a,b\n1,2\n", "no column TimeStamp"),
    (HEAD + ROW.format(1, 1) + "\0" * 50 + "\n", ":3: "),
    ("\ud800", "not text in UTF-8"),
])
def test_an_event_log_that_is_none(text: str, expected: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(text.encode("utf-8", "surrogatepass"))
    (tmp_path / "log-detectors.csv").write_text("DeviceId,Phase,Parameter,Function\n1,2,3,Presence\n")
    found = said(["shadow", str(log)], capfd)
    assert f"{log}" in found
    assert expected in found


def test_a_log_of_random_rows_is_refused_soon(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import random

    draw, log = random.Random(1), tmp_path / "log.csv"
    rows = (f"2026-01-01 {draw.randrange(24):02}:{draw.randrange(60):02}:{draw.randrange(60):02},1,"
            f"{draw.choice((1, 8, 10, 11, 81, 82))},{draw.randrange(1, 41)}" for _ in range(60_000))
    log.write_text(HEAD + "\n".join(rows) + "\n")
    (tmp_path / "log-detectors.csv").write_text("DeviceId,Phase,Parameter,Function\n" + "".join(
        f"1,{k},{k},Presence\n" for k in range(1, 41)))
    started = time.process_time()
    assert re.search(r"\d+ sets of phases are green together", said(["shadow", str(log)], capfd))
    assert time.process_time() - started < 20.0


@pytest.mark.parametrize(("words", "name"), [
    (["shadow", "ODD"], "log"), (["bench", "control", "--set", "ODD"], "set"), (["report", "ODD"], "results"),
    (["replay", "ODD"], "results"), (["events", "ODD"], "results"), (["explain", "ODD", "--signal", "1", "--time", "1"],
                                                                     "results")])
@pytest.mark.parametrize("odd_one", ["/dev/zero", "/dev/full", "pipe", "nowhere", "."])
def test_every_command_that_reads_says_what_is_no_file_of_its(
        words: list[str], name: str, odd_one: str, odd: Path, monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(odd)
    assert odd_one.strip(".") in said([odd_one if word == "ODD" else word for word in words], capfd)


def test_output_that_nobody_can_take_is_said(tmp_path: Path) -> None:
    for words in (["--help"], ["compare", "--help"]):
        command = [sys.executable, "-m", "bench", *words]
        with open("/dev/full", "wb") as full:
            done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "No space left on device" in done.stderr
