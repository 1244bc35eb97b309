"""Speed advice as a study: who is told to roll stops less often."""

from __future__ import annotations

import json
from pathlib import Path

from bench.cli.main import main


def test_with_everybody_equipped_there_are_fewer_stops(small_world: Path, tmp_path: Path) -> None:
    words = ["bench", "glosa", str(small_world), "--shares", "0,100", "-e", "300", "-o", str(tmp_path / "out")]
    assert main(words) == 0
    nobody, everybody = json.loads((tmp_path / "out" / "glosa.json").read_text(encoding="utf-8"))["rows"]
    assert nobody["stops"] > 0.2
    assert everybody["stops"] < 0.9 * nobody["stops"]
    assert everybody["fuel_g"] > 0.0
    assert all(run["collisions"] == 0 for row in (nobody, everybody) for run in row["runs"])
