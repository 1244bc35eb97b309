"""Which green groups give way, where each is served by a phase of its own: it follows from who else is green.

As a head with a flashing arrow: a group that gives way to some foe in a stage does so while that foe is green, and
until its clearance is over; else it has priority. One that never has priority in any stage always gives way.
"""

from __future__ import annotations

from controllers.cabinet.arrays import clearances
from controllers.cabinet.site import SignalSite


class GivesWay:
    """Told of every look."""

    def __init__(self, site: SignalSite) -> None:
        groups = list(enumerate(site.groups))
        shown = ["".join(stage.show[k] for stage in site.stages) for k, _ in groups]
        clear = clearances(site)[1]
        self._always = frozenset(group.channel for k, group in groups if "g" in shown[k] and "G" not in shown[k])
        self._to = {
            group.channel: {
                foe.channel: int(clear[j, k]) for j, foe in groups if foe.channel in group.conflicts and any(
                    stage.show[k] == "g" and stage.show[j] in "Gg" for stage in site.stages)}
            for k, group in groups if "g" in shown[k] and "G" in shown[k]}
        self._last_s: dict[int, float] = {}
        self._seen_s = float("inf")
        self._before = frozenset[int]()

    def see(self, greens: frozenset[int], now_s: float) -> frozenset[int]:
        """Of the green channels those that give way. Before the first look, or a restart, anybody may have been."""
        if now_s < self._seen_s:
            self._last_s = {foe: now_s for foes in self._to.values() for foe in foes}
        self._seen_s = now_s
        self._last_s = self._last_green_s(greens, now_s)
        self._before = greens
        return self._giving(greens, now_s, self._last_s)

    def foresee(self, greens: frozenset[int]) -> frozenset[int]:
        """Of those that are to be green a second after the last look, which will give way."""
        now_s = self._seen_s + 1.0
        return self._giving(greens, now_s, self._last_green_s(greens, now_s))

    def _last_green_s(self, greens: frozenset[int], now_s: float) -> dict[int, float]:
        return self._last_s | dict.fromkeys(self._before, now_s - 1.0) | dict.fromkeys(greens, now_s)

    def _giving(self, greens: frozenset[int], now_s: float, last_s: dict[int, float]) -> frozenset[int]:
        return frozenset(channel for channel in greens if channel in self._always or any(
            foe in greens or now_s - last_s[foe] <= after_s
            for foe, after_s in self._to.get(channel, {}).items()))
