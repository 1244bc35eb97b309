"""What stands in for loops, once more in plain words, from when-things-break.md. Nothing is shared with the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.kernels.twins_health import total_of
from tests.kernels.twins_watched import Loop

Sample = tuple[float, float, float]
NEUTRAL = 0.2


def stand_ins(loops: Sequence[Loop], entered: list[float], left: list[float],
              occupancy: list[float]) -> list[list[float]]:
    """What is to be worked with after a judged second: entered, left, occupancy."""
    rows = [_use(loops, loop, sample)
            for loop, sample in zip(loops, zip(entered, left, occupancy, strict=True), strict=True)]
    return [list(column) for column in zip(*rows, strict=True)]


def _use(loops: Sequence[Loop], loop: Loop, sample: Sample) -> Sample:
    if loop.counts[-1] >= 0 and loop.trusted:
        loop.source = "own"
        scale = loop.factor if loop.status == "biased" else 1.0
        return sample[0] * scale, sample[1] * scale, sample[2]
    estimate = _estimate(loops, loop)
    if loop.status == "healthy":
        return estimate, estimate, loop.occupied
    return estimate, estimate, _occupied(loops, loop)


def _speaks(loop: Loop) -> bool:
    return loop.trusted and loop.counts[-1] >= 0


def _occupied(loops: Sequence[Loop], loop: Loop) -> float:
    """By the emptiest loop before it, else behind it, else the first beside it; where nobody can tell, neutral."""
    before = [loops[k].occupied for k, ahead in loop.mates if ahead > 0 and _speaks(loops[k])]
    if before and min(before) > 0.99:
        return 1.0
    behind = [loops[k].occupied for k, ahead in loop.mates if ahead < 0 and _speaks(loops[k])]
    beside = [loops[k].occupied for k in loop.beside if _speaks(loops[k])]
    for found in (before, behind, beside[:1]):
        if found:
            return max(0.01, min(0.98, *found))  # busy or not, but not that nobody is there, nor that somebody stands
    return NEUTRAL


def _estimate(loops: Sequence[Loop], loop: Loop) -> float:
    beside = [loops[k] for k in loop.beside if _speaks(loops[k])]
    if beside:
        loop.source = "beside"
        counted, usual = total_of(other.counts[-1] for other in beside), total_of(other.rate for other in beside)
        known = usual > 0 and loop.seen > 0
        return counted * loop.rate / usual if known else counted / len(beside)
    for source, ahead in (("upstream", True), ("downstream", False)):
        mates = [(loops[k], lag) for k, lag in loop.mates if loops[k].trusted and (lag > 0) == ahead]
        usual = total_of(mate.rate for mate, _ in mates)
        if usual > 0:
            loop.source = source
            counted = total_of(_count_at(mate, lag) if ahead else mate.minute.value for mate, lag in mates)
            return counted * loop.rate / usual
    loop.source = "profile"
    return 1.3 * loop.rate


def _count_at(loop: Loop, ago_s: int) -> float:
    """What it counted so long ago, at most 63 s; nothing before the start or where there was no usable sample."""
    ago_s = min(ago_s, 63)
    return max(loop.counts[-1 - ago_s], 0.0) if ago_s < len(loop.counts) else 0.0


def stop_line(loop: Loop, used: tuple[float, float], queue: float, best: float, green_s: int, red_s: int,
              limits: Any, nobody_s: int) -> tuple[float, float]:
    """What left the stop line and its occupancy: of a bad loop, the known queue on green, and a call after a while;
    so at a signal that has seen nobody for ``nobody_s``, too. A call after a longer one where it has never been seen to
    count, or not for long, while it was thought to be in order."""
    call_s, recall_s = limits.call_s, limits.recall_s
    if loop.trusted and loop.counts[-1] >= 0:
        recalled = (loop.seen == 0 or loop.silent_s >= limits.dead_s) and red_s >= recall_s
        quiet = nobody_s >= limits.blind_approach_s and red_s >= call_s
        return used[0], 1.0 if recalled or quiet else used[1]
    leaving = min(queue, best) if green_s >= 2 else 0.0
    if loop.trusted:
        return leaving, used[1]
    if leaving > 0:
        return leaving, 0.6
    return leaving, 1.0 if queue >= 0.5 or red_s >= call_s else 0.5
