"""Locks: by hand from small outputs, and a street that really stands still in SUMO."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.measures.locks import Span, find_locks, nobody_left, read_standing
from bench.measures.raw import read_shown
from network.sumo_package import binary
from scenarios.generated import make_from_plain, write_config

NODES = [f'<node id="{i}" x="{x}" y="{y}" type="{kind}"/>' for i, x, y, kind in (
    ("w", -200, 0, "priority"), ("e", 200, 0, "priority"), ("n", 0, 200, "priority"), ("s", 0, -200, "priority"),
    ("c", 0, 0, "traffic_light"))]  # fmt: skip
EDGES = [f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="1" speed="13.9"/>'
         for a, b in ("wc", "ce", "ec", "cw", "nc", "cs", "sc", "cn")]  # fmt: skip


def _intervals(*rows: tuple[float, int], lane: str = "a&amp;b_0") -> str:
    return "<meandata>\n" + "".join(
        f'<interval begin="{30 * k:.2f}" end="{30 * (k + 1):.2f}" id="standing">\n<edge id="a">\n'
        f'<lane id="{lane}" waitingTime="{waited}" left="{left}"/>\n</edge>\n</interval>\n'
        for k, (waited, left) in enumerate(rows)) + "</meandata>\n"  # fmt: skip


def test_who_stands_and_is_not_followed_by_anybody_who_left(tmp_path: Path) -> None:
    path = tmp_path / "standing.xml"
    path.write_text(_intervals((30.0, 1), *[(61.0, 0)] * 10, (30.0, 1), *[(30.0, 0)] * 9, (20.0, 0)), encoding="utf-8")
    assert nobody_left(read_standing(path)) == {"a&b_0": [Span(30.0, 330.0)]}
    assert nobody_left(read_standing(path), 270.0) == {"a&b_0": [Span(30.0, 330.0), Span(360.0, 630.0)]}


def test_of_a_long_record_only_what_tells_is_kept(tmp_path: Path) -> None:
    """Nobody stands on most lanes most of the day, and a signal has few states."""
    standing, shown = tmp_path / "standing.xml", tmp_path / "shown.xml"
    standing.write_text(_intervals((0.0, 3), (5.0, 1), (0.0, 0)), encoding="utf-8")
    assert [(one.since_s, one.waited_s) for one in read_standing(standing)["a&b_0"]] == [(30.0, 5.0)]
    rows = "".join(f'<tlsState time="{k}.00" id="c" programID="0" phase="0" state="{"Gr" if k % 2 else "rG"}"/>\n'
                   for k in range(6))  # fmt: skip
    shown.write_text(f"<tlsStates>\n{rows}</tlsStates>\n", encoding="utf-8")
    states = read_shown(shown)["c"].states
    assert states == ("rG", "Gr") * 3
    assert len(set(map(id, states))) == 2


@pytest.mark.parametrize(("state", "locked"), [("M", True), ("m", False)])
def test_who_gives_way_is_not_locked_by_a_street_that_flows(tmp_path: Path, state: str, locked: bool) -> None:
    (tmp_path / "standing.xml").write_text(_intervals(*[(61.0, 0)] * 11, lane="in_0"), encoding="utf-8")
    net = tmp_path / "net.xml"
    way = f'<connection from="in" to="out" fromLane="0" toLane="0" via=":c_0_0" dir="s" state="{state}"/>'
    net.write_text(f"<net>{way}</net>", encoding="utf-8")
    assert bool(find_locks(tmp_path, net)) is locked


@pytest.mark.parametrize(("states", "locked"), [(("r", "r"), False), (("r", "G"), True), (("g", "r"), True)])
def test_red_is_no_turn(tmp_path: Path, states: tuple[str, str], locked: bool) -> None:
    (tmp_path / "standing.xml").write_text(_intervals(*[(61.0, 0)] * 11, lane="in_0"), encoding="utf-8")
    net = tmp_path / "net.xml"
    way = '<connection from="in" to="out" fromLane="0" toLane="0" via=":c_0_0" tl="c" linkIndex="0" dir="s" state="o"/>'
    net.write_text(f"<net>{way}</net>", encoding="utf-8")
    (tmp_path / "tlsstates.xml").write_text("<tlsStates>\n" + "\n".join(
        f'<tlsState time="{time:.2f}" id="c" programID="0" phase="0" state="{states[time >= 150]}"/>'
        for time in range(330)) + "\n</tlsStates>\n", encoding="utf-8")  # fmt: skip
    assert bool(find_locks(tmp_path, net)) is locked


@pytest.fixture(scope="module")
def blocked_street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """East of a signal a lorry breaks down for 600 s; a bus waits at its stop in the north as long, alone."""
    place = tmp_path_factory.mktemp("blocked")
    make_from_plain(place, NODES, EDGES, [], place / "b.net.xml")
    (place / "b.rou.xml").write_text(
        '<routes>\n<route id="we" edges="wc ce"/>\n'
        '<vehicle id="lorry" depart="0" route="we"><stop lane="ce_0" endPos="40" duration="600"/></vehicle>\n'
        '<trip id="bus" depart="0" from="nc" to="cs"><stop lane="nc_0" endPos="60" duration="600"/></trip>\n'
        '<flow id="f" begin="1" end="700" period="10" route="we"/>\n</routes>\n', encoding="utf-8")  # fmt: skip
    return write_config(place, "b", 800)


def test_a_street_behind_a_breakdown_is_locked_and_said_to_be(
    blocked_street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(blocked_street), "-c", "fixed", "--seeds", "1", "-o", str(tmp_path), "--report", "none"]
    assert main([*words, "--", "--time-to-teleport", "-1"]) == 0
    found = {lock.place: lock for lock in find_locks(tmp_path / "runs/fixed/1", blocked_street.with_name("b.net.xml"))}
    assert "ce_0" in found  # who stands behind the lorry has priority
    assert "wc_0" in found  # the light is green, the exit is full
    assert not {lane for lane in found if lane.startswith("n")}  # the bus stands by its timetable
    assert 30.0 <= found["wc_0"].since_s <= 200.0
    assert 570.0 <= found["wc_0"].until_s <= 660.0
    out = capsys.readouterr().out
    assert "locked under fixed, seed 1: nobody left ce_0" in out
    assert "locked" in out.splitlines()[next(k for k, line in enumerate(out.splitlines()) if "jams" in line)]


def test_the_record_of_who_stood_leaves_every_trip_as_it_was(blocked_street: Path, tmp_path: Path) -> None:
    def trips(*options: str) -> str:
        path = tmp_path / "trips.xml"
        command = [binary("sumo"), "-c", str(blocked_street), "--tripinfo-output", str(path), "--no-step-log", *options]
        subprocess.run(command, check=True, capture_output=True)
        text = path.read_text(encoding="utf-8")
        return text[text.index("<tripinfos"):]

    from scenarios.recording import recording

    _, files = recording("none", tmp_path, trajectories=False)
    assert trips() == trips("--additional-files", ",".join(files))
