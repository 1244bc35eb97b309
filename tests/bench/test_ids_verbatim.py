"""Ids come out as they are in tables, notes, pictures and pages, whatever is in them."""

from __future__ import annotations

import html
import subprocess
from pathlib import Path

import pytest

from bench.cli.main import main
from network.sumo_package import binary

ARMS = {"W[/a]+b": (-200, 0), "[bold]E": (200, 0), "Nord-Str#1 $x$": (0, 200), ":smile:S(_)": (0, -200)}
CENTRE = "Kreuz [red]1#a/b.(x)"


@pytest.fixture(scope="module")
def odd_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    names = {name: name.replace(":smile:", "smile:").replace(" ", "_") for name in ARMS}
    centre = CENTRE.replace(" ", "_")
    nodes = [f'<node id="{centre}" x="0" y="0" type="traffic_light"/>']
    edges = []
    for k, (name, (x, y)) in enumerate(ARMS.items()):
        nodes.append(f'<node id="n{k}" x="{x}" y="{y}"/>')
        edges.append(f'<edge id="{names[name]}" from="n{k}" to="{centre}" numLanes="1"/>')
        edges.append(f'<edge id="out_{names[name]}" from="{centre}" to="n{k}" numLanes="1"/>')
    (folder / "a.nod.xml").write_text(f"<nodes>{''.join(nodes)}</nodes>", encoding="utf-8")
    (folder / "a.edg.xml").write_text(f"<edges>{''.join(edges)}</edges>", encoding="utf-8")
    subprocess.run([binary("netconvert"), "-n", "a.nod.xml", "-e", "a.edg.xml", "-o", "odd.net.xml"], cwd=folder,
                   check=True, capture_output=True)  # fmt: skip
    first, second = list(names.values())[:2]
    flow = f'<flow id="f[/x]" begin="0" end="100" period="4" from="{first}" to="out_{second}"/>'
    (folder / "odd.rou.xml").write_text(f"<routes>{flow}</routes>", encoding="utf-8")
    return folder


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_in_what_check_prints(odd_world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(odd_world / "odd.net.xml")]) == 0
    said = _said(capsys)
    for name in ("W[/a]+b_0", "[bold]E_0", "Nord-Str#1_$x$_0", "Kreuz_[red]1#a/b.(x)"):
        assert name in said


def test_in_a_comparison_its_page_and_what_explain_says(
    odd_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = [str(odd_world / "odd.net.xml"), "-r", str(odd_world / "odd.rou.xml"), "-b", "0", "-e", "120"]
    out = tmp_path / "out[/b]"
    assert main(["compare", *scenario, "--seeds", "1", "-o", str(out)]) == 0
    assert str(out) in _said(capsys).replace("\n", "")
    page = (out / "report.html").read_text(encoding="utf-8")
    for name in ("W[/a]+b", "[bold]E", "Nord-Str#1_$x$", "Kreuz_[red]1#a/b.(x)"):
        assert html.escape(name) in page
    picture = tmp_path / "moment.svg"
    words = ["explain", str(out), "--signal", "Kreuz_[red]1#a/b.(x)", "--time", "60", "-o", str(picture)]
    assert main(words) == 0
    assert "W[/a]+b_0" in _said(capsys)
    assert "Nord-Str#1_$x$_0" in picture.read_text(encoding="utf-8")
