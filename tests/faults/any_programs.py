"""Programs of any kind: with crossings, rows that are off, arrows, red and yellow, rings, and timing that adapts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from network.program.signals import BoolArray, Interval, Link, Program

KINDS = ("static", "static", "actuated", "NEMA")


@dataclass(frozen=True)
class AnySignal:
    """A program, what it controls, and who conflicts with whom and gives way."""

    program: Program
    links: tuple[Link, ...]
    conflicts: BoolArray
    yields_to: BoolArray


@st.composite
def signals(draw: st.DrawFn) -> AnySignal:
    """2 to 6 links for vehicles, up to two crossings, 2 to 4 greens one after the other."""
    return any_signal(np.random.default_rng(draw(st.integers(0, 2**32 - 1))))


def any_signal(rng: np.random.Generator) -> AnySignal:
    """See `signals`."""
    driven, walked = int(rng.integers(2, 7)), int(rng.integers(0, 3))
    n = driven + walked
    conflicts = np.triu(rng.random((n, n)) < 0.5, 1)
    conflicts[driven:, driven:] = False
    conflicts |= conflicts.T
    gives_way = np.triu(conflicts) & (rng.random((n, n)) < 0.5)
    links = tuple(
        Link(i, f"in{i}_0", f"out{i}_0", "", "s", i >= driven, float(rng.integers(4, 25)), float(rng.integers(8, 28)),
             "x", i, waits_m=float(rng.choice([0.0, 6.0])) if i < driven else 0.0)
        for i in range(n))
    kind = str(rng.choice(KINDS))
    greens = [_greens(rng, conflicts) for _ in range(int(rng.integers(2, 5)))]
    rows = [row for k, green in enumerate(greens)
            for row in _rows(rng, green, greens[(k + 1) % len(greens)], driven, kind)]
    if kind != "NEMA" and rng.random() < 0.3:
        rows.insert(int(rng.integers(0, len(rows) + 1)), Interval(str(rng.choice(["o", "O"])) * n, 5.0, 5.0, 5.0))
    parameters = {"rows.yellow": "3", "rows.red": "2"} if kind == "NEMA" else {}
    return AnySignal(Program("x", "0", kind, 0.0, tuple(rows), parameters), links, conflicts, gives_way)


def _greens(rng: np.random.Generator, conflicts: BoolArray) -> str:
    """A state: priority where nothing against it has it, by permission beside it now and then, arrows on some reds."""
    lamps = ["r"] * len(conflicts)
    for i in rng.permutation(len(lamps)).tolist():
        against = {lamps[j] for j in np.flatnonzero(conflicts[i])}
        if "G" not in against and "g" not in against and rng.random() < 0.6:
            lamps[i] = "G"
        elif rng.random() < 0.15 and "g" not in against:
            lamps[i] = "g"
        elif rng.random() < 0.05:
            lamps[i] = "s"
    return "".join(lamps)


def _rows(rng: np.random.Generator, now: str, after: str, driven: int, kind: str) -> list[Interval]:
    """The green, the clearance of its crossings, yellow, red; rings keep the last two beside their rows."""
    green_s = float(rng.integers(3, 40))
    least_s = float(rng.integers(1, 8)) if kind != "static" else green_s
    rows = [Interval(now, green_s, min(least_s, green_s), green_s if kind == "static" else green_s + 20.0)]
    if kind == "NEMA":
        return rows
    ends = [i for i, lamp in enumerate(now) if lamp in "Gg" and after[i] not in "Gg"]
    cars = "".join("r" if i in ends and i >= driven else lamp for i, lamp in enumerate(now))
    if cars != now and rng.random() < 0.7:
        rows.append(_fixed(cars, rng.integers(2, 9)))
    rows.append(_fixed("".join("y" if i in ends else lamp for i, lamp in enumerate(cars)), rng.integers(2, 6)))
    if rng.random() < 0.6:
        red = ["r" if i in ends else lamp for i, lamp in enumerate(cars)]
        if rng.random() < 0.3:
            red = ["u" if lamp == "r" and after[i] in "Gg" and i < driven else lamp for i, lamp in enumerate(red)]
        rows.append(_fixed("".join(red), rng.integers(1, 5)))
    return rows


def _fixed(state: str, seconds: int) -> Interval:
    return Interval(state, float(seconds), float(seconds), float(seconds))
