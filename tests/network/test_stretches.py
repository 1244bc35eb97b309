"""Lanes along an approach, as far as somebody may look."""

from __future__ import annotations

from network.build import build_signals
from network.loops.detectors import SEEN_M, lay_out
from network.program.programs import read_programs
from network.roads.reader import read_network
from network.roads.trace import stretches

from .conftest import Built

NODES = (
    '<node id="j" x="0" y="0" type="traffic_light"/><node id="e" x="300" y="0"/>'
    '<node id="n" x="0" y="300"/><node id="s" x="0" y="-300"/>'
    '<node id="a" x="-10" y="0" type="priority"/><node id="b" x="-100" y="0" type="priority"/>'
    '<node id="w" x="-400" y="0"/><node id="v" x="-100" y="300"/>'
)
EDGES = (
    '<edge id="je" from="j" to="e"/><edge id="nj" from="n" to="j"/><edge id="js" from="j" to="s"/>'
    '<edge id="aj" from="a" to="j" length="8"/><edge id="ba" from="b" to="a" length="90"/>'
    '<edge id="wb" from="w" to="b" length="300"/><edge id="vb" from="v" to="b" length="250"/>'
)


def test_stretches_follow_the_approach_over_every_fork_and_end_at_the_reach(built: Built) -> None:
    network = read_network(built(NODES, EDGES))
    near = list(stretches(network, network.lanes["aj_0"], 50.0))
    assert [(s.lane_id, s.length_m) for s in near] == [("aj_0", 8.0), ("ba_0", 90.0)]
    assert near[0].before_m == 0.0
    assert 8.0 <= near[1].before_m < 20.0
    far = list(stretches(network, network.lanes["aj_0"], 200.0))
    assert {s.lane_id for s in far} == {"aj_0", "ba_0", "wb_0", "vb_0"}
    assert [s.before_m for s in far] == sorted(s.before_m for s in far)


def test_every_lane_of_a_signal_has_its_stretches(built: Built) -> None:
    path = built(NODES, EDGES)
    network = read_network(path)
    signals = build_signals(network, read_programs([path]))
    layout = lay_out(network, signals)
    for approach in layout.lane_loops["j"]:
        assert approach.stretches[0].lane_id == approach.lane.id
        assert all(s.before_m <= SEEN_M for s in approach.stretches)
