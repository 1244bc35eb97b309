"""A second of a detector as changes within it: on and off at thousandths of the second, as many as vehicles came."""

from __future__ import annotations

MS = 1000


def edges(before: bool, after: bool, vehicles: int, occupied: float) -> list[tuple[int, bool]]:
    """Changes (ms from the second's begin, on). before, after: whether somebody stands there at its ends; occupied:
    share of the second. Every vehicle is one change to on; where there is no time for off, it takes 1 ms."""
    runs = vehicles + before
    if not runs:
        return [(0, True)] if after else []
    gaps = runs - 1 + (not before) + (not after)
    off = max(gaps, min(MS - runs, round(MS * (1.0 - min(1.0, max(0.0, occupied)))))) if gaps else 0
    ons, offs = _parts(MS - off, runs), _parts(off, gaps)
    at, found = 0 if before else offs.pop(0), []
    for k, length in enumerate(ons):
        if k or not before:
            found.append((at, True))
        at += length
        if k < runs - 1 or not after:
            found.append((at, False))
            at += offs.pop(0)
    return found


def _parts(whole: int, count: int) -> list[int]:
    """`whole` in `count` parts, as even as whole numbers are, none below 1."""
    if not count:
        return []
    part, rest = divmod(max(whole, count), count)
    return [part + (k < rest) for k in range(count)]
