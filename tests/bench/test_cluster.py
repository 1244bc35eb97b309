"""A Dask cluster of two workers of which one is killed: every run is there, and as made here."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import main

pytest.importorskip("distributed", reason="extra cluster is not installed")
TIMES = {"wall_s", "control_s", "decision_us"}


def _start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:], "--no-dashboard"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=os.getcwd())


def _wait_for(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(pattern, line):
            return found[0]
    raise AssertionError(f"ended without saying {pattern}")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Address of a scheduler, and its two workers."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    scheduler = _start("scheduler", "--host", "127.0.0.1", "--port", "0")
    address = _wait_for(scheduler, r"tcp://127\.0\.0\.1:\d+")
    workers = [_start("worker", address, "--nthreads", "1", "--no-nanny") for _ in range(2)]
    for worker in workers:
        _wait_for(worker, "Registered to")
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] + [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir() if task.name != str(pid)
        for child in (task / "children").read_text().split()
    ]  # fmt: skip


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def _rows(folder: Path) -> list[dict[str, Any]]:
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))["runs"]
    return [{key: value for key, value in row.items() if key not in TIMES} for row in rows]


def _trips(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("-->")[2]


@pytest.mark.nightly
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_worker_costs_its_own_run_only(
    small_world: Path, tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[str]]]
) -> None:
    address, workers = cluster
    words = ["compare", str(small_world), "-c", "fixed,adaptive", "--seeds", "1:2", "--report", "none"]
    command = [sys.executable, "-m", "bench", *words, "-o", str(tmp_path / "there"), "--dask", address]
    asked = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    running: list[int] = []
    while not running and asked.poll() is None:
        time.sleep(0.02)
        running = _children(workers[0].pid)
    workers[0].send_signal(signal.SIGKILL)
    said, _ = asked.communicate(timeout=120)
    assert asked.returncode == 0, said
    assert running
    assert not any(_is_alive(pid) for pid in running)  # nobody writes on behind the back of the run made again
    assert main([*words, "-o", str(tmp_path / "here"), "--jobs", "1"]) == 0
    assert _rows(tmp_path / "there") == _rows(tmp_path / "here")
    for path in (tmp_path / "here").glob("runs/*/*/tripinfo.xml"):
        assert _trips(path) == _trips(tmp_path / "there" / path.relative_to(tmp_path / "here"))


def test_what_is_no_cluster_is_named(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.runs.cluster.CONNECT_S", 0.2)
    words = ["run", str(small_world), "-e", "10", "-o", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:9"]
    assert main(words) == 2
    assert "no scheduler answers" in capsys.readouterr().err
