"""Lost time, when no movement has green: by hand, for junctions under one signal, in table and page of a comparison."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from bench.cli.main import main
from bench.measures.lost_time import LostTime, lost_time, lost_times
from bench.measures.raw import Shown
from bench.report.tables import lost_shares


def _shown(*rows: tuple[float, str]) -> Shown:
    ends = np.cumsum([duration for duration, _ in rows])
    return Shown((0.0, *map(float, ends[:-1])), tuple(state for _, state in rows), float(ends[-1]))


def test_yellow_and_red_count_where_nobody_has_green() -> None:
    shown = _shown((20, "Gr"), (3, "yr"), (2, "rr"), (1, "ru"), (10, "rg"), (3, "Gy"), (4, "sr"), (5, "oo"))
    assert lost_time(shown, (0, 1)) == LostTime(48.0, 4.0, 6.0)
    assert lost_time(shown, (1,)) == LostTime(48.0, 4.0, 29.0)


def _signal(name: str, links: range, conflicts: list[tuple[int, int]], *parts: Any) -> Any:
    table = np.zeros((6, 6), dtype=np.bool_)
    for i, j in conflicts:
        table[i, j] = table[j, i] = True
    return SimpleNamespace(id=name, links=[SimpleNamespace(index=k) for k in links], conflicts=table, junctions=parts)


def test_who_conflicts_with_nobody_uses_nobodys_time() -> None:
    """Link 2, a turn on a lane of its own, is green all the time."""
    shown = _shown((20, "GrGrrr"), (5, "rrGrrr"), (15, "rGGrrr"), (10, "rrGrrr"))
    found = lost_times(_signal("a", range(3), [(0, 1)]), shown)
    assert found == {"a": LostTime(50.0, 0.0, 15.0)}
    assert lost_times(_signal("a", range(3), []), shown) == {}


def test_a_rail_signal_has_no_conflicts_that_are_known() -> None:
    signal = _signal("rail", range(3), [])
    signal.conflicts = np.zeros((0, 0), dtype=np.bool_)
    assert lost_times(signal, _shown((20, "rrG"), (5, "rrr"))) == {}


def test_junctions_under_one_signal_count_each_on_their_own() -> None:
    one, other = _signal("a.1", range(2), [(0, 1)]), _signal("a.2", range(2, 4), [(2, 3)])
    signal = _signal("a", range(4), [(0, 1), (2, 3)], one, other)
    found = lost_times(signal, _shown((10, "GrGrrr"), (10, "yrGrrr"), (10, "rGyrrr"), (10, "rGrGrr")))
    assert found == {"a.1": LostTime(40.0, 10.0, 0.0), "a.2": LostTime(40.0, 10.0, 0.0)}
    run = cast(Any, SimpleNamespace(lost_times={"a": found}))
    assert lost_shares([run], "a") == {"lost": 25.0, "yellow": 25.0, "all_red": 0.0}
    assert lost_shares([run], "b") is None


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("lost")
    assert main(["compare", str(small_world), "-c", "fixed,actuated", "--seeds", "1", "-o", str(place)]) == 0
    return place


def test_the_table_is_what_was_shown_second_by_second(folder: Path) -> None:
    """SUMO's record of every second, counted again."""
    with (folder / "tables" / "lost_time.csv").open(encoding="utf-8") as stream:
        rows = {(row["controller"], row["signal"]): row for row in csv.DictReader(stream)}
    assert len(rows) == 4
    for (controller, signal), row in rows.items():
        states = re.findall(rf'id="{signal}"[^>]* state="([^"]+)"',
                            (folder / "runs" / controller / "1" / "tlsstates.xml").read_text(encoding="utf-8"))
        dark = [state for state in states if not set(state) & set("Gg")]
        assert float(row["time_s"]) == len(states) == 200
        assert float(row["yellow_s"]) == sum("y" in state for state in dark) > 0
        assert float(row["all_red_s"]) == sum("y" not in state for state in dark)


def test_the_report_says_it_of_every_signal_and_controller(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    with (folder / "tables" / "lost_time.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    said = re.findall(r"lost time ([\d.]+) % \(yellow ([\d.]+), all red ([\d.]+)\)", page)
    expected = [(float(row["yellow_s"]) / 2, float(row["all_red_s"]) / 2) for row in rows]
    assert sorted(said) == sorted((f"{a + b:.1f}", f"{a:.1f}", f"{b:.1f}") for a, b in expected)
