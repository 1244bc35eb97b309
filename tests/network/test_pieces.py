"""Signals that an import took apart: named together, and what `check` says to do makes one of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from network.build import build_signals
from network.program.programs import read_programs
from network.review.findings import Finding
from network.review.signals import split_signals
from network.roads.reader import read_network

from .conftest import Built, run_tool

LIGHT = 'type="traffic_light"'
SIDES = {"w": (-1, 0), "e": (1, 0), "n": (0, 1), "s": (0, -1)}


def _findings(path: Path) -> list[Finding]:
    network = read_network(path)
    return list(split_signals(list(build_signals(network, read_programs([path])).values()), network))


def _mended(path: Path, fix: str, folder: Path) -> int:
    """Signals that are left after the options of the advice."""
    (options,) = re.findall(r"netconvert -s NET (--tls\S* ?.*?) -o NEW", fix)
    run_tool("netconvert", "-s", str(path), *options.split(), "-o", str(folder / "new.net.xml"))
    return len(read_programs([folder / "new.net.xml"]))


def test_signals_close_together_become_one(built: Built, tmp_path: Path) -> None:
    ends = (("w", -200, 0), ("e", 218, 0), ("n", 0, 200), ("s", 18, -200))
    nodes = f'<node id="a" x="0" y="0" {LIGHT}/><node id="b" x="18" y="0" {LIGHT}/>' + "".join(
        f'<node id="{k}" x="{x}" y="{y}"/>' for k, x, y in ends)
    ways = ("wa", "ab", "be", "na", "sb")
    path = built(nodes, "".join(f'<edge id="{way}" from="{way[0]}" to="{way[1]}"/>' for way in ways))
    (found,) = _findings(path)
    assert found.signal_id == "a"
    assert "m between a and b" in found.what
    assert '<join nodes="a b"/>' in found.fix
    assert _mended(path, found.fix, tmp_path) == 1
    (tmp_path / "join.nod.xml").write_text('<nodes><join nodes="a b"/></nodes>')
    run_tool("netconvert", "-s", str(path), "-n", str(tmp_path / "join.nod.xml"), "-o", str(tmp_path / "one.net.xml"))
    assert len(read_programs([tmp_path / "one.net.xml"])) == 1


@pytest.mark.parametrize(("away_m", "expected"), [(18, 1), (80, 0)])
def test_signals_of_one_approach_become_that_of_the_junction(
    away_m: int, expected: int, built: Built, tmp_path: Path
) -> None:
    nodes = '<node id="c" x="0" y="0" type="priority"/>' + "".join(
        f'<node id="t{k}" x="{away_m * x}" y="{away_m * y}" {LIGHT}/><node id="{k}" x="{200 * x}" y="{200 * y}"/>'
        for k, (x, y) in SIDES.items())
    edges = "".join(f'<edge id="{k}1" from="{k}" to="t{k}"/><edge id="{k}2" from="t{k}" to="c"/>'
                    f'<edge id="{k}3" from="c" to="{k}"/>' for k in SIDES)
    path = built(nodes, edges)
    found = _findings(path)
    assert len(found) == expected
    for each in found:
        assert "signals te, tn, ts, tw of one approach each before junction c" in each.what
        assert _mended(path, each.fix, tmp_path) == 1
