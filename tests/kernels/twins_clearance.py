"""Red clearance extended for vehicles that are still inside, in plain words. Shares no code with the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field

RED, YELLOW, PERMISSIVE, GREEN = 0, 1, 2, 3


@dataclass
class Lamp:
    """A link: what it shows and for how long, and for how long green, and green with priority, has been over."""

    shows: int
    yellow_s: int
    yellow_for_s: int
    clearing_s: int
    priority_clearing_s: int
    conflicts_s: list[int]  # from the end of its green to the start of each that conflicts
    meets: list[Lamp] = field(default_factory=list)

    def owe(self, seconds: int) -> None:
        self.clearing_s -= seconds
        self.priority_clearing_s -= seconds

    @property
    def first_conflict_s(self) -> int:
        return max(self.yellow_s, min(self.conflicts_s, default=0))

    def clear_from(self, since_s: int, sneaker_red_s: int) -> None:
        """As if green had ended so many seconds ago, with `sneaker_red_s` of red on top."""
        clearing_s = since_s - max(sneaker_red_s + self.yellow_s - self.first_conflict_s, 0)
        self.clearing_s = min(self.clearing_s, clearing_s)
        self.priority_clearing_s = min(self.priority_clearing_s, clearing_s)

    def owe_from_now(self, seconds: int) -> None:
        """As if green had ended so late that the first conflicting start has that many seconds to go."""
        self.clearing_s = min(self.clearing_s, self.first_conflict_s - seconds)
        self.priority_clearing_s = min(self.priority_clearing_s, self.first_conflict_s - seconds)


@dataclass
class Exit:
    """Behind a junction: seconds somebody stood there, who leaves now, whether it is occupied for all of this second,
    and the lanes that lead there with the share of theirs."""

    stood_s: int
    leave: float
    occupied: bool
    lanes: list[tuple[float, Lane]]


@dataclass
class Lane:
    """`waited`, `served`: in the phase before, inside or at all; `left`: None without a loop."""

    lamps: list[Lamp]
    waited: bool
    served: bool
    standing_s: int
    green_s: int
    may_cross_late: bool
    left: float | None
    idle_s: int  # since somebody left
    slow_ago_s: int  # since somebody left slowly, behind another one
    are_opposed: bool  # sneakers wait for movements that still have green
    since_gap: int  # seconds with departures
    waits_now: bool  # in the present phase somebody waits inside for a gap
    priority: bool
    to_clear_s: int  # of priority until all are across that came on a green that yields
    queue: float
    held_s: int = 0  # so long have those waited who meet one that cannot leave
    inside: float = 0.0
    drains: bool = False  # a way of a ring, which leads here

    def stands(self, lanes: list[Lane]) -> bool:
        caught = self.slow_ago_s < 4 and self.opposed(lanes, 3)
        return self.standing_s >= 3 or self.since_gap >= 2 or caught

    def opposed(self, lanes: list[Lane], within_s: int) -> bool:
        return any(self.opposed_by(lane) for lane in lanes if lane.idle_s <= within_s)

    def count(self, lanes: list[Lane]) -> None:
        """A vehicle that has left a lane that only yields is inside until nothing has come against it for a while."""
        if self.green_s == 0:
            return
        if self.left is None or any(lamp.shows == GREEN for lamp in self.lamps) or not self.opposed(lanes, 5):
            self.since_gap = 0
        elif self.left >= 0.5:
            self.since_gap = self.since_gap + 1 if self.green_s > 1 else 1

    def remember(self) -> None:
        if self.green_s > 0 and self.priority and self.to_clear_s > 0:
            self.to_clear_s -= 1
        if self.green_s > 0 and not self.priority and self.waits_now:
            self.to_clear_s = 5

    def may_have_sneakers(self) -> bool:
        return self.waited or (self.served and self.to_clear_s >= 1 and self.queue >= 4)

    def opposed_by(self, other: Lane) -> bool:
        here = [lamp for lamp in other.lamps if lamp.shows != RED]
        return other is not self and any(
            any(one is lamp for one in own.meets) for own in self.lamps for lamp in here)

    @property
    def conflicting(self) -> list[Lamp]:
        return [lamp for own in self.lamps for lamp in own.meets]


def second(lanes: list[Lane], extension_s: int, sneaker_red_s: int, start_s: int) -> None:
    for lane in lanes:
        for lamp in lane.lamps:
            at_the_end = lamp.clearing_s > 0 and lamp.clearing_s - lamp.yellow_s in (0, 1)
            if at_the_end and lane.left is not None and lane.left >= 0.5:
                lamp.owe(extension_s)
    for lane in lanes:
        lane.count(lanes)
        lane.remember()
    for lane in lanes:
        if lane.are_opposed:
            ends = any(lamp.shows == YELLOW and lamp.yellow_for_s == 1 for lamp in lane.conflicting)
            lane.are_opposed = lane.green_s == 0 and not ends
            for lamp in lane.lamps if ends and lane.green_s == 0 else []:
                lamp.clear_from(1, sneaker_red_s)
        if lane.left is None or not lane.may_have_sneakers():
            lane.may_cross_late = False
            continue
        somebody_starts = lane.may_cross_late and lane.left >= 0.5
        lane.may_cross_late = lane.may_cross_late and not somebody_starts and lane.green_s == 0
        for lamp in lane.lamps:
            if lamp.shows in (RED, YELLOW) and somebody_starts:
                lamp.owe_from_now(start_s)
            if lamp.shows == YELLOW and lamp.yellow_for_s == 1 and lane.stands(lanes):
                lane.may_cross_late = lane.may_cross_late or lane.standing_s >= 3  # two of them green
                lane.are_opposed = any(other.shows == GREEN for other in lane.conflicting)
                lamp.clear_from(1, sneaker_red_s)
            if lamp.shows == YELLOW and lamp.yellow_for_s >= 2 and lamp.yellow_for_s <= lane.standing_s:
                lane.may_cross_late = True


def wait_for_exits(lanes: list[Lane], exits: list[Exit], most_s: int) -> None:
    """Who stands inside before an exit that does not move is waited for, and has 3 s to leave once it moves; but at a
    signal that ends ways of a ring only who comes from one."""
    for lane in lanes:
        lane.inside = lane.inside * 29.0 / 30.0 + (lane.left or 0.0)
    stuck = []
    for one in exits:
        one.stood_s = one.stood_s + 1 if one.occupied and not one.leave else 0
        bound = sum(share * lane.inside for share, lane in one.lanes)
        for share, lane in one.lanes if bound else []:
            lane.inside = max(lane.inside - one.leave * share * lane.inside / bound, 0.0)
        stuck += [lane for _, lane in one.lanes if 120 >= one.stood_s > 2 and lane.inside >= 0.5]
    ring = any(lane.drains for lane in lanes)
    for lane in lanes:
        if lane.green_s:
            lane.held_s = 0
        elif lane.held_s < most_s and any(lane is other for other in stuck) and (lane.drains or not ring):
            lane.held_s += 1
            for lamp in lane.lamps:
                lamp.owe_from_now(3)


@dataclass
class Opposed:
    """A lane of which somebody may wait inside in the phases named, and now; ``yellows_s``: of its lamps."""

    phases: set[int]
    now: bool
    yellows_s: list[int]
    stands: bool
    are_opposed: bool
    upstream: tuple[float, float]  # how long both loops have been occupied, of 1


def plan_with(
    starts: list[list[list[int]]], splits: list[list[int]], lanes: list[Opposed], present: int, sneaker_red_s: int,
    full: float
) -> None:
    """Move conflicting starts, and the minimum splits, behind the sneakers expected at the end of a phase."""
    for a, row in enumerate(starts):
        if a == present:
            expected = [lane for lane in lanes if lane.are_opposed or (lane.now and lane.stands)]
        else:
            expected = [lane for lane in lanes if a in lane.phases and all(share > full for share in lane.upstream)]
        until = max((yellow + sneaker_red_s for lane in expected for yellow in lane.yellows_s), default=0)
        until = until if sneaker_red_s else 0
        for b, lags in enumerate(row):
            later = [until if lag != 0 and lag < until else lag for lag in lags]
            splits[a][b] += max(after - before for after, before in zip(later, lags, strict=True))
            row[b] = later
