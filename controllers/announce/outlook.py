"""What the engine means to do, lamp by lamp: its plan played ahead through its own sequencer.

The planner names the phase wanted and the change after it; a change under way has an end that the sequencer knows. Both
are intentions: the next second may bring a better one, which is why they are no bounds (`controllers.announce.bounds`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from controllers.announce.course import IS_GREEN, ColourArray, colours
from controllers.base import Controller, FloatArray, IntArray, Observation, Site, Wrapper
from signal_core.alternatives import weigh
from signal_core.arrays import CodeArray
from signal_core.engine import Planner
from signal_core.kernels import sequencer
from signal_core.kernels.sequencer import LinkRules, LinkTimers
from signal_core.state import SignalState
from signal_core.tables import Tables

LONGEST_CHANGE_S = 120
Stage = tuple[int, int]
"""A phase, and the second from now until which it is kept."""


class Outlook(Wrapper):
    """A controller whose intentions are kept: per second and signal, float64[n] each, seconds from then until a lamp
    changes its colour and until it starts green; inf where the plan says nothing of it."""

    def __init__(self, inner: Controller) -> None:
        super().__init__(inner)
        self.site: Site | None = None
        self.kept: dict[int, list[tuple[FloatArray, FloatArray]]] = {}
        """By whole second; per signal in the order of the site."""

    def start(self, site: Site) -> None:
        super().start(site)
        self.site = site

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        decisions = super().decide(seen, wanted)
        assert self.site is not None
        tables, state = self.site.tables, self.site.state
        planner = getattr(self.inner, "planner", None)
        self.kept[round(seen.time_s)] = [
            play(tables, state, i, _stages(planner, state, i, int(wanted[i]))) for i in range(len(wanted))]
        return decisions


def _stages(planner: Planner | None, state: SignalState, i: int, wanted: int) -> Sequence[Stage]:
    """What signal i is to show one after the other: the phase it is in or goes to, and the one planned after it."""
    now = wanted if state.settled[i] else int(state.phase[i])
    if not isinstance(planner, Planner) or now != int(state.phase[i]):
        return [(now, 0)]
    weighed = weigh(planner, i)
    if weighed.next_phase == now:
        return [(now, 0)]
    return [(now, weighed.next_s), (weighed.next_phase, 0)]


def play(tables: Tables, state: SignalState, i: int, stages: Sequence[Stage]) -> tuple[FloatArray, FloatArray]:
    """Play signal i through stages, each until its time is up and its minimum split over, the last until it is shown.

    Returns seconds from now, float64[n] each: until a lamp changes its colour, and until it starts green; inf for not
    within the stages. Second 0 is what is shown now.
    """
    film = _Film(_rules(tables, i), _timers(tables, state, i))
    phase, since_s, before = int(state.phase[i]), int(state.since_s[i]), int(state.previous[i])
    for k, (wanted, until_s) in enumerate(stages):
        if wanted != phase:
            phase, before, since_s = wanted, phase, 0
        began_s = film.now_s
        if not film.reach(_codes(tables, i, phase)) or k == len(stages) - 1:
            break
        lasted_s = since_s + film.now_s - began_s
        film.hold(_hold_s(tables, i, before, phase, lasted_s, until_s - film.now_s))
    return film.change_s, film.green_s


class _Film:
    """One signal played ahead; ``shown`` is what it shows in second ``now_s``."""

    def __init__(self, rules: LinkRules, timers: LinkTimers) -> None:
        self._rules, self._timers = rules, timers
        self._first: ColourArray | None = None
        self.shown = timers.shown.copy()
        self.now_s = 0
        self.change_s, self.green_s = (np.full(len(timers.shown), np.inf) for _ in range(2))

    def reach(self, codes: CodeArray) -> bool:
        """Change to ``codes``, uint8[n]; False where that never comes to its end."""
        for _ in range(LONGEST_CHANGE_S):
            settled = sequencer.next_codes(self._rules, self._timers, codes, self.shown)
            self._note()
            if settled:
                return True
            self.hold(1)
        return False

    def hold(self, seconds: int) -> None:
        """Let what is shown be shown so long."""
        sequencer.follow(self._timers, self.shown, seconds)
        self.now_s += seconds

    def _note(self) -> None:
        now, before = colours(self.shown), colours(self._timers.shown)
        if self._first is None:
            self._first = now
            return
        self.change_s[(now != self._first) & np.isinf(self.change_s)] = self.now_s
        self.green_s[(now == IS_GREEN) & (before != IS_GREEN) & np.isinf(self.green_s)] = self.now_s


def _hold_s(tables: Tables, i: int, before: int, phase: int, since_s: int, planned_s: int) -> int:
    """Seconds for which a phase that is shown is kept, at least the present one."""
    split_s = 0 if before < 0 else int(sequencer.min_split_s(tables, i, before, phase))
    return max(1, planned_s, split_s - since_s)


def _codes(tables: Tables, i: int, phase: int) -> CodeArray:
    n = int(tables.link_ptr[i + 1] - tables.link_ptr[i])
    at = int(tables.code_ptr[i]) + phase * n
    return tables.phase_codes[at:at + n].copy()


def _rules(tables: Tables, i: int) -> LinkRules:
    a, b = int(tables.link_ptr[i]), int(tables.link_ptr[i + 1])
    first, last = int(tables.link_pair_ptr[i]), int(tables.link_pair_ptr[i + 1])
    return LinkRules(
        np.ascontiguousarray(tables.conflicts[first:last], dtype=np.bool_), _whole(tables.yellow_s[a:b]),
        _whole(tables.intergreen_s[first:last]), _whole(tables.yielded_s[first:last]), _whole(tables.min_green_s[a:b]),
        int(tables.longest_clearance_s[i]))


def _timers(tables: Tables, state: SignalState, i: int) -> LinkTimers:
    """Copies: what is played must not be what is lived."""
    a, b = int(tables.link_ptr[i]), int(tables.link_ptr[i + 1])
    return LinkTimers(
        state.shown[a:b].copy(), state.green_s[a:b].copy(), state.yellow_run_s[a:b].copy(),
        state.clearing_s[a:b].copy(), state.priority_clearing_s[a:b].copy(), state.yield_clearing_s[a:b].copy(),
        state.lit_s[i:i + 1].copy())


def _whole(seconds: object) -> IntArray:
    return np.ascontiguousarray(seconds, dtype=np.int64)
