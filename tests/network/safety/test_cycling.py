"""Cyclists of lanes of their own: out of the junction before anybody starts against them, by another reading too."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np

from network.build import build_signals
from network.program.programs import read_programs
from network.roads.reader import read_network
from network.safety.clearance import ClearanceSettings, intergreens
from network.safety.cycling import CyclingSettings, cycling_times
from network.sumo_package import binary
from tests.network.programs_by_hand import link, pairs, program

CROSS = pairs(2, (0, 1))
NOBODY_YIELDS = np.zeros_like(CROSS)
ROWS = program((4.0, "Gr"), (3.0, "yr"), (20.0, "rG"), (3.0, "ry"))


def test_the_way_at_four_metres_a_second() -> None:
    links = [replace(link(0), length_m=26.0, cycles=True), link(1)]
    found = cycling_times(links, 2)
    assert found.clear_s.tolist() == [7.0, 0.0]
    assert found.green_s.tolist() == [5.0, 0.0]
    for protocol in ("plan", "resco"):
        times = intergreens(ROWS, links, CROSS, NOBODY_YIELDS, protocol)
        assert times.intergreen_s[0, 1] == 7.0
        assert times.intergreen_s[1, 0] == 3.0
        assert times.min_green_s[0] == 5.0  # the program's 4 s are no time to start in


def test_how_fast_they_ride_is_a_setting() -> None:
    links = [replace(link(0), length_m=26.0, cycles=True), link(1)]
    slow = ClearanceSettings(cycling=CyclingSettings(cycling_mps=2.0))
    assert intergreens(ROWS, links, CROSS, NOBODY_YIELDS, settings=slow).intergreen_s[0, 1] == 14.0


def test_none_who_enters_in_the_last_second_meets_a_start(tmp_path: Path) -> None:
    """A crossing with bicycle lanes as netconvert makes it; lengths and permissions read from its file."""
    (tmp_path / "c.nod.xml").write_text(
        '<nodes><node id="C" x="0" y="0" type="traffic_light"/>' + "".join(
            f'<node id="{i}" x="{x}" y="{y}"/>' for i, x, y in
            (("N", 0, 200), ("S", 0, -200), ("E", 200, 0), ("W", -200, 0))) + "</nodes>", encoding="utf-8")
    (tmp_path / "c.edg.xml").write_text(
        "<edges>" + "".join(f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="2" speed="13.9" bikeLaneWidth="1.8"/>'
                            for i in "NESW" for a, b in ((i, "C"), ("C", i))) + "</edges>", encoding="utf-8")
    net = tmp_path / "c.net.xml"
    subprocess.run([binary("netconvert"), "-n", str(tmp_path / "c.nod.xml"), "-e", str(tmp_path / "c.edg.xml"), "-o",
                    str(net)], check=True, capture_output=True)  # fmt: skip
    signal = build_signals(read_network(net), read_programs([net]))["C"]
    root = ET.parse(net).getroot()
    lanes = {lane.attrib["id"]: lane.attrib for lane in root.iter("lane")}
    ridden = {
        int(each.attrib["linkIndex"]): float(lanes[each.attrib["via"]]["length"])
        for each in root.iter("connection")
        if each.get("tl") == "C"
        and lanes[f"{each.attrib['from']}_{each.attrib['fromLane']}"].get("allow") == "bicycle"
    }
    assert len(ridden) >= 4
    for index, length_m in ridden.items():
        for foe in np.flatnonzero(signal.conflicts[index]).tolist():
            assert signal.intergreen_s[index, foe] * 4.0 >= length_m
