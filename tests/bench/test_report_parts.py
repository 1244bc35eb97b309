"""Parts of the report by themselves: changes from and to nothing, circles on the map, the time drawing may take."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench.measures.paired import Change
from bench.measures.queues import queue_before
from bench.report.draw import slim
from bench.report.draw_map import moved_apart
from bench.report.page import LEAST_S, _changed, budget_s
from bench.report.phase_diagram import shown_rows
from bench.runs.results import write_csv
from bench.studies.control.maps import Map, read_set
from tests.network.program.test_rings import nema
from tests.network.programs_by_hand import program

SET = Path(__file__).parents[2] / "bench" / "control" / "hard.toml"


def _cell(before: float, now: float, pct: float | None) -> dict[str, Any]:
    return {"before": before, "mean": now, "change": Change(pct, None, None, 1), "measure": SimpleNamespace(digits=0)}


def test_from_something_to_nothing_is_no_hundred_per_cent() -> None:
    assert str(_changed(_cell(1.0, 0.0, -100.0))) == "1 → 0"
    assert str(_changed(_cell(0.0, 3.0, None))) == "0 → 3"
    assert str(_changed(_cell(0.0, 0.0, None))) == ""
    assert "-50.0 %" in str(_changed(_cell(4.0, 2.0, -50.0)))


def test_circles_are_moved_apart_and_no_further() -> None:
    places = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (50.0, 50.0)]
    found = moved_apart(places, [2.0, 1.0, 1.0, 3.0])
    radii = [2.0, 1.0, 1.0, 3.0]
    assert all(math.dist(found[i], found[j]) >= (radii[i] + radii[j]) * 0.999 for i, j in combinations(range(4), 2))
    assert found[3] == (50.0, 50.0)
    assert all(math.dist(a, b) < 5.0 for a, b in zip(places, found, strict=True))
    same = moved_apart([(0.0, 0.0), (0.0, 0.0)], [1.0, 1.0])
    assert math.dist(*same) >= 1.999


def test_a_report_may_take_a_part_of_the_time_of_the_runs() -> None:
    runs = {"fixed": [cast(Any, SimpleNamespace(row={"wall_s": 200.0}))] * 2}
    assert LEAST_S < budget_s(runs) < 400.0 / 5.0
    assert budget_s({"fixed": runs["fixed"][:0]}) == LEAST_S


def test_a_queue_before_a_stub_of_a_lane_is_seen_on_the_lanes_behind() -> None:
    turn = SimpleNamespace(from_lane="long", signal_id="")
    lanes = {"stub": SimpleNamespace(length_m=1.5, turns_in=(turn,)),
             "long": SimpleNamespace(length_m=90.0, turns_in=()),
             "short": SimpleNamespace(length_m=20.0, turns_in=(turn,))}  # fmt: skip
    network = cast(Any, SimpleNamespace(lanes=lanes))
    standing = {"long": {10.0: 22.0, 20.0: 0.0}}
    assert queue_before(network, standing, "stub") == {10.0: 23.5}
    assert queue_before(network, standing, "short") == {}
    assert queue_before(network, {**standing, "short": {10.0: 18.0}}, "short") == {10.0: 42.0}


def test_a_table_of_runs_holds_no_records(tmp_path: Path) -> None:
    troubles = {"mode_s": {"ADAPTIVE": 5}, "alarms": [[1, "l", "DEAD"]]}
    row = {"seed": 1, "troubles": troubles, "notes": ["x"], "locks": []}
    write_csv([row, {"seed": 2, "classes": {"cars": {"delay_s": 2.5}}}], tmp_path / "runs.csv")
    head, first, second = (tmp_path / "runs.csv").read_text(encoding="utf-8").splitlines()
    assert head == "seed,troubles.mode_s.ADAPTIVE,troubles.alarms,locks,classes.cars.delay_s"
    assert (first, second) == ("1,5,1,0,", "2,,,,2.5")


def test_the_hard_set_can_be_read_and_its_own_worlds_are_there(tmp_path: Path) -> None:
    maps = read_set(SET, Map(), tmp_path)
    own = [one for one in maps if one.world]
    assert {"diamond12", "diamond30", "diamond60", "ring", "roundabout", "lots", "town", "bays", "bottleneck",
            "yielding"} == {one.world for one in own}  # fmt: skip
    scenario = next(one for one in own if one.world == "ring").scenario(1.2, tmp_path)
    assert float(scenario.options["scale"]) == 1.2


def test_a_scenarios_own_scale_is_kept(tmp_path: Path) -> None:
    own = next(one for one in read_set(SET, Map(), tmp_path) if one.world == "ring")
    path = Path(own.scenario(1.0, tmp_path).source)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("</configuration>", '<processing><scale value="1.5"/></processing></configuration>'),
                    encoding="utf-8")  # fmt: skip
    assert float(Map(path=str(path)).scenario(2.0, tmp_path).options["scale"]) == 3.0


def test_a_dual_ring_program_is_drawn_by_its_cycle() -> None:
    """Rows of rings that run side by side are no rows one after the other."""
    shown = shown_rows(nema())
    assert sum(row.duration_s for row in shown) == pytest.approx(100.0)
    assert all(row.state.count("G") == 2 for row in shown)
    assert shown_rows(program((30.0, "Gr"), (40.0, "rG"))) == program((30.0, "Gr"), (40.0, "rG")).intervals


def test_a_drawing_is_slimmer_and_says_the_same() -> None:
    svg = ('<svg height="10.123456pt"><g id="text_1"><text x="1.987654" style="font-size: 8px; font-family: \'A\'">'
           'lane 1.23456, id="x" </text></g>\n<path d="M 1.11111 2.2 \nL 3.33333 4 \nz\n" style="fill: none"/></svg>')
    found = slim(svg)
    assert 'x="1.9" style="font-size: 8px">lane 1.23456, id="x" </text>' in found
    assert "M 1.1 2.2L 3.3 4z" in found or "M 1.1 2.2L3.3 4z" in found
    assert len(found) < len(svg)
