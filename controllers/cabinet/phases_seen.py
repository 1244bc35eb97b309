"""Which phases are on, where a controller tells only which of its channels are green."""

from __future__ import annotations

from dataclasses import replace

from controllers.cabinet.site import SignalSite
from controllers.field.reading import Reading

Numbers = frozenset[int]


def phases_for(site: SignalSite, greens: Numbers) -> Numbers:
    """Of the first stage in which these channels are green and no other, the phases; none where there is no such."""
    for stage in site.stages:
        if greens == {g.channel for g, letter in zip(site.groups, stage.show, strict=True) if letter in "Gg"}:
            return frozenset(stage.phases)
    return frozenset()


class PhasesSeen:
    """Follows a signal by its lamps, a look a second.

    A phase all of whose channels were green with the one before shows no lamp when it begins: it is on once that
    one's yellow and red clearance have passed, as its priority is.
    """

    def __init__(self, site: SignalSite) -> None:
        self._change_s = {phase.number: phase.yellow_s + phase.red_clear_s for phase in site.phases}
        self._channels: dict[Numbers, Numbers] = {}
        self._phases: dict[Numbers, Numbers] = {}
        for stage in site.stages:  # of two stages that look the same the first
            green = frozenset(g.channel for g, letter in zip(site.groups, stage.show, strict=True) if letter in "Gg")
            self._channels[frozenset(stage.phases)] = green
            self._phases.setdefault(green, frozenset(stage.phases))
        self._on: Numbers = frozenset()
        self._left_s: float | None = None

    def of(self, reading: Reading) -> Reading:
        """The same with its phases; none while a channel is yellow, or between two."""
        shown = Numbers() if reading.channel_yellows else self._phases.get(reading.channel_greens, Numbers())
        return replace(reading, greens=self._begun(shown, reading.up_s or 0.0))

    def _begun(self, shown: Numbers, now_s: float) -> Numbers:
        if shown == self._on:
            self._left_s = None
            return shown
        self._left_s = now_s if self._left_s is None else self._left_s
        if not shown:
            return shown
        ended_s = max((self._change_s[p] for p in self._on - shown), default=0.0)
        nobody_begins = self._channels[shown] <= self._channels.get(self._on, Numbers())
        if nobody_begins and 0.0 <= now_s - self._left_s < ended_s:
            return Numbers()
        self._on, self._left_s = shown, None
        return shown
