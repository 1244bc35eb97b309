"""The estimator once more, lane by lane in plain words, from docs/how-it-works/model.md ('Estimator') and `Settings`.

Nothing is shared with the kernel: arrivals are kept by the second they are due, and how long something has lasted is
read from all that was seen (`twins_loops`). `heard` names the rules that have changed anything, for the test of what is
drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.kernels.twins_loops import STANDS, Due, Loops, lasting, single

PERMISSIVE, GREEN = 2, 3
LOOK_AHEAD_S = 20  # a middle count may be any vehicle expected within this time
AHEAD_S = 63  # arrivals are known no further ahead
FADING = 0.998  # of what far and middle loops have seen, per second


class Limits(Protocol):
    """`Settings`, by name."""

    @property
    def stall_s(self) -> int: ...
    @property
    def empty_s(self) -> int: ...
    @property
    def standing_s(self) -> int: ...
    @property
    def packing(self) -> float: ...
    @property
    def unseen_from(self) -> float: ...
    @property
    def unseen_span(self) -> float: ...
    @property
    def unseen_factor(self) -> float: ...
    @property
    def flow_memory_s(self) -> float: ...


@dataclass(frozen=True)
class Sample:
    """One second of all loops, and what every link of the signal shows."""

    entered: Sequence[float]
    left: Sequence[float]
    occupied: Sequence[float]
    codes: Sequence[int]


@dataclass
class Lane:
    """One lane: its loops, its links at the signal, and what is thought of it."""

    stop: int | None
    mid: Loops
    far: Loops
    mid_storage: float
    far_storage: float
    links: list[int]
    limits: Limits
    road: int = 0  # lanes of one number lie side by side
    near: float = 0.0
    beyond: float = 0.0
    fresh: float = 0.0
    sure: Due = field(default_factory=Due)
    expected: Due = field(default_factory=Due)
    far_seen: float = 0.0
    mid_seen: float = 0.0
    ratio: float = 1.0
    wait_s: float = 0.0
    aside: float = 0.0  # who came since somebody was last at the line, and is not there
    flow_vps: float = 0.0
    at_line: float = 0.0  # vehicles on the stop-line loop
    passing_s: float = 0.0  # that the loop there has been occupied since somebody left it
    slow_ago_s: int = 100_000  # since somebody left it slowly, behind another one of the same green
    over_line: float = 0.0  # of them, who has the front over the line
    stop_occupied: list[float] = field(default_factory=list)
    departures: list[float] = field(default_factory=list)
    heads: list[bool] = field(default_factory=list)  # somebody stood at the stop line and did not leave
    greens: list[bool] = field(default_factory=list)
    gains: list[bool] = field(default_factory=list)  # everything got priority that had not
    priority: bool = False
    starving: list[bool] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)  # links that the head has not wanted
    heard: set[str] = field(default_factory=set)

    @property
    def queue(self) -> float:
        return self.near + self.beyond

    @property
    def idle_s(self) -> int:
        return lasting(self.departures, lambda vehicles: vehicles <= 0.0)

    @property
    def left_lately(self) -> float:
        return sum(vehicles * FADING**age for age, vehicles in enumerate(reversed(self.departures)))

    @property
    def standing_s(self) -> int:
        return lasting(self.heads, bool)

    @property
    def unserved_s(self) -> int:
        return lasting(self.starving, bool)

    @property
    def refused_mask(self) -> int:
        return sum(2 ** place for place, link in enumerate(self.links) if link in self.refused)

    @property
    def stop_standing_s(self) -> int:
        return lasting(self.stop_occupied, lambda occupied: occupied > STANDS)

    @property
    def stalled(self) -> bool:
        """Green, occupied and not discharging, all for long enough; anew once it has all the priority it can have."""
        return all(seconds >= self.limits.stall_s for seconds in (self.green_s, self.stop_standing_s, self.idle_s))

    @property
    def green_s(self) -> int:
        since_gain_s = next((k + 1 for k, gain in enumerate(reversed(self.gains)) if gain), len(self.gains))
        return min(lasting(self.greens, bool), since_gain_s)

    def expect(self, now: int, entered: Sequence[float]) -> None:
        """Far loop: an expected arrival, as far as vehicles seen there have come on."""
        for feed in self.far.feeds:
            vehicles = entered[feed.loop] * feed.share
            self.far_seen += vehicles
            self.expected.add(now + feed.lag_s, vehicles * self.ratio)

    def confirm(self, now: int, entered: Sequence[float], siblings: list[Lane]) -> None:
        """Middle loop: a sure arrival, unless it is one of those thought to stand beyond; used up in the expected."""
        for feed in self.mid.feeds:
            vehicles = entered[feed.loop] * feed.share
            self.mid_seen += vehicles
            from_beyond = min(vehicles, self.beyond)
            self.beyond -= from_beyond
            self.near += from_beyond
            self.sure.add(now + feed.lag_s, vehicles - from_beyond)
            soon = range(now, now + LOOK_AHEAD_S)
            over = self.expected.take(soon, vehicles - from_beyond)
            for sibling in siblings:
                if over > 0.0:
                    before, over = over, sibling.expected.take(soon, over)
                    self._note("sibling", before != over)

    def see(self, sample: Sample) -> None:
        """What the loops and the lamps show in this second."""
        if self.stop is not None:
            self.stop_occupied.append(sample.occupied[self.stop])
            self._watch_line(sample, self.stop)
        self.mid.see(sample.occupied)
        self.far.see(sample.occupied)
        departed = 0.0 if self.stop is None else sample.left[self.stop]
        self._watch_pace(departed, 0.0 if self.stop is None else sample.occupied[self.stop])
        self.departures.append(departed)
        self.heads.append(departed <= 0.0 and self.stop is not None and sample.occupied[self.stop] > 0.0)
        self.greens.append(any(sample.codes[link] in (PERMISSIVE, GREEN) for link in self.links))
        had, self.priority = self.priority, all(sample.codes[link] == GREEN for link in self.links)
        self.gains.append(self.priority and not had)
        self._note("gains priority", self.gains[-1] and self.greens[-2:] == [True, True])
        self.flow_vps += (departed - self.flow_vps) / self.limits.flow_memory_s

    def _watch_pace(self, departed: float, occupied: float) -> None:
        self.passing_s += occupied
        slow = departed > 0.0 and self.passing_s >= 1.6
        self.slow_ago_s += 1
        if slow and self.idle_s < self.green_s:
            self.slow_ago_s = 0
        if departed > 0.0 or occupied <= 0.0:
            self.passing_s = 0.0

    def _watch_line(self, sample: Sample, stop: int) -> None:
        """Come just now, half a second on the loop, and free to go wherever the lane leads: over the line."""
        came, occupied = sample.entered[stop], sample.occupied[stop]
        self.at_line = max(self.at_line + came - sample.left[stop], 0.0) if occupied > 0.0 else 0.0
        free = all(sample.codes[link] == GREEN for link in self.links)
        self.over_line = min(self.at_line, 1.0) if free and came > 0.0 and occupied >= 0.5 else 0.0
        self._note("over the line", min(self.over_line, self.near) > 0.0)

    def move(self, now: int, beside: list[Lane]) -> None:
        """Who is due joins the queue, who leaves leaves it, and the loops say what cannot be."""
        came, may_have_come = self.sure.at.pop(now, 0.0), self.expected.at.pop(now, 0.0)
        self.fresh = 0.7 * self.fresh + came + may_have_come
        self.near += came
        if self.mid.feeds:
            self.beyond += may_have_come
        else:
            self.near += may_have_come
        before, departed = self.queue, self.departures[-1]
        self._leave(now, departed, beside)
        self._upstream()
        self._stop_line(now, beside)
        if departed > 0.0:
            self.wait_s *= max(0.0, 1.0 - departed / max(before, 1.0))
            self.refused.clear()
        self.wait_s = self.wait_s + 1.0 if self.queue >= 0.5 else 0.0
        self.far_seen *= FADING
        self.mid_seen *= FADING
        if self.far.feeds and self.mid.feeds:
            self.ratio = (self.mid_seen + 2.0) / (self.far_seen + 2.0)
            self._note("ratio", self.ratio > 2.0)
            self.ratio = min(self.ratio, 2.0)

    def _leave(self, now: int, departed: float, beside: list[Lane]) -> None:
        """Departures are of those near, then sure to come soon, then near on lanes beside, then beyond."""
        if departed <= self.near:
            self.near -= departed
            return
        missing = departed - self.near
        self.near = 0.0
        missing = self._from_beside(self.sure.take(self._soon(now), missing), beside)
        from_beyond = min(missing, self.beyond)
        self.beyond -= from_beyond
        self._note("left from beyond", from_beyond > 0.0)

    def _from_beside(self, vehicles: float, beside: list[Lane]) -> float:
        """Vehicles that were counted on a lane beside, but for one whose loop at the stop line is occupied."""
        for lane in beside:
            at_the_line = lane.stop is None or lane.stop_occupied[-1] > 0.0
            given = min(max(lane.near - (1.0 if at_the_line else 0.0), 0.0), vehicles)
            lane.near -= given
            vehicles -= given
            self._note("beside", given > 0.0)
        return vehicles

    def _soon(self, now: int) -> range:
        return range(now + 1, now + 9)

    def _upstream(self) -> None:
        """A standing upstream loop means that the queue reaches it, an empty one that it does not."""
        if self.mid_storage <= 0.0:
            return
        room, further = self.mid_storage, max(self.far_storage - self.mid_storage, 0.0)
        self._at_most("room", near=self.limits.packing * room + 1.0)
        if self.mid.standing_s() >= self.limits.standing_s:
            self._at_least("middle standing", near=room)
            if self.far.standing_s() >= self.limits.standing_s:
                self._at_least("far standing", beyond=further)
        elif self.mid.empty_s() >= self.limits.empty_s:
            self._at_most("middle empty, near", near=room)
            self._at_most("middle empty", beyond=self.fresh)
        if self.far.empty_s() >= self.limits.empty_s and further > 0.0:
            self._at_most("far empty", beyond=further)
        if self.mid.empty_s() >= 2:
            self._note("late", self.beyond > 0.0)
            self.beyond /= 2.0

    def _stop_line(self, now: int, beside: list[Lane]) -> None:
        """An empty stop line means nobody but those just due, a standing vehicle means one."""
        if self.stop is None:
            return
        if lasting(self.stop_occupied, lambda occupied: occupied <= 0.0) >= self.limits.empty_s:
            self.aside = min(self.aside + max(self.near - self.fresh, 0.0), self.mid_storage)
            self._note("aside", self.aside > 0.0)
            self._at_most("nobody", near=self.fresh, beyond=self.fresh)
        if self.stop_occupied[-1] > 0.0:
            self.aside = 0.0
        if self.stop_standing_s >= 2 and self.near < 1.0:
            self.heard.add("somebody")
            self._from_beside(self.sure.take(self._soon(now), 1.0 - self.near), beside)
            self.near = 1.0

    def _at_most(self, rule: str, **bounds: float) -> None:
        for name, bound in bounds.items():
            if getattr(self, name) > bound:
                setattr(self, name, bound)
                self.heard.add(rule)

    def _at_least(self, rule: str, **bounds: float) -> None:
        for name, bound in bounds.items():
            if getattr(self, name) < bound:
                setattr(self, name, bound)
                self.heard.add(rule)

    def _note(self, rule: str, happened: bool) -> None:
        if happened:
            self.heard.add(rule)

    def ask_head(self, codes: Sequence[int], lamp_s: Sequence[int]) -> None:
        """A head that stands through green does not want that movement; with none left it is hindered."""
        hindered, known = self.refused == set(self.links), len(self.refused)
        self.refused |= {link for link in self.links if codes[link] == GREEN
                         and lamp_s[link] >= self.limits.stall_s and self.standing_s >= self.limits.stall_s}
        green = {link for link in self.links if codes[link] in (PERMISSIVE, GREEN)}
        offered = green if hindered else green - self.refused
        if len(self.refused) > known:  # what it was offered since it came was not for it
            self.starving[1 - self.standing_s:] = [True] * (self.standing_s - 1)
        self.starving.append(self.standing_s > 0 and not offered)
        self._note("hindered", hindered)
        self._note("some refused", bool(self.refused) and self.refused != set(self.links))
        self._note("stalled", self.stalled)
        self._note("unserved", self.unserved_s > self.limits.stall_s)

    def has_somebody(self, at_s: int) -> bool:
        """By the last loops before the line: a vehicle, more likely than not, is there in that second."""
        return (self.sure if self.mid.feeds else self.expected).at.get(at_s, 0.0) >= 0.5

    def demand(self, now: int, horizon_s: int) -> tuple[float, list[float]]:
        """Queue, with what is inferred beyond the loops, and arrivals of every coming second."""
        occupied = min(self.mid.occupancy, self.far.occupancy) if self.far_storage > 0.0 else self.mid.occupancy
        unseen = min(max((occupied - self.limits.unseen_from) / self.limits.unseen_span, 0.0), 1.0)
        self._note("unseen", unseen > 0.0)
        hidden = self.limits.unseen_factor * max(self.far_storage, self.mid_storage) * unseen
        seen_from_s = max((feed.lag_s for feed in self.far.feeds), default=0)
        arrivals = []
        for ahead_s in range(1, horizon_s + 1):
            known = single(self.expected.at.get(now + ahead_s, 0.0) + self.sure.at.get(now + ahead_s, 0.0))
            usual = self.flow_vps if ahead_s > seen_from_s else 0.0
            arrivals.append((known if ahead_s <= AHEAD_S else 0.0) + usual)
        return max(self.near - self.over_line, 0.0) + self.beyond + hidden, arrivals

    def forget(self) -> None:
        """Nothing is believed of queues and flows; what the loops and lamps have shown was seen."""
        self.near = self.beyond = self.fresh = self.wait_s = self.over_line = self.aside = 0.0
        self.far_seen = self.mid_seen = self.flow_vps = 0.0
        self.mid.occupancy = self.far.occupancy = 0.0
        self.ratio = 1.0
        self.sure, self.expected = Due(), Due()


@dataclass
class Signal:
    """The lanes of one signal and for how long each of its links has been green."""

    lanes: list[Lane]
    lamp_s: list[int]
    now: int = 0

    def second(self, sample: Sample) -> None:
        self.now += 1
        self.lamp_s = [s + 1 if code in (PERMISSIVE, GREEN) else 0
                       for s, code in zip(self.lamp_s, sample.codes, strict=True)]
        for lane in self.lanes:
            lane.expect(self.now, sample.entered)
        for lane in self.lanes:
            lane.confirm(self.now, sample.entered, self._siblings(lane))
        for lane in self.lanes:
            lane.see(sample)
        for lane in self.lanes:
            lane.move(self.now, [other for other in self.lanes if other is not lane and other.road == lane.road])
            lane.ask_head(sample.codes, self.lamp_s)
        for lane in self.lanes:
            unseen = self._start_unseen(lane) if lane.wait_s > 0.0 else 0.0
            lane.near += unseen
            if unseen > 0.0:
                lane.heard.add("start unseen")

    def _start_unseen(self, lane: Lane) -> float:
        """In a second, of those who leave the road without ever having passed a middle loop, once they are many."""
        road = [other for other in self.lanes if other.road == lane.road]
        if any(other.stop is None or not other.mid.feeds for other in road):
            return 0.0
        left = sum(other.left_lately for other in road)
        never_seen = left - sum(other.mid_seen for other in road)
        return 0.002 * never_seen * lane.left_lately / left if left >= 10.0 and never_seen > left / 4.0 else 0.0

    def _siblings(self, lane: Lane) -> list[Lane]:
        """Lanes whose first far loop is the same."""
        return [other for other in self.lanes if other is not lane and lane.far.feeds and other.far.feeds
                and other.far.feeds[0].loop == lane.far.feeds[0].loop]
