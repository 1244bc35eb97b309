"""What does not change: where signals, their stop lines and lanes lie. Plain enough for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True)
class Head:
    """A lamp: its place in the state, where it stands, the lane that it lets go and where to (SUMO's letter)."""

    index: int
    at: Point
    lane: str = ""
    direction: str = ""


@dataclass(frozen=True)
class SignalPlace:
    """A signal: lamps in its state, where it is in m."""

    id: str
    lamps: int
    at: Point
    heads: tuple[Head, ...] = ()


@dataclass(frozen=True)
class LanePlace:
    """A lane before a stop line, in driving direction, in m."""

    id: str
    signal: str
    shape: tuple[Point, ...]


@dataclass(frozen=True)
class Stop:
    """A stop line on a corridor, ``at_m`` along it, and the lamps that let traffic go straight on."""

    signal: str
    at_m: float
    lamps: tuple[int, ...]


@dataclass(frozen=True)
class Scene:
    """A street: ``roads`` are all others there are, for the eye. speed_mps: usual along the corridor."""

    name: str
    signals: tuple[SignalPlace, ...]
    lanes: tuple[LanePlace, ...] = ()
    roads: tuple[tuple[Point, ...], ...] = ()
    corridor: tuple[Stop, ...] = ()
    speed_mps: float = 13.9
    places: dict[str, Point] = field(default_factory=dict)
    """Latitude and longitude of signals, where they are known."""

    def as_json(self) -> dict[str, Any]:
        """For the page."""
        return asdict(self)


def in_a_row(name: str, lamps: Mapping[str, Sequence[tuple[str, str]]]) -> Scene:
    """Signals whose places nobody knows, side by side; lamps: of each, by its id, their names and kinds."""
    columns = max(1, round(len(lamps) ** 0.5 * 1.5))
    signals = []
    for k, (signal_id, own) in enumerate(lamps.items()):
        x, y = 100.0 * (k % columns), -100.0 * (k // columns)
        heads = tuple(Head(i, (x + 4.0 * i, y - 12.0), lane, "walk" if kind == "pedestrian" else "")
                      for i, (lane, kind) in enumerate(own))  # fmt: skip
        signals.append(SignalPlace(signal_id, len(own), (x, y), heads))
    return Scene(name, tuple(signals))
