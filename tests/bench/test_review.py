"""Each warning of `check` on a program that deserves it, and on none that does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from bench.cli.main import main
from network.loops.detectors import LaneLoops
from network.program.programs import read_programs
from network.program.signals import Interval, Link, Program, Signal, SignalLane
from network.review.findings import Finding
from network.review.signals import review, split_signals
from network.roads.reader import Network
from network.safety.walking import WalkingSettings
from scenarios.config import load_scenario
from scenarios.generated import GridPlan, write_scenario
from scenarios.plan_file import program_lines, write_elements

GOOD = (("GGrr", 20), ("yyrr", 3), ("rrrr", 2), ("rrGG", 20), ("rryy", 3), ("rrrr", 2))


def signal(
    rows: Sequence[tuple[str, float]], left_alone: str = "", shared: bool = False, speed: float = 13.9
) -> Signal:
    """Two roads that cross: links 0 and 1 against 2 and 3; link 3 gives way to link 0."""
    conflicts = np.zeros((4, 4), dtype=np.bool_)
    conflicts[:2, 2:] = conflicts[2:, :2] = True
    yields_to = np.zeros((4, 4), dtype=np.bool_)
    yields_to[3, 0] = True
    links = tuple(Link(i, f"in_{i // 2}", f"out_{i}", "", "s", False, 20.0, speed, "n", i) for i in range(4))
    lanes = (SignalLane("in_0", (0, 2) if shared else (0, 1), 80.0, speed, ("s", "r")),)
    intervals = tuple(Interval(state, duration, duration, duration) for state, duration in rows)
    zeros = np.zeros(4)
    program = Program("x", "0", "static", 0.0, intervals, {})
    return Signal(
        "x", program, links, 4, conflicts, yields_to, (), zeros, np.zeros((4, 4)), zeros, lanes, left_alone
    )


def said(found: Sequence[Finding]) -> str:
    return "; ".join(f"{finding.level} {finding.what} {finding.fix}" for finding in found)


def test_a_good_program_gives_no_finding() -> None:
    assert review(signal(GOOD), ()) == ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((("GGrG", 20), *GOOD[1:]), "unsafe conflicting links with priority green together: 0-3, 1-3"),
        ((("GGrr", 20), ("yyrr", 2), *GOOD[2:]), "unsafe yellow of 2 s is too short"),
        ((("GGrr", 20), *GOOD[2:]), "unsafe green ends without yellow on link 0, 1"),
        (
            (("GGrr", 20), ("yyGr", 3), *GOOD[3:]),
            "unsafe green starts while a conflicting link still has yellow: 0-2, 1-2",
        ),
        ((*GOOD[:2], *GOOD[3:]), "warning no red clearance between conflicting greens: 0-2, 0-3, 1-2, 1-3"),
        ((("Grrr", 20), ("yrrr", 3), *GOOD[2:]), "warning never green: link 1"),
    ],
)
def test_what_is_wrong_is_found(rows: Sequence[tuple[str, float]], words: str) -> None:
    assert words in said(review(signal(rows), ()))


def test_a_permissive_green_that_gives_way_is_no_danger() -> None:
    rows = (("Grrg", 20), ("yrrg", 3), ("rrrg", 2), ("rrGG", 20), ("rryy", 3), ("rrrr", 2))
    assert "unsafe" not in said(review(signal(rows), ()))


def test_faster_traffic_needs_more_yellow() -> None:
    assert "too short" in said(review(signal(GOOD, speed=25.0), ()))


def test_lanes_that_block_themselves_are_named() -> None:
    assert "note lane shared by movements with different greens: in_0" in said(
        review(signal(GOOD, shared=True), ())
    )


def test_crossings_that_nobody_counts_are_named() -> None:
    site = signal(GOOD)
    walked = replace(site, links=(*site.links[:3], replace(site.links[3], is_crossing=True)))
    assert "note no loop counts who walks: crossing on link 3" in said(review(walked, ()))
    assert "walks" not in said(review(site, ()))
    free = replace(walked, conflicts=np.zeros((4, 4), dtype=np.bool_))
    assert "walks" not in said(review(free, ()))


def test_approaches_without_loops_are_named() -> None:
    site = signal(GOOD)
    blind = LaneLoops(site.lanes[0], -1, ())
    short = LaneLoops(site.lanes[0], 0, (((1, 1.0, 3.0),), ()))
    assert "no loop can be placed at the stop line of in_0" in said(review(site, (blind,)))
    assert "too short for every loop: in_0" in said(review(site, (short,)))


def test_a_signal_left_alone_says_why_and_nothing_else() -> None:
    found = review(signal((("GGGG", 20),), left_alone="It has one green phase only."), ())
    assert [finding.level for finding in found] == ["note"]
    assert "one green phase only" in found[0].what


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"rows.yellow": "4", "rows.red": "1"}, ""),
        ({"rows.yellow": "2", "rows.red": "1"}, "unsafe yellow of 2 s is too short for the speed"),
        ({"rows.yellow": "4", "rows.red": "0"}, "warning no red clearance in any phase"),
    ],
)
def test_rings_are_judged_by_what_stands_beside_their_rows(parameters: dict[str, str], words: str) -> None:
    site = signal((("GGrr", 20), ("rrGG", 20)))
    rows = tuple(replace(row, name=str(k)) for k, row in enumerate(site.program.intervals, start=1))
    given = {"ring1": "1,2", "barrierPhases": "1", "barrier2Phases": "2"} | parameters
    ring = replace(site, program=replace(site.program, kind="NEMA", intervals=rows, parameters=given))
    found = said(review(ring, ()))
    assert words in found
    assert bool(found) == bool(words)


def test_a_junction_in_pieces_is_named() -> None:
    one = signal(GOOD)
    other = replace(one, id="y", links=tuple(replace(link, node_id="m") for link in one.links))
    roads = {"a": SimpleNamespace(from_node="n", to_node="m", length_m=12.0),
             "b": SimpleNamespace(from_node="m", to_node="n", length_m=30.0)}  # fmt: skip
    third = replace(one, id="z", links=tuple(replace(link, node_id="o") for link in one.links))
    network = cast(Network, SimpleNamespace(roads=roads))
    (found,) = split_signals([one, other], network)
    assert f"12 m between {one.id} and y: one" in found.what
    assert "--tls.join" in found.fix
    roads["c"] = SimpleNamespace(from_node="m", to_node="o", length_m=20.0)
    (found,) = split_signals([one, other, third], network)
    assert f"12 m between {one.id} and y, 20 m between y and z: one" in found.what
    del roads["c"]
    roads["a"].length_m = 24.9
    assert list(split_signals([one, other], network))
    roads["a"].length_m = 25.0
    assert not list(split_signals([one, other], network))


def test_what_is_unsafe_makes_the_exit_code_1(small_world: Path, tmp_path: Path) -> None:
    assert main(["check", str(small_world), "--brief"]) == 0
    net = load_scenario(small_world).net_file
    program = read_programs([net])["1x1"]
    rows = tuple(row for row in program.intervals if not set(row.state) & set("yY"))  # no yellow at all
    bad = tmp_path / "bad.add.xml"
    write_elements(program_lines(replace(program, program_id="bad", intervals=rows)), bad)
    assert main(["check", str(small_world), "--brief", "--", "-a", str(bad)]) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--step-length", "2"], "warning  small: no run is possible: step-length is 2 s"),
        (["--step-length", "0.7"], "note     small: step-length 0.7 s does not divide 1 s: a decision"),
        (["--mesosim", "on"], "warning  small: no run is possible: mesosim is on"),
        (["--mesosim", "false"], ""),
        (["--max-depart-delay", "20"], "note     small: max-depart-delay is left out"),
        (["--step-length", "0.2", "--max-depart-delay", "-1"], ""),
    ],
)
def test_options_that_matter_to_control_are_found(
    options: list[str], words: str, small_world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(small_world), "--brief", "--", *options]) == 0
    said = capsys.readouterr().out
    assert words in said
    assert (" small: " in said) == bool(words)


WALKED = (("GGrG", 20), ("GGrr", 5), ("yyrr", 3), ("rrrr", 2), ("rrGr", 20), ("rryr", 3), ("rrrr", 2))


def walked(length_m: float = 16.0, shortest_s: float | None = None) -> Signal:
    """Link 3 is a crossing over the road of link 2."""
    site = signal(WALKED)
    crossing = replace(site.links[3], is_crossing=True, length_m=length_m)
    foes = np.zeros((4, 4), dtype=np.bool_)
    foes[2, :] = foes[:, 2] = [True, True, False, True]
    intervals = tuple(
        replace(row, min_s=row.duration_s if shortest_s is None else min(shortest_s, row.duration_s))
        for row in site.program.intervals
    )
    return replace(
        site, links=(*site.links[:3], crossing), conflicts=foes, program=replace(site.program, intervals=intervals)
    )


def test_a_crossing_that_is_cleared_too_soon_is_told_with_what_its_way_takes() -> None:
    found = said(review(walked(), ()))
    assert "warning 10 s to clear the crossing on link 3 16 m take 14 s at 1.2 m/s" in found
    assert "walk of" not in found
    assert "to clear" not in said(review(walked(length_m=12.0), ()))


def test_the_shortest_green_of_an_actuated_program_is_told_where_it_is_no_walk() -> None:
    assert "warning walk of 5 s on link 3 people need 7 s" in said(review(walked(shortest_s=5.0, length_m=3.0), ()))


def test_what_people_need_is_the_setting_of_the_run() -> None:
    assert "16 m take 16 s at 1 m/s" in said(review(walked(), (), WalkingSettings(7.0, 1.0)))
    assert "to clear" not in said(review(walked(), (), WalkingSettings(7.0, 2.0)))
    found = said(review(walked(shortest_s=5.0, length_m=3.0), (), WalkingSettings(4.0, 1.2)))
    assert "walk of" not in found


def test_check_asks_for_the_walk_that_is_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0.3 m/s is slower than the program allows for, 3 m/s are not."""
    plan = GridPlan(columns=2, rows=1, row_vph=300.0, column_vph=300.0, end_s=100, crossings=True)
    world, said_at = write_scenario(tmp_path, plan, 1, "walked"), {}
    for walk in ("7,0.3", "7,3"):
        assert main(["check", str(world), "--brief", "--walk", walk]) == 0
        said_at[walk] = capsys.readouterr().out
    assert "to clear the crossing" in said_at["7,0.3"]
    assert "to clear the crossing" not in said_at["7,3"]


def test_rows_that_are_off_are_named() -> None:
    found = said(review(signal((("oooo", 5), *GOOD)), ()))
    assert "warning off or blinking in row 0 of its program" in found
    beside = said(review(signal((("GGro", 20), *GOOD[1:])), ()))
    assert "note off beside lit lamps: link 3" in beside
    assert "in row" not in beside
