"""Signals of small networks made on the spot, for what is written about them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from network.build import build_signals
from network.loops.detectors import Layout, lay_out
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import read_network
from network.sumo_package import binary

SHAPE = ("--grid", "--grid.x-number", "1", "--grid.y-number", "1", "--grid.attach-length", "300", "-j", "traffic_light")
JUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "left turns after their foes": ("--default.lanenumber", "2", "--turn-lanes", "1", "--tls.left-green.time", "6"),
    "dual ring": ("--default.lanenumber", "2", "--turn-lanes", "1", "--tls.default-type", "NEMA", "--tls.layout",
                  "opposites"),
    "crossings": ("--default.lanenumber", "1", "--crossings.guess", "--sidewalks.guess"),
    "actuated": ("--default.lanenumber", "2", "--tls.default-type", "actuated")}


def prepared_signal(name: str, folder: Path) -> tuple[Signal, Layout]:
    """One of `JUNCTIONS`, with its loops."""
    net = folder / "j.net.xml"
    subprocess.run([binary("netgenerate"), *SHAPE, *JUNCTIONS[name], "-o", str(net)], check=True, capture_output=True)
    network = read_network(net)
    signals = build_signals(network, read_programs([net]))
    return signals["A0"], lay_out(network, signals)
