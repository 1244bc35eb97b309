"""A WAUT switches the programs of the user, never one that is loaded in their place."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from controllers.sumo.port import SumoPort
from network.program.programs import read_programs
from network.program.signals import Program
from network.sumo_package import binary
from scenarios.config import Scenario, load_scenario
from scenarios.launch import sumo_args
from scenarios.plan_file import program_lines, write_elements
from scenarios.switching import read_plans, read_switched

SIGNALS = ("1x1", "2x1")
SWITCH_S = 40.0


def _lines(programs: Sequence[Program]) -> list[str]:
    both = [replace(own, program_id=name) for name in ("pm", "am") for own in programs]
    logics = [line for program in both for line in program_lines(program)]
    waut = f'<WAUT id="w" refTime="0" startProg="am"><wautSwitch time="{SWITCH_S:g}" to="pm"/></WAUT>'
    return [*logics, waut, *(f'<wautJunction wautID="w" junctionID="{i}"/>' for i in SIGNALS)]


@pytest.fixture
def programs(small_world: Path) -> dict[str, Program]:
    """Those of the network."""
    return read_programs([small_world.parent / "small.net.xml"])


def _in_file(small_world: Path, folder: Path, lines: list[str]) -> Scenario:
    (folder / "waut.add.xml").write_text(f"<additional>{''.join(lines)}</additional>", encoding="utf-8")
    return load_scenario(small_world, additional=[str(folder / "waut.add.xml")])


def _in_an_included_file(small_world: Path, folder: Path, lines: list[str]) -> Scenario:
    _in_file(small_world, folder, lines)
    (folder / "outer.add.xml").write_text('<additional><include href="waut.add.xml"/></additional>', encoding="utf-8")
    return load_scenario(small_world, additional=[str(folder / "outer.add.xml")])


def _in_a_zipped_network(small_world: Path, folder: Path, lines: list[str]) -> Scenario:
    net = (small_world.parent / "small.net.xml").read_text(encoding="utf-8")
    text = net.replace("</net>", "".join(lines) + "</net>")
    (folder / "waut.net.xml.gz").write_bytes(gzip.compress(text.encode()))
    return load_scenario(folder / "waut.net.xml.gz", routes=[str(small_world.parent / "small.rou.xml")], end="80")


@pytest.mark.parametrize("place", [_in_file, _in_an_included_file, _in_a_zipped_network])
def test_only_replaced_programs_are_left_alone(
    place: object, small_world: Path, programs: dict[str, Program], tmp_path: Path
) -> None:
    assert callable(place)
    scenario = place(small_world, tmp_path, _lines(list(programs.values())))
    assert [(each.waut_id, each.signal_id) for each in read_switched(scenario)] == [("w", i) for i in SIGNALS]
    write_elements(program_lines(replace(programs["1x1"], program_id="new")), tmp_path / "new.add.xml")
    shown = _programs_shown(scenario, tmp_path / "run", [tmp_path / "new.add.xml"])
    assert shown == {"1x1": ["new"], "2x1": ["am", "pm"]}
    assert _programs_shown(scenario, tmp_path / "own", []) == dict.fromkeys(SIGNALS, ["am", "pm"])


def _programs_shown(scenario: Scenario, folder: Path, additional: Sequence[Path]) -> dict[str, list[str]]:
    args = sumo_args(scenario, folder, 1, additional, SIGNALS)
    subprocess.run([binary("sumo"), *args], check=True, capture_output=True)
    found: dict[str, list[str]] = {i: [] for i in SIGNALS}
    for state in ElementTree.parse(folder / "tlsstates.xml").getroot().iter("tlsState"):
        programs = found[state.attrib["id"]]
        if state.attrib["programID"] not in programs[-1:]:
            programs.append(state.attrib["programID"])
    return found


@pytest.mark.parametrize("begin_s", [0, 150, 950, 1250])
@pytest.mark.parametrize("times", [
    'refTime="0" period="1200"|100 400 900', 'refTime="0"|100 400 900', 'refTime="500" period="1200"|100 400 900',
    'refTime="1000" period="1200"|100 400 900', 'refTime="30"|0:01:40 400 900', 'refTime="0"|900 100 1400',
])
def test_the_switches_are_those_that_sumo_makes(small_world: Path, tmp_path: Path, times: str, begin_s: int) -> None:
    attributes, _, steps = times.partition("|")
    own = read_programs([small_world.parent / "small.net.xml"])[SIGNALS[0]]
    logics = [line for name in "abcd" for line in program_lines(replace(own, program_id=name))]
    switches = "".join(f'<wautSwitch time="{time}" to="{to}"/>' for time, to in zip(steps.split(), "bcd", strict=True))
    (tmp_path / "waut.add.xml").write_text(
        f'<additional>{"".join(logics)}<WAUT id="w" startProg="a" {attributes}>{switches}</WAUT>'
        f'<wautJunction wautID="w" junctionID="{SIGNALS[0]}"/></additional>', encoding="utf-8")
    net = small_world.parent / "small.net.xml"
    scenario = load_scenario(net, additional=[str(tmp_path / "waut.add.xml")], begin=str(begin_s), end="3000")
    found = read_plans(scenario)["w"].between(scenario.begin_s, 3000.0)
    port = SumoPort("libsumo", sumo_args(scenario, tmp_path / "run", 1))
    port.start()
    port.watch_signals([SIGNALS[0]])
    seen, before = [], port.shown_program(SIGNALS[0])
    while port.time_s < 3000.0:
        second = port.time_s
        port.step_to(second + 1.0)
        if (now := port.shown_program(SIGNALS[0])) != before:
            seen.append((second, now))
            before = now
    port.close()
    assert [(switch.from_s, switch.program_id) for switch in found] == seen
