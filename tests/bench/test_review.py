"""Each warning of `check` on a program that deserves it, and on none that does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bench.review import Finding, review
from network.detectors import Approach
from network.signals import Interval, Link, Program, Signal, SignalLane

GOOD = (("GGrr", 20), ("yyrr", 3), ("rrrr", 2), ("rrGG", 20), ("rryy", 3), ("rrrr", 2))


def signal(
    rows: Sequence[tuple[str, float]], left_alone: str = "", shared: bool = False, speed: float = 13.9
) -> Signal:
    """Two roads that cross: links 0 and 1 against 2 and 3; link 3 gives way to link 0."""
    conflicts = np.zeros((4, 4), dtype=np.bool_)
    conflicts[:2, 2:] = conflicts[2:, :2] = True
    yields_to = np.zeros((4, 4), dtype=np.bool_)
    yields_to[3, 0] = True
    links = tuple(Link(i, f"in_{i // 2}", f"out_{i}", "", "s", False, 20.0, speed, "n", i) for i in range(4))
    lanes = (SignalLane("in_0", (0, 2) if shared else (0, 1), 80.0, speed, ("s", "r")),)
    intervals = tuple(Interval(state, duration, duration, duration) for state, duration in rows)
    zeros = np.zeros(4)
    program = Program("x", "0", "static", 0.0, intervals, {})
    return Signal(
        "x", program, links, 4, conflicts, yields_to, (), zeros, np.zeros((4, 4)), zeros, lanes, left_alone
    )


def said(found: Sequence[Finding]) -> str:
    return "; ".join(f"{finding.level} {finding.what} {finding.fix}" for finding in found)


def test_a_good_program_gives_no_finding() -> None:
    assert review(signal(GOOD), ()) == ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((("GGrG", 20), *GOOD[1:]), "unsafe foes with priority green together: 0-3, 1-3"),
        ((("GGrr", 20), ("yyrr", 2), *GOOD[2:]), "unsafe yellow of 2 s is too short"),
        ((("GGrr", 20), *GOOD[2:]), "unsafe green ends without yellow on link 0, 1"),
        (
            (("GGrr", 20), ("yyGr", 3), *GOOD[3:]),
            "unsafe green starts while a foe still has yellow: 0-2, 1-2",
        ),
        ((*GOOD[:2], *GOOD[3:]), "warning no red clearance between conflicting greens: 0-2, 0-3, 1-2, 1-3"),
        ((("Grrr", 20), ("yrrr", 3), *GOOD[2:]), "warning never green: link 1"),
    ],
)
def test_what_is_wrong_is_found(rows: Sequence[tuple[str, float]], words: str) -> None:
    assert words in said(review(signal(rows), ()))


def test_a_permissive_green_that_gives_way_is_no_danger() -> None:
    rows = (("Grrg", 20), ("yrrg", 3), ("rrrg", 2), ("rrGG", 20), ("rryy", 3), ("rrrr", 2))
    assert "unsafe" not in said(review(signal(rows), ()))


def test_faster_traffic_needs_more_yellow() -> None:
    assert "too short" in said(review(signal(GOOD, speed=25.0), ()))


def test_lanes_that_block_themselves_are_named() -> None:
    assert "note lane shared by movements with different greens: in_0" in said(
        review(signal(GOOD, shared=True), ())
    )


def test_approaches_without_loops_are_named() -> None:
    site = signal(GOOD)
    blind = Approach(site.lanes[0], -1, ())
    short = Approach(site.lanes[0], 0, (((1, 1.0, 3.0),), ()))
    assert "no loop can be placed at the stop line of in_0" in said(review(site, (blind,)))
    assert "too short for every loop: in_0" in said(review(site, (short,)))


def test_a_signal_left_alone_says_why_and_nothing_else() -> None:
    found = review(signal((("GGGG", 20),), left_alone="It has one phase only."), ())
    assert [finding.level for finding in found] == ["note"]
    assert "one phase only" in found[0].what
