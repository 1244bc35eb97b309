"""Signals that tell of themselves every second: what is certain, what is likely, and how sure that is.

As the scores of a recorded run have it (`controllers.announce.hindsight`), second by second, of what is known by then.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controllers.announce.bounds import Certain, Rules
from controllers.announce.course import IS_RED, ColourArray, colours
from controllers.announce.hindsight import (
    ANNOUNCED,
    CERTAIN,
    HISTORY,
    KINDS,
    PLAN,
    TRUE_WITHIN_S,
    confidence_of,
    is_told,
    kind_of,
    usual_s,
)
from controllers.announce.outlook import Meant
from signal_core.tables.arrays import FloatArray
from signal_core.tables.letters import encode

MOST_TIMES, MOST_SECONDS = 200, 600
"""So many times in a colour, and seconds of predictions, are remembered of a lamp."""


@dataclass(frozen=True)
class Told:
    """Of one signal in one second; float64[n] each, seconds on the clock of ``time_s``, inf for never or unknown, NaN
    of likely_s for nothing to say. no_green_s: no green before, of what is not green then, NaN for not known.
    confidence: 0 to 15; film: see `Meant`, one shot where nothing is planned."""

    time_s: float
    state: str
    earliest_s: FloatArray
    latest_s: FloatArray
    likely_s: FloatArray
    next_green_s: FloatArray
    no_green_s: FloatArray
    source: NDArray[np.int8]
    confidence: NDArray[np.int8]
    film: tuple[tuple[int, str], ...]
    until_s: int


class Tellers:
    """All signals of a street; the experience with what came true is shared."""

    def __init__(self, rules: Sequence[Rules]) -> None:
        self._experience = _Experience()
        self._signals = [_Signal(each, self._experience) for each in rules]

    def second(self, time_s: float, states: Sequence[str], meant: Sequence[Meant | None]) -> list[Told]:
        """Take what every signal shows from ``time_s`` on, and means to do; a second after the last call."""
        for signal, state in zip(self._signals, states, strict=True):
            signal.see(time_s, state)
        return [signal.tell(time_s, state, plan)
                for signal, state, plan in zip(self._signals, states, meant, strict=True)]  # fmt: skip

    def lost(self) -> None:
        """Seconds were missed before the coming one: nobody knows what was shown in them."""
        for signal in self._signals:
            signal.lost()


class _Signal:
    """What is known of one signal from second to second: its bounds, its habits, what was said and came true."""

    def __init__(self, rules: Rules, experience: _Experience) -> None:
        n = len(rules.least_s)
        self._certain, self._experience = Certain(rules), experience
        self._habits = [_Habit() for _ in range(n)]
        self._colour: ColourArray = np.full(n, -1, dtype=np.int8)
        self._since_s: FloatArray = np.zeros(n)
        self._said: deque[tuple[float, NDArray[np.int64], FloatArray]] = deque(maxlen=MOST_SECONDS)
        self._first_s: float | None = None
        self._seen_from_s: float | None = None

    def lost(self) -> None:
        self._certain.lost()
        self._seen_from_s = None

    def see(self, time_s: float, state: str) -> None:
        """Take note of what changed, for what is told later."""
        now = colours(encode(state))
        self._first_s = time_s if self._first_s is None else self._first_s
        if self._seen_from_s is None:
            self._seen_from_s, self._colour = time_s, now
            self._since_s[:] = time_s
            self._said.clear()
            return
        for lamp in np.flatnonzero(now != self._colour):
            began_s = float(self._since_s[lamp])
            if began_s > self._seen_from_s:  # what was found may have begun long before
                self._habits[lamp].lasted(int(self._colour[lamp]), time_s - began_s)
            for said_s, kind, likely in self._said:
                if said_s >= began_s and np.isfinite(likely[lamp]):
                    self._experience.came(int(kind[lamp]), abs(likely[lamp] - time_s) <= TRUE_WITHIN_S)
            self._since_s[lamp] = time_s
        self._colour = now

    def tell(self, time_s: float, state: str, meant: Meant | None) -> Told:
        """Of every lamp the next change in this second: earliest and latest by the rules and what is announced, likely
        by the plan, else by habit; left out where what was said like it did not come true."""
        assert self._first_s is not None
        kept_s = 0.0 if meant is None else meant.not_before_s
        earliest, latest = (self._first_s + each for each in self._certain.second(encode(state), kept_s))
        change = green = np.full(len(state), np.inf)
        after_s, announced = time_s, np.zeros(len(state), dtype=np.bool_)
        if meant is not None:
            ends = time_s + meant.ends_s
            latest = np.where(np.isfinite(ends), np.maximum(ends, earliest), latest)
            change, green, after_s = time_s + meant.change_s, time_s + meant.green_s, time_s + meant.after_s
            announced = meant.announced
        planned = np.isfinite(change)
        likely = np.clip(np.where(planned, change, np.maximum(self._guess(time_s, planned), after_s)), earliest, latest)
        likely = np.where(earliest == latest, earliest, likely)
        source = np.where(announced, ANNOUNCED, np.where(planned, PLAN, HISTORY)).astype(np.int8)
        kind = kind_of(source, likely - time_s, self._colour)
        self._said.append((time_s, kind, likely))
        share, certain = self._experience.share(kind), earliest == latest
        likely = np.where(certain | is_told(share), likely, np.nan)
        sure = np.where(certain, CERTAIN, confidence_of(share)).astype(np.int8)
        again = np.where(np.isfinite(green), np.maximum(green, earliest), np.inf)
        is_red = self._colour == IS_RED
        sooner = np.where(is_red, earliest, np.nan)
        if meant is not None:
            sooner = np.where(~is_red & (meant.again_s > 0.0), time_s + meant.again_s, sooner)
        film, until_s = (((0, state),), 1) if meant is None else (meant.film, meant.until_s)
        return Told(time_s, state, earliest, latest, likely, again, sooner, source, sure, film, until_s)

    def _guess(self, time_s: float, known: NDArray[np.bool_]) -> FloatArray:
        """From history, of the lamps that nothing else is known of."""
        return np.array([
            np.nan if known[i] else self._since_s[i] + habit.usual_s(int(self._colour[i]), time_s - self._since_s[i])
            for i, habit in enumerate(self._habits)])  # fmt: skip


class _Habit:
    """How long a lamp was in each colour."""

    def __init__(self) -> None:
        self._sorted: dict[int, list[float]] = {}
        self._order: dict[int, deque[float]] = {}
        self._usual: dict[tuple[int, int], float] = {}

    def lasted(self, colour: int, seconds: float) -> None:
        known, order = self._sorted.setdefault(colour, []), self._order.setdefault(colour, deque())
        if len(order) == MOST_TIMES:
            known.remove(order.popleft())
        self._usual.clear()
        order.append(seconds)
        insort(known, seconds)

    def usual_s(self, colour: int, lasted_s: float) -> float:
        """How long it usually is in that colour, as long as it is that already; NaN where it has no habit."""
        known = self._sorted.get(colour, [])
        key = colour, bisect_right(known, lasted_s)
        if key not in self._usual:
            self._usual[key] = usual_s(np.array(known[key[1]:], dtype=np.float64))
        return self._usual[key]


class _Experience:
    """Of every kind of prediction, how many there were and how many came true to a second."""

    def __init__(self) -> None:
        self._all, self._true = np.zeros(KINDS), np.zeros(KINDS)

    def came(self, kind: int, is_true: bool) -> None:
        self._all[kind] += 1
        self._true[kind] += is_true

    def share(self, kind: NDArray[np.int64]) -> FloatArray:
        return np.asarray((self._true[kind] + 1.0) / (self._all[kind] + 2.0))  # Laplace's rule
