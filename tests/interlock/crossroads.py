"""A crossroads under an interlock, driven by states a reviewer can read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from signal_core.interlock.interlock import Interlock, Status
from signal_core.interlock.rules import SignalRules

LETTERS = "rygGsO"
LONG_S = 1000


def codes(state: str) -> NDArray[np.uint8]:
    return np.array([LETTERS.index(letter) for letter in state], dtype=np.uint8)


def crossroads(shown: str = "rrr", time_s: int = 0, max_red_s: float = 90.0, **more: Any) -> Interlock:
    """Main road 0, side road 1 and a crossing 2 over the side road; 0 and 1 conflict, 1 and 2 conflict."""
    conflicts = [[False, True, False], [True, False, True], [False, True, False]]
    intergreen = [[0, 5, 0], [4, 0, 6], [0, 8, 0]]
    rules = SignalRules(conflicts, [3, 3, 0], intergreen, [5, 5, 7], max_red_s, **more)
    return Interlock([rules], codes(shown), time_s)


def drive(interlock: Interlock, first_s: int, *states: str) -> list[tuple[Status, str]]:
    """Propose one state a second; what came back, and what was shown instead."""
    out = []
    for k, state in enumerate(states):
        answer = interlock.check(first_s + k, codes(state), np.zeros(3, dtype=bool))
        out.append((Status(answer.status[0]), "".join(LETTERS[code] for code in answer.codes)))
    return out
