"""The interlock once more, as slowly and plainly as possible: it keeps the whole history and no timers.

Shares nothing with the kernel, not even the numbers of the states: codes and statuses are words here. Between
an order and a look that finds something else lies the word "broken": green may have been on until then.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

WORDS = ["red", "yellow", "permissive", "green", "arrow", "off"]
STATUSES = [
    "ok",
    "conflict",
    "short clearance",
    "short walk clearance",
    "turn moving",
    "start from off",
    "no yellow",
    "short yellow",
    "red to yellow",
    "yellow to green",
    "short green",
    "bad code",
    "not taken",
    "forbidden",
    "long green",
    "short lead",
    "yellow trap",
]


def word(code: int) -> str:
    return WORDS[code] if code < len(WORDS) else "unknown"


def colour(name: str) -> str:
    if name in ("yellow", "broken"):
        return name
    return "red" if name in ("red", "arrow") else "moving"


@dataclass
class Twin:
    """One signal. Times are whole numbers; `intergreen[j][i]`, `yielded[j][i]`: end of j to start of i."""

    conflicts: list[list[bool]]
    yellow: list[int]
    intergreen: list[list[int]]
    min_green: list[int]
    yielded: list[list[int]]
    walk_clear: list[int]
    shown: list[str]
    max_green: list[int] = field(default_factory=list)
    max_wait: list[int] = field(default_factory=list)
    forbidden: list[list[int]] = field(default_factory=list)
    walk_lead_s: list[list[int]] = field(default_factory=list)
    ends_with: list[list[bool]] = field(default_factory=list)
    least_clear: list[int] = field(default_factory=list)
    now: int = 0
    called: list[int | None] = field(default_factory=list)
    history: list[tuple[int, list[str]]] = field(default_factory=list)
    ordered: list[str] = field(default_factory=list)
    ordered_at: int | None = None
    sights: list[list[tuple[int, bool, float] | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shown = ["off" if name == "unknown" else name for name in self.shown]
        self.history.append((0, list(self.shown)))
        self.ordered = list(self.shown)
        self.called = [None] * len(self.shown)
        self.sights = [[] for _ in self.shown]

    def pass_time(self, seconds: int) -> None:
        self.now += max(seconds, 0)

    def check(self, proposed: list[str], calls: list[bool] | None = None,
              on_it: list[float] | None = None) -> tuple[str, int, int, list[str]]:
        if self.ordered_at is not None:
            self.history.append((self.ordered_at, list(self.ordered)))
        for i, persons in enumerate(on_it or [math.nan] * len(proposed)):
            self.sights[i].append((self.now, colour(self._last(i)) == "moving", persons))
        calls = calls or [False] * len(proposed)
        long = [(i, j) for i in range(len(proposed)) for j in self._kept_waiting(i, calls)]
        fault = self._worst(proposed)
        if fault is None:
            green = [(STATUSES.index("long green"), i, j) for i, j in long if colour(proposed[i]) == "moving"]
            fault = green[0] if green else None
        if fault is None:
            traps = self._traps(proposed)
            fault = (STATUSES.index("yellow trap"), *traps[0]) if traps else None
        self.ordered = list(proposed) if fault is None else self._hold()
        if fault is not None:
            self._end_long([i for i, _ in long])
        self.ordered_at = self.now
        for i, name in enumerate(self.ordered):
            waits = calls[i] and colour(name) != "moving"
            self.called[i] = (self.now if self.called[i] is None else self.called[i]) if waits else None
        if fault is None:
            return "ok", -1, -1, self.ordered
        return STATUSES[fault[0]], fault[1], fault[2], self.ordered

    def observe(self, seen: list[str]) -> tuple[str, int, int]:
        differing = [i for i in range(len(seen)) if seen[i] != self.ordered[i]]
        fault = self._worst(seen) if differing else None
        last = self.history[-1][1]
        if self.ordered_at is not None:
            taken = [seen[i] == self.ordered[i] for i in range(len(seen))]
            last = [self.ordered[i] if taken[i] else "broken" for i in range(len(seen))]
            self.history.append((self.ordered_at, last))
        for i, name in enumerate(seen):
            if name != (self.ordered[i] if self.ordered_at is not None else last[i]):
                self.sights[i].append(None)
        known = ["off" if name == "unknown" else name for name in seen]
        self.history.append((self.now, [x if x == y else "broken" for x, y in zip(known, last, strict=True)]))
        self.history.append((self.now, known))
        self.ordered_at = None
        if fault is not None:
            return STATUSES[fault[0]], fault[1], fault[2]
        return ("not taken", differing[0], -1) if differing else ("ok", -1, -1)

    def _kept_waiting(self, i: int, calls: list[bool]) -> list[int]:
        """The first foe that the green of link i has kept waiting for too long."""
        if colour(self._last(i)) != "moving" or self._last(i) == "off" or self._age(i) < self.min_green[i]:
            return []
        for j in range(len(calls)):
            since = self.called[j]
            if not self._foes(i, j) or not calls[j] or since is None or colour(self._last(j)) == "moving":
                continue
            waited = self.now - since
            if min(self._age(i), waited) >= self.max_green[i] or waited >= self.max_wait[j]:
                return [j]
        return []

    def _traps(self, proposed: list[str]) -> list[tuple[int, int]]:
        return [(i, j) for i in range(len(proposed)) if colour(proposed[i]) != "moving"
                for j in self._ending_with(i) if colour(proposed[j]) == "moving"]

    def _end_long(self, long: list[int]) -> None:
        for i in {each for one in long for each in [one, *self._ending_with(one)]}:
            if colour(self.ordered[i]) == "moving" and self._age(i) >= self.min_green[i]:
                self.ordered[i] = "yellow" if self.yellow[i] else "red"
        if self._traps(self.ordered):
            self.ordered = self._hold()

    def _ending_with(self, i: int) -> list[int]:
        """Foes on the move without which link i, which gives way, must not end."""
        if self._last(i) != "permissive" or not self.ends_with:
            return []
        return [j for j in range(len(self.yellow)) if self._foes(i, j) and self.ends_with[i][j]
                and colour(self._last(j)) == "moving"]

    def _last(self, i: int) -> str:
        return self.history[-1][1][i]

    def _age(self, i: int) -> int:
        """How long link i has shown its colour; never before the beginning."""
        began = self.now
        for time, names in reversed(self.history):
            if colour(names[i]) != colour(self._last(i)):
                break
            began = time
        return self.now - began

    def _since_end(self, i: int) -> int:
        """How long ago link i was last moving, or turned yellow; the beginning counts as an end."""
        if colour(self._last(i)) == "moving":
            return 0
        for k in range(len(self.history) - 1, 0, -1):
            before, after = colour(self.history[k - 1][1][i]), colour(self.history[k][1][i])
            if before != after and before in ("moving", "broken"):
                return self.now - self.history[k][0]
        return self.now - self.history[0][0]

    def _since_yield(self, j: int) -> int:
        """How long ago link j last moved without priority, or may have: before the first look, too."""
        until = self.now
        for time, names in reversed(self.history):
            if names[j] == "broken" or (colour(names[j]) == "moving" and names[j] != "green"):
                return self.now - until
            until = time
        return self.now - until

    def _since_off(self) -> int:
        """How long ago a link was last off, or may have been: before the first look, too."""
        return min((self._off_ago(i) for i in range(len(self.yellow))), default=self.now)

    def _off_ago(self, i: int) -> int:
        ago, off = self.now, False
        for time, names in self.history:
            if off and names[i] not in ("off", "broken"):
                off, ago = False, self.now - time
            off = off or names[i] == "off"
        return 0 if off else ago

    def _longest(self) -> int:
        pairs = [(j, i) for j in range(len(self.yellow)) for i in range(len(self.yellow)) if self._foes(i, j)]
        between = [max(self.intergreen[j][i], self.yielded[j][i]) for j, i in pairs]
        return max([*between, *self.yellow, *(self.walk_clear[j] for j, _ in pairs), 0])

    def _foes(self, i: int, j: int) -> bool:
        return i != j and (self.conflicts[i][j] or self.conflicts[j][i])

    def _worst(self, proposed: list[str]) -> tuple[int, int, int] | None:
        links = range(len(proposed))
        found = [(STATUSES.index(text), i, j) for i in links for text, j in self._all(i, proposed)]
        for each in self.forbidden:
            if all(colour(proposed[i]) == "moving" for i in each) and not found:
                return STATUSES.index("forbidden"), min(each), -1
        return min(found) if found else None

    def _all(self, i: int, proposed: list[str]) -> list[tuple[str, int]]:
        was, name = self._last(i), proposed[i]
        old, new = colour(was), colour(name)
        found = []
        if name in ("unknown", "off"):
            found.append(("bad code", -1))
        elif was == "off":
            if new != "red":
                found.append(("red to yellow" if new == "yellow" else "start from off", -1))
        elif old == "yellow" and new == "moving":
            found.append(("yellow to green", -1))
        elif old == "moving" and new == "red" and self.yellow[i] > 0:
            found.append(("no yellow", -1))
        elif old == "moving" and new != "moving" and self._age(i) < self.min_green[i]:
            found.append(("short green", -1))
        elif old == "yellow" and new == "red" and self._age(i) < self.yellow[i]:
            found.append(("short yellow", -1))
        elif old == "red" and new == "yellow":
            found.append(("red to yellow", -1))
        if new == "moving" and old != "moving" and self._since_off() < self._longest():
            found.append(("start from off", -1))
        starts = new == "moving" and (old != "moving" or (name == "green" and was != "green"))
        for j in range(len(proposed)):
            if not (self.conflicts[i][j] or self.conflicts[j][i]) or i == j:
                continue
            if name == "green" and proposed[j] == "green":
                found.append(("conflict", j))
            stops = bool(self.walk_lead_s) and self.walk_lead_s[j][i]
            if stops and old != "moving" and {new, colour(self._last(j)), colour(proposed[j])} == {"moving"}:
                found.append(("turn moving", j))
            lead = self.walk_lead_s[i][j] if self.walk_lead_s else 0
            led = self._age(j) if colour(self._last(j)) == "moving" else 0
            if lead > 1 and old != "moving" and new == colour(proposed[j]) == "moving" and led < lead:
                found.append(("short lead", j))
            if starts and colour(proposed[j]) != "moving":
                empty = colour(self._last(j)) != "moving" and self.least_clear and self._is_empty(j)
                waits = self._since_yield(j) < max(self.intergreen[j][i], self.yielded[j][i])
                passes = self._since_end(j) < self.intergreen[j][i]
                if empty and 0 < self.least_clear[j] <= self._since_end(j):
                    if name == "green" and proposed[j] == "yellow":
                        found.append(("short clearance", j))
                elif waits or passes or (name == "green" and proposed[j] == "yellow"):
                    found.append(("short clearance", j))
                elif self._since_end(j) < self.walk_clear[j]:
                    found.append(("short walk clearance", j))
        return found

    def _is_empty(self, j: int) -> bool:
        """Crossing j, which is not moving, has been seen with somebody on it since its walk began, and empty twice."""
        sights, began = self.sights[j], 0
        for k, sight in enumerate(sights):
            before = sights[k - 1] if k else None
            if sight is None or (sight[1] and not (before and before[1])):
                began = k
        looks = [sight for sight in sights if sight is not None]
        busy = [time for time, _, persons in looks if persons != 0]
        return (any(sight is not None and sight[2] > 0 for sight in sights[began:])
                and [persons for _, _, persons in looks[-2:]] == [0, 0] and self.now - max(busy, default=0) >= 2)

    def _hold(self) -> list[str]:
        held = []
        for i in range(len(self.yellow)):
            name = self._last(i)
            foes = [j for j in range(len(self.yellow)) if self.conflicts[i][j] or self.conflicts[j][i]]
            if name == "off" or (name == "yellow" and self._age(i) >= self.yellow[i]):
                name = "red"
            elif name == "green" and any(self._last(j) == "green" for j in foes if j != i):
                name = "permissive"
            held.append(name)
        return held
