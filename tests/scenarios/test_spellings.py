"""All of SUMO's ways to write a configuration mean here what they mean to SUMO, which is asked each time."""

from __future__ import annotations

import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from network.errors import ScenarioError
from network.sumo_package import binary
from scenarios.config import load_scenario
from scenarios.launch import sumo_args

NET, ROUTES = '<net-file value="small.net.xml"/>', '<route-files value="small.rou.xml"/>'
BOTH = ("small.rou.xml", "more.rou.xml")
SPELLINGS = {
    "blank after the comma": (f'{NET}<route-files value="small.rou.xml, more.rou.xml"/>', BOTH),
    "blanks around it": (f'{NET}<r value="small.rou.xml , more.rou.xml"/>', BOTH),
    "a list over two lines": (f'{NET}<r value="small.rou.xml,\n    more.rou.xml"/>', BOTH),
    "blanks before and behind": ('<n value=" small.net.xml "/><r value="\n small.rou.xml,\n more.rou.xml\n"/>', BOTH),
    "a variable with a list": (f'{NET}<r value="${{SPELLED_LIST}}"/>', BOTH),
    "a variable of another name": (f'{NET}<r value="${{spelled-list}}"/>', BOTH[:1]),
    "comments, single quotes, character data": (
        "<!-- <r value='none.xml, no.xml'/> --><n value = 'small.net.xml'/><r><![CDATA[small.rou.xml]]></r>", BOTH[:1]),
    "a name that could be encoded": (f'{NET}<r value="small%2Erou.xml"/>', BOTH[:1]),
    "UTF-16": (f'{NET}<r value="small.rou.xml, more.rou.xml"/>', BOTH),
    "a byte order mark": (f'{NET}<r value="small.rou.xml, more.rou.xml"/>', BOTH),
    "a list of additional files": (f'{NET}{ROUTES}<a value="one.add.xml, two.add.xml"/>', BOTH[:1]),
    "short names": ('<n value="small.net.xml"/><r value="small.rou.xml"/><b value="0"/>', BOTH[:1]),
    "synonyms": ('<net value="small.net.xml"/><routes value="small.rou.xml"/>', BOTH[:1]),
    "attribute v": ('<n v="small.net.xml"/><r v="small.rou.xml"/>', BOTH[:1]),
    "text": ("<net-file>small.net.xml</net-file><r>small.rou.xml, more.rou.xml</r>", BOTH),
    "a variable for a file": ('<n value="${SPELLED_NET}"/>' + ROUTES, BOTH[:1]),
    "a variable for a folder": (
        '<n value="${SPELLED_HERE}/small.net.xml"/><r value="${SPELLED_HERE}/small.rou.xml,more.rou.xml"/>', BOTH),
    "a variable that is not set": ('<n value="${SPELLED_NOWHERE}small.net.xml"/>' + ROUTES, BOTH[:1]),
    "a variable for a time": (NET + ROUTES + '<e value="${SPELLED_END}"/>', BOTH[:1]),
    "URL-encoded": ('<n value="small%2Enet.xml"/>' + ROUTES, BOTH[:1]),
    "h:m:s": (NET + ROUTES + '<e value="0:00:10"/>', BOTH[:1]),
    "days": (NET + ROUTES + '<b value="0:00:00:00"/><e value="0:00:00:10"/>', BOTH[:1]),
    "a part of a second": (NET + ROUTES + '<e value="10.5"/>', BOTH[:1]),
    "boolean off": (NET + ROUTES + '<mesosim value="off"/>', BOTH[:1]),
    "boolean x": (NET + ROUTES + '<ignore-route-errors value="x"/>', BOTH[:1]),
    "no comma": (f'{NET}<r value="small.rou.xml more.rou.xml"/>', None),
    "a semicolon": (f'{NET}<r value="small.rou.xml;more.rou.xml"/>', None),
    "h:m": (NET + ROUTES + '<e value="1:10"/>', None),
    "a blank behind a number": (NET + ROUTES + '<e value="10 "/>', None),
    "a trailing comma": (f'{NET}<r value="small.rou.xml,"/>', None),
    "a unit": (NET + ROUTES + '<e value="10s"/>', None),
}


ENCODINGS = {"UTF-16": "utf-16", "a byte order mark": "utf-8-sig"}


@pytest.fixture
def world(small_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("small.net.xml", "small.rou.xml"):
        (tmp_path / name).write_bytes((small_world.parent / name).read_bytes())
    (tmp_path / "small%2Erou.xml").write_text("<routes/>", encoding="utf-8")
    (tmp_path / "more.rou.xml").write_text("<routes/>", encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / f"{name}.add.xml").write_text("<additional/>", encoding="utf-8")
    monkeypatch.setenv("SPELLED_NET", "small.net.xml")
    monkeypatch.setenv("SPELLED_HERE", str(tmp_path))
    monkeypatch.setenv("SPELLED_END", "10")
    monkeypatch.setenv("SPELLED_LIST", "small.rou.xml, more.rou.xml")
    monkeypatch.setenv("spelled-list", "small.rou.xml")
    monkeypatch.delenv("SPELLED_NOWHERE", raising=False)
    return tmp_path


def _accepts(*words: str | Path) -> bool:
    done = subprocess.run([binary("sumo"), *words, "--no-step-log", "true"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_configuration_means_what_it_means_to_sumo(world: Path, spelling: str) -> None:
    options, routes = SPELLINGS[spelling]
    config = world / "spelled.sumocfg"
    config.write_text(f"<configuration>{options}</configuration>", encoding=ENCODINGS.get(spelling, "utf-8"))
    assert _accepts("-c", config, *(() if "<e " in options else ("-e", "10"))) == (routes is not None)
    if routes is None:
        with pytest.raises(ScenarioError, match=r"spelled\.sumocfg"):
            load_scenario(config)
        return
    scenario = load_scenario(config)
    assert scenario.net_file == str(world / "small.net.xml")
    assert scenario.route_files == tuple(str(world / name) for name in routes)
    assert all(Path(path).is_file() for path in scenario.additional_files)
    assert scenario.end_s in ((10.0, 10.5) if "<e " in options else (None,))
    assert _accepts(*sumo_args(scenario, world / "run", seed=1), "-e", "10")


@pytest.mark.parametrize("time", ["5", "0:0:5", "00:00:05.5", " 5", "1e1", "0:00:00:05", "1:2", "5s", "-1", "soon"])
def test_a_time_of_the_command_line_means_what_it_means_to_sumo(world: Path, time: str) -> None:
    accepted = _accepts("-n", world / "small.net.xml", "-r", world / "small.rou.xml", "-b", time, "-e", "20")
    with nullcontext() if accepted else pytest.raises(ScenarioError):
        load_scenario(world / "small.net.xml", [str(world / "small.rou.xml")], begin=time, end="20")


def test_sumos_options_on_the_command_line_may_have_blanks_too(world: Path) -> None:
    files = f"{world}/small.rou.xml, {world}/more.rou.xml"
    scenario = load_scenario(world / "small.net.xml", sumo_options=["--route-files", files])
    assert scenario.route_files == tuple(str(world / name) for name in BOTH)
