"""Several scenarios and scales in one go, each as compare would have made it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import main


def _figures(folder: Path) -> dict[tuple[str, int], Any]:
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))["runs"]
    return {(row["controller"], row["seed"]): (row["run"], row["delay_s"], row["trips"]) for row in rows}


def test_every_scale_is_a_comparison(small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-c", "fixed,actuated", "--seeds", "1", "-e", "80", "--report", "none"]
    sweep = ["sweep", str(small_world), "--scales", "0.5,1.5", *words, "-o", str(tmp_path / "all")]
    assert main(sweep) == 0
    assert main(["compare", str(small_world), *words, "-o", str(tmp_path / "one"), "--", "--scale", "1.5"]) == 0
    assert _figures(tmp_path / "all" / "small-x1.5") == _figures(tmp_path / "one")
    with (tmp_path / "all" / "sweep.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["scale"], row["controller"]) for row in rows] == [
        (scale, name) for scale in ("0.5", "1.5") for name in ("fixed", "actuated")
    ]
    assert int(rows[2]["trips"]) > 2 * int(rows[0]["trips"])
    capsys.readouterr()
    assert main(sweep) == 0
    assert capsys.readouterr().out.count("made before") == 4


@pytest.mark.parametrize("scales", ["", "0", "1,1", "a"])
def test_scales_that_are_none_are_refused(scales: str, small_world: Path, tmp_path: Path) -> None:
    assert main(["sweep", str(small_world), "--scales", scales, "-o", str(tmp_path)]) == 2
