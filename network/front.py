"""A SUMO network read in one call: its graph, its signals, their loops, and the arrays of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import networkx as nx

from network.build import build_signals
from network.controllable import controllable
from network.errors import ScenarioError
from network.loops.detectors import DISTANCES_M, Layout, lay_out, write_additional
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import Network, read_network
from network.safety.clearance import Protocol
from signal_core.tables.intersection import Intersection


@dataclass(frozen=True)
class ReadNetwork:
    """What `read` found.

    graph: the roads, a `networkx.MultiDiGraph` (junctions with their position, edges with lanes, length and speed).
    signals: every signal by id; `left_alone` of one says why it cannot be controlled, empty where it can.
    layout: the loops that adaptive control needs. network: everything else that was read.
    """

    graph: nx.MultiDiGraph
    signals: dict[str, Signal]
    layout: Layout
    network: Network

    @cached_property
    def intersections(self) -> list[Intersection]:
        """What can be controlled, for `signal_core.Engine`; loops are numbered as in ``layout.loops``."""
        return controllable(tuple(self.signals.values()), self.layout, adds_phases=True)[1]

    def write_loops(self, path: str | Path) -> None:
        """Write the loops as an additional file of SUMO."""
        write_additional(self.layout, path)


def read(net_file: str | Path, additional: Sequence[str | Path] = (), *, protocol: Protocol = "plan",
         detectors_m: Sequence[float] = DISTANCES_M) -> ReadNetwork:
    """Read a SUMO network and the programs of its signals.

    Parameters
    ----------
    net_file
        A ``.net.xml``, gzipped or not.
    additional
        Files with further programs; the last one of a signal counts, as in SUMO.
    protocol
        ``plan``: yellow and red clearance as in the programs; ``resco``: 3 s of yellow, no red clearance.
    detectors_m
        Distances of the loops from the stop line in m, ascending.

    Raises
    ------
    network.errors.ScenarioError
        Where a file is missing or broken, or the distances do not ascend; one line that says what to do.
    """
    network = read_network(net_file)
    signals = build_signals(network, read_programs([net_file, *additional]), protocol)
    try:
        layout = lay_out(network, signals, tuple(detectors_m))
    except ValueError as error:
        raise ScenarioError(f"detectors_m: {error}") from error
    return ReadNetwork(network.graph, signals, layout, network)
