"""Planner and sequencer once more, as slowly and plainly as possible. Nothing is shared with the kernels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Row = list[float]


@dataclass(frozen=True)
class Crossing:
    """What the planner is asked: P phases, L lanes, `horizon` seconds. lag and split as in the kernel."""

    phase: int
    horizon: int
    queue: Row
    arrivals: list[Row]
    weight: Row
    rate_now: Row
    service: list[Row]
    lag: list[list[list[int]]]
    split: list[list[int]]
    share: float = 0.7
    start_loss: int = 1
    yellow_use: int = 0
    fixed_order: bool = False

    @property
    def best(self) -> Row:
        return [max(rates) for rates in zip(*self.service, strict=True)]


@dataclass(frozen=True)
class Label:
    cost: float
    queues: Row
    change: tuple[int, int] | None

    def key(self, crossing: Crossing, p: int) -> float:
        return self.cost + worth(crossing, p, self.queues)


@dataclass
class Answer:
    """`closest`: the smallest relative difference between two labels compared; decisions near 0 are open."""

    phase: int
    start: int
    cost: float
    closest: float


def worth(crossing: Crossing, p: int, queues: Row) -> float:
    """What queues still cost in phase p when served for their share of the time at the best rate.

    In a fixed order each vehicle also waits for the shortest greens until its lane is served again.
    """
    total = 0.0
    for k, (w, q, s) in enumerate(zip(crossing.weight, queues, crossing.best, strict=True)):
        if s > 0:
            total += w * q * (q / (2 * crossing.share * s) + until_green(crossing, p, k))
    return total


def until_green(crossing: Crossing, p: int, k: int) -> int:
    """Seconds from leaving phase p now until lane k has green, in a fixed order; 0 where it has or nothing is fixed."""
    phases = len(crossing.service)
    order = [(p + j) % phases for j in range(phases)]
    greens = [j for j, b in enumerate(order) if crossing.service[b][k] > 0]
    if not crossing.fixed_order or not greens or greens[0] == 0:
        return 0
    before = sum(crossing.split[order[j]][order[j + 1]] for j in range(greens[0] - 1))
    return before + crossing.lag[order[greens[0] - 1]][order[greens[0]]][k]


def second(crossing: Crossing, t: int, queues: Row, rates: Row) -> tuple[float, Row]:
    """Arrivals join, vehicles leave, those who wait cost."""
    after = [max(q + a - r, 0.0) for q, a, r in zip(queues, crossing.arrivals[t], rates, strict=True)]
    return sum(w * q for w, q, s in zip(crossing.weight, after, crossing.best, strict=True) if s > 0), after


def rate_in_change(crossing: Crossing, lane: int, u: int, a: int, b: int, before: float) -> float:
    """Discharge of a lane u seconds after phase a is left for b."""
    start = crossing.lag[a][b][lane]
    if start == 0:
        return crossing.service[b][lane]
    if u < crossing.yellow_use:
        return before
    if start != 255 and u >= start + crossing.start_loss:
        return crossing.service[b][lane]
    return 0.0


def looked_at(crossing: Crossing, t: int) -> bool:
    """Changes may begin in each of the first 20 s; then in four of twelve seconds, but not in the last twelve.

    In a fixed order they always may.
    """
    return crossing.fixed_order or t < 20 or (t % 12 < 4 and t - t % 4 < crossing.horizon - 12)


def _moves(crossing: Crossing, t: int, a: int, label: Label, anyway: bool = False) -> Iterator[tuple[int, int, Label]]:
    """Every label that this one leads to: (second, phase, label)."""
    green = crossing.rate_now if label.change is None else crossing.service[a]
    spent, after = second(crossing, t, label.queues, green)
    yield t + 1, a, Label(label.cost + spent, after, label.change)
    for b in range(len(crossing.service) if anyway or looked_at(crossing, t) else 0):
        if b == a or (crossing.fixed_order and b != (a + 1) % len(crossing.service)):
            continue
        cost, queues, length = label.cost, label.queues, crossing.split[a][b]
        for u in range(length):
            if t + u < crossing.horizon:
                lanes = range(len(queues))
                rates = [rate_in_change(crossing, k, u, a, b, green[k]) for k in lanes]
                spent, queues = second(crossing, t + u, queues, rates)
            else:
                served = zip(crossing.weight, queues, crossing.best, strict=True)
                spent = sum(w * q for w, q, s in served if s > 0)
            cost += spent
        yield min(t + length, crossing.horizon), b, Label(cost, queues, label.change or (b, t))


def plan(crossing: Crossing) -> Answer:
    """The dynamic programme over (second, phase), one label each."""
    return _programme(crossing, 0)


def best(crossing: Crossing, kept_s: int) -> tuple[float, float]:
    """Cost of the best that keeps the present phase for so long at least, and as `Answer.closest`."""
    found = _programme(crossing, kept_s)
    return found.cost, found.closest


def _programme(crossing: Crossing, kept_s: int) -> Answer:
    labels = {(0, crossing.phase): Label(0.0, crossing.queue, None)}
    closest = 1.0
    for t in range(crossing.horizon):
        for p in range(len(crossing.service)):
            if (t, p) not in labels:
                continue
            for u, b, label in _moves(crossing, t, p, labels[t, p]):
                if b != p and t < kept_s:
                    continue
                if (u, b) in labels:
                    new, old = label.key(crossing, b), labels[u, b].key(crossing, b)
                    closest = min(closest, abs(new - old) / max(new, old, 1e-12))
                    if new > old or (new == old and label.change is not None):
                        continue
                labels[u, b] = label
    last = [(labels[crossing.horizon, p], p) for p in range(len(crossing.service)) if (crossing.horizon, p) in labels]
    ends = [(label.key(crossing, p), label.change) for label, p in last]
    ends.sort(key=lambda end: end[1] is not None and end[1][1] == 0)  # stable: of equals, change nothing
    keys = sorted(key for key, _ in ends)
    if len(keys) > 1:
        closest = min(closest, (keys[1] - keys[0]) / max(keys[1], 1e-12))
    cost, change = min(ends, key=lambda end: end[0])
    phase, start = change or (crossing.phase, 0)
    return Answer(phase if start == 0 else crossing.phase, start, cost, closest)


GREENS = ("permissive", "green")
MOVING = (*GREENS, "off")
WORDS = ("red", "yellow", "permissive", "green", "arrow", "off")


@dataclass
class Street:
    """One signal's links; all that was ever shown is kept, and every time is read from that."""

    conflicts: list[list[bool]]
    yellow: list[int]
    intergreen: list[list[int]]
    yielded: list[list[int]]
    min_green: list[int]
    walk_lead_s: list[list[int]]
    traffic_lead_s: list[list[int]]
    ends_with: list[list[bool]]
    caught_wait_s: list[int]  # from the first that was shown on: who does not start yet
    history: list[tuple[list[str], int]] = field(default_factory=list)
    at_line: list[int] = field(default_factory=list)  # links that somebody is just getting to
    late: list[set[int]] = field(default_factory=list)  # by entry of history: who had priority after its end
    waits: set[int] = field(default_factory=set)  # whose fall waits, as it was proposed last

    def show(self, words: list[str], seconds: int) -> None:
        goes_on = {i for i in self.waits if self._now(i) == words[i] == "green"}
        self.late.append(goes_on)
        self.history.append((list(words), seconds))

    def propose(self, wanted: list[str]) -> list[str]:
        links = range(len(wanted))
        beginning = [j for j in links if wanted[j] in GREENS and self._now(j) not in GREENS]
        held = [any(self.walk_lead_s[i][j] for j in beginning) or self._follows(i) for i in links]
        wants = ["red" if held[i] and wanted[i] in GREENS else wanted[i] for i in links]
        leaving = [i for i in links if self._now(i) == "permissive" and wants[i] not in GREENS and self._may_end(i)]
        together = {j for i in leaving for j in links if self.ends_with[i][j] and self._now(j) in GREENS}
        wants = ["red" if i in together and wants[i] in GREENS else wants[i] for i in links]
        self.waits = {i for i in links if self._falls_later(i, wants[i])}
        return [self._next(i, wants, self._waits(i, wanted)) for i in links]

    def _waits(self, i: int, wanted: list[str]) -> bool:
        """True where link i gives way to somebody who is to have green for longer than he has had it."""
        ahead = [j for j, foe in enumerate(self.conflicts[i]) if foe and j != i and wanted[j] == "green"]
        short = [self._run(j, GREENS) < self.traffic_lead_s[i][j] for j in ahead]
        return wanted[i] == "permissive" and any(short)

    def _may_end(self, i: int) -> bool:
        """Green of link i has been long enough, and that of all who end with it."""
        together = [j for j, ends in enumerate(self.ends_with[i]) if ends and self._now(j) in GREENS]
        asked = [i, *together] if self._now(i) == "permissive" else [i]
        return all(self._run(j, GREENS) >= self.min_green[j] for j in asked)

    def _follows(self, i: int) -> bool:
        """Link i has no green yet, and a crossing it is to start after has had it for too short a time."""
        leads = enumerate(self.walk_lead_s[i]) if self._now(i) not in GREENS else ()
        return any(self._now(j) in GREENS and self._run(j, GREENS) < lead_s for j, lead_s in leads)

    def _now(self, i: int) -> str:
        return self.history[-1][0][i]

    def _run(self, i: int, words: tuple[str, ...]) -> int:
        """For how long link i has shown one of `words` without a break."""
        total = 0
        for shown, seconds in reversed(self.history):
            if shown[i] not in words:
                return total
            total += seconds
        return total

    def _without(self, i: int, words: tuple[str, ...]) -> int:
        return self._run(i, tuple(word for word in WORDS if word not in words))

    def _since_priority(self, i: int) -> int:
        """Seconds since link i had priority in front of others than who was at its line."""
        total = 0
        for (shown, seconds), late in zip(reversed(self.history), reversed(self.late), strict=True):
            if shown[i] == "green" and i not in late:
                return total
            total += seconds
        return total

    def _next(self, i: int, wanted: list[str], waits: bool) -> str:
        """wanted: red where a link makes way for those about to step off. waits: link i may not start yet."""
        now, want = self._now(i), wanted[i]
        if now == "yellow":
            over = self._run(i, ("yellow",)) >= self.yellow[i]
            return ("arrow" if want == "arrow" else "red") if over else "yellow"
        if now in GREENS and want not in GREENS:
            if not self._may_end(i):
                return now
            return "yellow" if self.yellow[i] > 0 else want
        if self._falls_later(i, want):
            return now
        if want not in GREENS or want == now or (now in GREENS and want == "permissive"):
            return want
        if now == "off" or (now not in GREENS and self._lit() < self.longest()):
            return "red" if now == "off" else now
        if now == "red" and self._without(i, MOVING) < self.yellow[i] + 4:
            return now  # no lamp flickers
        if sum(seconds for _, seconds in self.history[1:]) < self.caught_wait_s[i]:
            return now
        foes = [j for j in range(len(wanted)) if j != i and self.conflicts[i][j]]
        return want if not waits and all(self._clear(j, i, wanted) for j in foes) else now

    def _falls_later(self, i: int, want: str) -> bool:
        """Link i is to lose its priority alone, in front of somebody."""
        return i in self.at_line and (self._now(i), want) == ("green", "permissive")

    def _clear(self, j: int, i: int, wanted: list[str]) -> bool:
        """True where foe j is out of the way of what link i wants to show."""
        owed = self.intergreen[j][i]
        if self._now(j) in GREENS and self.walk_lead_s[j][i]:
            return False
        if self._falls_later(j, wanted[j]):
            return False
        if self._now(j) in GREENS:
            gives_way = self._now(j) == "permissive" and self._since_priority(j) >= owed
            return wanted[j] in GREENS and (wanted[i] == "permissive" or gives_way)
        short = self._now(j) == "yellow" and self._run(j, ("yellow",)) < self.yellow[j]
        gone = self._without(j, ("permissive", "off")) >= self.yielded[j][i]
        return not short and gone and self._without(j, MOVING) >= owed

    def _lit(self) -> int:
        """Seconds since anything was off, for ever where nothing was."""
        total = 0
        for shown, seconds in reversed(self.history):
            if "off" in shown:
                return total
            total += seconds
        return 1 << 40

    def longest(self) -> int:
        pairs = [(j, i) for j, row in enumerate(self.conflicts) for i, foe in enumerate(row) if foe]
        return max([*(self.yielded[j][i] for j, i in pairs), *self.yellow])
