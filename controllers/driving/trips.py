"""Interlock trips of a drive: how many, when, at which signal and why.

What a signal showed before it took an order of ours is the network's own state; where that breaks a rule, it is noted
and not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signal_core.interlock.interlock import Status
from signal_core.kernels.interlock_records import Answer
from signal_core.tables.arrays import BoolArray

MOST = 100
"""Kept with time and reason; all are counted."""


class Trip(NamedTuple):
    """The interlock refused an order (``refused``), or found another state than ordered on the street, and why."""

    time_s: float
    signal: str
    why: str
    refused: bool


class Trips:
    """``count`` of all, the first `MOST` of them in ``kept``; what is not ours in ``notes``."""

    def __init__(self, signals: Sequence[str] = ()) -> None:
        self.count = 0
        self.kept: list[Trip] = []
        self.notes: list[str] = []
        self.of(signals)

    def of(self, signals: Sequence[str]) -> None:
        """From now on the answers are about these; what they show has not been ordered."""
        self._signals = signals
        self._ours = np.zeros(len(signals), dtype=np.bool_)

    def checked(self, now_s: float, answer: Answer, odd: int) -> None:
        """Take the interlock's answer to an order, of which ``odd`` were refused."""
        if odd:
            self._take(now_s, answer, refused=True)
        if not self._ours.all():
            self._ours |= answer.status == Status.OK

    def found(self, now_s: float, answer: Answer, others: BoolArray | None = None) -> None:
        """Take what it said of a state that was not ordered; of signals that are others' (bool[signals]) none is."""
        self._take(now_s, answer, False, others)

    def _take(self, now_s: float, answer: Answer, refused: bool, others: BoolArray | None = None) -> None:
        ours = answer.status if others is None else np.where(others, 0, answer.status)
        for s in np.flatnonzero(ours).tolist():
            against = f" against link {answer.foe[s]}" if answer.foe[s] >= 0 else ""
            why = f"{Status(answer.status[s]).name.lower().replace('_', ' ')} at link {answer.link[s]}{against}"
            if not self._ours[s]:
                note = f"signal {self._signals[s]}: the state it was found in breaks a rule of the interlock ({why})"
                if note not in self.notes:
                    self.notes.append(note)
                continue
            self.count += 1
            if len(self.kept) < MOST:
                self.kept.append(Trip(now_s, self._signals[s], why, refused))
