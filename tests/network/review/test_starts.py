"""Lanes before which trips start unseen are named; where a loop comes first, nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli.main import main
from network.build import build_signals
from network.loops.detectors import DISTANCES_M, lay_out
from network.program.programs import read_programs
from network.review.starts import starts_unseen
from network.roads.reader import read_network
from scenarios.hard import write_lots


def said(folder: Path, trips: dict[tuple[str, str], float], distances_m: tuple[float, ...] = DISTANCES_M) -> str:
    """What is said of the signal of `lots` (main road of 130 m blocks, side street of 14 m before its line)."""
    path = write_lots(folder).parent / "lots.net.xml"
    network = read_network(path)
    layout = lay_out(network, build_signals(network, read_programs([path])), distances_m)
    found = starts_unseen("t", layout.lane_loops["t"], layout, network, trips)
    return " ".join(f"{one.what}; {one.fix}" for one in found)


@pytest.mark.parametrize(("edge", "position", "unseen"), [
    ("mn_t", "base", True),  # 14 m before the line
    ("mw_t", "base", False),  # 130 m before it, loops at 120 and 40 m
    ("mw_t", "-20", True),
    ("mw_t", "60", False),
    ("w_mw", "-1", False),
    ("n_mn", "base", False),
    ("t_me", "base", False),
])
def test_who_starts_behind_the_last_loop_is_unseen(tmp_path: Path, edge: str, position: str, unseen: bool) -> None:
    assert bool(said(tmp_path, {(edge, position): 100.0})) is unseen


def test_lanes_roads_and_numbers_are_named(tmp_path: Path) -> None:
    text = said(tmp_path, {("mn_t", "base"): 30.0, ("ms_t", "0"): 12.0, ("w_mw", "base"): 500.0})
    assert "42 trips start between loops and stop line of mn_t_0, ms_t_0: 30 on mn_t, 12 on ms_t; " in text
    assert "the program's share of green" in text


def test_anywhere_counts_by_the_length_beyond_the_loop(tmp_path: Path) -> None:
    assert "33 trips" in said(tmp_path, {("mw_t", "random"): 100.0})  # 40 m of 120


def test_few_are_no_matter_and_loops_nearer_see_them(tmp_path: Path) -> None:
    assert said(tmp_path, {("mn_t", "base"): 9.0}) == ""
    assert "10 trips" in said(tmp_path, {("mn_t", "base"): 10.0})
    assert said(tmp_path, {("mw_t", "-20"): 100.0}, (0.0, 15.0, 120.0)) == ""


def test_check_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(write_lots(tmp_path)), "--brief"])
    assert "trips start between loops and stop line of mn_t_0, ms_t_0" in " ".join(capsys.readouterr().out.split())
