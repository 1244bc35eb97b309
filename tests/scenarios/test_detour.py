"""The street with a way round: nobody takes that by himself, however long the queue."""

from __future__ import annotations

import subprocess
from pathlib import Path
from xml.etree import ElementTree

from network.sumo_package import binary
from scenarios.detour import write_detour


def test_nobody_goes_round_without_advice(tmp_path: Path) -> None:
    config, routes = write_detour(tmp_path), tmp_path / "ways.xml"
    words = ["-c", str(config), "-e", "400", "--vehroute-output", str(routes), "--vehroute-output.write-unfinished"]
    subprocess.run([binary("sumo"), *words, "--no-step-log", "--no-warnings"], check=True, capture_output=True)
    ways = [str(route.get("edges")).split() for route in ElementTree.parse(routes).iter("route")]
    through = [way for way in ways if way[0] == "west_fork"]
    assert len(through) > 100
    assert all("fork_t1" in way for way in through)
