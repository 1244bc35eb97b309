"""How far queues reach once more, lane by lane from all that was ever seen. Shares no code with the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field

STANDING_S, EMPTY_S = 3, 4


@dataclass
class Lane:
    """One lane. loops: the distances at which it has some, outermost last; runs[d]: (standing, empty) seconds at each
    distance, newest last; gone: vehicles that left in every second."""

    road: int
    loops: tuple[str, ...]
    runs: list[dict[str, tuple[int, int]]] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)
    mid_seen: float = 0.0
    there_s: int = 0

    @property
    def left_lately(self) -> float:
        return sum(count * 0.998**age for age, count in enumerate(reversed(self.gone)))


def starts_inside(lanes: list[Lane], lane: Lane) -> bool:
    """Whether a quarter of the traffic of its road starts behind the loops."""
    road = [other for other in lanes if other.road == lane.road]
    if any("mid" not in other.loops or "stop" not in other.loops for other in road):
        return False
    gone = sum(other.left_lately for other in road)
    return gone >= 10.0 and gone - sum(other.mid_seen for other in road) > 0.25 * gone


def second(lanes: list[Lane]) -> None:
    """One second of all lanes of a signal."""
    for lane in lanes:
        where = "stop" if starts_inside(lanes, lane) else lane.loops[-1]
        standing, empty = lane.runs[-1][where]
        there = standing >= STANDING_S or (lane.there_s > 0 and empty < EMPTY_S)
        lane.there_s = lane.there_s + 1 if there else 0
