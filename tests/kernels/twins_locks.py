"""Twins of `locks` and `gates`: which signals wait for each other in a ring, and who is held before it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Exit:
    """A place behind a junction: the lanes that lead there with their shares, those it leads to, and its road."""

    leads_here: dict[int, float]
    onward: list[int]
    road: int
    closed: bool = False
    empty_s: int = 0
    moved_s: int = 10**5


@dataclass
class Street:
    """What is known in one second. Per lane: seconds of green it stood through, since somebody left, since its line was
    empty, whether its loop is believed, how many have room on the way to it. Per exit: seconds that somebody has stood,
    whether somebody is there, whether its loop is believed. Per lane again: vehicles that wait, those on their way to
    them, those that have left its line and not yet the junction, seconds since it was green, vehicles that its best
    green lets go in a second."""

    through_s: list[float]
    left_ago_s: list[int]
    empty_s: list[int]
    lane_known: list[bool]
    stood_s: list[int]
    somebody: list[bool]
    exit_known: list[bool]
    room: list[float]
    waiting: list[float]
    coming: list[float]
    inside: list[float]
    red_s: list[int]
    best_vps: list[float]


def reached(start: int, waits: set[tuple[int, int]]) -> set[int]:
    """All that `start` waits for, at one or more removes."""
    found: set[int] = set()
    ahead = {b for a, b in waits if a == start}
    while ahead:
        found |= ahead
        ahead = {b for a, b in waits if a in ahead} - found
    return found


def between_rings(signals: int, waits: set[tuple[int, int]]) -> set[int]:
    """Signals on a ring of waits, or on a way from one to another."""
    after = [reached(i, waits) for i in range(signals)]
    rings = {i for i in range(signals) if i in after[i]}
    return {i for i in range(signals)
            if (i in rings or after[i] & rings) and (i in rings or any(i in after[r] for r in rings))}


def close(exits: list[Exit], signal_of: list[int], signals: int, now: Street, lock_s: int, green_s: float) -> set[int]:
    """Closes and opens exits for a second; the signals that are locked."""
    stuck = {k for k in range(len(signal_of))
             if now.through_s[k] >= green_s and now.left_ago_s[k] >= lock_s and now.lane_known[k]}
    short = [any(k in stuck and now.room[k] < 3.0 for k in one.onward) for one in exits]
    for x, one in enumerate(exits):
        one.empty_s = 0 if now.somebody[x] or short[x] else one.empty_s + 1
        if one.empty_s >= 4 or all(now.empty_s[k] >= 60 for k in one.onward):
            one.closed = False
    full = [one for x, one in enumerate(exits)
            if one.closed or short[x] or (now.stood_s[x] >= lock_s and now.exit_known[x])]
    waits = {(signal_of[k], signal_of[ahead])
             for one in full for k in one.leads_here for ahead in one.onward if ahead in stuck}
    ring = between_rings(signals, waits)
    for one in full:
        home = signal_of[min(one.leads_here)]
        if home in ring and any(k in stuck and signal_of[k] in ring for k in one.onward):
            one.closed = True
    return {signal_of[k] for one in exits if one.closed for k in one.leads_here}


@dataclass
class Ring:
    """Exits whose ways lead to each other, lanes at their ends, those of other ways that enter, and seconds since it
    took no more."""

    exits: set[int]
    ends: set[int]
    entries: set[int]
    full_ago_s: int = 10**5


def rings(exits: list[Exit], signal_of: list[int]) -> list[Ring]:
    """Found by trying who gets back to where he was without turning round."""
    home = [signal_of[min(one.leads_here)] for one in exits]
    on = {(x, y) for x, one in enumerate(exits) for y, other in enumerate(exits)
          if set(one.onward) & other.leads_here.keys() and any(signal_of[k] != home[x] for k in other.onward)}
    after = [reached(x, on) for x in range(len(exits))]
    mates = [{y for y in after[x] if x in after[y]} | {x} for x in range(len(exits))]
    found = [Ring(own, {k for y in own for k in exits[y].onward}, set())
             for x, own in enumerate(mates) if len(own) > 1 and x == min(own)]
    inside = {k for ring in found for k in ring.ends}
    for ring in found:
        share = {k: sum(exits[x].leads_here.get(k, 0.0) for x in ring.exits) for k in range(len(signal_of))}
        ring.entries = {k for k in share if share[k] >= 0.5 and k not in inside}
    return found


def guard(found: list[Ring], exits: list[Exit], now: Street) -> dict[int, float]:
    """Lanes that are held before a ring, and how much: before a full one all, wholly where it has been so for long;
    and whoever finds no room left."""
    shares: dict[int, float] = {}
    for ring in found:
        stood = sorted((now.stood_s[x] for x in ring.exits if now.exit_known[x]), reverse=True)
        enough = max(1, math.ceil(len(ring.exits) / 20))
        since_s = stood[enough - 1] if len(stood) >= enough else 0
        if since_s >= 3:
            shares |= dict.fromkeys(ring.entries, 1.0 if since_s >= 30 else 0.95)
        left_out = without_room(ring, exits, now)
        shares |= dict.fromkeys(left_out, 1.0)
        ring.full_ago_s = 0 if since_s >= 3 or left_out else ring.full_ago_s + 1
    return shares


def without_room(ring: Ring, exits: list[Exit], now: Street) -> set[int]:
    """Who would enter and finds no place left: one stays free, and each takes what he lets in within 8 s."""
    between = sum(now.inside[k] * share for x in ring.exits for k, share in exits[x].leads_here.items())
    left = sum(now.room[k] - now.waiting[k] - now.coming[k] for k in ring.ends) - between - 1.0
    wants = {k: min(now.waiting[k], 8.0 * now.best_vps[k]) for k in ring.entries}
    if sum(wants.values()) <= left:
        return set()
    found = set()
    for k in sorted(ring.entries, key=lambda k: (now.red_s[k] > 0, -now.red_s[k], k)):
        if wants[k] <= left:
            left -= wants[k]
        else:
            found.add(k)
    return found


def held(exits: list[Exit], lanes: int, before_ring: dict[int, float]) -> list[float]:
    """Which part of each lane is held."""
    found = [0.0] * lanes
    for one in exits:
        for k, share in one.leads_here.items():
            if one.closed:
                found[k] = min(found[k] + share, 1.0)
    return [max(part, before_ring.get(k, 0.0)) for k, part in enumerate(found)]
