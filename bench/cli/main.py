"""The command line. Each command is a module with ``register(subparsers)``; one more line in COMMANDS adds one.

Only the module of the command that is wanted is imported, so that the command line starts at once.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn

from network.errors import ScenarioError, offered

COMMANDS = (
    ("compare", "bench.cli.compare", "several controllers on one scenario, paired by seed"),
    ("sweep", "bench.cli.sweep", "several scenarios at several levels of demand, in one go"),
    ("run", "bench.cli.run", "one run under one controller"),
    ("report", "bench.cli.report", "the report of a comparison, again or with another corridor"),
    ("plan", "bench.cli.plan", "the best fixed-time plan for a scenario's demand, as a file for plain sumo"),
    ("check", "bench.cli.check", "what the engine sees of a scenario and what is wrong with it"),
    ("events", "bench.cli.events", "a run as a high-resolution controller event log (CSV)"),
    ("replay", "bench.cli.replay", "a recorded run through the engine again, without SUMO"),
    ("explain", "bench.cli.explain", "why a signal did what it did: what was seen, weighed and chosen at a moment"),
    ("map", "bench.cli.map", "lanes, stop lines and signal groups of a network as MAPEM"),
    ("spat", "bench.cli.spat", "what the signals of a run show and when that changes, as SPATEM; how good that was"),
    ("live", "bench.cli.live", "signals in the browser and for other machines, running or recorded; read only"),
    ("shadow", "bench.cli.shadow", "an event log of a real controller through the engine"),
    (
        "bench",
        "bench.cli.experiments.command",
        "measure the controller itself: control, latency, scale, start, loop, week",
    ),
    ("site", "bench.cli.site", "a signal as its controller knows it, as a file for the process beside it"),
    ("desk", "bench.cli.desk", "a virtual controller over SNMP with SUMO as its street"),
    ("cabinet", "bench.cli.cabinet", "the process beside a signal controller: check, observe, advise, drive"),
    ("demo", "bench.cli.demo", "fixed time against adaptive on an arterial made for it, within about two minutes"),
)
"""Name, module, and what `signal-core --help` says of it."""
OURS = ("bench", "controllers", "network", "scenarios", "signal_core")
AT_THE_DESK = ("site", "desk")
"""Commands for who sets up a process that runs where no SUMO is."""
OF_TYPES = re.compile(r"invalid (int|float) value: (.+)")
KINDS = {"int": "no whole number", "float": "no number"}
"""In place of argparse's words."""
BAD_INPUT = 2
INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 good, 1 something found or failed, 2 bad input."""
    try:
        try:
            return _run(sys.argv[1:] if words is None else words)
        finally:
            sys.stdout.flush()  # here, where a full disk can still be told
    except ScenarioError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        print("signal-core: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 1
    except OSError as error:
        _drop_output()
        return _refuse(f"{error.filename or 'output'}: {error.strerror or error}; make room, or choose another place")
    except MemoryError:
        return _refuse("not enough memory for this input; take a part of it, or a larger machine")


def _run(words: Sequence[str]) -> int:
    ours, sumo_options = split_sumo_options(words)
    wanted = next((word for word in ours if not word.startswith("-")), "")
    known = [name for name, _, _ in COMMANDS]
    if wanted and wanted not in known:
        raise ScenarioError(f"no command '{wanted}'; {offered(wanted, known)}; see signal-core --help")
    try:
        given = parser_for(wanted).parse_args(ours)
        given.sumo_options = sumo_options
        return int(given.command(given))
    except ModuleNotFoundError as error:  # a command may import what it needs once it knows what it is asked for
        package = str(error.name).partition(".")[0]
        if package in OURS:
            raise
        raise ScenarioError(_needs(wanted, package)) from error


def _refuse(message: str) -> int:
    print(f"signal-core: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT


def _drop_output() -> None:
    """Nobody takes what is still to be written, and the interpreter would try again at its end."""
    with contextlib.suppress(OSError, ValueError):  # an output without a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def _print_message(self, message: str, file: Any = None) -> None:
        """As argparse, which says nothing where the message could not be written."""
        (file or sys.stderr).write(message or "")

    def error(self, message: str) -> NoReturn:
        message = OF_TYPES.sub(lambda found: f"{found[2]} is {KINDS[found[1]]}", message)
        if message.startswith("unrecognized arguments"):
            message += f"; SUMO's own options go behind --, as in: {self.prog} ... -- --scale 1.2"
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser_for(wanted: str) -> argparse.ArgumentParser:
    """Of one command, whose module is imported; the others are only named."""
    parser = _Parser(
        prog="signal-core",
        description="Adaptive traffic-signal control for SUMO, measured against the plan in the network.",
        epilog="Everything after -- goes to SUMO unchanged: signal-core compare my.sumocfg -- --scale 1.2",
    )
    parser.add_argument("--version", action="version", version=f"signal-core {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module, says in COMMANDS:
        if name == wanted:
            import_module(module).register(commands)
        else:
            commands.add_parser(name, help=says)
    return parser


def _needs(name: str, package: str) -> str:
    """What to say where the engine alone is installed, without what a command needs."""
    if name in AT_THE_DESK:
        return (f"{name} reads SUMO's files, and SUMO is not installed here: do it at a desk, with "
                'pip install "signal-core[cabinet,sumo]"; beside a controller the site file suffices')
    return (f"{name} needs the package {package}, which is not installed here: install signal-core with its extras, "
            "signal-core[sumo,report]")


def split_sumo_options(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our words, and SUMO's: everything after the first ``--``."""
    if "--" not in words:
        return list(words), []
    at = list(words).index("--")
    return list(words[:at]), list(words[at + 1 :])


def _version() -> str:
    try:
        return version("signal-core")
    except PackageNotFoundError:
        return "from a checkout"
