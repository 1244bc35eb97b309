"""Virtual controllers for tests: eight phases in two rings, and phases in one ring with an overlap."""

from __future__ import annotations

from typing import Any

from bench.desk.controller import Controller
from bench.desk.setup import ControllerSetup, PatternSetup, PhaseSetup, PreemptSetup

SECOND = 10


def eight_phases(**more: Any) -> ControllerSetup:
    """1 2 | 3 4 over 5 6 | 7 8, a channel and a detector each; yellow 3 s, red 2 and 4 s, minimum 5 s."""
    def phase(n: int) -> PhaseSetup:
        return PhaseSetup(n, 1 if n < 5 else 2, 1 if n in (1, 2, 5, 6) else 2, 50, 30, 300, 30, 20 if n < 5 else 40)

    given: dict[str, Any] = {
        "phases": {n: phase(n) for n in range(1, 9)}, "order": {1: (1, 2, 3, 4), 2: (5, 6, 7, 8)},
        "channels": {n: frozenset({n}) for n in range(1, 9)}, "detectors": {n: n for n in range(1, 9)},
        "preempts": {1: PreemptSetup(frozenset({4, 7}), 100)}}
    return ControllerSetup(**(given | more))


def one_ring(**more: Any) -> ControllerSetup:
    """Four phases one after the other; channel 9 is green with phases 1 and 2."""
    given: dict[str, Any] = {
        "phases": {n: PhaseSetup(n, 1, 1, 50, 30, 300, 30, 20) for n in range(1, 5)}, "order": {1: (1, 2, 3, 4)},
        "channels": {**{n: frozenset({n}) for n in range(1, 5)}, 9: frozenset({1, 2})},
        "detectors": {n: n for n in range(1, 5)}}
    return ControllerSetup(**(given | more))


def fixed_plan() -> PatternSetup:
    """80 s over eight phases, both rings 20 + 20 | 20 + 20."""
    return PatternSetup(80, 0, dict.fromkeys(range(1, 9), 20), 2)


def run(controller: Controller, seconds: int, on: frozenset[int] = frozenset()) -> None:
    """Seconds with vehicles on these detectors."""
    for _ in range(seconds):
        controller.advance(SECOND, on)
