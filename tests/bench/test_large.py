"""Networks as large as a city's, and one signal as large as a quarter, checked in a minute and in little memory."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from network.sumo_package import binary, run_program
from tests.bench.watching import watch

GRID = ("--grid", "--default-junction-type", "traffic_light", "-L", "2")


def made(program: str, *options: str) -> None:
    done = run_program([binary(program), *options])
    assert done.returncode == 0, done.stderr


@pytest.mark.nightly
def test_sixteen_hundred_signals(tmp_path: Path) -> None:
    net = tmp_path / "grid.net.xml"
    made("netgenerate", *GRID, "--grid.number", "40", "-o", str(net))
    assert net.stat().st_size > 20_000_000
    done = watch([sys.executable, "-m", "bench", "check", str(net), "--brief"], tmp_path / "said", 600.0)
    assert done.code == 0, done.out[-2000:]
    assert len(re.findall(r"static", done.out)) == 1600
    assert done.cpu_s < 60.0
    assert done.most_mb < 1500.0


@pytest.mark.nightly
def test_one_signal_of_six_hundred_links(tmp_path: Path) -> None:
    net, plain = tmp_path / "joined.net.xml", tmp_path / "plain"
    size = ("--grid.x-number", "6", "--grid.y-number", "5", "--grid.attach-length", "200", "--turn-lanes", "1")
    made("netgenerate", *GRID, *size, "--plain-output-prefix", str(plain), "-o", str(net))
    nodes = Path(f"{plain}.nod.xml")
    nodes.write_text(re.sub(r' tl="[^"]*"', ' tl="all"', nodes.read_text(encoding="utf-8")), encoding="utf-8")
    made("netconvert", "-n", str(nodes), "-e", f"{plain}.edg.xml", "-x", f"{plain}.con.xml", "-o", str(net))
    assert net.read_text(encoding="utf-8").count(' tl="all"') > 600
    done = watch([sys.executable, "-m", "bench", "check", str(net), "--brief"], tmp_path / "said", 600.0)
    assert done.code == 0, done.out[-2000:]
    assert re.search(r"all\s+│ 0\s+│ static", done.out)
    assert done.cpu_s < 10.0
    assert done.most_mb < 1000.0
