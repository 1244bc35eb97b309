"""``signal-core replay``: a recorded run through the engine again, without SUMO, order by order."""

from __future__ import annotations

from pathlib import Path

from bench.runs.driven import drive_again
from bench.runs.prepare import load
from bench.runs.spec import SPEC, read_spec
from controllers.driving.drive import CONTROL_STEP_S
from controllers.logs.taping import Order, Tape


def replay(tape: Tape, place: Path) -> tuple[Order, ...]:
    """The orders the engine gives for a tape; ``place`` is the folder of its run in the results."""
    spec = read_spec(place / SPEC, place.parents[2])
    drive, port = drive_again(tape, spec, load(spec.study))
    drive.run(float(tape.time_s[-1]) + CONTROL_STEP_S)
    return tuple(port.orders)


def first_difference(then: tuple[Order, ...], now: tuple[Order, ...]) -> int | None:
    """Index of the first order that differs, None for none."""
    if then == now:
        return None
    same = (a == b for a, b in zip(then, now, strict=False))
    return next((k for k, equal in enumerate(same) if not equal), min(len(then), len(now)))
