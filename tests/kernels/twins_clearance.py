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
    caught_wait_s: int = 0  # until it may start, as somebody may be caught inside
    is_watched: bool = True  # nobody waits for it but on lanes with loops
    meets: list[Lamp] = field(default_factory=list)
    caught_s: list[tuple[int, int]] = field(default_factory=list)  # of each met: against who comes, against who stands

    def owe(self, seconds: int) -> None:
        self.clearing_s -= seconds
        self.priority_clearing_s -= seconds

    @property
    def first_conflict_s(self) -> int:
        return max(self.yellow_s, min(self.conflicts_s, default=0))

    def hold_others(self, lanes: list[Lane], on_the_way_s: int, unknown_s: int) -> None:
        """All it meets wait until the last of a row that is caught is across, who has been on his way for so long."""
        for other, (moving_s, standing_s) in zip(self.meets, self.caught_s, strict=True):
            starters = [lane for lane in lanes if any(lamp is other for lamp in lane.lamps)]
            owed = [standing_s if lane.standing_s >= 3 else moving_s for lane in starters]
            owed += [] if other.is_watched else [moving_s]
            other.caught_wait_s = max(
                [other.caught_wait_s, *(unknown_s if seconds == 0 else seconds - on_the_way_s for seconds in owed)])

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
    change_s: int = 0  # since the change of phase began that is under way, or was the last

    def stands(self, lanes: list[Lane]) -> bool:
        caught = self.slow_ago_s < 4 and self.opposed(lanes, 3)
        ends = [lamp.clearing_s for lamp in self.lamps if lamp.shows in (RED, YELLOW)]
        earliest_s = max([seconds for seconds in ends if seconds <= self.change_s], default=1)
        return self.standing_s - max(earliest_s - 1, 0) >= 3 or self.since_gap >= 2 or caught

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
                lamp.hold_others(lanes, 1, lamp.yellow_s - 1 + sneaker_red_s)
        if lane.left is None or not lane.may_have_sneakers():
            lane.may_cross_late = False
            continue
        somebody_starts = lane.may_cross_late and lane.left >= 0.5
        lane.may_cross_late = lane.may_cross_late and not somebody_starts and lane.green_s == 0
        for lamp in lane.lamps:
            if lamp.shows in (RED, YELLOW) and somebody_starts:
                lamp.hold_others(lanes, 4, start_s)
            if lamp.shows == YELLOW and lamp.yellow_for_s == 1 and lane.stands(lanes):
                lane.may_cross_late = lane.may_cross_late or lane.standing_s >= 3  # two of them green
                lane.are_opposed = any(other.shows == GREEN for other in lane.conflicting)
                lamp.hold_others(lanes, 1, lamp.yellow_s - 1 + sneaker_red_s)
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
    """A lane of which somebody may wait inside in the phases named, and now; ``way``: what else the planner's twin is
    told of it."""

    phases: set[int]
    now: bool
    way: Lane
    stands: bool
    are_opposed: bool
    upstream: tuple[float, float]  # how long both loops have been occupied, of 1


def plan_with(
    starts: list[list[list[int]]], splits: list[list[int]], lanes: list[Opposed], present: int, sneaker_red_s: int,
    full: float
) -> None:
    """Move starts in conflict, and the minimum splits, behind the sneakers expected at the end of a phase."""
    for a, row in enumerate(starts):
        if a == present:
            expected = [lane for lane in lanes if lane.are_opposed or (lane.now and lane.stands)]
        else:
            expected = [lane for lane in lanes if a in lane.phases and all(share > full for share in lane.upstream)]
        untils = [max([until_s(one.way, lane.way, sneaker_red_s) for one in expected], default=0) for lane in lanes]
        for b, lags in enumerate(row):
            later = [until if sneaker_red_s and 0 < lag < until else lag
                     for until, lag in zip(untils, lags, strict=True)]
            splits[a][b] += max(after - before for after, before in zip(later, lags, strict=True))
            row[b] = later


def until_s(caught: Lane, starts: Lane, sneaker_red_s: int) -> int:
    """Seconds from the end of one lane's green to the start of another's if a row of the first is caught inside."""
    found = [0]
    for lamp in caught.lamps:
        for other, (moving_s, standing_s) in zip(lamp.meets, lamp.caught_s, strict=True):
            seconds = standing_s if starts.standing_s >= 3 else moving_s
            if any(one is other for one in starts.lamps):
                found.append(seconds or lamp.yellow_s + sneaker_red_s)
    return max(found)
