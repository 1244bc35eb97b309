"""The interlock: the last word on every state before it is shown, and a look at every state really shown.

It holds its own conflicts, its own times and its own memory of the street, and shares no code with the
planner or the sequencer. Rules, for one signal:

1. Two conflicting links never show GREEN (priority) together.
2. A link starts (red to green, or PERMISSIVE to GREEN) only `intergreen_s[j, i]` seconds after the end of green of each
   conflicting link j that is not itself green then, and `yielded_s[j, i]` after it was last PERMISSIVE: who waited
   inside the junction then needs as long, also where it had priority for a moment since; for GREEN no conflicting
   link shows YELLOW.
3. Nor before those on foot are across: `walk_clear_s[j]` seconds after the end of green of each conflicting crossing.
   Where an on-crossing detector saw somebody on it since the walk began, and nobody now, looked at twice, rules 2 and 3
   ask of that crossing no more than `least_clear_s[j]`.
   And no crossing starts while a link that stops for it (`walk_lead_s[j, i]` above 0) is moving and goes on; where that
   is 2 s or more, j starts only so long after the crossing did (a leading pedestrian interval).
4. Green ends in YELLOW, shown for at least `yellow_s`, then RED. Links with no yellow (crossings) go straight
   to RED. Never YELLOW after RED, never green after YELLOW.
5. Green, of either kind, lasts at least `min_green_s`; of a crossing, that is its walk.
6. No link is ever ordered OFF. One found OFF goes to RED at once, and nothing at its signal starts before the
   longest of these times has passed since: until then anybody went. So it is when the interlock begins.
7. The links of a forbidden set are never green all at once.
8. No green of at least its minimum goes on for `max_green_s` before a foe with a call that waits, nor before one that
   has waited `max_wait_s`: these are limits of the engineer, and such a green ends.
9. No green that gives way is ordered to end while a link that it `ends_with` goes on: who waits inside the junction
   takes it that both end (the yellow trap).

A proposal that breaks one is refused as a whole, for that signal only: what is shown stays, yellow runs out
into red, and so does what is off. ARROW (go after a stop) counts as red. A call that waits longer than `max_red_s` is
reported and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from signal_core.interlock.rules import SignalRules, rules_of, sight_of
from signal_core.kernels import interlock as kernel
from signal_core.kernels.interlock_records import Answer, Rules, State

_LONGEST_STEP_S = 1 << 30


class Status(IntEnum):
    """What was found, gravest first; limits of the engineer last."""

    OK = kernel.OK
    CONFLICT = kernel.CONFLICT
    SHORT_CLEARANCE = kernel.SHORT_CLEARANCE
    SHORT_WALK_CLEARANCE = kernel.SHORT_WALK_CLEARANCE
    TURN_MOVING = kernel.TURN_MOVING
    START_FROM_OFF = kernel.START_FROM_OFF
    NO_YELLOW = kernel.NO_YELLOW
    SHORT_YELLOW = kernel.SHORT_YELLOW
    RED_TO_YELLOW = kernel.RED_TO_YELLOW
    YELLOW_TO_GREEN = kernel.YELLOW_TO_GREEN
    SHORT_GREEN = kernel.SHORT_GREEN
    BAD_CODE = kernel.BAD_CODE
    NOT_TAKEN = kernel.NOT_TAKEN
    FORBIDDEN = kernel.FORBIDDEN
    LONG_GREEN = kernel.LONG_GREEN
    SHORT_LEAD = kernel.SHORT_LEAD
    YELLOW_TRAP = kernel.YELLOW_TRAP


class Interlock:
    """Guards any number of signals, by the rules of each; their links lie end to end, signal s owning
    `ptr[s]:ptr[s + 1]`.

    Fractions of a second are rounded up. `shown`: codes, uint8[links], seen on the street at `time_s`; as nobody
    knows for how long, each counts as just begun, each green as just ended, and every signal as off until then. Raises
    ValueError for arrays that do not fit together or times that are negative or not numbers.

    `check` and `observe` each return the same record every time, overwritten by the next call of that method.
    """

    def __init__(self, signals: Sequence[SignalRules], shown: ArrayLike, time_s: int = 0) -> None:
        self._rules = rules_of(signals)
        self._links = int(self._rules.ptr[-1])
        codes = np.minimum(_fitted(shown, self._links, "shown"), kernel.OFF).astype(np.uint8)
        self._state = State(
            shown=codes,
            ordered=codes.copy(),
            since=np.zeros(self._links, np.int64),
            ended=np.zeros(self._links, np.int64),
            yielded=np.zeros(self._links, np.int64),
            waiting=np.full(self._links, kernel.NONE, np.int64),
            off_s=np.zeros(self._rules.ptr.size - 1, np.int64),
        )
        self._sight = sight_of(signals, self._rules.ptr)
        self._nobody_tells = np.full(self._links, np.nan)
        self._checked, self._verdict = _answer(self._rules)
        self._observed, self._sighting = _answer(self._rules)
        calls = np.zeros(self._links, np.bool_)
        self._check = kernel.direct(kernel.check_all, 0, 0, codes, calls, self._nobody_tells, self._rules, self._state,
                                    self._sight, self._checked)
        self._observe = kernel.direct(kernel.observe_all, 0, 0, codes, self._rules, self._state, self._sight,
                                      self._observed)
        self.odd = 0
        """How many signals the last `check` or `observe` did not find OK, and ..."""
        self.overdue = 0
        """... for how many the last `check` found a call overdue."""
        self._time_s = int(time_s)
        self._now_s = 0
        self._ordered_at_s = kernel.NONE

    @property
    def ptr(self) -> NDArray[np.int64]:
        """Row pointers, int64[signals + 1]."""
        return self._rules.ptr

    @property
    def shown(self) -> NDArray[np.uint8]:
        """Codes last known to be shown, uint8[links], a copy."""
        return self._state.shown.copy()

    @property
    def waited_s(self) -> NDArray[np.int64]:
        """int64[links]: for how long a call has stood before red, by the last `check`; 0 without one."""
        waiting = self._state.waiting
        return np.where(waiting == kernel.NONE, 0, np.maximum(self._now_s - waiting, 0))

    @property
    def checked(self) -> Answer:
        """That of the last `check`."""
        return self._verdict

    @property
    def sighted(self) -> Answer:
        """That of the last `observe`."""
        return self._sighting

    def check(self, time_s: int, proposed: NDArray[np.uint8], calls: NDArray[np.bool_],
              on_crossing: ArrayLike | None = None) -> Answer:
        """Judge what is about to be shown from `time_s` on; `codes` of the answer are to be shown.

        proposed: uint8[links]; calls: bool[links], somebody waits before the link; on_crossing: float64[links], persons
        on crossings that have detectors, NaN, or None, where nobody can tell. A clock that stands still
        or runs backward advances no timer. `overdue` holds the link waiting longest beyond its maximum red
        (-1: none); the wait begins anew when the call ends or the link starts. Raises ValueError for another
        number of links.
        """
        codes = _fitted(proposed, self._links, "proposed")
        waiting = np.ascontiguousarray(calls, dtype=np.bool_)
        if waiting.shape != (self._links,):
            raise ValueError(f"calls: {waiting.shape} given, ({self._links},) needed")
        self._advance(time_s)
        now_s, ordered_at_s = self._now_s, self._ordered_at_s
        self.odd, self.overdue = self._check(now_s, ordered_at_s, codes, waiting, self._on(on_crossing), self._rules,
                                             self._state, self._sight, self._checked)
        self._ordered_at_s = self._now_s
        return self._verdict

    def observe(self, time_s: int, codes: NDArray[np.uint8]) -> Answer:
        """Take `codes`, uint8[links], as what is shown at `time_s`, whatever was ordered; timers follow it.

        Status per signal: OK where it is what was ordered, the rule broken by the change where there is one,
        otherwise NOT_TAKEN. Raises ValueError for another number of links.
        """
        seen = _fitted(codes, self._links, "codes")
        self._advance(time_s)
        self.odd = self._observe(self._now_s, self._ordered_at_s, seen, self._rules, self._state, self._sight,
                                 self._observed)
        self._ordered_at_s = kernel.NONE
        return self._sighting

    def _on(self, on_crossing: ArrayLike | None) -> NDArray[np.float64]:
        """What cannot be read tells nothing."""
        try:
            found = self._nobody_tells if on_crossing is None else np.ascontiguousarray(on_crossing, dtype=np.float64)
        except (TypeError, ValueError):
            return self._nobody_tells
        return found if found.shape == (self._links,) else self._nobody_tells

    def _advance(self, time_s: int) -> None:
        step_s = int(time_s) - self._time_s
        self._now_s += min(max(step_s, 0), _LONGEST_STEP_S)
        self._time_s = int(time_s)


def _fitted(codes: ArrayLike, links: int, name: str) -> NDArray[np.uint8]:
    fitted = np.ascontiguousarray(codes, dtype=np.uint8)
    if fitted.shape != (links,):
        raise ValueError(f"{name}: {fitted.shape} given, ({links},) needed")
    return fitted


def _answer(rules: Rules) -> tuple[Answer, Answer]:
    """A record to write and the same one to hand out, which nobody else can write."""
    signals, links = rules.ptr.size - 1, int(rules.ptr[-1])
    own = Answer(
        status=np.zeros(signals, np.uint8),
        link=np.full(signals, kernel.NONE, np.int64),
        foe=np.full(signals, kernel.NONE, np.int64),
        overdue=np.full(signals, kernel.NONE, np.int64),
        codes=np.zeros(links, np.uint8),
    )
    return own, Answer(**{name: _read_only(field) for name, field in own._asdict().items()})


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
