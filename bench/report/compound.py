"""Many lines or areas of one look as one path: quick to draw, small in a file. The panel's limits stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.patches import PathPatch
from matplotlib.path import Path

START, ON, CLOSED = int(Path.MOVETO), int(Path.LINETO), int(Path.CLOSEPOLY)
Point = tuple[float, float]
Box = tuple[float, float, float, float]


def draw_lines(panel: Any, lines: Iterable[Sequence[Point]], **look: Any) -> None:
    """Open lines through their points."""
    _add(panel, lines, False, fill=False, **look)


def draw_areas(panel: Any, areas: Iterable[Sequence[Point]], **look: Any) -> None:
    """Filled areas within their corners."""
    _add(panel, areas, True, **{"edgecolor": "none", **look})


def draw_boxes(panel: Any, boxes: Iterable[Box], **look: Any) -> None:
    """Filled boxes: left, low, width, height."""
    draw_areas(panel, ([(x, y), (x + w, y), (x + w, y + h), (x, y + h)] for x, y, w, h in boxes), **look)


def _add(panel: Any, shapes: Iterable[Sequence[Point]], closed: bool, **look: Any) -> None:
    points: list[Point] = []
    codes: list[int] = []
    for shape in filter(None, shapes):
        points += shape
        codes += [START, *[ON] * (len(shape) - 1)]
        if closed:
            points.append(shape[0])
            codes.append(CLOSED)
    if points:
        panel.add_artist(PathPatch(Path(points, codes), **look))
