"""Control of a dual-ring signal, as SUMO shows it: no pair across a barrier, by a reader of its own."""

from __future__ import annotations

import re
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench.audit.verify_states import verify
from bench.cli.main import main
from network.sumo_package import binary
from tests.controllers.streets import Street, drive_on

END_S = 240
FLOWS = (("left0A0", "A0right0", 700), ("right0A0", "A0left0", 600), ("top0A0", "A0bottom0", 300),
         ("bottom0A0", "A0top0", 300), ("left0A0", "A0top0", 150), ("top0A0", "A0right0", 150))  # fmt: skip


def _world(folder: Path) -> Path:
    """One NEMA signal with eight phases, and what turns left at it."""
    net = folder / "nema.net.xml"
    shape = ["--grid", "--grid.x-number", "1", "--grid.y-number", "1", "--grid.attach-length", "300"]
    lanes = ["--default.lanenumber", "2", "--turn-lanes", "1", "-j", "traffic_light"]
    tls = ["--tls.default-type", "NEMA", "--tls.layout", "opposites"]
    subprocess.run([binary("netgenerate"), *shape, *lanes, *tls, "-o", str(net)], check=True, capture_output=True)
    flows = "".join(
        f'<flow id="f{k}" from="{a}" to="{b}" begin="0" end="{END_S}" vehsPerHour="{n}" departLane="best"/>'
        for k, (a, b, n) in enumerate(FLOWS)
    )
    (folder / "nema.rou.xml").write_text(f"<routes>{flows}</routes>", encoding="utf-8")
    config = folder / "nema.sumocfg"
    config.write_text(
        '<configuration><input><net-file value="nema.net.xml"/><route-files value="nema.rou.xml"/></input>'
        "</configuration>",
        encoding="utf-8",
    )
    (folder / "states.add.xml").write_text(
        f'<additional><timedEvent type="SaveTLSStates" source="A0" dest="{folder / "states.xml"}"/></additional>',
        encoding="utf-8",
    )
    return config


def sides_of_links(net: Path) -> list[set[int]]:
    """For each link the sides of the barrier on which a phase of the program lets it go."""
    logic = next(e for e in ET.parse(net).getroot().iter("tlLogic") if e.get("type") == "NEMA")
    given = {p.attrib["key"]: p.attrib["value"] for p in logic.iter("param")}
    ends = set(f'{given["barrierPhases"]},{given["barrier2Phases"]}'.split(","))
    states = {row.attrib["name"]: row.attrib["state"] for row in logic.iter("phase")}
    sides: list[set[int]] = [set() for _ in next(iter(states.values()))]
    for ring in ("ring1", "ring2"):
        side = 0
        for name in given[ring].split(","):
            for i, lamp in enumerate(states.get(name, "")):
                if lamp in "Gg":
                    sides[i].add(side)
            side += name in ends
    return sides


def across(net: Path, states: Path) -> tuple[int, int]:
    """Seconds in all, and of them those in which links of different sides have green or yellow."""
    sides, seconds, wrong = sides_of_links(net), 0, 0
    for row in ET.parse(states).getroot().iter("tlsState"):
        lit = [sides[i] for i, lamp in enumerate(row.attrib["state"]) if lamp in "GgyY" and sides[i]]
        seconds += 1
        wrong += bool(lit) and not set.intersection(*lit)
    return seconds, wrong


@pytest.mark.parametrize("name", ["adaptive", "adaptive_fixed_order", *(
    pytest.param(name, marks=pytest.mark.nightly) for name in ("adaptive+added_phases=0", "splits"))])
def test_no_pair_across_a_barrier(name: str, tmp_path: Path) -> None:
    config = _world(tmp_path)
    street = drive_on(config, name, END_S, "plan", more=[tmp_path / "states.add.xml"])
    seconds, wrong = across(tmp_path / "nema.net.xml", tmp_path / "states.xml")
    assert seconds >= END_S - 1
    assert wrong == 0
    (checked,) = verify(tmp_path / "nema.net.xml", tmp_path / "states.xml", rule="plan")
    assert checked.violations == 0, checked.examples
    assert street.record.interlock_trips == 0
    assert len(street.changes()) > 10
    _keeps_its_word(street, name)


