"""Networks as large as a city's, a signal as large as a quarter, a day of a town: in little memory, and in time."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from network.sumo_package import binary, run_program
from scenarios.generated import GridPlan, write_scenario
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


@pytest.mark.nightly
def test_a_comparison_of_a_day_takes_the_memory_of_one_of_an_hour(tmp_path: Path) -> None:
    """With all its processes, SUMO and what is read from its records at the end; SIGNAL_CORE_HOURS: other than 24."""
    hours = float(os.environ.get("SIGNAL_CORE_HOURS", "24"))
    plan = GridPlan(columns=4, rows=3, row_vph=450.0, column_vph=300.0, end_s=round(hours * 3600))
    town = write_scenario(tmp_path, plan, 1, "town")
    most_mb = []
    for end_s in (60, 3600, plan.end_s):  # the first compiles, where nobody has
        words = ["compare", str(town), "-c", "adaptive", "--seeds", "1", "-e", str(end_s), "--report", "none",
                 "-o", str(tmp_path / str(end_s))]  # fmt: skip
        done = watch([sys.executable, "-m", "bench", *words], tmp_path / "said", 7200.0)
        assert done.code == 0, done.out[-2000:]
        most_mb.append(done.most_mb)
        print(f"\n{end_s} s: {done.most_mb:.0f} MB, {done.cpu_s:.0f} s of CPU")
    assert most_mb[2] - most_mb[1] < 50.0, most_mb
