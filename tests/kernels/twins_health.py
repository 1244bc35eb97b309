"""Detector health once more, loop by loop in plain words, from the rules of when-things-break.md and `HealthSettings`.

Nothing is shared with the kernel: every loop is an object that keeps all its samples, and runs are read from those.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tests.kernels.twins_watched import GOOD, Loop, Thresholds

STATUSES = ("healthy", "stuck", "dead", "chatter", "missing", "implausible", "biased")
SIGHTS = ("sees", "blind", "nobody")
SOURCES = ("own", "beside", "upstream", "downstream", "profile")


@dataclass
class Watch:
    """All loops of a town. `signals`: the loops of each."""

    loops: list[Loop]
    signals: list[list[int]]
    limits: Thresholds
    now: int = 0
    road_ever: dict[tuple[int, int], float] = field(default_factory=dict)
    road_usual: dict[tuple[int, int], float] = field(default_factory=dict)
    road_came: dict[tuple[int, int], int] = field(default_factory=dict)  # when somebody last came onto its loops
    road_left: dict[tuple[int, int], int] = field(default_factory=dict)
    ever: list[float] = field(default_factory=list)
    usual: list[float] = field(default_factory=list)
    watched: float = 0.0
    nobody_s: list[int] = field(default_factory=list)
    nothing_s: list[int] = field(default_factory=list)
    sight: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        n = len(self.signals)
        self.ever, self.usual, self.sight = [0.0] * n, [0.0] * n, ["sees"] * n
        self.nobody_s, self.nothing_s = [0] * n, [0] * n

    # --- one second ------------------------------------------------------------------------------

    def second(self, entered: list[float], left: list[float], occupancy: list[float]) -> None:
        """Judge a second."""
        self.now += 1
        keep = 1.0 - 1.0 / self.limits.memory_s
        for loop, sample in zip(self.loops, zip(entered, left, occupancy, strict=True), strict=True):
            self._take(loop, sample, keep)
        self._look_at_signals(keep)
        self._look_at_roads(keep)
        counts = [loop.counts[-1] for loop in self.loops]
        for loop, count in zip(self.loops, counts, strict=True):
            if count > 0 and loop.status == "healthy":
                self._bear_witness(loop, count)
        for i, loop in enumerate(self.loops):
            if counts[i] > 0:
                self._clear_by_counting(loop, counts[i])
            if loop.silent_s == 0 and loop.signal >= 0:
                loop.signal_mark = self.ever[loop.signal]
            self._judge(loop)

    def _take(self, loop: Loop, sample: tuple[float, float, float], keep: float) -> None:
        absent = all(math.isnan(x) for x in sample)
        entered, left, occupied = sample
        top = self.limits.most_vehicles
        usable = not absent and 0 <= entered <= top and 0 <= left <= top and 0 <= occupied <= 1
        loop.present.take(0.0 if absent else 1.0)
        loop.nonsense.take(0.0 if absent or usable else 1.0)
        loop.missing += absent
        loop.odd += not absent and not usable
        loop.counts.append(entered if usable else -1.0)
        loop.left_now = left if usable else 0.0
        if not usable:
            return
        if entered > 0 or (occupied > 0 and loop.occupied <= 0):
            loop.uncounted.take(1.0 if entered == 0 else 0.0)
            loop.double.take(1.0 if entered >= 2 else 0.0)
        loop.usable.append((entered, occupied))
        loop.minute.take(entered)
        if loop.status == "healthy":
            loop.since_count_s += 1
            if entered > 0:
                kept = keep ** float(loop.since_count_s)
                loop.seen = loop.seen * kept + entered
                loop.watched = loop.watched * kept + loop.since_count_s
                loop.since_count_s = 0

    def _look_at_signals(self, keep: float) -> None:
        self.watched = self.watched * keep + 1.0
        for s, members in enumerate(self.signals):
            usable = [self.loops[i] for i in members if self.loops[i].counts[-1] >= 0]
            trusted = [loop for loop in usable if loop.trusted]
            total = 0.0
            for loop in trusted:
                total += loop.counts[-1]
            self.ever[s] += total
            self.usual[s] = self.usual[s] * keep + total
            self.nobody_s[s] = 0 if total else self.nobody_s[s] + 1
            self.nothing_s[s] = 0 if usable else self.nothing_s[s] + 1
            blind = bool(members) and self._sees_nothing(s, bool(usable), bool(trusted))
            quiet = bool(members) and self.nobody_s[s] >= self.limits.dead_s and not self.ever[s]
            self.sight[s] = "blind" if blind else "nobody" if quiet else "sees"
        self._look_at_the_town()

    def _look_at_the_town(self) -> None:
        with_loops = [s for s, members in enumerate(self.signals) if members]
        silent_s = min((self.nobody_s[s] for s in with_loops), default=-1)
        usual = total_of(self.usual[s] / self.watched for s in with_loops)
        never = silent_s >= self.limits.never_s and not any(self.ever[s] for s in with_loops)
        everybody = [loop for s in with_loops for loop in self._members(s)]
        failed = silent_s >= self.limits.silent_town_s and self._has_failed(everybody, silent_s, usual)
        for s in with_loops:
            if failed and not self._is_a_standing_queue(s):
                self.sight[s] = "blind"
            elif never and self.sight[s] == "sees":
                self.sight[s] = "nobody"

    def _sees_nothing(self, s: int, usable: bool, trusted: bool) -> bool:
        limits, nobody_s = self.limits, self.nobody_s[s]
        if self.nothing_s[s] >= limits.lost_s or (usable and not trusted):
            return True
        if nobody_s < limits.silent_signal_s or self._is_a_standing_queue(s):
            return False
        return self._has_failed(self._members(s), nobody_s, self.usual[s] / self.watched)

    def _has_failed(self, loops: list[Loop], silent_s: int, usual: float) -> bool:
        """Many are due, the silence came at once, and somebody is missing."""
        last_minute = total_of(loop.minute.value for loop in loops if loop.trusted)
        sudden = last_minute >= 0.3 * usual * (1.0 - 1.0 / 60.0) ** min(silent_s, 36_000)
        return usual * silent_s >= self.limits.silent_vehicles and sudden and self._is_somebody_gone(loops)

    def _quiet_elsewhere(self, but: int) -> float:
        """Of all traffic on other roads, that on those where ten are due since the last one."""
        silent = everything = 0.0
        for road in sorted({road for road, _ in self.road_ever} - {but}):
            levels = [level for level in range(3) if self.road_ever.get((road, level))]
            most = max((self.road_usual[road, level] for level in levels), default=0.0)
            ago_s = min((self.now - self.road_came.get((road, level), 0) for level in levels), default=36_000)
            most *= (1.0 - 1.0 / self.limits.memory_s) ** -float(min(ago_s, 36_000))
            everything += most
            silent += most if most * min(ago_s, 36_000) >= 10.0 * self.watched else 0.0
        return silent / everything if everything > 0.0 else 0.0

    def _members(self, s: int) -> list[Loop]:
        return [self.loops[i] for i in self.signals[s]]

    def _is_a_standing_queue(self, s: int) -> bool:
        return len({loop.occupied > 0 for loop in self._members(s) if loop.trusted}) == 2

    def _vanished(self, road: int) -> bool | None:
        """Whether the last who came before the line never left it; None where a road is not counted at both."""
        if road < 0 or not (self.road_ever.get((road, 0)) and self.road_ever.get((road, 1))):
            return None
        return self.road_came.get((road, 1), 0) >= self.road_left.get((road, 0), 0)

    def _is_somebody_gone(self, loops: list[Loop]) -> bool:
        told = [self._vanished(loop.road) for loop in loops if loop.level == 1]
        known = [gone for gone in told if gone is not None]
        return not known or (any(known) and sum(known) >= 0.1 * len(known))

    def _look_at_roads(self, keep: float) -> None:
        for place in self.road_usual:
            self.road_usual[place] *= keep
        for loop in self.loops:
            count, place = loop.counts[-1], (loop.road, loop.level)
            if count > 0:
                self.road_came[place] = self.now
            if loop.left_now > 0:
                self.road_left[place] = self.now
            if count > 0 and loop.road >= 0 and loop.trusted:
                self.road_ever[place] = self.road_ever.get(place, 0.0) + count
                self.road_usual[place] = self.road_usual.get(place, 0.0) + count

    @staticmethod
    def _at_other_distances(table: dict[tuple[int, int], float], loop: Loop) -> float:
        total = 0.0
        for level in range(3):
            if level != loop.level:
                total += table.get((loop.road, level), 0.0)
        return total

    # --- evidence ----------------------------------------------------------------------------------

    def _counts_for_bias(self, loop: Loop) -> bool:
        good = [k for k, _ in loop.mates if self.loops[k].status == "healthy"]
        share = loop.ratio * len(good)
        most = 1.0 + self.limits.bias_share
        same = share <= most and share * most >= 1.0
        return loop.alone and same and loop.seen >= self.limits.bias_after_vehicles

    def _bear_witness(self, witness: Loop, count: float) -> None:
        for k, _ahead in witness.mates:
            loop = self.loops[k]
            loop.passed_mates += count
            due = loop.ratio * count
            loop.due += due
            if self._counts_for_bias(loop):
                loop.too_many = max(0.0, loop.too_many - (1.0 + self.limits.bias_share) * due)
                loop.too_few += (1.0 - self.limits.bias_share) * due

    def _clear_by_counting(self, loop: Loop, count: float) -> None:
        loop.passed_mates = 0.0
        loop.own += count
        if self._counts_for_bias(loop):
            loop.too_many += count
            loop.too_few = max(0.0, loop.too_few - count)
        if loop.status == "healthy" and max(loop.too_many, loop.too_few) < self.limits.bias_doubt_vehicles:
            self._learn(loop)
        loop.road_mark = self._behind_the_others(loop)

    def _learn(self, loop: Loop) -> None:
        mates = [self.loops[k] for k, _ in loop.mates if self.loops[k].status == "healthy"]
        enough = self.limits.learned_vehicles * (0.25 if loop.alone else 1.0)
        loop.ratio = 0.0
        if loop.seen >= enough and max((mate.seen for mate in mates), default=0.0) >= 0.5 * enough:
            total = 0.0
            for mate in mates:
                total += mate.rate
            loop.ratio = loop.rate / total
        others = self._at_other_distances(self.road_usual, loop)
        here = self.road_usual.get((loop.road, loop.level), 0.0)
        loop.road_share = here / others if others > 0 and loop.road >= 0 else 0.0

    def _behind_the_others(self, loop: Loop) -> float:
        """Of a road's vehicles, those counted at other distances and not at this one, on whatever lane."""
        if loop.road < 0:
            return 0.0
        elsewhere = self._at_other_distances(self.road_ever, loop) * loop.road_share
        return elsewhere - self.road_ever.get((loop.road, loop.level), 0.0)

    def _must_have_passed(self, loop: Loop) -> float:
        by_mates = loop.passed_mates * loop.ratio
        if loop.alone:
            return by_mates
        return min(by_mates, self._behind_the_others(loop) - loop.road_mark)

    # --- judgement ---------------------------------------------------------------------------------

    def _fault(self, loop: Loop) -> str:
        limits = self.limits
        loop.busy_s = loop.busy_s + 1 if loop.minute.value * 60.0 > limits.chatter_per_min else 0
        loop.too_many, loop.too_few = (min(n, 2.0 * limits.bias_vehicles) for n in (loop.too_many, loop.too_few))
        limit = limits.bias_vehicles * (1.0 if loop.status == "healthy" else 0.5)
        loop.biased_s = loop.biased_s + 1 if max(loop.too_many, loop.too_few) >= limit else 0
        missed = self._must_have_passed(loop)
        if loop.present.value < limits.present_share:
            return "missing"
        if loop.nonsense.value > limits.odd_share:
            return "implausible"
        if loop.busy_s >= limits.chatter_s:
            return "chatter"
        if loop.full_s >= limits.stuck_s and missed >= self._least_stuck(loop):
            return "stuck"
        if loop.alone and loop.full_s >= limits.stuck_soon_s and missed >= limits.stuck_vehicles:
            return "stuck"
        if self._is_dead(loop, missed):
            return "dead"
        shares = loop.uncounted.value > limits.lost_share or loop.double.value > limits.double_share
        return "biased" if shares or loop.biased_s >= limits.bias_s else "healthy"

    def _least_stuck(self, loop: Loop) -> float:
        """Who has come past a mate upstream may stand between it and the loop: one on 7.5 m, at 20 m/s."""
        if loop.queued:
            return self.limits.stuck_vehicles
        room = 0.0
        for _, ahead_s in loop.mates:
            if ahead_s > 0:
                room += ahead_s * (20.0 / 7.5)
        return min(self.limits.stuck_least_vehicles + room * loop.ratio, self.limits.stuck_vehicles)

    def _is_dead(self, loop: Loop, missed: float) -> bool:
        limits, silent_s = self.limits, loop.silent_s
        if silent_s < limits.dead_soon_s:
            return False
        behind = [self.loops[k] for k, ahead_s in loop.mates if ahead_s < 0 and self.loops[k].trusted]
        in_use = not behind or any(mate.silent_s + limits.dead_soon_s < silent_s for mate in behind)
        if missed >= limits.dead_vehicles and in_use:
            return True
        if missed < limits.dead_vehicles and loop.passed_mates * loop.ratio >= limits.dead_vehicles:
            return False
        due = loop.rate * silent_s if loop.seen >= limits.learned_vehicles else 0.0
        least = limits.dead_least_vehicles if silent_s >= limits.dead_s else limits.blind_vehicles
        if silent_s < limits.blind_approach_s or due < least or loop.signal < 0:
            return False
        usual = self.usual[loop.signal] / max(self.watched, 1.0) * silent_s
        share = 0.75 if self._vanished(loop.road) is False else limits.active_share
        busy = self.ever[loop.signal] - loop.signal_mark >= share * usual
        return busy and self._quiet_elsewhere(loop.road) < 0.25

    def _judge(self, loop: Loop) -> None:
        found = self._fault(loop)
        if loop.status == "healthy":
            loop.good_s = 0
            if found != "healthy":
                self._raise_alarm(loop, found)
            return
        loop.good_s = loop.good_s + 1 if found == "healthy" else 0
        if loop.status == "biased" and found not in GOOD:
            loop.status = found
        if found == loop.status == "biased":
            share = (1.0 - loop.uncounted.value) * (1.0 + loop.double.value)
            if loop.biased_s > 0:
                share = (loop.own + 10.0) / (loop.due + 10.0)
            loop.factor = min(max(1.0 / max(share, 0.5), 0.5), 2.0)
        if loop.good_s >= self.limits.clear_s:
            loop.status, loop.factor = "healthy", 1.0
            self._forget(loop)

    def _raise_alarm(self, loop: Loop, found: str) -> None:
        loop.status = found
        loop.alarms += 1
        loop.factor, loop.own, loop.due = 1.0, 0.0, 0.0
        for k, _ in loop.mates:
            if self.loops[k].status == "healthy":
                self._forget(self.loops[k])

    @staticmethod
    def _forget(loop: Loop) -> None:
        loop.passed_mates = loop.too_many = loop.too_few = 0.0
        loop.biased_s = 0


def total_of(values) -> float:  # type: ignore[no-untyped-def]
    total = 0.0
    for value in values:
        total += value
    return total
