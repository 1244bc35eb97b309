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
