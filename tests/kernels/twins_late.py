"""Red added for who is still inside, once more in plain words (docs/control.md). Shares no code with the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field

RED, YELLOW, PERMISSIVE, GREEN = 0, 1, 2, 3


@dataclass
class Lamp:
    """A link: what it shows and for how long, and for how long green, and green with priority, has been over."""

    shows: int
    yellow_s: int
    yellow_for_s: int
    over_s: int
    priority_over_s: int
    foes_s: list[int]  # from the end of its green to the start of each of its foes
    meets: list[Lamp] = field(default_factory=list)

    def owe(self, seconds: int) -> None:
        self.over_s -= seconds
        self.priority_over_s -= seconds

    @property
    def first_foe_s(self) -> int:
        return max(self.yellow_s, min(self.foes_s, default=0))

    def foes_wait_from(self, since_s: int, held_s: int) -> None:
        """As if green had ended so many seconds ago, with `held_s` of red on top."""
        over_s = since_s - max(held_s + self.yellow_s - self.first_foe_s, 0)
        self.over_s = min(self.over_s, over_s)
        self.priority_over_s = min(self.priority_over_s, over_s)

    def owe_from_now(self, seconds: int) -> None:
        """As if green had ended so late that the first foe has that many seconds to go."""
        self.over_s = min(self.over_s, self.first_foe_s - seconds)
        self.priority_over_s = min(self.priority_over_s, self.first_foe_s - seconds)


@dataclass
class Lane:
    """`waited`, `served`: in the phase before, inside or at all; `left`: None without a loop."""

    lamps: list[Lamp]
    waited: bool
    served: bool
    head_s: int
    green_s: int
    may_start: bool
    left: float | None
    idle_s: int  # since somebody left
    caught_s: int  # since somebody left slowly, behind another one
    held: bool  # somebody waits inside for those who still have green
    inside: int  # since the last gap
    waits_now: bool  # in the present phase somebody waits inside for a gap
    priority: bool
    to_clear_s: int  # of priority until all are across who came on a green that yields
    queue: float

    def stands(self, lanes: list[Lane]) -> bool:
        caught = self.caught_s < 4 and self.opposed(lanes, 3)
        return self.head_s >= 3 or self.inside >= 2 or caught

    def opposed(self, lanes: list[Lane], within_s: int) -> bool:
        return any(self.opposed_by(lane) for lane in lanes if lane.idle_s <= within_s)

    def count(self, lanes: list[Lane]) -> None:
        """Who has left a lane that only yields is inside until nobody has come against him for a while."""
        if self.green_s == 0:
            return
        if self.left is None or any(lamp.shows == GREEN for lamp in self.lamps) or not self.opposed(lanes, 5):
            self.inside = 0
        elif self.left >= 0.5:
            self.inside = self.inside + 1 if self.green_s > 1 else 1

    def remember(self) -> None:
        if self.green_s > 0 and self.priority and self.to_clear_s > 0:
            self.to_clear_s -= 1
        if self.green_s > 0 and not self.priority and self.waits_now:
            self.to_clear_s = 5

    def may_be_inside(self) -> bool:
        return self.waited or (self.served and self.to_clear_s >= 1 and self.queue >= 4)

    def opposed_by(self, other: Lane) -> bool:
        here = [lamp for lamp in other.lamps if lamp.shows != RED]
        return other is not self and any(
            any(one is lamp for one in own.meets) for own in self.lamps for lamp in here)

    @property
    def foes(self) -> list[Lamp]:
        return [lamp for own in self.lamps for lamp in own.meets]


def second(lanes: list[Lane], entry_s: int, held_s: int, start_s: int) -> None:
    for lane in lanes:
        for lamp in lane.lamps:
            at_the_end = lamp.over_s > 0 and lamp.over_s - lamp.yellow_s in (0, 1)
            if at_the_end and lane.left is not None and lane.left >= 0.5:
                lamp.owe(entry_s)
    for lane in lanes:
        lane.count(lanes)
        lane.remember()
    for lane in lanes:
        if lane.held:
            ends = any(lamp.shows == YELLOW and lamp.yellow_for_s == 1 for lamp in lane.foes)
            lane.held = lane.green_s == 0 and not ends
            for lamp in lane.lamps if ends and lane.green_s == 0 else []:
                lamp.foes_wait_from(1, held_s)
        if lane.left is None or not lane.may_be_inside():
            lane.may_start = False
            continue
        somebody_starts = lane.may_start and lane.left >= 0.5
        lane.may_start = lane.may_start and not somebody_starts and lane.green_s == 0
        for lamp in lane.lamps:
            if lamp.shows in (RED, YELLOW) and somebody_starts:
                lamp.owe_from_now(start_s)
            if lamp.shows == YELLOW and lamp.yellow_for_s == 1 and lane.stands(lanes):
                lane.may_start = lane.may_start or lane.head_s >= 3  # two of them green
                lane.held = any(other.shows == GREEN for other in lane.foes)
                lamp.foes_wait_from(1, held_s)
            if lamp.shows == YELLOW and lamp.yellow_for_s >= 2 and lamp.yellow_for_s <= lane.head_s:
                lane.may_start = True


@dataclass
class Opposed:
    """A lane of which somebody may wait inside in the phases named, and now; ``yellows_s``: of its lamps."""

    phases: set[int]
    now: bool
    yellows_s: list[int]
    stands: bool
    held: bool
    upstream: tuple[float, float]  # how long both loops have been occupied, of 1


def plan_with(
    starts: list[list[list[int]]], stays: list[list[int]], lanes: list[Opposed], present: int, held_s: int, full: float
) -> None:
    """Move the starts of foes, and the shortest stays, behind those who will be held at the end of a phase."""
    for a, row in enumerate(starts):
        if a == present:
            held = [lane for lane in lanes if lane.held or (lane.now and lane.stands)]
        else:
            held = [lane for lane in lanes if a in lane.phases and all(share > full for share in lane.upstream)]
        until = max((yellow + held_s for lane in held for yellow in lane.yellows_s), default=0) if held_s else 0
        for b, lags in enumerate(row):
            later = [until if lag != 0 and lag < until else lag for lag in lags]
            stays[a][b] += max(after - before for after, before in zip(later, lags, strict=True))
            row[b] = later
