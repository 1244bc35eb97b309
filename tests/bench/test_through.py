"""Comparisons by the wire: a dual ring behind a virtual controller, by every protocol, beside the plan and the engine
inside SUMO."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import bench
from bench.runs.spec import Through
from controllers.cabinet.records import Lines, verify_chain
from network.sumo_package import binary
from scenarios.generated import GridPlan, write_scenario
from tests.cabinet.junctions import JUNCTIONS, SHAPE

FLOWS = (("left", "right", 450), ("right", "left", 400), ("top", "bottom", 300), ("bottom", "top", 250),
         ("left", "top", 90), ("right", "bottom", 80), ("top", "right", 80), ("bottom", "left", 70))  # fmt: skip
SEEDS = (1, 2, 3)
WITHIN, BETTER = 1.05, 0.9
"""So few seeds differ by more than the 3 % that are aimed at."""


@pytest.fixture(scope="module")
def dual_ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour's flows at a junction of eight phases in two rings."""
    folder = tmp_path_factory.mktemp("dual_ring")
    subprocess.run([binary("netgenerate"), *SHAPE, *JUNCTIONS["dual ring"], "-o", str(folder / "r.net.xml")],
                   check=True, capture_output=True)
    flows = "".join(f'<flow id="f{k}" from="{a}0A0" to="A0{b}0" begin="0" end="3600" probability="{vph / 3600:.4f}" '
                    'departLane="best" departSpeed="max"/>' for k, (a, b, vph) in enumerate(FLOWS))
    (folder / "r.rou.xml").write_text(f"<routes>{flows}</routes>", encoding="utf-8")
    config = folder / "r.sumocfg"
    config.write_text('<configuration><input><net-file value="r.net.xml"/><route-files value="r.rou.xml"/></input>'
                      "</configuration>", encoding="utf-8")
    return config


def _rows(config: Path, output: Path, end_s: int, seeds: Sequence[int], names: Sequence[str],
          through: Through = "") -> dict[str, list[dict[str, Any]]]:
    """Rows of results.json by controller, in the order of the seeds."""
    bench.compare(config, names, seeds=list(seeds), options=bench.Options(end=end_s, through=through), output=output)
    rows = json.loads((output / "results.json").read_text(encoding="utf-8"))["runs"]
    return {name: [row for row in rows if row["controller"] == name] for name in names}


def _mean_delay_s(rows: Sequence[dict[str, Any]]) -> float:
    return sum(row["delay_s"] for row in rows) / len(rows)


def _kept(folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Nothing tripped, no line of the audit log is missing, and the site's hash in the results is that of the log."""
    for row in rows:
        own = folder / "runs" / "adaptive" / str(row["seed"]) / "cabinet"
        assert row["interlock_trips"] == 0
        assert list(verify_chain(Lines(own, "audit", 1, 1).paths())) == []
        said = [json.loads(line) for line in (own / "log.0.jsonl").read_text(encoding="utf-8").splitlines()]
        (note,) = (one for one in row["notes"] if one.startswith("by the wire"))
        assert {line["site"] for line in said} == {note.rpartition(" ")[2]}
        assert sum(line["what"] == "takes over" for line in said) == 1


@pytest.mark.parametrize("through", ["rsmp", *(pytest.param(one, marks=pytest.mark.nightly)
                                               for one in ("ntcip", "ntcip-advise", "tlcfi"))])
def test_it_takes_over_once_and_keeps_at_it(dual_ring: Path, tmp_path: Path, through: Through) -> None:
    found = _rows(dual_ring, tmp_path / "out", 400, (1,), ("adaptive",), through)
    _kept(tmp_path / "out", found["adaptive"])


@pytest.mark.nightly
def test_a_loop_behind_one_signal_and_before_the_next_is_a_detector_of_both(tmp_path: Path) -> None:
    config = write_scenario(tmp_path, GridPlan(columns=2, rows=1, spacing_m=140.0, end_s=120))
    (row,) = _rows(config, tmp_path / "out", 120, (1,), ("adaptive",), "ntcip")["adaptive"]
    own = tmp_path / "out" / "runs" / "adaptive" / "1" / "cabinet"
    said = [json.loads(line) for line in (own / "log.0.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(line["signal"] for line in said if line["what"] == "takes over") == ["1x1", "2x1"]
    assert row["interlock_trips"] == 0
    assert row["finished"] > 0


@cache
def _inside(config: Path, folder: Path) -> dict[str, float]:
    rows = _rows(config, folder / "inside", 900, SEEDS, ("fixed", "adaptive"))
    return {name: _mean_delay_s(own) for name, own in rows.items()}


@pytest.mark.nightly
@pytest.mark.parametrize(("through", "most", "of"), [
    ("ntcip", WITHIN, "adaptive"), ("tlcfi", WITHIN, "adaptive"), ("ntcip-advise", BETTER, "fixed"),
    ("rsmp", BETTER, "fixed")])
def test_delay_by_the_wire(dual_ring: Path, tmp_path: Path, through: Through, most: float, of: str) -> None:
    """Driven as good as inside SUMO; advised a tenth better than the plan."""
    rows = _rows(dual_ring, tmp_path / "out", 900, SEEDS, ("adaptive",), through)["adaptive"]
    _kept(tmp_path / "out", rows)
    inside = _inside(dual_ring, dual_ring.parent)
    print(f"{through}: {[round(row['delay_s'], 1) for row in rows]}, inside {inside}")
    assert _mean_delay_s(rows) <= most * inside[of]
