"""Twin of `turns`: who has the next turn at a full exit, who is held for him, and which ways are emptied."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.kernels.twins_locks import Exit

LONG_S, GREEN_S, REST_S, LATELY_S = 90, 5.0, 90, 60


@dataclass
class Now:
    """One second. Per lane: for how long its first vehicle has stood, through how much green, and has had green; how
    many have room on the way to it, and how many are there. Per exit: for how long somebody has stood, and for how long
    nobody has been there."""

    stands_s: list[int]
    through_s: list[float]
    green_s: list[int]
    room: list[float]
    there: list[float]
    stood_s: list[int]
    empty_s: list[int]

    def has_places(self, k: int) -> bool:
        """On a way for a few there is room for a bus, or for half a vehicle less than it holds."""
        return self.room[k] >= 8.0 or self.room[k] - self.there[k] >= min(2.5, self.room[k] - 0.5)


@dataclass
class Found:
    """What is held of each lane, who waits wholly, who may go, and where; signals are kept from their plans."""

    held: list[float]
    waits: set[int]
    goes: set[int]
    emptied: set[int]
    kept: set[int]


@dataclass
class Turns:
    """Turns at all exits: the signal of each lane and its road, who has a turn, by road of exits, and how much of it he
    has had, by lane."""

    exits: list[Exit]
    signal_of: list[int]
    road_of: list[tuple[int, int]]
    turn_s: float
    holder: dict[int, int] = field(default_factory=dict)
    had_s: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))

    def is_open(self, one: Exit) -> bool:
        """Signals end the way, and less than half of each lane there goes to exits that stand, or stood lately."""
        stuck = [y for y in self.exits if y.moved_s <= LATELY_S]
        return bool(one.onward) and all(sum(y.leads_here.get(k, 0.0) for y in stuck) < 0.5 for k in one.onward)

    def is_due(self, one: Exit, k: int, now: Now) -> bool:
        """He stood through all the green of a turn, or, where the way can be emptied, for long."""
        long = now.stands_s[k] >= LONG_S and now.through_s[k] >= GREEN_S and self.is_open(one)
        return self.had_s[k] < self.turn_s and (now.through_s[k] >= self.turn_s or long)

    def give(self, now: Now) -> None:
        """Turns go on until somebody has gone, or has had his time; then who has stood longest is next."""
        able = {road: [k] for road, k in self.holder.items() if now.stands_s[k] > 0 and self.had_s[k] < self.turn_s}
        for one in self.exits:
            if self.turn_s > 0 and (one.moved_s <= LATELY_S or not all(map(now.has_places, one.onward))):
                able.setdefault(one.road, []).extend(k for k in one.leads_here if self.is_due(one, k, now))
        self.holder = {road: max(lanes, key=lambda k: (self.had_s[k], now.stands_s[k]))
                       for road, lanes in able.items() if lanes}

    def second(self, now: Now) -> Found:
        """One second of all exits."""
        for x, one in enumerate(self.exits):
            one.moved_s = 0 if now.stood_s[x] >= 3 else one.moved_s + 1
        self.give(now)
        lacks: set[int] = set()
        vain: set[int] = set()
        found = Found([0.0] * len(self.signal_of), set(), set(self.holder.values()), set(), set())
        for x, one in enumerate(self.exits):
            k = self.holder.get(one.road)
            if k is None or k not in one.leads_here:
                continue
            opens, places, mine = self.is_open(one), all(map(now.has_places, one.onward)), set[int]()
            if now.empty_s[x] < 2 or one.closed or (opens and not places):
                lacks.add(k)
                if not opens:
                    vain.add(k)
                for o in one.onward if opens else []:
                    beside = {e for e in range(len(now.there)) if self.road_of[e] == self.road_of[o]}
                    if now.room[o] < 8.0:
                        mine |= beside if now.there[o] < 0.5 else {o}
            found.emptied |= mine
            found.kept |= {self.signal_of[o] for o in mine | {k} if opens}
        self.hold(found)
        self.count(now, (found.goes - lacks) | vain)
        found.goes -= lacks
        return found

    def hold(self, found: Found) -> None:
        """All others that lead to those roads are held: wholly where that is half of them and the way is open."""
        for k in set(range(len(self.signal_of))) - found.goes:
            mine = [one for one in self.exits if one.road in self.holder and k in one.leads_here]
            found.held[k] = min(sum(one.leads_here[k] for one in mine), 1.0)
            if found.held[k] >= 0.5 and any(map(self.is_open, mine)):
                found.held[k] = 1.0
                found.waits.add(k)

    def count(self, now: Now, whole: set[int]) -> None:
        """A second of a turn counts whole with green, but while a way is emptied for him; after it, he rests."""
        holders = set(self.holder.values())
        for k, stands_s in enumerate(now.stands_s):
            had_s = self.had_s[k]
            if stands_s == 0 or had_s >= self.turn_s + REST_S:
                self.had_s[k] = 0.0
            elif had_s >= self.turn_s:
                self.had_s[k] += 1.0
            elif k in holders:
                self.had_s[k] += 1.0 if k in whole and now.green_s[k] > 0 else 0.25


@dataclass
class Offer:
    """A phase: whether it keeps out who is held and is shown, what it lets go of what is asked for, and of all."""

    keeps_out: bool
    is_shown: bool
    worth: float
    served: float


def best(offers: list[Offer]) -> int:
    """The phase to show, -1 for none."""
    able = [p for p, one in enumerate(offers) if one.worth > 0.0]
    return max(able, key=lambda p: (offers[p].keeps_out, offers[p].is_shown, offers[p].worth, offers[p].served, -p),
               default=-1)
