"""A small town as OpenStreetMap has it: two long streets, three cross streets, a signal where they meet."""

from __future__ import annotations

from pathlib import Path

COLUMNS, ROWS = 5, 4
SOUTH, WEST = 52.0, 10.0
NORTHWARD, EASTWARD = 0.0018, 0.0029  # some 200 m


def write_town(path: Path) -> None:
    """The town as an extract (.osm)."""
    number = {(x, y): 1 + x + y * COLUMNS for y in range(ROWS) for x in range(COLUMNS)}
    lines = [_node(number[x, y], x, y) for x, y in number]
    lines += [_way(100 + y, [number[x, y] for x in range(COLUMNS)], "secondary") for y in range(1, ROWS - 1)]
    lines += [_way(200 + x, [number[x, y] for y in range(ROWS)], "tertiary") for x in range(1, COLUMNS - 1)]
    text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">', *lines, "</osm>"])
    path.write_text(text, encoding="utf-8")


def _node(number: int, x: int, y: int) -> str:
    inside = 0 < x < COLUMNS - 1 and 0 < y < ROWS - 1
    tag = '<tag k="highway" v="traffic_signals"/>' if inside else ""
    place = f'lat="{SOUTH + NORTHWARD * y:.6f}" lon="{WEST + EASTWARD * x:.6f}"'
    return f'<node id="{number}" version="1" {place}>{tag}</node>'


def _way(number: int, nodes: list[int], kind: str) -> str:
    along = "".join(f'<nd ref="{node}"/>' for node in nodes)
    tags = {"highway": kind, "name": f"Street {number}", "lanes": "2", "maxspeed": "50"}
    return f'<way id="{number}" version="1">{along}' + "".join(
        f'<tag k="{key}" v="{value}"/>' for key, value in tags.items()) + "</way>"
