"""When every group is likely to change, while the engine times changes itself: its plan, otherwise habit.

The seconds are those of the decider. What this needs is loaded beside control, and what fails here leaves a second
without a likely end, nothing else.
"""

from __future__ import annotations

import numpy as np

from controllers.announce.bounds import Rules
from controllers.announce.hindsight import PERCENT
from controllers.announce.outlook import Meant, film_of, meant_by, play
from controllers.announce.teller import Tellers
from controllers.cabinet.arrays import clearances, group_times
from controllers.cabinet.decider import Decider
from controllers.cabinet.intent import Intent
from controllers.cabinet.site import SignalSite
from signal_core.tables.arrays import CodeArray, IntArray
from signal_core.tables.letters import decode

SAMPLED_S = 1
"""Lamps are looked at once a second, so a time may look so much shorter than it was."""


class Likely:
    """Of one signal."""

    def __init__(self, decider: Decider) -> None:
        self._decider, self._intent = decider, Intent(decider)
        self._tellers = Tellers([rules_of_site(decider.site)])
        self._last_s = -1
        self._warm_up()

    def _warm_up(self) -> None:
        """Load or compile what the first second would: that one has a deadline."""
        shown = self._decider.sequencer.state.shown.copy()
        film = film_of(self._decider.tables, self._decider.sequencer.state, 0, shown)
        film.second(shown)
        film.hold_until(3)

    def ends(self, codes: CodeArray, now_s: int) -> list[tuple[int, int]]:
        """Of every group, asked to show `codes` from ``now_s`` on: seconds from then until that ends, 0 where nothing
        can be said, and how sure that is in percent."""
        if now_s != self._last_s + 1:
            self._tellers.lost()
        self._last_s = now_s
        (told,) = self._tellers.second(float(now_s), [decode(codes)], [self._meant(codes)])
        sure = PERCENT[told.confidence]
        return [(round(at - now_s), int(pct)) if np.isfinite(at) else (0, 0)
                for at, pct in zip(told.likely_s.tolist(), sure.tolist(), strict=True)]  # fmt: skip

    def _meant(self, codes: CodeArray) -> Meant | None:
        tables, state = self._decider.tables, self._decider.sequencer.state
        stages = self._intent.course(int(state.phase[0]))
        if not stages:
            return None
        film = film_of(tables, state, 0, codes)
        play(tables, state, 0, stages, film)
        return meant_by(film, None, "", ())


def rules_of_site(site: SignalSite) -> Rules:
    """What its controller keeps whatever it shows, as it looks once a second. It may be told to hold a yellow, or to
    clear, for longer than the file has it: nothing has a latest time."""
    yellow, _, green = group_times(site, min)
    clear, yielded = (_less(table) for table in clearances(site, min))
    foes = np.array([[other.channel in group.conflicts for other in site.groups] for group in site.groups])
    together = [np.array([letter in "Gg" for letter in stage.show]) for stage in site.stages]
    apart = (foes | foes.T) & ~np.any([row[:, None] & row[None, :] for row in together], axis=0)
    return Rules(np.maximum(green - SAMPLED_S, 1), np.maximum(yellow - SAMPLED_S, 1), clear, yielded, apart,
                 is_yellow_kept=False)


def _less(table: IntArray) -> IntArray:
    return np.maximum(table - SAMPLED_S, 0)
