"""Claims once more, lane by lane from all that was ever seen. Shares no code with the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field

STANDING_S, EMPTY_S = 3, 4


@dataclass
class Lane:
    """One lane. loops: the distances at which it has some, outermost last; rates[p]: discharge in phase p, `plan` that
    of the whole program; runs[d]: (standing, empty) seconds at each distance, newest last."""

    road: int
    loops: tuple[str, ...]
    bounded: bool
    rates: list[float]
    plan: float
    runs: list[dict[str, tuple[int, int]]] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)
    mid_seen: float = 0.0
    there_s: int = 0
    owed: float = 0.0
    paying: bool = False
    held: float = 0.0

    @property
    def counts(self) -> bool:
        """Whether it is owed something and may have it."""
        return self.owed > 0.0 and self.held < 0.5

    @property
    def left_lately(self) -> float:
        return sum(count * 0.998**age for age, count in enumerate(reversed(self.gone)))


@dataclass
class Signal:
    """Lanes of one signal, its cycle, how many phases are the program's."""

    lanes: list[Lane]
    cycle_s: float
    own: int

    def inside(self, lane: Lane) -> bool:
        """Whether a quarter of the traffic of its road starts behind the loops."""
        road = [other for other in self.lanes if other.road == lane.road]
        if any("mid" not in other.loops or "stop" not in other.loops for other in road):
            return False
        gone = sum(other.left_lately for other in road)
        return gone >= 10.0 and gone - sum(other.mid_seen for other in road) > 0.25 * gone

    def second(self, phase: int, green: list[bool]) -> None:
        for lane, shows in zip(self.lanes, green, strict=True):
            inside = self.inside(lane)
            standing, empty = lane.runs[-1]["stop" if inside else lane.loops[-1]]
            there = standing >= STANDING_S or (lane.there_s > 0 and empty < EMPTY_S)
            lane.there_s = lane.there_s + 1 if there else 0
            begins = lane.there_s >= max(self.cycle_s, 1) and (inside or not lane.bounded)
            waits = "stop" in lane.loops and lane.runs[-1]["stop"][1] < EMPTY_S
            if not begins and not (lane.owed != 0.0 and waits):
                lane.owed = 0.0
                continue
            lane.owed += lane.plan - (lane.rates[phase] if shows else 0.0)
            lane.owed = min(max(lane.owed, -lane.plan * self.cycle_s), 2.0 * lane.plan * self.cycle_s)

    def forced(self, phase: int) -> int:
        for lane in self.lanes:
            lane.paying = lane.paying and lane.counts and lane.rates[phase] > 0.0
        if any(lane.paying for lane in self.lanes):
            return phase
        behind = [lane for lane in self.lanes if lane.counts and lane.owed >= lane.plan * self.cycle_s]
        if not behind:
            return -1
        first = max(behind, key=lambda lane: lane.owed / (lane.plan * self.cycle_s))
        able = [p for p in range(self.own) if first.rates[p] > 0.0]
        if not able:
            return -1
        best = max(able, key=lambda p: sum(lane.rates[p] for lane in self.lanes if lane.counts))
        for lane in self.lanes:
            lane.paying = lane.counts and lane.rates[best] > 0.0
        return best
