"""``signal-core replay``: a recorded run through the engine again, without SUMO, order by order."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, cast

from bench.console import make_console
from bench.options import add_recorded_run_options, recorded_run
from bench.prepare import load
from bench.spec import read_spec
from controllers.drive import CONTROL_STEP_S, Drive
from controllers.registry import get, settings_for
from controllers.sumo_port import SumoPort
from controllers.taping import TAPE, Order, ReplayPort, Tape, read_tape
from network.errors import ScenarioError


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "replay",
        help="a recorded run through the engine again, without SUMO",
        description="Feed the counts of a run (recorded by compare and run) to the engine and compare every order "
        "it gives with the one it gave then. Exit code 1 where one differs.",
    )
    add_recorded_run_options(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Replay the run the options name; 1 where it does not come out the same."""
    place = recorded_run(given)
    if not (place / TAPE).is_file():
        raise ScenarioError(f"{place}: no tape here; only controllers that see loops alone are recorded")
    tape = read_tape(place / TAPE)
    started = time.perf_counter()
    orders = replay(tape, place)
    spent_s = time.perf_counter() - started
    differing = first_difference(tape.orders, orders)
    console = make_console()
    console.print(f"{len(tape.time_s)} s of {len(tape.signals)} signals in {spent_s:.1f} s", highlight=False)
    if differing is None:
        console.print(f"all {len(orders)} orders are the same", highlight=False)
        return 0
    console.print(_told(tape, orders, differing), highlight=False, markup=False)
    return 1


def replay(tape: Tape, place: Path) -> tuple[Order, ...]:
    """The orders the engine gives for a tape; ``place`` is the folder of the run it was recorded in."""
    spec = read_spec(place / "spec.json")
    prepared = load(spec.study)
    settings = settings_for(spec.controller, spec.study.settings)
    port = ReplayPort(tape)
    signals = tuple(prepared.signals.values())
    controller = get(spec.controller).make(settings)
    drive = Drive(cast(SumoPort, port), controller, signals, prepared.layout, settings, spec.study.protocol)
    drive.run(float(tape.time_s[-1]) + CONTROL_STEP_S)
    return tuple(port.orders)


def first_difference(then: tuple[Order, ...], now: tuple[Order, ...]) -> int | None:
    """Index of the first order that differs, None for none."""
    if then == now:
        return None
    same = (a == b for a, b in zip(then, now, strict=False))
    return next((k for k, equal in enumerate(same) if not equal), min(len(then), len(now)))


def _told(tape: Tape, now: tuple[Order, ...], k: int) -> str:
    def one(orders: tuple[Order, ...]) -> str:
        if k >= len(orders):
            return "nothing more"
        row, signal, state = orders[k]
        return f"{tape.signals[signal]} {state} at {tape.time_s[row]:g} s"

    return f"order {k + 1} of {len(tape.orders)} differs: then {one(tape.orders)}, now {one(now)}"
