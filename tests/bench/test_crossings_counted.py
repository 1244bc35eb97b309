"""Who crossed on foot: waits, green and those caught, by SUMO's own record, which changes no run."""

from __future__ import annotations

import csv
import gzip
import re
import subprocess
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.measures.crossings import Crossing, Passage, added, crossing_sums, greens, read_passages, sums_of, together
from bench.measures.raw import Shown, read_shown
from bench.report.crossings import crossing_rows
from bench.runs.prepare import load
from bench.runs.results import read_results
from bench.runs.spec import read_study
from network.sumo_package import binary
from tests.network.programs_by_hand import one_way

ROW = '        <person id="{}" speed="{}" edge="{}"/>\n'


def _record(path: Path, seconds: list[list[tuple[str, str, str]]]) -> Path:
    steps = "".join(f'    <timestep time="{k}.00">\n{"".join(ROW.format(*row) for row in rows)}    </timestep>\n'
                    for k, rows in enumerate(seconds))  # fmt: skip
    with gzip.open(path, "wt") as file:
        file.write(f"<fcd-export>\n{steps}</fcd-export>\n")
    return path


def test_who_stands_beside_a_crossing_has_waited_for_the_one_that_is_entered_next(tmp_path: Path) -> None:
    seconds = [[("a", "1.2", ":n_w0")], [("a", "0.00", ":n_w0")], [("a", "0.05", ":n_w0"), ("b&lt;", "1.3", ":n_c1")],
               [("a", "1.1", ":n_c0")], [("a", "1.1", ":n_c0")], [("a", "1.1", ":n_w1")], [("a", "0.0", ":n_w1")],
               [("a", "1.0", ":n_c1")]]  # fmt: skip
    found = read_passages(_record(tmp_path / "onfoot.xml.gz", seconds), {":n_c0", ":n_c1"})
    assert found == [Passage(":n_c1", 2.0, 2.0, 0.0), Passage(":n_c0", 3.0, 4.0, 2.0), Passage(":n_c1", 7.0, 7.0, 1.0)]


def test_who_was_elsewhere_meanwhile_has_not_waited(tmp_path: Path) -> None:
    seconds = [[("a", "0.0", ":n_w0")], [("a", "0.0", ":n_w0")], [], [], [], [], [("a", "1.0", ":n_c0")]]
    assert read_passages(_record(tmp_path / "x.xml.gz", seconds), {":n_c0"}) == [Passage(":n_c0", 6.0, 6.0, 0.0)]


def test_green_and_who_is_caught() -> None:
    signal = SimpleNamespace(conflicts=one_way(2, [(0, 1)]) | one_way(2, [(1, 0)]))
    shown = Shown((0.0, 10.0, 17.0, 22.0), ("Gr", "rG", "rr", "Gr"), 40.0)
    walked = [Passage(":c", 10.0, 21.0, 8.0), Passage(":c", 16.0, 23.0, 0.0), Passage(":c", 18.0, 21.0, 0.0)]
    found = sums_of(Crossing("x", ":c", (1,)), walked, shown, signal)  # type: ignore[arg-type]
    assert found == {"people": 3, "waited_s": 8, "longest_s": 8, "not_stopped": 2, "on_green": 2, "caught": 1,
                     "walks": 1, "walk_s": 7}  # fmt: skip
    assert together([found, {**found, "longest_s": 9.0}])["longest_s"] == 9
    assert added([{"x 1": found}, {"x 1": found}])["x 1"]["people"] == 6


def test_a_comparison_counts_who_crosses(walks_folder: Path) -> None:
    prepared = load(read_study(walks_folder / "prepared" / "study.json"))
    content = read_results(walks_folder / "results.json")
    for row in content["runs"]:
        place = walks_folder / "runs" / row["controller"] / "1"
        assert row["crossings"] == crossing_sums(place, prepared.signals)
        people = together(row["crossings"].values())
        assert people["people"] > 10
        assert people["on_green"] == people["people"]  # SUMO's people keep to the lamps
        assert 0.0 < people["waited_s"] < 90.0 * people["people"]
    rows = [row for of_crossing in crossing_rows(prepared.signals, content["summary"]) for row in of_crossing]
    assert {row.controller for row in rows} == {"fixed", "actuated"}
    with (walks_folder / "tables" / "crossings.csv").open(encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert [float(row["people"]) for row in written] == [row.people for row in rows]
    page = (walks_folder / "report.html").read_text(encoding="utf-8")
    assert "On foot at crossings" in page
    assert "crossings." not in (walks_folder / "results.csv").read_text(encoding="utf-8")


def test_steps_onto_crossings_are_those_that_sumo_counts(walks_folder: Path, tmp_path: Path) -> None:
    """By SUMO's mean data of those on foot, in the same run made again; no trip of it is another one."""
    place = walks_folder / "runs" / "fixed" / "1"
    prepared = load(read_study(walks_folder / "prepared" / "study.json"))
    counts, data = tmp_path / "counted.xml", tmp_path / "counted.add.xml"
    data.write_text(f'<additional><edgeData id="walked" file="{counts}" detectPersons="walk" withInternal="true" '
                    'excludeEmpty="true"/></additional>', encoding="utf-8")  # fmt: skip
    config = re.sub(r"\s*<[^ ]*fcd[^ ]* [^>]*>", "", (place / "run.sumocfg").read_text(encoding="utf-8"))
    again = config.replace(str(place / "tripinfo.xml"), str(tmp_path / "again.xml"))
    again = again.replace('.add.xml"/>', f'.add.xml,{data}"/>', 1)
    (tmp_path / "again.sumocfg").write_text(again, encoding="utf-8")
    subprocess.run([binary("sumo"), "-c", str(tmp_path / "again.sumocfg"), "--no-step-log"], check=True, timeout=60)
    assert _trips(tmp_path / "again.xml") == _trips(place / "tripinfo.xml")
    entered = dict(re.findall(r'<edge id="([^"]*_c\d+)".* entered="(\d+)"', counts.read_text(encoding="utf-8")))
    found = crossing_sums(place, prepared.signals)
    assert Counter({edge: int(n) for edge, n in entered.items()}).total() == sum(of["people"] for of in found.values())
    shown = read_shown(place / "tlsstates.xml")
    assert all(of["walks"] == len(greens(shown["1x1"], [int(i) for i in name.partition(" ")[2].split("+")]))
               for name, of in found.items())  # fmt: skip


def _trips(path: Path) -> list[str]:
    return re.findall(r"<(?:tripinfo|personinfo|walk) .*", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("edge", [":n_w0", "far"])
def test_people_elsewhere_cross_nothing(tmp_path: Path, edge: str) -> None:
    assert read_passages(_record(tmp_path / "x.xml.gz", [[("a", "0.0", edge)]]), {":n_c0"}) == []
