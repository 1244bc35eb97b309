"""The command line. Each command is a module with ``register(subparsers)``; one more line here adds one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from bench import check, compare, demo, events, experiments, replay, run
from bench.explain import command as explain
from bench.options import split_sumo_options
from bench.report import command as report
from bench.results import versions
from bench.shadow import command as shadow
from bench.tuning import command as plan
from network.errors import ScenarioError

COMMANDS = (compare, run, report, plan, check, events, replay, explain, shadow, experiments, demo)
BAD_INPUT = 2
INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 good, 1 something found or failed, 2 bad input."""
    ours, sumo_options = split_sumo_options(sys.argv[1:] if words is None else words)
    given = _parser().parse_args(ours)
    given.sumo_options = sumo_options
    try:
        return int(given.command(given))
    except ScenarioError as error:
        print(f"signal-core: {' '.join(str(error).split())}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("signal-core: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 1


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="signal-core",
        description="Adaptive traffic-signal control for SUMO, measured against the plan in the network.",
        epilog="Everything after -- goes to SUMO unchanged: signal-core compare my.sumocfg -- --scale 1.2",
    )
    parser.add_argument("--version", action="version", version=f"signal-core {versions()['signal-core']}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.register(commands)
    return parser
