"""Lost time of a signal, by what it showed: in how much of the time no movement had green.

HCM's start-up lost time is not in it, nor the part of yellow in which vehicles still go (2 s each by default, so that
the two cancel): its lost time per cycle, over the cycle, is the share here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bench.measures.raw import Shown
from network.program.phases import FLASHING, GREEN, YELLOW
from network.program.signals import Signal


@dataclass(frozen=True, slots=True)
class LostTime:
    """Of ``time_s`` in all, the seconds in which no movement had green: some had yellow, or all red."""

    time_s: float
    yellow_s: float
    all_red_s: float


def lost_times(signal: Signal, shown: Shown) -> dict[str, LostTime]:
    """By junction that is planned on its own; a junction of which no two movements conflict has none to lose."""
    found = {}
    for part in signal.junctions or (signal,):
        # who conflicts with nobody may go beside everybody, and uses nobody's time
        known = len(part.conflicts)  # of a rail signal or crossing none
        own = {link.index for link in part.links if link.index < known and part.conflicts[link.index].any()}
        if own:
            found[part.id] = lost_time(shown, own)
    return found


def lost_time(shown: Shown, links: Collection[int]) -> LostTime:
    """Of the lamps at the indices ``links``. Where one is dark or blinks, somebody may go."""
    lamps = {state: {state[i] for i in links} for state in set(shown.states)}  # a day has few states, shown often
    lost = {state: bool(shows & YELLOW) for state, shows in lamps.items() if not shows & (GREEN | FLASHING)}
    seconds = {True: 0.0, False: 0.0}  # with a yellow, all red
    ends = (*shown.times_s[1:], shown.end_s)
    for start, end, state in zip(shown.times_s, ends, shown.states, strict=True):
        if state in lost:
            seconds[lost[state]] += end - start
    return LostTime(shown.end_s - shown.times_s[0], seconds[True], seconds[False])
