"""What is shown to those on foot and to cyclists: lamps and phases of their own, and the rows of their program."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from network.build import build_signals
from network.program.programs import read_programs
from network.roads.reader import read_network
from scenarios.generated import GridPlan, write_scenario
from tests.controllers import midblock
from tests.controllers.test_cyclists import _world
from tests.controllers.watched import run

GREEN = frozenset("Gg")


def runs(rows: list[str]) -> list[tuple[str, int]]:
    """States and their seconds."""
    return [(state, len(list(each))) for state, each in itertools.groupby(rows)]


def program(*rows: tuple[int, str], signal: str = "X") -> str:
    phases = "".join(f'<phase duration="{seconds}" state="{state}"/>' for seconds, state in rows)
    return f'<tlLogic id="{signal}" type="static" programID="0" offset="0">{phases}</tlLogic>'


def give(net: Path, own: str) -> None:
    """The program in place of netconvert's."""
    text = net.read_text(encoding="utf-8")
    net.write_text(re.sub(r"<tlLogic.*?</tlLogic>", own, text, count=1, flags=re.DOTALL), encoding="utf-8")


@pytest.mark.parametrize(("clearance", "yellow_s", "red_s"), [
    ([(11, "rry")], 11, 0), ([(5, "rry"), (6, "rrr")], 5, 6), ([(20, "rry")], 20, 0), ([(11, "rrr")], 0, 11),
    ([(11, "rro")], 0, 9)])  # fmt: skip
def test_the_clearance_of_a_walk_is_shown_as_the_program_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clearance: list[tuple[int, str]], yellow_s: int, red_s: int
) -> None:
    """10.8 m take 9 s; at a lamp that is switched off SUMO's people go, so red stands in its place."""
    own = program((40, "GGr"), (3, "yyr"), (7, "rrG"), *clearance)
    monkeypatch.setattr(midblock, "PROGRAM", f"<tlLogics>{own}</tlLogics>")
    config = midblock.write_midblock(tmp_path, 90.0)
    shown = runs(run(config, config.with_name("midblock.net.xml"), 200).shown["X"])
    walks = [k for k, (state, _) in enumerate(shown[:-3]) if state == "rrG"]
    assert len(walks) >= 2
    for k in walks:
        after = [("rry", yellow_s), ("rrr", red_s)]
        told = [(state, seconds) for state, seconds in after if seconds]
        assert shown[k + 1][0] == told[0][0]
        found = shown[k + 1:k + 1 + len(told)]
        assert [state for state, _ in found] == [state for state, _ in told]
        assert all(now >= least for (_, now), (_, least) in zip(found, told, strict=True))
        assert shown[k + 1 + len(told)][0] == "GGr"


def test_a_phase_of_all_walks_stays_one(tmp_path: Path) -> None:
    """All crossings together, no vehicle with them, and only when somebody calls."""
    plan = GridPlan(columns=1, rows=1, row_vph=500.0, column_vph=300.0, end_s=300, crossings=True, walks_ph=240)
    config = write_scenario(tmp_path, plan, 1, "walked")
    net = config.with_suffix(".net.xml")
    ((name, signal),) = build_signals(read_network(net), read_programs([net])).items()
    walks = {link.index for link in signal.links if link.is_crossing}
    rows = [(round(row.duration_s), "".join("r" if i in walks else lamp for i, lamp in enumerate(row.state)))
            for row in signal.program.intervals]  # fmt: skip
    every = "".join("G" if i in walks else "r" for i in range(signal.n_links))
    give(net, program(*rows, (8, every), (14, "r" * signal.n_links), signal=name))
    shown = run(config, net, plan.end_s).shown[name]
    walked = [state for state in shown if any(state[i] in GREEN for i in walks)]
    assert every in walked
    assert all(lamp in "rG" for state in walked for lamp in state)
    assert not any(state[i] in GREEN for state in walked for i in range(signal.n_links) if i not in walks)
    assert len(walked) < len(shown) / 2


def test_cyclists_with_a_phase_of_their_own_are_served_when_they_come(tmp_path: Path) -> None:
    """Their phase shows no car green, each lamp 5 s at least, and only where somebody rides; in the change to it a lamp
    begins as soon as its own foes are out. Left turns from opposite kerbs would lock each other, so it is shown in
    parts, and nobody is left out."""
    net = _world(tmp_path)
    ((_, signal),) = build_signals(read_network(net), read_programs([net])).items()
    rides = {link.index for link in signal.links if link.cycles}
    states = {row.state for row in signal.program.intervals if "y" not in row.state}
    cars = ["".join("r" if i in rides else lamp for i, lamp in enumerate(state)) for state in sorted(states)]
    cars = [state for state in dict.fromkeys(cars) if GREEN & set(state)]
    own = "".join("g" if i in rides else "r" for i in range(signal.n_links))
    rows = [row for state in cars
            for row in ((20, state), (3, re.sub("[Gg]", "y", state)), (2, "r" * signal.n_links))]  # fmt: skip
    give(net, program(*rows, (8, own), (6, "r" * signal.n_links), signal="C"))
    for kept, served in (("", True), ("bike", False)):
        flows = (tmp_path / "c.rou.xml").read_text(encoding="utf-8")
        if kept:
            (tmp_path / "c.rou.xml").write_text(re.sub(r'<flow id="bike[^>]*>', "", flows), encoding="utf-8")
        shown = run(tmp_path / "c.sumocfg", net, 240).shown["C"][20:]
        ridden = [state for state in shown if any(state[i] in GREEN for i in rides)]
        assert bool(ridden) is served
        alone = [state for state in ridden if not any(state[i] in GREEN for i in range(len(state)) if i not in rides)]
        assert bool(alone) is served
        for i in rides:
            lamp = runs(["G" if state[i] in GREEN else "r" for state in shown])
            assert ("G" in {colour for colour, _ in lamp}) is served
            assert all(seconds >= 5 for colour, seconds in lamp[1:-1] if colour == "G")
