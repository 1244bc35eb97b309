"""Who walks gets across before anything starts against him: by what was shown and the network file alone."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from network.safety.clearance import Protocol
from scenarios.generated import GridPlan, write_scenario
from signal_core.settings import Settings
from tests.controllers.watched import run

PLAN = GridPlan(columns=2, rows=1, row_vph=700.0, column_vph=400.0, end_s=600, crossings=True)
WALK_S, WALKING_MPS = 7, 1.2


@dataclass(frozen=True)
class Crossing:
    """A crossing's lamp, the seconds its way takes, and the lamps of those who drive over it."""

    lamp: int
    way_s: float
    against: frozenset[int]


def crossings(net: Path) -> dict[str, list[Crossing]]:
    """By signal, from lengths and request tables in the file; nothing of the project reads it."""
    root = ET.parse(net).getroot()
    length = {lane.attrib["id"]: float(lane.attrib["length"]) for lane in root.iter("lane")}
    ways: dict[str, list[ET.Element]] = {}
    for way in root.iter("connection"):
        ways.setdefault(f"{way.get('from')}_{way.get('fromLane')}", []).append(way)
    found: dict[str, list[Crossing]] = {}
    for junction in root.iter("junction"):
        if junction.get("type") != "traffic_light":
            continue
        rows = [way for lane in junction.attrib["incLanes"].split() for way in ways.get(lane, []) if _has_row(way)]
        requests = {int(r.attrib["index"]): r.attrib["foes"][::-1] for r in junction.iter("request")}
        for k, way in enumerate(rows):
            if "_c" in way.attrib["to"] and way.get("tl"):
                foes = {int(rows[m].attrib["linkIndex"]) for m, mark in enumerate(requests[k]) if mark == "1"}
                back = {int(rows[m].attrib["linkIndex"]) for m in requests if requests[m][k] == "1"}
                way_s = length[f"{way.attrib['to']}_0"] / WALKING_MPS
                found.setdefault(way.attrib["tl"], []).append(
                    Crossing(int(way.attrib["linkIndex"]), way_s, frozenset(foes | back)))
    return found


def _has_row(way: ET.Element) -> bool:
    start, end = way.attrib["from"], way.attrib["to"]
    if end.startswith(":") and "_w" in end:
        return False
    return not (start.startswith(":") and "_w" in start) or "_c" in end


def short_clearances(states: list[str], crossing: Crossing) -> tuple[int, int, int]:
    """(ends of green, those with a start against it too soon after, greens shorter than the walk)."""
    ends, soon, short, began = 0, 0, 0, 0
    for t in range(1, len(states)):
        before, now = states[t - 1][crossing.lamp], states[t][crossing.lamp]
        if before not in "Gg" and now in "Gg":
            began = t
        if before in "Gg" and now not in "Gg":
            ends += 1
            short += began > 0 and t - began < WALK_S
            later = states[t : t + int(crossing.way_s) + 1]
            soon += any(
                states[t + k - 1][i] not in "Gg" and row[i] in "Gg"
                for k, row in enumerate(later) if k < crossing.way_s
                for i in crossing.against
            )
    return ends, soon, short


def actuated(net: Path, into: Path) -> Path:
    """The network with programs that may end every long green after 5 s."""
    text = net.read_text(encoding="utf-8").replace('type="static" programID', 'type="actuated" programID')
    root = ET.fromstring(text)
    for row in root.iter("phase"):
        if float(row.attrib["duration"]) > 5.0 and "y" not in row.attrib["state"]:
            row.attrib.update(minDur="5", maxDur="50")
    into.write_text(ET.tostring(root, encoding="unicode"), encoding="utf-8")
    return into


@pytest.mark.parametrize(("kind", "protocol"), [("static", "plan"), ("static", "resco"), ("actuated", "plan")])
def test_nobody_is_left_on_a_crossing(tmp_path: Path, kind: str, protocol: Protocol) -> None:
    config = write_scenario(tmp_path, PLAN, 1, "walked")
    net = config.with_suffix(".net.xml")
    if kind == "actuated":
        net = actuated(net, tmp_path / "actuated.net.xml")
    with_their_street = Settings(added_phases=0)  # nobody walks here, so nobody would call a crossing by itself
    found = run(config, net, PLAN.end_s, protocol=protocol, settings=with_their_street)
    ends = 0
    for signal_id, each in crossings(net).items():
        for crossing in each:
            assert crossing.way_s > 5.0
            assert crossing.against
            number, soon, short = short_clearances(found.shown[signal_id], crossing)
            assert (soon, short) == (0, 0)
            ends += number
    assert ends >= 10
    assert found.drive.record.interlock_trips == 0


def begun_in_front(states: list[str], crossing: Crossing) -> tuple[int, int]:
    """(starts of a crossing, those in front of somebody who drives over it, had green and keeps it)."""
    pairs = list(zip(states, states[1:], strict=False))
    starts = [(was, now) for was, now in pairs if was[crossing.lamp] not in "Gg" and now[crossing.lamp] in "Gg"]
    return len(starts), sum(any(was[i] in "Gg" and now[i] in "Gg" for i in crossing.against) for was, now in starts)


def test_nobody_steps_off_in_front_of_a_turn_under_way(tmp_path: Path) -> None:
    config = write_scenario(tmp_path, replace(PLAN, columns=1, walks_ph=400.0, end_s=400), 1, "walked")
    net = config.with_suffix(".net.xml")
    found = run(config, net, 400)
    told = [begun_in_front(found.shown[signal_id], crossing)
            for signal_id, each in crossings(net).items() for crossing in each]  # fmt: skip
    assert sum(starts for starts, _ in told) >= 5
    assert sum(in_front for _, in_front in told) == 0
    assert found.drive.record.interlock_trips == 0


def test_the_reader_finds_what_is_too_short() -> None:
    crossing = Crossing(1, 8.5, frozenset({0}))
    states = ["rr"] * 3 + ["rG"] * 7 + ["rr"] * 8 + ["Gr"] * 9 + ["rr"] * 3 + ["rG"] * 6 + ["rr"] * 9 + ["gr"] * 3
    assert short_clearances(states, crossing) == (2, 1, 1)
    assert begun_in_front(["gr", "gG", "gr", "rr", "gG"], crossing) == (2, 1)
