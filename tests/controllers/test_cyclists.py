"""Who cycles on a lane of their own is out before anybody starts against them, by the checker's reading."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from bench.audit.judgement import Report
from bench.audit.layouts import read_layouts
from bench.audit.verify_states import verify
from network.sumo_package import binary
from tests.controllers.watched import run

ARMS = (("N", 0, 200), ("S", 0, -200), ("E", 200, 0), ("W", -200, 0))
END_S = 400


def _world(folder: Path) -> Path:
    """A junction with lanes for bicycles on all arms, with cars and cyclists from each to each; its network."""
    nodes = "".join(f'<node id="{i}" x="{x}" y="{y}"/>' for i, x, y in ARMS)
    (folder / "c.nod.xml").write_text(f'<nodes><node id="C" x="0" y="0" type="traffic_light"/>{nodes}</nodes>',
                                      encoding="utf-8")  # fmt: skip
    edges = "".join(f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="2" speed="13.9" bikeLaneWidth="1.8"/>'
                    for i, _, _ in ARMS for a, b in ((i, "C"), ("C", i)))  # fmt: skip
    (folder / "c.edg.xml").write_text(f"<edges>{edges}</edges>", encoding="utf-8")
    net = folder / "c.net.xml"
    subprocess.run([binary("netconvert"), "-n", str(folder / "c.nod.xml"), "-e", str(folder / "c.edg.xml"), "-o",
                    str(net)], check=True, capture_output=True)  # fmt: skip
    flows = "".join(
        f'<flow id="{kind}{a}{b}" type="{kind}" from="{a}C" to="C{b}" begin="0" end="{END_S}" '
        f'vehsPerHour="{vph}" departLane="best"/>'
        for kind, vph in (("car", 110), ("bike", 70)) for a, _, _ in ARMS for b, _, _ in ARMS if a != b)
    (folder / "c.rou.xml").write_text(
        f'<routes><vType id="car"/><vType id="bike" vClass="bicycle"/>{flows}</routes>', encoding="utf-8")
    (folder / "c.sumocfg").write_text("<configuration/>", encoding="utf-8")
    (folder / "states.add.xml").write_text(
        f'<additional><timedEvent type="SaveTLSStates" source="C" dest="{folder / "states.xml"}"/></additional>',
        encoding="utf-8")  # fmt: skip
    return net


def _judged(net: Path) -> Report:
    (report,) = verify(net, net.with_name("states.xml"), rule="plan")
    return report


def test_none_meets_a_start_before_they_are_out(tmp_path: Path) -> None:
    net = _world(tmp_path)
    shown = run(tmp_path / "c.sumocfg", net, END_S).shown["C"]
    rows = "".join(f'<tlsState time="{t}.00" id="C" programID="online" state="{state}"/>'
                   for t, state in enumerate(shown))  # fmt: skip
    (tmp_path / "states.xml").write_text(f"<tlsStates>{rows}</tlsStates>", encoding="utf-8")
    report, ridden = _judged(net), read_layouts(net)["C"].ride_m
    assert report.violations == 0, report.examples
    assert len(ridden) >= 4
    ends = sum(a[i] in "Gg" and b[i] not in "Gg" for a, b in zip(shown, shown[1:], strict=False) for i in ridden)
    assert ends > 20


def test_where_nobody_rides_nobody_waits_for_them(tmp_path: Path) -> None:
    """Their lamps stay red next to green of cars, which then changes after its own clearance."""
    net = _world(tmp_path)
    flows = (tmp_path / "c.rou.xml").read_text(encoding="utf-8")
    (tmp_path / "c.rou.xml").write_text(re.sub(r'<flow id="bike[^>]*>', "", flows), encoding="utf-8")
    shown, ridden = run(tmp_path / "c.sumocfg", net, 240).shown["C"][60:], read_layouts(net)["C"].ride_m
    assert sum(any(state[i] in "Gg" for i in ridden) for state in shown) < len(shown) / 4
    nobody = sum(not set(state) & set("Gg") for state in shown)
    changes = sum(bool(set(a) & set("Gg")) and not set(b) & set("Gg") for a, b in zip(shown, shown[1:], strict=False))
    assert nobody <= 6 * max(changes, 1)


def test_the_checker_sees_what_a_program_of_cars_owes_them(tmp_path: Path) -> None:
    """netconvert leaves 3 s of yellow, which is 12 m."""
    net = _world(tmp_path)
    subprocess.run([binary("sumo"), "-n", str(net), "-a", str(tmp_path / "states.add.xml"), "-e", "200",
                    "--no-step-log"], check=True, capture_output=True)  # fmt: skip
    assert _judged(net).counts["short_ride_clear"] > 0
