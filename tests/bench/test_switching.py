"""What is said and done about a WAUT where programs are replaced."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.cli.main import main
from bench.runs.options import Options
from bench.runs.prepare import prepare
from bench.runs.switching import time_of_day, undone_by
from network.program.programs import read_programs
from network.program.signals import Interval
from scenarios.config import load_scenario
from scenarios.plan_file import program_lines


@pytest.fixture(scope="module")
def waut(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A switching plan of both signals, at 60 s to a program with long greens."""
    own = read_programs([small_world.parent / "small.net.xml"]).values()
    longer = [replace(program, program_id="pm", intervals=tuple(map(_longer, program.intervals))) for program in own]
    first = [replace(program, program_id="am") for program in own]
    lines = [line for program in (*longer, *first) for line in program_lines(program)]
    lines.append('<WAUT id="w" refTime="0" startProg="am"><wautSwitch time="60" to="pm"/></WAUT>')
    lines += [f'<wautJunction wautID="w" junctionID="{program.signal_id}"/>' for program in own]
    path = tmp_path_factory.mktemp("waut") / "waut.add.xml"
    path.write_text(f"<additional>{''.join(lines)}</additional>", encoding="utf-8")
    return path


def _longer(row: Interval) -> Interval:
    length_s = row.duration_s * (1.0 if "y" in row.state else 2.5)
    return replace(row, duration_s=length_s, min_s=length_s, max_s=length_s)


def test_fixed_keeps_it_and_actuated_goes_without(
    small_world: Path, waut: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(small_world), "-a", str(waut), "-c", "fixed,actuated", "--seeds", "1:2"]
    assert main([*words, "--report", "none", "-o", str(tmp_path / "results")]) == 0
    said = ("WAUT 'w': 1x1, 2x1: 'am', 'pm' from 60 s: NOT followed by actuated: one program from begin to end, made "
            "of 'am'; compare parts of the day with -b and -e")
    assert capsys.readouterr().out.count(said) == 1
    shown = {name: _programs(tmp_path / "results" / "runs" / name / "1") for name in ("fixed", "actuated")}
    assert shown == {"fixed": {"am", "pm"}, "actuated": {"actuated"}}


def test_how_our_controllers_follow_it_is_said(
    small_world: Path, waut: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(small_world), "-a", str(waut), "-c", "fixed,adaptive", "--seeds", "1", "-e", "90"]
    assert main([*words, "--report", "none", "-o", str(tmp_path / "results")]) == 0
    said = "WAUT 'w': 1x1, 2x1: 'am', 'pm' from 60 s: followed by adaptive at the second of each switch"
    assert capsys.readouterr().out.count(said) == 1


