"""Two or three junctions in a row under one signal, as plain XML for netconvert."""

from __future__ import annotations

from collections.abc import Sequence

ARM_M = 200.0


def row_of_junctions(inner_m: Sequence[float], without_side: str = "", bend: bool = False) -> tuple[str, str]:
    """Nodes and edges: junctions a, b, ... so far apart in m from node to node, each with a road from south to north.

    without_side: a junction where nothing crosses; bend: a node without a signal halfway between a and b.
    """
    at, names = [0.0], "abcd"[: len(inner_m) + 1]
    for gap_m in inner_m:
        at.append(at[-1] + gap_m)
    nodes = [f'<node id="{i}" x="{x}" y="0" type="traffic_light" tl="all"/>' for i, x in zip(names, at, strict=True)]
    nodes += [_free("west", -ARM_M, 0.0), _free("east", at[-1] + ARM_M, 0.0)]
    ways = ["west", *names, "east"]
    if bend:
        nodes.append(_free("bend", at[1] / 2.0, 0.0))
        ways.insert(2, "bend")
    edges = [_edge(one, other) for one, other in zip(ways, ways[1:], strict=False)]
    edges += [_edge(other, one) for one, other in zip(ways, ways[1:], strict=False)]
    for name, x in zip(names, at, strict=True):
        if name != without_side:
            nodes += [_free(f"south_{name}", x, -ARM_M), _free(f"north_{name}", x, ARM_M)]
            edges += [_edge(f"south_{name}", name), _edge(name, f"north_{name}")]
    return "".join(nodes), "".join(edges)


def _free(name: str, x: float, y: float) -> str:
    return f'<node id="{name}" x="{x}" y="{y}" type="priority"/>'


def _edge(one: str, other: str) -> str:
    return f'<edge id="{one}_{other}" from="{one}" to="{other}" numLanes="1" speed="13.9"/>'
