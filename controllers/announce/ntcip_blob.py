"""SPaT as a controller of NTCIP 1202 sends it by UDP: per phase when it may end, and masks of what is shown.

Byte 0 is the mark of the message, byte 1 the number of phases. A phase has 13 bytes from byte 2 on: its number, and in
tenths of a second from now its earliest and latest change, those of its walk, and of an overlap (0 here). Masks of
phases from byte 210 on, the first phase in the lowest bit: red, yellow, green, don't walk, pedestrian clearance, walk.
All numbers are big-endian.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from controllers.announce.spatem import YELLOW_LETTERS, Said

MARK, PHASES, LENGTH = 0xCD, 16, 245
BLOCK = struct.Struct(">B6H")
MASKS = struct.Struct(">6H")
FIRST, MASKS_AT = 2, 210
UNKNOWN, MOST = 65_535, 65_534
"""The layout has no word for a time that nobody knows (own choice)."""
RED, YELLOW, GREEN = "r", "y", "g"


@dataclass(frozen=True)
class PhaseTimes:
    """What a phase shows, and seconds until that ends, None for unknown; walks: its crossing is green."""

    number: int
    shows: str
    earliest_s: float | None
    latest_s: float | None
    has_walk: bool = False
    walks: bool = False
    walk_earliest_s: float | None = None
    walk_latest_s: float | None = None


@dataclass(frozen=True)
class PhaseLamps:
    """The lamps of a phase: places in the state."""

    number: int
    vehicles: tuple[int, ...]
    walkers: tuple[int, ...]


def encode(phases: Sequence[PhaseTimes]) -> bytes:
    """The message, 245 bytes. Raises ValueError for a phase beyond 16."""
    content, masks = bytearray(LENGTH), [0] * 6
    content[0], content[1] = MARK, PHASES
    times = {phase.number: phase for phase in phases}
    if times and not 1 <= min(times) <= max(times) <= PHASES:
        raise ValueError(f"phases {sorted(times)}: numbers from 1 to {PHASES} are needed")
    for number in range(1, PHASES + 1):
        one = times.get(number)
        tenths = [0] * 4 if one is None else [
            _tenths(value) for value in (one.earliest_s, one.latest_s, *((one.walk_earliest_s, one.walk_latest_s)
                                                                         if one.has_walk else (0.0, 0.0)))]
        BLOCK.pack_into(content, FIRST + (number - 1) * BLOCK.size, number, *tenths, 0, 0)
        if one is not None:
            masks["ryg".index(one.shows)] |= 1 << number - 1
            masks[(5 if one.walks else 3)] |= (1 << number - 1) * one.has_walk
    MASKS.pack_into(content, MASKS_AT, *masks)
    return bytes(content)


def decode(content: bytes) -> list[PhaseTimes]:
    """The phases that show something. Raises ValueError where it is no such message."""
    if len(content) < MASKS_AT + MASKS.size or content[0] != MARK or content[1] != PHASES:
        raise ValueError("not a SPaT message of NTCIP 1202")
    masks, found = MASKS.unpack_from(content, MASKS_AT), []
    for k in range(PHASES):
        number, *tenths = BLOCK.unpack_from(content, FIRST + k * BLOCK.size)
        shows = [letter for letter, mask in zip("ryg", masks[:3], strict=True) if mask >> k & 1]
        if len(shows) == 1:
            values = [None if value == UNKNOWN else value / 10.0 for value in tenths[:4]]
            has_walk = any(mask >> k & 1 for mask in masks[3:])
            found.append(PhaseTimes(number, shows[0], values[0], values[1], has_walk, bool(masks[5] >> k & 1),
                                    *(values[2:] if has_walk else (None, None))))  # fmt: skip
    return found


def _tenths(seconds: float | None) -> int:
    return UNKNOWN if seconds is None else min(MOST, max(0, round(10.0 * seconds)))


def phases_at(said: Said, t: int, lamps: Sequence[PhaseLamps]) -> list[PhaseTimes]:
    """What the phases of a signal show in second t of what it said: green where one of its lamps is."""
    letters, now_s = said.course.states[t], said.course.first_s + t
    found = []
    for one in lamps:
        shown = [letters[k] for k in one.vehicles]
        shows = GREEN if any(letter in "Gg" for letter in shown) else (
            YELLOW if any(letter in YELLOW_LETTERS for letter in shown) else RED)  # fmt: skip
        own = [k for k in one.vehicles if (letters[k] in "Gg") == (shows == GREEN)]
        walkers = list(one.walkers)
        found.append(PhaseTimes(one.number, shows, *_span(said, t, own, now_s), bool(walkers),
                                any(letters[k] in "Gg" for k in walkers), *_span(said, t, walkers, now_s)))  # fmt: skip
    return found


def _span(said: Said, t: int, lamps: Sequence[int], now_s: float) -> tuple[float | None, float | None]:
    """The earliest change of any lamp and the latest of all, from now."""
    if not lamps:
        return None, None
    earliest = min(float(said.earliest_s[t, k]) for k in lamps)
    latest = max(float(said.latest_s[t, k]) for k in lamps)
    return earliest - now_s, latest - now_s if math.isfinite(latest) else None
