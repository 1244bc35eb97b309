"""The command: recorded runs played back, a scenario run live, and nobody's name in anything that leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from bench.cli.main import main
from bench.runs.scene import scene_of
from scenarios.generated import GridPlan, write_scenario
from tests.controllers.its_schemas import validator

END_S = 90
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the engine."""
    place = tmp_path_factory.mktemp("live")
    words = ["-c", "adaptive", "--seeds", "1", "-e", str(END_S), "-o", str(place)]
    assert main(["compare", str(small_world), *words]) == 0
    return place


@contextmanager
def serving(*words: str) -> Iterator[str]:
    """The address at which the command serves."""
    process = subprocess.Popen([sys.executable, "-m", "bench", "live", *words, "--port", "0", "--host", "127.0.0.1"],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
                               env={**os.environ, "COLUMNS": "200"})  # fmt: skip
    assert process.stdout is not None
    try:
        line = ""
        for line in process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                yield found[0]
                break
        else:
            raise AssertionError(line)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20.0)
        process.stdout.close()


def _get(url: str, path: str, **params: Any) -> Any:
    answer = httpx.get(f"{url}/v1/{path}", params=params, timeout=10.0)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_recorded_run_is_played_back(folder: Path) -> None:
    vehicles = set(re.findall(r'<tripinfo id="([^"]+)"', (folder / "runs/adaptive/1/tripinfo.xml").read_text()))
    assert len(vehicles) > 20
    with serving(str(folder), "--at", "48.1,11.5") as url:
        status = _get(url, "status")
        assert (status["kind"], status["first_s"], status["last_s"]) == ("playback", 0.0, END_S - 1.0)
        scene, texts = _get(url, "scene"), []
        assert len(scene["signals"]) == status["signals"]
        assert all(len(one["heads"]) for one in scene["signals"])
        for one in scene["signals"]:
            said = _get(url, "signal", id=one["id"], time_s=60)
            assert len(said["state"]) == one["lamps"]
            assert said["queues"]
            texts.append(json.dumps(said))
        for message in _get(url, "spat", time_s=60):
            validator("spatem").validate(message)
        for message in _get(url, "map"):
            validator("mapem").validate(message)
        texts += [json.dumps(scene), json.dumps(_get(url, "corridor", time_s=60)), json.dumps(_get(url, "alarms"))]
        words = set(re.findall(r'"([^"]*)"', "".join(texts)))
        assert not words & vehicles


def test_a_scenario_runs_live(small_world: Path) -> None:
    with serving(str(small_world), "--speed", "20") as url:
        seen: list[float] = []
        until = time.monotonic() + 90.0
        while len(seen) < 5 and time.monotonic() < until:
            answer = httpx.get(f"{url}/v1/signals", timeout=10.0)
            if answer.status_code == 200 and answer.json()["time_s"] not in seen:
                seen.append(answer.json()["time_s"])
            time.sleep(0.1)
        assert len(seen) == 5
        assert seen == sorted(seen)
        assert _get(url, "status")["kind"] == "live"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_nothing_goes_on(small_world: Path, tmp_path: Path, number: signal.Signals) -> None:
    """The run ends with who watches it; whoever asks it to end finds its folder taken away, too."""
    words = [str(small_world), "--speed", "5", "--port", "0", "--host", "127.0.0.1"]
    process = subprocess.Popen([sys.executable, "-m", "bench", "live", *words], stdout=subprocess.PIPE, text=True,
                               cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)})  # fmt: skip
    assert process.stdout is not None
    assert "look at http" in process.stdout.readline()
    worker = next(iter(tmp_path.glob("signal-core-live-*")))
    assert _running(worker)
    process.send_signal(number)
    assert process.wait(20.0) in (128 + number, -number)
    process.stdout.close()
    until = time.monotonic() + 30.0
    while _running(worker) and time.monotonic() < until:
        time.sleep(0.2)
    assert not _running(worker)
    assert worker.exists() == (number == signal.SIGKILL)


@pytest.mark.parametrize("is_killed", [False, True])
def test_the_end_of_a_run_is_told(small_world: Path, tmp_path: Path, is_killed: bool) -> None:
    words = [str(small_world), "--speed", "1" if is_killed else "0", "--port", "0", "--host", "127.0.0.1"]
    process = subprocess.Popen([sys.executable, "-m", "bench", "live", *words], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.STDOUT, cwd=ROOT,
                               env={**os.environ, "TMPDIR": str(tmp_path)})  # fmt: skip
    assert process.stdout is not None
    try:
        assert any("look at http" in line for line in iter(process.stdout.readline, ""))
        if is_killed:
            (worker,) = _running(tmp_path)
            os.kill(worker, signal.SIGKILL)
        line = process.stdout.readline()
        assert line.startswith("signal-core: the run failed: its process was killed" if is_killed else
                               "signal-core: the run has ended")
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20.0)
        process.stdout.close()


def _running(folder: Path) -> list[int]:
    """Processes that have been started on something in that folder."""
    found = Path("/proc").glob("[0-9]*/cmdline")
    return [int(path.parent.name) for path in found if str(folder).encode() in _words(path)]


def _words(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has just ended
        return b""


def test_a_recorded_run_as_parquet(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    assert main(["live", str(folder), "--parquet", str(path)]) == 0
    table = pq.read_table(path)
    signals = set(table["signal"].to_pylist())
    assert table.num_rows == END_S * len(signals)


@pytest.mark.parametrize(
    "words",
    [["DIR", "-c", "max_wave"], ["DIR", "--host", "0.0.0.0"], ["DIR", "--host", "nobody"], ["DIR", "--tls", "a,b"],
     ["CFG", "--parquet", "x.parquet"], ["CFG", "-c", "fixed"], ["CFG", "--mqtt", "http://x"],
     ["DIR", "--mqtt", "mqtt://x"], ["CFG", "--port", "70000"], ["DIR", "--seed", "x"],
     ["DIR", "--corridor", "a"], ["DIR", "--corridor", "a,b"], ["DIR", "--tokens", "nowhere.toml"],
     ["CFG", "--speed", "-1"], ["nowhere.sumocfg"]],
)  # fmt: skip
def test_bad_input_is_named(folder: Path, small_world: Path, words: list[str], tmp_path: Path,
                            capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = [{"DIR": str(folder), "CFG": str(small_world)}.get(word, word) for word in words]
    assert main(["live", *given]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_without_the_packages_of_a_run_one_line_says_so(folder: Path) -> None:
    """As after ``pip install ".[live]"``, which suffices beside a cabinet."""
    script = "import sys; sys.modules['rich'] = None; from bench.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", script, "live", str(folder)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "live needs the package rich" in done.stderr


def test_one_signal_has_a_scene_and_no_corridor(tmp_path: Path) -> None:
    write_scenario(tmp_path, GridPlan(columns=1, rows=1), name="one")
    scene = scene_of(tmp_path / "one.net.xml", "one")
    assert [signal.id for signal in scene.signals] == ["1x1"]
    assert scene.corridor == ()
    assert scene.lanes
    assert scene.roads
