"""Measurements are made and compared; how fast is not asked here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.cli.main import main
from bench.studies.speed import compare, history, latency, reference, scale, start, week
from bench.studies.speed.city import Cabinet, Traffic, city, drive
from bench.studies.speed.measure import figure
from scenarios.generated import write_scenario
from signal_core import compiling
from signal_core.kernels.compiled import compilations
from signal_core.kernels.kept import kept
from signal_core.planning.parallel import ParallelPlanner
from signal_core.planning.planner import Planner
from signal_core.planning.work import plan_work


def test_references_decide_as_the_kernel() -> None:
    _counts, asked = latency.recorded(400)
    settings, work = Cabinet(city(1)).planner.settings, kept(plan_work(4, 12, 60))
    assert len(asked) > 20
    for question in asked[::10]:
        own = reference.compiled(question, work, kept(settings))
        for other in (reference.plain(question, settings), reference.in_numpy(question, settings)):
            assert other[0] == own[0]
            assert other[1] == pytest.approx(own[1], rel=1e-6)


def test_the_same_counts_every_time() -> None:
    one, other = ([counts for counts, _ in drive(Cabinet(city(3)), Traffic(3), 60)] for _ in range(2))
    assert np.array_equal(np.array(one), np.array(other))


def test_several_cores_give_the_same_bits() -> None:
    cabinet = Cabinet(city(7))
    for _ in drive(cabinet, Traffic(7), 100):
        pass
    planner, alone, together = cabinet.planner, cabinet.wanted.copy(), cabinet.wanted.copy()
    cabinet.sequencer.state.settled[:], cabinet.sequencer.state.previous[:] = 1, -1
    workers = ParallelPlanner(planner, 3)
    assert planner.plan(alone) == workers.plan(together) == 7
    workers.close()
    assert alone.tobytes() == together.tobytes()


def test_engine_refuses_arrays_it_would_misread() -> None:
    planner: Planner = Cabinet(city(1)).planner
    with pytest.raises(ValueError, match="wanted"):
        planner.plan(np.zeros(1, dtype=np.int32))
    with pytest.raises(ValueError, match="loops"):
        planner.estimator.observe(np.zeros(3), np.zeros(3), np.zeros(3))


def test_latency_and_scale_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "latency.json"
    assert main(["bench", "latency", "--decisions", "200", "--json", str(place)]) == 0
    content = json.loads(place.read_text())
    assert content["figures"]["answers that differ"]["value"] == 0
    assert 0.5 < content["figures"]["with a request, of one without"]["value"] < 2.0
    assert sum(content["histogram"]["decisions"]) == 200
    assert main(["bench", "compare", str(place), str(place)]) == 0
    assert "p99.9" in capsys.readouterr().out
    assert scale.measure(2)["planner on all cores, other bits"]["value"] == 0.0


def test_slower_is_what_lies_beyond_the_noise() -> None:
    assert compare.verdict(figure(10, "us", 0.01), figure(11.5, "us", 0.01)) == "slower"
    assert compare.verdict(figure(10, "us", 0.10), figure(11.5, "us", 0.01)) == ""
    assert compare.verdict(figure(11.5, "us"), figure(10, "us")) == "faster"
    assert compare.verdict(figure(20, "x", less_is_better=False), figure(10, "x", less_is_better=False)) == "slower"


def test_files_that_are_none_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert main(["bench", "compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")]) == 2
    assert "a.json" in capsys.readouterr().err


def test_kernels_are_provided_before_they_are_needed() -> None:
    said: list[str] = []
    compiling.provide(said.append)
    assert len(said) <= compiling.KERNELS[compiling.WATCHED]
    needed: list[str] = []
    with compilations(needed.append):
        for _ in drive(Cabinet(city(1)), Traffic(1), 30):
            pass
        compiling.provide(said.append)
        compiling.provide(said.append, compiling.BARE)
    assert needed == []


def test_two_hours_of_the_week_stay_flat(tmp_path: Path) -> None:
    place = tmp_path / "week.json"
    assert main(["bench", "week", "--days", "0.01", "--json", str(place)]) in (0, 1)
    content = json.loads(place.read_text())
    figures = content["figures"]
    assert len(content["hours"]) == 2
    assert figures["decisions"]["value"] > 500
    assert abs(figures[f"Python objects kept per second, over {week.TRACED_S} s"]["value"]) < 10


def test_the_record_in_the_repository_can_be_read_and_delays_under_fixed_are_the_same_on_every_machine() -> None:
    rows = history.read(Path(__file__).resolve().parents[2] / history.TABLE)
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert len({row["fixed_delay_s"] for row in rows}) == 1


def test_a_row_of_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SEEDS", (1,))
    monkeypatch.setattr(history, "WORLD", replace(history.WORLD, columns=1, end_s=120))
    place = tmp_path / "record.csv"
    words = ["bench", "record", "--file", str(place), "--decisions", "200"]
    assert main(words) == 0
    (row,) = history.read(place)
    assert float(row["fixed_delay_s"]) > float(row["adaptive_delay_s"]) > 0.0
    place.write_text("other,table\n1,2\n")
    assert main(words) == 2


def test_loop_and_start_are_measured(tmp_path: Path) -> None:
    world = write_scenario(tmp_path / "world", replace(history.WORLD, columns=1, end_s=60))
    place = tmp_path / "loop.json"
    assert main(["bench", "loop", str(world), "--json", str(place)]) == 0
    figures = json.loads(place.read_text())["figures"]
    assert figures["runs that differ in vehicles"]["value"] == 0
    assert figures["wall time over SUMO's"]["value"] > 0.5
    assert 0.0 < start.first_plan_s() < 60.0


def test_loop_on_a_generated_grid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "grid.json"
    assert main(["bench", "loop", "--grid", "3", "-e", "60", "--json", str(place)]) == 0
    assert "3 x 3" in capsys.readouterr().out
    assert json.loads(place.read_text())["figures"]["runs that differ in vehicles"]["value"] == 0
    assert main(["bench", "loop"]) == 2
    assert "--grid" in capsys.readouterr().err