def test_every_override_is_said_in_terminal_results_and_report(
    small_world: Path, waut: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a day of which the evening's program adapts itself, under those that do without it."""
    path = tmp_path / "evening.add.xml"
    text = waut.read_text(encoding="utf-8")
    path.write_text(re.sub(r'type="static"(?=[^>]*programID="pm")', 'type="actuated"', text), encoding="utf-8")
    assert path.read_text(encoding="utf-8").count('type="actuated"') == 2
    names = "fixed,static,actuated,delay_based,adaptive"
    words = ["compare", str(small_world), "-a", str(path), "-c", names, "--seeds", "1", "-e", "90"]
    assert main([*words, "-o", str(tmp_path / "results")]) == 0
    out = capsys.readouterr().out
    kept = json.loads((tmp_path / "results" / "results.json").read_text(encoding="utf-8"))
    page = html.unescape((tmp_path / "results" / "report.html").read_text(encoding="utf-8"))
    fates = {tuple(row["controllers"]): row["followed"] for row in kept["time_of_day"]}
    assert fates == {("static",): False, ("actuated", "delay_based"): False, ("adaptive",): True}
    for row in kept["time_of_day"]:
        assert out.count(row["said"]) == page.count(row["said"]) == 1
    assert "static, and 'pm' adapts itself all the same" in out
    assert "of 2 programs 2 actuated" in out


def test_what_is_driven_by_the_wire_does_not_follow(small_world: Path, waut: Path, tmp_path: Path) -> None:
    options = Options(additional=[waut], end=90, through="ntcip")
    study = options.study(options.scenario(small_world), tmp_path)
    (row,) = time_of_day(study, prepare(study), ["fixed", "adaptive"])
    assert not row["followed"]
    assert "NOT followed by adaptive: a controller driven from begin to end by 'am'" in row["said"]


def test_a_run_that_begins_off_is_controlled_from_the_switch_on(
    small_world: Path, waut: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Off, on by one program, by another, off again, on: fixed and adaptive are off in the same seconds, the replay
    gives the same orders, and check says when."""
    text = waut.read_text(encoding="utf-8")
    states = {program.signal_id: program.intervals[0].state for program in read_programs([waut]).values()}
    nights = "".join(f'<tlLogic id="{i}" type="static" programID="night" offset="0">'
                     f'<phase duration="90" state="{"o" * len(state)}"/></tlLogic>' for i, state in states.items())
    old = '<WAUT id="w" refTime="0" startProg="am"><wautSwitch time="60" to="pm"/></WAUT>'
    steps = "".join(f'<wautSwitch time="{time_s}" to="{to}"/>' for time_s, to in
                    ((30, "am"), (60, "pm"), (80, "night"), (110, "am")))
    assert old in text
    path = tmp_path / "night.add.xml"
    path.write_text(text.replace(old, f'{nights}<WAUT id="w" refTime="0" startProg="night">{steps}</WAUT>'),
                    encoding="utf-8")
    words = [str(small_world), "-a", str(path), "-e", "160"]
    home = tmp_path / "results"
    assert main(["compare", *words, "-c", "fixed,adaptive,max_pressure", "--seeds", "1", "-o", str(home)]) == 0
    off = {name: _off_seconds(home / "runs" / name / "1") for name in ("fixed", "adaptive", "max_pressure")}
    assert off["fixed"] == {(i, t) for i in states for t in (*range(30), *range(80, 110))}
    assert off["adaptive"] == off["max_pressure"] == off["fixed"]
    for name in ("adaptive", "max_pressure"):
        run = json.loads((home / "runs" / name / "1" / "run.json").read_text(encoding="utf-8"))
        assert run["left_s"] == 2 * 60
        assert run["interlock_trips"] == run["interlock_overdue_s"] == 0
        assert any("program 'night' from 80 s: left to it" in note for note in run["notes"])
    after = _states(home / "runs" / "adaptive" / "1")
    for signal_id in states:
        for second in (30, 110):
            assert set(after[signal_id, second]) == {"r"}
        assert any("G" in after[signal_id, second] for second in range(31, 60))
    assert main(["replay", str(home)]) == 0
    assert main(["check", *words, "--brief"]) == 0
    assert "(WAUT 'w'): 'night' (left alone), 'am' from 30 s, 'pm' from 60 s" in capsys.readouterr().out


def test_without_one_nothing_is_said(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(small_world), "-c", "fixed,actuated", "--seeds", "1", "--report", "none"]
    assert main([*words, "-o", str(tmp_path)]) == 0
    assert "WAUT" not in capsys.readouterr().out


def test_plan_says_what_would_undo_it(
    small_world: Path, waut: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["plan", str(small_world), "-a", str(waut), "--budget", "6", "-o", str(tmp_path / "plan.add.xml")]
    assert main([*words, "--", "--scale", "1.5"]) == 0
    tuned = list(read_programs([tmp_path / "plan.add.xml"]))
    assert tuned, "nothing was found to tune"
    said = " ".join(capsys.readouterr().out.split())
    assert f"WAUT 'w' would switch the plan of {', '.join(tuned)} off again: take its wautJunction for" in said
    assert f"out of {waut}" in said


def test_a_plan_for_other_signals_is_not_undone(small_world: Path, waut: Path) -> None:
    scenario = load_scenario(small_world, additional=[str(waut)])
    assert undone_by(scenario, {"elsewhere"}) == []
    (line,) = undone_by(scenario, {"2x1"})
    assert line == f"WAUT 'w' would switch the plan of 2x1 off again: take its wautJunction for it out of {waut}"


def _states(folder: Path) -> dict[tuple[str, int], str]:
    states = ElementTree.parse(folder / "tlsstates.xml").getroot().iter("tlsState")
    return {(state.attrib["id"], int(float(state.attrib["time"]))): state.attrib["state"] for state in states}


def _off_seconds(folder: Path) -> set[tuple[str, int]]:
    return {place for place, state in _states(folder).items() if set(state) <= set("oO")}


def _programs(folder: Path) -> set[str]:
    states = ElementTree.parse(folder / "tlsstates.xml").getroot().iter("tlsState")
    return {state.attrib["programID"] for state in states}
