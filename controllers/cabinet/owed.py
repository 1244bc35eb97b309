"""When a red clearance has lasted long enough for the change that is under way, by the clearance of every pair.

A controller has one red clearance for a phase, the longest of all its conflicts: by itself it is safe whatever comes
next. Here, from what is shown, it is known who comes next and who has gone, so what is longer than those need may be
left out. The order to leave it out expires with the others, and then red clearances are whole again.
"""

from __future__ import annotations

from controllers.cabinet.arrays import clearances, starts
from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Stage
from controllers.field.reading import Reading


class Owed:
    """Told of every look. Times are the controller's own, since it started."""

    def __init__(self, site: SignalSite) -> None:
        self.site = site
        self._clear_s, self._yielded_s = clearances(site)
        self._phases = [frozenset(stage.phases) for stage in site.stages]
        self._yellow_s = [min(p.yellow_s for p in site.phases if group.channel in p.channels) for group in site.groups]
        self._green = [True] * len(site.groups)
        self._gave_way = [True] * len(site.groups)
        self._ended_s, self._gave_s = [0.0] * len(site.groups), [0.0] * len(site.groups)
        self._seen_s = 0.0

    @property
    def possible(self) -> bool:
        """Whether the site has clearances for pairs."""
        return any(group.clear_s for group in self.site.groups)

    def see(self, reading: Reading) -> None:
        """One look."""
        now_s = reading.up_s or 0.0
        if now_s < self._seen_s:
            self._green, self._gave_way = [True] * len(self._green), [True] * len(self._green)  # a restart: who knows
        self._seen_s = now_s
        near = reading.greens | reading.yellows | reading.nexts
        settled = not reading.yellows and reading.greens in self._phases
        for k, group in enumerate(self.site.groups):
            green = group.channel in reading.channel_greens
            if self._green[k] and self._gave_way[k]:
                self._gave_s[k] = now_s  # until now at most, whatever priority comes
            if green:
                letters = {s.show[k] for s, on in zip(self.site.stages, self._phases, strict=True) if on <= near}
                gives_way = "g" in letters or not letters
                self._gave_way[k] = gives_way or not settled and self._green[k] and self._gave_way[k]
            elif self._green[k]:
                self._ended_s[k] = now_s
            self._green[k] = green

    def is_over(self, reading: Reading, target: Stage, longer_s: float) -> bool:
        """Whether all who have gone are clear of all in `target` who are to come, or will be as yellow ends. longer_s:
        so much longer than they were seen have things lasted."""
        phases = frozenset(target.phases)
        if reading.up_s is None or reading.greens - phases or not reading.nexts <= phases or reading.greens == phases:
            return False
        stays = [green and letter in "Gg" for green, letter in zip(self._green, target.show, strict=True)]
        gone = [a for a, kept in enumerate(stays) if not kept]
        coming = [b for b, letter in enumerate(target.show) if starts(self._letter(b), letter)]
        return not any(self._green[a] for a in gone) and all(
            needs_s <= max(self._yellow_s[a], self._seen_s - since_s + longer_s)
            for a in gone for b in coming if self._clear_s[a, b]
            for needs_s, since_s in ((self._clear_s[a, b], self._ended_s[a]), (self._yielded_s[a, b], self._gave_s[a])))

    def _letter(self, k: int) -> str:
        return ("g" if self._gave_way[k] else "G") if self._green[k] else "r"