def _keeps_its_word(street: Street, name: str) -> None:
    """A fixed order is that of the rings; the free one has the pairs that are shown on call as well."""
    signal = street.site.signals[0]
    if name in ("adaptive_fixed_order", "splits"):
        phases = [street.wanted[0, 0], *(phase for _, phase in street.changes())]
        assert {(b - a) % len(signal.phases) for a, b in zip(phases, phases[1:], strict=False)} == {1}
        assert not any(phase.on_call for phase in signal.phases)
    else:
        assert sum(phase.part_of < 0 or phase.on_call for phase in signal.phases) == 8


def test_a_site_file_has_the_rings_of_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site", str(_world(tmp_path))]) == 0
    (signal,) = tomllib.loads(capsys.readouterr().out)["signals"]
    logic = next(e for e in ET.parse(tmp_path / "nema.net.xml").getroot().iter("tlLogic") if e.get("type") == "NEMA")
    given = {p.attrib["key"]: p.attrib["value"] for p in logic.iter("param")}
    wanted = {int(n): ring for ring in (1, 2) for n in given[f"ring{ring}"].split(",") if n != "0"}
    assert {phase["number"]: phase["ring"] for phase in signal["phases"] if phase["number"] in wanted} == wanted
    assert len({phase["side"] for phase in signal["phases"]}) == 2


def test_the_reader_sees_what_is_wrong(tmp_path: Path) -> None:
    _world(tmp_path)
    net = tmp_path / "nema.net.xml"
    sides = sides_of_links(net)
    one, other = sides.index({0}), sides.index({1})
    bad = "".join("G" if i in (one, other) else "r" for i in range(len(sides)))
    good = "".join("G" if i == one else "r" for i in range(len(sides)))
    rows = "".join(f'<tlsState time="{k}" id="A0" programID="online" state="{s}"/>' for k, s in enumerate((good, bad)))
    (tmp_path / "states.xml").write_text(f"<tlsStates>{rows}</tlsStates>", encoding="utf-8")
    assert across(net, tmp_path / "states.xml") == (2, 1)
    (checked,) = verify(net, tmp_path / "states.xml", rule="plan")
    assert checked.counts["across_barrier"] == 1


def longer(net: Path, states: Path, most_s: int) -> int:
    """Greens longer than that of links that one phase serves; the most of a link."""
    logic = next(e for e in ET.parse(net).getroot().iter("tlLogic") if e.get("type") == "NEMA")
    rows = [row.attrib["state"] for row in logic.iter("phase")]
    shown = [row.attrib["state"] for row in ET.parse(states).getroot().iter("tlsState")]
    alone = [i for i in range(len(rows[0])) if sum(row[i] in "Gg" for row in rows) == 1]
    course = ("".join("G" if state[i] in "Gg" else "r" for state in shown) for i in alone)
    return max(sum(len(run) > most_s for run in lamp.split("r")) for lamp in course)


def test_no_green_goes_on_beyond_its_longest(tmp_path: Path) -> None:
    """But for the first, which may be on for some seconds before anybody waits."""
    config, net, found = _world(tmp_path), tmp_path / "nema.net.xml", []
    routes = config.with_suffix(".rou.xml")
    busy = re.sub('vehsPerHour="([13])[0-9]*"', r'vehsPerHour="\g<1>50"', routes.read_text(encoding="utf-8"))
    routes.write_text(busy.replace('"150"', '"400"').replace('"350"', '"600"'), encoding="utf-8")
    for max_s in (50, 9):
        text = re.sub(r'maxDur="[0-9]+"', f'maxDur="{max_s}"', net.read_text(encoding="utf-8"))
        net.write_text(text, encoding="utf-8")
        drive_on(config, "adaptive", END_S, "plan", more=[tmp_path / "states.add.xml"])
        found.append(longer(net, tmp_path / "states.xml", 10))
    assert found[0] > 2
    assert found[1] <= 1
