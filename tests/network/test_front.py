"""A network read in one call."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest

import network
from scenarios.generated import GridPlan, write_scenario


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("read")
    return write_scenario(folder, GridPlan(columns=2, rows=1, end_s=10), 1, "street").with_suffix(".net.xml")


def test_graph_signals_loops_and_arrays(net: Path, tmp_path: Path) -> None:
    found = network.read(net)
    assert isinstance(found.graph, nx.MultiDiGraph)
    assert set(found.signals) <= set(found.graph.nodes)
    assert [x.id for x in found.intersections] == list(found.signals)
    assert found.intersections is found.intersections
    loops = {int(loop) for x in found.intersections for loop in x.stop_loop if loop >= 0}
    assert max(loops) < len(found.layout.loops)
    found.write_loops(tmp_path / "loops.add.xml")
    assert (tmp_path / "loops.add.xml").read_text().count("<inductionLoop ") == len(found.layout.loops)


def test_distances_and_protocol_are_taken(net: Path) -> None:
    near, far = network.read(net, detectors_m=[0]), network.read(net, protocol="resco")
    assert len(near.layout.loops) < len(far.layout.loops)
    assert {int(s) for x in far.intersections for s in x.yellow_s} == {3}


def test_bad_input_is_one_line(net: Path, tmp_path: Path) -> None:
    with pytest.raises(network.ScenarioError, match=r"detectors_m: .*ascend"):
        network.read(net, detectors_m=[40, 0])
    with pytest.raises(network.ScenarioError, match="no such network file"):
        network.read(tmp_path / "nowhere.net.xml")
