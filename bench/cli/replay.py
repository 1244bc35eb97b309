"""``signal-core replay``: a recorded run through the engine again, without SUMO, order by order."""

from __future__ import annotations

import argparse
import time
from typing import Any

from bench.cli.options import add_recorded_run_options, recorded_run
from bench.runs.console import make_console
from bench.runs.replay import first_difference, replay
from controllers.logs.taping import TAPE, Order, Tape, read_tape


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
    tape = read_tape(place / TAPE)
    started = time.perf_counter()
    orders = replay(tape, place)
    spent_s = time.perf_counter() - started
    differing = first_difference(tape.orders, orders)
    console = make_console()
    console.print(f"{len(tape.time_s)} s of {len(tape.signals)} signals in {spent_s:.1f} s")
    if differing is None:
        console.print(f"all {len(orders)} orders are the same")
        return 0
    console.print(_told(tape, orders, differing))
    return 1


def _told(tape: Tape, now: tuple[Order, ...], k: int) -> str:
    def one(orders: tuple[Order, ...]) -> str:
        if k >= len(orders):
            return "nothing more"
        row, signal, state = orders[k]
        return f"{tape.signals[signal]} {state} at {tape.time_s[row]:g} s"

    return f"order {k + 1} of {len(tape.orders)} differs: then {one(tape.orders)}, now {one(now)}"
