"""Figures of the report that links without a signal, and letters without a link, could spoil, by other code."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.cli.main import main
from scenarios.generated import make_from_plain, write_config

NODES = [f'<node id="{i}" x="{x}" y="{y}" type="{kind}"/>' for i, x, y, kind in (
    ("w", -200, 0, "priority"), ("e", 200, 0, "priority"), ("n", 0, 200, "priority"), ("s", 0, -200, "priority"),
    ("c", 0, 0, "traffic_light"))]  # fmt: skip
EDGES = [f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="2" speed="13.9"/>' for a, b in ("wc", "ce", "nc", "cs")]
WAYS = ('<connections><connection from="wc" to="cs" fromLane="0" toLane="0" uncontrolled="true"/>'
        '<connection from="wc" to="cs" fromLane="1" toLane="1"/><connection from="wc" to="ce" fromLane="1" toLane="1"/>'
        '<connection from="nc" to="cs" fromLane="0" toLane="0"/><connection from="nc" to="cs" fromLane="1" toLane="1"/>'
        "</connections>")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A right turn with a signal and one without, between the same edges; the program has a letter too many."""
    place = tmp_path_factory.mktemp("readings")
    (place / "ways.con.xml").write_text(WAYS, encoding="utf-8")
    net = place / "r.net.xml"
    make_from_plain(place, NODES, EDGES, ["--connection-files", str(place / "ways.con.xml")], net)
    text = net.read_text(encoding="utf-8")
    states = iter("GgrG")

    def one_more(found: re.Match[str]) -> str:
        return found[0][:-1] + next(states, "r") + '"'

    net.write_text(re.sub(r'state="[GgyrsuoO]{2,}"', one_more, text), encoding="utf-8")
    (place / "r.rou.xml").write_text(
        '<routes><flow id="f" begin="0" end="400" period="6" from="wc" to="cs" departLane="random"/>'
        '<flow id="g" begin="0" end="400" period="9" from="nc" to="cs" departLane="random"/></routes>',
        encoding="utf-8")  # fmt: skip
    words = ["compare", str(write_config(place, "r", 450)), "-c", "fixed", "--seeds", "1", "-o", str(place / "out")]
    assert main(words) == 0
    return place / "out"


def _shown(folder: Path) -> list[tuple[float, str]]:
    text = (folder / "runs/fixed/1/tlsstates.xml").read_text(encoding="utf-8")
    return [(float(time), state) for time, state in re.findall(r'time="([\d.]+)" id="c"[^>]* state="(\w+)"', text)]


def test_who_goes_by_a_way_without_a_signal_runs_no_red(folder: Path) -> None:
    with (folder / "tables/runs.csv").open(encoding="utf-8") as stream:
        assert [float(row["red_runs"]) for row in csv.DictReader(stream)] == [0.0]
    # the same edges, read without the lanes: many seem to
    shown = dict(_shown(folder))
    links = [int(found["linkIndex"]) for found in (
        one.attrib for one in ElementTree.parse(folder.parent / "r.net.xml").getroot().iter("connection"))
        if (found["from"], found["to"]) == ("wc", "cs") and "tl" in found]  # fmt: skip
    exits = [float(route.attrib["exitTimes"].split()[0]) for vehicle in ElementTree.parse(
        folder / "runs/fixed/1/routes.xml").getroot().iter("vehicle") if vehicle.attrib["id"].startswith("f")
        for route in vehicle.iter("route")]  # fmt: skip
    red = [time for time in exits if 1.0 < time < 449.0 and all(
        shown[float(int(t))][i] == "r" for t in (time, time - 1.0) for i in links)]  # fmt: skip
    assert len(red) > 3


def test_a_letter_without_a_link_hides_no_phase(folder: Path) -> None:
    used = {int(one.attrib["linkIndex"]) for one in ElementTree.parse(folder.parent / "r.net.xml").getroot().iter(
        "connection") if "tl" in one.attrib}  # fmt: skip
    seconds: Counter[str] = Counter()
    for _, state in _shown(folder):
        lamps = "".join(lamp for i, lamp in enumerate(state) if i in used)
        if "y" not in lamps and set(lamps) & set("Gg"):
            seconds[lamps] += 1
    with (folder / "tables/splits.csv").open(encoding="utf-8") as stream:
        greens: Counter[str] = Counter()
        for row in csv.DictReader(stream):
            greens[row["phase"]] += round(float(row["green_s"]))
    assert len(seconds) == 2
    assert sorted(greens.values()) == sorted(seconds.values())
