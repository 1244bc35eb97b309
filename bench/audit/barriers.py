"""Rings and barriers of a program of type NEMA, for `bench.audit.verify_states`; standard library only."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

LIT = frozenset("GgyY")
RINGS, BARRIERS = ("ring1", "ring2"), ("barrierPhases", "barrier2Phases")
Sides = tuple[frozenset[int], ...]


def sides_of(logic: ET.Element) -> Sides:
    """For each link the sides of the barrier on which a phase of the program lets it go; empty where it has no rings.

    A side is named by the barrier that ends it, as both rings cross that together.
    """
    given = {p.get("key") or "": (p.get("value") or "").replace(" ", "").split(",") for p in logic.iter("param")}
    if logic.get("type") != "NEMA" or not all(any(given.get(key, ())) for key in (*RINGS, *BARRIERS)):
        return ()
    states = {row.get("name") or "": row.get("state") or "" for row in logic.iter("phase")}
    found: list[set[int]] = [set() for _ in max(states.values(), key=len, default="")]
    for ring in RINGS:
        for name, side in _sides_in(given[ring], [given[key] for key in BARRIERS]):
            for i, lamp in enumerate(states.get(name, "")):
                if lamp in "Gg":
                    found[i].add(side)
    return tuple(map(frozenset, found))


def _sides_in(ring: Sequence[str], barriers: Sequence[Sequence[str]]) -> Iterator[tuple[str, int]]:
    """Every phase of a ring with the first barrier that follows it; the ring has no end."""
    for at, name in enumerate(ring):
        onward = [*ring[at:], *ring[:at]]
        side = next((k for each in onward for k, ends in enumerate(barriers) if each in ends), -1)
        if side >= 0:
            yield name, side


def is_across(sides: Sides, state: str) -> bool:
    """Whether links are green or yellow together that no side of the barrier has both."""
    lit = [sides[i] for i, lamp in enumerate(state[:len(sides)]) if lamp in LIT and sides[i]]
    return bool(lit) and not frozenset[int].intersection(*lit)
