"""Signal groups of a virtual controller, each asked for by itself: the controller times and guards, whoever asks.

A green lasts its minimum, then yellow its time; a green begins when every conflicting group has been out of green for
their intergreen, longer where that one gave way. Groups that conflict are green together only where the set-up knows
them so, and then not both with priority. What may not be shown is not: the group stays as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from bench.desk.setup import TENTHS
from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Group

LONG_AGO = 10**9


class Aspect(Enum):
    """What a group shows; the value is SUMO's letter."""

    RED = "r"
    ARROW = "s"
    YELLOW = "y"
    YIELDS = "g"
    GREEN = "G"

    @property
    def is_green(self) -> bool:
        return self in (Aspect.YIELDS, Aspect.GREEN)


@dataclass
class _Timed:
    """Tenths: since the aspect began, since green ended, since it had priority."""

    aspect: Aspect
    since: int = 0
    ended: int = 0
    had_priority: int = 0
    gave_way: bool = True


class SignalGroups:
    """All groups of a site, by channel."""

    def __init__(self, site: SignalSite, shown: Mapping[int, Aspect]) -> None:
        """shown: what they show now; for how long is not known, so everything counts as just begun."""
        self._of: dict[int, Group] = {group.channel: group for group in site.groups}
        self._timed = {channel: _Timed(shown.get(channel, Aspect.RED)) for channel in self._of}
        self._clear, self._yielded = _clearances(site)
        self._together = _together(site)
        self.refused: set[int] = set()
        """Groups that were asked for green and did not get it in the last moment."""

    @property
    def shown(self) -> dict[int, Aspect]:
        return {channel: timed.aspect for channel, timed in self._timed.items()}

    @property
    def all_clear(self) -> bool:
        """Every group is red, and so long that whatever follows may begin."""
        longest = max(self._yielded.values(), default=0)
        return all(not timed.aspect.is_green and timed.aspect is not Aspect.YELLOW and timed.ended >= longest
                   for timed in self._timed.values())

    def advance(self, tenths: int, wanted: Mapping[int, Aspect]) -> None:
        """Let `tenths` pass; wanted: by channel, red for a group that is not named."""
        for timed in self._timed.values():
            timed.since += tenths
            timed.ended = min(timed.ended + tenths, LONG_AGO)
            timed.had_priority = min(timed.had_priority + tenths, LONG_AGO)
        self.refused.clear()
        for channel in self._of:
            self._end(channel, wanted.get(channel, Aspect.RED))
        for channel in self._of:
            self._begin(channel, wanted.get(channel, Aspect.RED))

    def _end(self, channel: int, want: Aspect) -> None:
        group, timed = self._of[channel], self._timed[channel]
        if timed.aspect.is_green and not want.is_green and timed.since >= group.min_green_s * TENTHS:
            timed.gave_way = timed.aspect is Aspect.YIELDS
            timed.had_priority = LONG_AGO if timed.gave_way else 0
            walks = group.kind == "pedestrian" or not group.yellow_s
            timed.aspect, timed.since, timed.ended = Aspect.RED if walks else Aspect.YELLOW, 0, 0
        elif timed.aspect is Aspect.YELLOW and timed.since >= group.yellow_s * TENTHS:
            timed.aspect, timed.since = Aspect.RED, 0

    def _begin(self, channel: int, want: Aspect) -> None:
        timed = self._timed[channel]
        if timed.aspect is Aspect.YELLOW or timed.aspect is want:
            return
        if timed.aspect is Aspect.RED and timed.since == 0:
            return  # red is to be seen
        if want.is_green:
            loses = timed.aspect is Aspect.GREEN and want is Aspect.YIELDS
            if not loses and not self._may_begin(channel, want):
                self.refused.add(channel)
                return
            timed.since = timed.since if timed.aspect.is_green else 0
            timed.had_priority = 0 if loses else timed.had_priority
            timed.aspect = want
        elif not timed.aspect.is_green:
            timed.aspect = Aspect.ARROW if want is Aspect.ARROW else Aspect.RED

    def _may_begin(self, channel: int, want: Aspect) -> bool:
        for other in self._of[channel].conflicts:
            timed, pair = self._timed[other], (other, channel)
            if timed.aspect.is_green:
                both = want is Aspect.GREEN and timed.aspect is Aspect.GREEN
                if frozenset(pair) not in self._together or both:
                    return False
                if want is Aspect.GREEN and timed.had_priority < self._clear[pair]:
                    return False
            elif timed.ended < (self._yielded if timed.gave_way else self._clear)[pair]:
                return False
        return True


def _clearances(site: SignalSite) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    """Tenths from the end of one's green to the other's, by pair, and where the one gave way."""
    clear, yielded = dict[tuple[int, int], int](), dict[tuple[int, int], int]()
    for group in site.groups:
        phases = [phase for phase in site.phases if group.channel in phase.channels]
        whole = max((phase.yellow_s + phase.red_clear_s for phase in phases), default=group.yellow_s)
        for other in group.conflicts:
            own = group.clear_s.get(str(other), whole)
            clear[group.channel, other] = round(own * TENTHS)
            yielded[group.channel, other] = round(max(own, group.yielded_s.get(str(other), 0.0)) * TENTHS)
    return clear, yielded


def _together(site: SignalSite) -> frozenset[frozenset[int]]:
    """Pairs of conflicting channels that are green together in a stage, one of them giving way."""
    channels = [group.channel for group in site.groups]
    foes = {group.channel: set(group.conflicts) for group in site.groups}
    found = set()
    for stage in site.stages:
        on = [c for c, letter in zip(channels, stage.show, strict=True) if letter in "Gg"]
        found |= {frozenset(pair) for pair in itertools.combinations(on, 2) if pair[1] in foes[pair[0]]}
    return frozenset(found)
