"""Random signals for the interlock's tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from signal_core.interlock.interlock import Interlock
from signal_core.interlock.rules import SignalRules
from tests.interlock.twin import Twin, word


@dataclass(frozen=True)
class World:
    """One signal's conflicts and times, and what it shows at first."""

    conflicts: list[list[bool]]
    yellow: list[int]
    intergreen: list[list[int]]
    min_green: list[int]
    max_red: list[int]
    yielded: list[list[int]]
    walk_clear: list[int]
    shown: list[int]
    max_green: list[int]
    max_wait: list[int]
    forbidden: list[list[int]]
    walk_lead_s: list[list[int]]
    ends_with: list[list[bool]]
    least_clear: list[int]

    @property
    def n(self) -> int:
        return len(self.yellow)

    def interlock(self, time_s: int = 0) -> Interlock:
        return together([self], time_s)

    def twin(self) -> Twin:
        shown = [word(code) for code in self.shown]
        return Twin(
            self.conflicts, self.yellow, self.intergreen, self.min_green, self.yielded, self.walk_clear, shown,
            self.max_green, self.max_wait, self.forbidden, self.walk_lead_s, self.ends_with,
            self.least_clear,
        )


def together(worlds: list[World], time_s: int = 0) -> Interlock:
    codes = np.array([code for w in worlds for code in w.shown], dtype=np.uint8)
    return Interlock([rules_of_world(w) for w in worlds], codes, time_s)


def rules_of_world(w: World) -> SignalRules:
    def square(values: Any, kind: type = float) -> Any:
        return np.array(values, dtype=kind).reshape(w.n, w.n)

    return SignalRules(
        square(w.conflicts, bool), np.array(w.yellow, dtype=float), square(w.intergreen),
        np.array(w.min_green, dtype=float), np.array(w.max_red, dtype=float), yielded_s=square(w.yielded),
        walk_clear_s=np.array(w.walk_clear, dtype=float), max_green_s=np.array(w.max_green, dtype=float),
        max_wait_s=np.array(w.max_wait, dtype=float), forbidden=w.forbidden, walk_lead_s=square(w.walk_lead_s),
        ends_with=square(w.ends_with, bool), least_clear_s=np.array(w.least_clear, dtype=float))


def codes_of(n: int, largest: int = 5) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, largest), min_size=n, max_size=n)


@st.composite
def worlds(draw: st.DrawFn, largest: int = 5, legal: bool = False) -> World:
    """Up to `largest` links; `legal`: no foes with priority together at first."""
    n = draw(st.integers(1, largest))
    conflicts = [draw(st.lists(st.booleans(), min_size=n, max_size=n)) for _ in range(n)]

    def seconds(most: int) -> list[int]:
        return draw(st.lists(st.integers(0, most), min_size=n, max_size=n))

    shown = draw(codes_of(n))
    if legal:
        shown = [2 if code == 3 else code for code in shown]
    yellow, intergreen = seconds(4), [seconds(7) for _ in range(n)]
    yielded = [[s + more for s, more in zip(row, seconds(3), strict=True)] for row in intergreen]
    leads = st.lists(st.integers(-9, 5).map(lambda k: max(k, 0)), min_size=n, max_size=n)
    walk_lead_s = [draw(leads) for _ in range(n)]
    sets = st.lists(st.lists(st.integers(0, n - 1), min_size=min(n, 2), max_size=n, unique=True), max_size=2)
    together = st.lists(st.integers(0, 3).map(lambda k: k == 0), min_size=n, max_size=n)
    ends_with = [draw(together) for _ in range(n)]
    return World(conflicts, yellow, intergreen, seconds(6), seconds(20), yielded, seconds(9), shown, seconds(12),
                 seconds(15), draw(sets) if n > 1 else [], walk_lead_s, ends_with, seconds(4))
