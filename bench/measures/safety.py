"""Conflicts between vehicles by threshold, and vehicles that passed a red signal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from bench.measures.movements import Passage
from bench.measures.raw import Conflict, Shown

# (name, limit, unit, whether less is worse). TTC 1.5 s and PET 1.5 s: FHWA, Surrogate Safety Assessment Model;
# 3.35 m/s2: Archer 2005, braking beyond which drivers seldom go.
LIMITS = (
    ("TTC", 1.5, "s", True),
    ("TTC", 3.0, "s", True),
    ("DRAC", 3.35, "m/s²", False),
    ("DRAC", 6.0, "m/s²", False),
    ("PET", 1.0, "s", True),
    ("PET", 1.5, "s", True),
)
CRASH_LIKE = "TTC < 1.5 s"
OPEN = frozenset("GgyYsoOu")


def limit_name(name: str, limit: float, unit: str, below: bool) -> str:
    """``TTC < 1.5 s``."""
    return f"{name} {'<' if below else '>'} {limit:g} {unit}"


def encounters(conflicts: Sequence[Conflict]) -> list[Conflict]:
    """One per pair of vehicles and time: both report the same conflict, the worse of their values counts."""
    met: dict[frozenset[str], list[Conflict]] = {}
    for found in sorted(conflicts, key=lambda conflict: conflict.begin_s):
        same_pair = met.setdefault(frozenset((found.ego, found.foe)), [])
        if same_pair and found.begin_s <= same_pair[-1].end_s:
            same_pair[-1] = _worse(same_pair[-1], found)
        else:
            same_pair.append(found)
    return [found for pair in met.values() for found in pair]


def count_conflicts(conflicts: Sequence[Conflict]) -> dict[str, int]:
    """Encounters beyond each of `LIMITS`, by name."""
    met = encounters(conflicts)
    return {limit_name(*entry): sum(_beyond(found, *entry[:2], entry[3]) for found in met) for entry in LIMITS}


def _beyond(found: Conflict, name: str, limit: float, below: bool) -> bool:
    value = {"TTC": found.ttc_s, "DRAC": found.drac_mps2, "PET": found.pet_s}[name]
    return value is not None and (value < limit if below else value > limit)


def _worse(one: Conflict, other: Conflict) -> Conflict:
    return Conflict(
        one.ego,
        one.foe,
        one.begin_s,
        max(one.end_s, other.end_s),
        _extreme(min, one.ttc_s, other.ttc_s),
        _extreme(max, one.drac_mps2, other.drac_mps2),
        _extreme(min, one.pet_s, other.pet_s),
    )


def _extreme(choose: Callable[[Iterable[float]], float], one: float | None, other: float | None) -> float | None:
    known = [value for value in (one, other) if value is not None]
    return choose(known) if known else None


def red_runs(passages: Sequence[Passage], shown: Mapping[str, Shown]) -> int:
    """Vehicles that crossed a stop line in red. Exit times are whole steps, so both steps around must be red."""
    return sum(
        passage.signal_id in shown
        and _red(shown[passage.signal_id], passage.links, passage.time_s)
        and _red(shown[passage.signal_id], passage.links, passage.time_s - 1.0)
        for passage in passages
    )


def _red(shown: Shown, links: Sequence[int], time_s: float) -> bool:
    k = bisect_right(shown.times_s, time_s) - 1
    return k >= 0 and not any(shown.states[k][i] in OPEN for i in links)
