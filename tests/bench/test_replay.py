"""A recorded run comes out the same without SUMO, order by order."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from bench.cli.main import main
from bench.runs.replay import replay
from controllers.logs.taping import TAPE, read_tape, write_tape
from network.errors import ScenarioError


@pytest.fixture(scope="module")
def run(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one adaptive run."""
    folder = tmp_path_factory.mktemp("taped")
    assert main(["run", str(small_world), "-c", "adaptive", "-o", str(folder)]) == 0
    return folder / "runs" / "adaptive" / "1"


def test_replay_gives_the_same_orders(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(run.parents[2])]) == 0
    assert "orders are the same" in capsys.readouterr().out


@pytest.mark.nightly
def test_a_healthy_run_is_the_same_without_anybody_watching_over_the_loops(
        run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = read_tape(run / TAPE)
    monkeypatch.setattr("controllers.laws.adaptive.health_of", lambda site: None)
    assert replay(tape, run) == tape.orders


def test_orders_are_what_sumo_showed(run: Path) -> None:
    tape = read_tape(run / TAPE)
    shown = {
        (float(s.attrib["time"]), s.attrib["id"]): s.attrib["state"] for s in ET.parse(run / "tlsstates.xml").getroot()
    }
    last = {(float(tape.time_s[row]), tape.signals[i]): state for row, i, state in tape.orders}
    assert len(last) > 20
    assert all(shown[key] == state for key, state in last.items() if key in shown)


def test_other_counts_give_other_orders_and_are_noticed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tape = read_tape(run / TAPE)
    silent = dataclasses.replace(
        tape,
        entered=np.zeros_like(tape.entered),
        left=np.zeros_like(tape.left),
        occupancy=np.zeros_like(tape.occupancy),
    )
    assert replay(silent, run) != tape.orders
    kept = (run / TAPE).read_bytes()
    write_tape(silent, run / TAPE)
    try:
        assert main(["replay", str(run.parents[2])]) == 1
    finally:
        (run / TAPE).write_bytes(kept)
    assert "differs" in capsys.readouterr().out


def test_a_tape_survives_writing_and_reading(run: Path, tmp_path: Path) -> None:
    tape = read_tape(run / TAPE)
    write_tape(tape, tmp_path / "again.npz")
    again = read_tape(tmp_path / "again.npz")
    for field in dataclasses.fields(tape):
        assert np.array_equal(getattr(tape, field.name), getattr(again, field.name))


def test_what_is_no_tape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tape.npz").write_bytes(b"no tape")
    with pytest.raises(ScenarioError, match="not a tape"):
        read_tape(tmp_path / "tape.npz")
    assert main(["replay", str(tmp_path)]) == 2
