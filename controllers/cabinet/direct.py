"""The engine in control of every signal group by itself: it times changes, an interlock of ours has the last word.

For a controller that shows what it is asked for and guards minimum greens, yellow and intergreens besides. Until it is
in control, lamps are followed as at any other controller.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from controllers.cabinet.arrays import clearances
from controllers.cabinet.decider import CHANGING, Decider, Decision
from controllers.cabinet.site import SignalSite
from controllers.field.reading import Reading
from controllers.field.tlcfi.model import TICKS, Lamp
from signal_core.interlock.interlock import Interlock
from signal_core.interlock.rules import SignalRules
from signal_core.tables.arrays import ARROW, GREEN, PERMISSIVE, RED, YELLOW, CodeArray

if TYPE_CHECKING:
    from controllers.cabinet.likely import Likely

LAMPS = {GREEN: Lamp.PROTECTED, PERMISSIVE: Lamp.PERMISSIVE, YELLOW: Lamp.PROTECTED_CLEARANCE, RED: Lamp.STOP,
         ARROW: Lamp.STOP_THEN_PROCEED}
LIT = (GREEN, PERMISSIVE)
SURE = 100
GivesWay = Callable[[frozenset[int]], frozenset[int]]


class DirectDecider(Decider):
    """One signal. `see` once a second, then `propose` while in control."""

    by_groups = True

    def __init__(self, site: SignalSite) -> None:
        super().__init__(site)
        self._guard: Interlock | None = None
        self._likely: Likely | None = None
        self._shown: CodeArray = np.full(len(site.groups), RED, dtype=np.uint8)
        lit = np.isin(self._codes, LIT)
        self._apart = self._array.conflicts & ~np.any(lit[:, :, None] & lit[:, None, :], axis=0)
        """bool[groups, groups]: conflict, and no stage has both green: one that gives way waits for no end."""

    def see(self, reading: Reading, trust: bool = True) -> Decision:
        decision = super().see(reading, trust)
        if self._guard is not None:
            self._guard.observe(self._now_s, self._shown)
        return decision

    def take_over(self, stage: int) -> None:
        super().take_over(stage)
        self._guard = self._new_guard()
        if self._likely is None:
            threading.Thread(target=self._load, name="likely", daemon=True).start()

    def let_go(self) -> None:
        self._guard = None

    def codes(self, reading: Reading, stage: int) -> CodeArray:
        """What is told of every group; what yields is told, too."""
        found = self._shown = np.full(len(self.site.groups), RED, dtype=np.uint8)
        for k, group in enumerate(self.site.groups):
            if group.channel in reading.channel_greens:
                found[k] = PERMISSIVE if group.channel in reading.channel_yields else GREEN
            elif group.channel in reading.channel_yellows:
                found[k] = YELLOW
        return found

    def _follow(self, codes: CodeArray, stage: int, passed_s: int) -> None:
        if self._guard is None:
            super()._follow(codes, stage, passed_s)
            return
        self._show(codes, passed_s)
        if stage != CHANGING:
            self._last, self._left_s = stage, self._now_s + 1
        self._stage = stage

    def propose(self, gives_way: GivesWay = lambda lit: frozenset()) -> CodeArray:
        """What every group is to show in the coming second, uint8[groups]. Raises ValueError out of control.

        gives_way: of channels that are to be green, those that the controller will have give way whatever is asked for:
        a lamp that shows something else than ordered would count as green from then on, and be kept for its least.
        """
        if self._guard is None:
            raise ValueError("not in control")
        proposed = self.sequencer.propose(self._wish).copy()
        lit = frozenset(g.channel for g, code in zip(self.site.groups, proposed, strict=True) if code in LIT)
        yields = gives_way(lit)
        proposed[[g.channel in yields for g in self.site.groups]] = PERMISSIVE
        return self._guard.check(self._now_s, proposed, self._no_calls).codes

    def predictions(self, codes: CodeArray, now_ms: int) -> list[dict[str, Any]]:
        """Of every group the state that is asked for, when it ends at the earliest, and when it is likely to.

        Ticks of the controller. A red ends no sooner than the greens that are never beside it have had their minimum
        and are cleared; who is caught inside may make that later. A yellow ends when its time is over.
        """
        state, x, likely = self.sequencer.state, self._array, self._likely_ends(codes)
        left_s = np.maximum(x.min_green_s - state.green_s, 0)
        found = []
        for k, code in enumerate(codes):
            row: dict[str, Any] = {"state": int(LAMPS[int(code)])}
            if code == YELLOW:
                end_s = max(1, int(x.yellow_s[k]) - int(state.yellow_run_s[k]))
                row |= dict.fromkeys(("maxEnd", "likelyEnd"), _ticks(now_ms, end_s)) | {"confidence": SURE}
            elif code in LIT:
                end_s = max(1, int(left_s[k]))
            else:
                foes = np.flatnonzero(self._apart[:, k])
                lit = np.isin(self._shown[foes], LIT)
                owed = x.intergreen_s[foes, k]
                waits = np.where(lit, left_s[foes] + owed, np.maximum(owed - state.clearing_s[foes], 0))
                end_s = max(1, int(waits.max(initial=0)))
            if code != YELLOW and likely[k][0]:
                row |= {"likelyEnd": _ticks(now_ms, max(end_s, likely[k][0])), "confidence": likely[k][1]}
            found.append({**row, "minEnd": _ticks(now_ms, end_s)})
        return found

    def _load(self) -> None:
        """Beside control, which need not wait for it."""
        from controllers.cabinet.likely import Likely

        self._likely = Likely(self)

    def _likely_ends(self, codes: CodeArray) -> list[tuple[int, int]]:
        """Of every group: seconds from now, 0 for unknown, and how sure that is in percent."""
        unknown = [(0, 0)] * len(codes)
        try:
            return unknown if self._likely is None else self._likely.ends(codes, self._now_s)
        except Exception:  # what is only told never stops control
            return unknown

    def _new_guard(self) -> Interlock:
        x = self._array
        clear_s, yielded_s = clearances(self.site)
        rules = SignalRules(x.conflicts, x.yellow_s, clear_s, x.min_green_s, self._max_red_s, yielded_s=yielded_s,
                            forbidden=x.forbidden, walk_lead_s=x.walk_lead_s, ends_with=x.ends_with)
        return Interlock([rules], self._shown, self._now_s)


def _ticks(now_ms: int, seconds: int) -> int:
    return (now_ms + 1000 * seconds) % TICKS
