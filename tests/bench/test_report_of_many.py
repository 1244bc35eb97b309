"""A report of 36 signals: in a fraction of the time of its runs, small, not in silence, who loses first."""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import time
from pathlib import Path

import pytest
from rich.console import Console

from bench.cli.main import main
from bench.report.write import write_report
from network.sumo_package import binary

SIDE, END_S, TRIPS, SEED = 6, 900, 2000, 3
MOST_BYTES, MOST_S, MOST_SHARE = 5_000_000, 15.0, 0.2


def _world(folder: Path) -> tuple[Path, Path]:
    """A grid of signals, and trips between its ends."""
    net, trips = folder / "many.net.xml", folder / "many.trips.xml"
    shape = ["--grid", "--grid.number", str(SIDE), "--grid.length", "200", "--grid.attach-length", "200"]
    lanes = ["-L", "2", "--turn-lanes", "1", "-j", "traffic_light"]
    subprocess.run([binary("netgenerate"), *shape, *lanes, "-o", str(net)], check=True, capture_output=True)
    inner = {"left": "A{}", "right": "F{}", "bottom": "{}0", "top": "{}5"}
    ends = [f"{side}{k}" for side in inner for k in range(SIDE)]
    node = {f"{side}{k}": where.format(k if side in ("left", "right") else "ABCDEF"[k])
            for side, where in inner.items() for k in range(SIDE)}  # fmt: skip
    chance = random.Random(SEED)
    rows = []
    for k in range(TRIPS):
        start, goal = chance.sample(ends, 2)
        rows.append(f'<trip id="{k}" depart="{k * END_S / TRIPS:.2f}" from="{start}{node[start]}" '
                    f'to="{node[goal]}{goal}" departLane="best"/>')  # fmt: skip
    trips.write_text(f"<routes>{''.join(rows)}</routes>", encoding="utf-8")
    return net, trips


@pytest.mark.nightly
def test_a_report_of_36_signals(tmp_path: Path) -> None:
    net, trips = _world(tmp_path)
    home = tmp_path / "results"
    words = ["compare", str(net), "-r", str(trips), "-b", "0", "-e", str(END_S), "-c", "fixed,adaptive"]
    assert main([*words, "--seeds", "1:3", "-o", str(home)]) == 0
    runs_s = sum(row["wall_s"] for row in json.loads((home / "results.json").read_text(encoding="utf-8"))["runs"])
    said = io.StringIO()
    began_s = time.monotonic()
    write_report(home, Console(file=said, force_terminal=True, width=120), bounded=True)
    took_s = time.monotonic() - began_s
    size = sum(path.stat().st_size for place in (home / "figures", home / "signals") for path in place.iterdir())
    size += (home / "report.html").stat().st_size
    print(f"runs {runs_s:.0f} s, report {took_s:.1f} s, {size / 1e6:.2f} MB")
    assert took_s <= max(MOST_S, MOST_SHARE * runs_s)
    assert size <= MOST_BYTES
    assert "reading the runs of adaptive" in said.getvalue()
    assert "drawing signal 3 of" in said.getvalue()
    page = (home / "report.html").read_text(encoding="utf-8")
    pages = re.findall(r'<a href="(signals/\d+\.html)">', page)
    assert len(pages) >= SIDE * SIDE
    for name in pages:
        own = (home / name).read_text(encoding="utf-8")
        assert all((home / "signals" / src).is_file() for src in re.findall(r'<img src="([^"]+)"', own))
