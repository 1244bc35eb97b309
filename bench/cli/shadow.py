"""``signal-core shadow``: what the engine would have done beside what a recorded controller did."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.report.tell_shadow import WRITERS, tell, write
from bench.runs.console import make_console
from controllers.logs.event_log import read_log
from controllers.shadow.follow import follow
from controllers.shadow.site import build, read_functions
from network.errors import ScenarioError
from network.files import writing
from signal_core.settings import Settings


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "shadow",
        help="an event log of a real controller through the engine: what it would have done",
        description="Read a high-resolution controller event log (CSV: TimeStamp, DeviceId, EventId, Parameter), build "
        "the intersection from it, and run the engine beside the controller on the same detectors.",
    )
    parser.add_argument(
        "log", metavar="LOG",
        help="events, as signal-core events writes them or an agency's software does: comma, semicolon or tab; "
        "dates in ISO 8601, month/day/year or day.month.year",
    )  # fmt: skip
    parser.add_argument(
        "--detectors", metavar="FILE",
        help="CSV: DeviceId, Phase, Parameter, Function (Presence, Advance); default: LOG-detectors.csv beside LOG",
    )  # fmt: skip
    parser.add_argument("--signal", type=int, metavar="ID", help="DeviceId; default: every device of the log")
    parser.add_argument(
        "-o", "--output", metavar="FILES", help="picture (.svg, .png), every second (.csv), .json; several by comma"
    )
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Do what the options describe."""
    console = make_console()
    log = Path(given.log).absolute()
    read = read_log(log)
    functions = read_functions(
        Path(given.detectors) if given.detectors else log.with_name(f"{log.stem}-detectors.csv")
    )
    known = sorted({event.device for event in read.events})
    devices = known if given.signal is None else [given.signal]
    if not set(devices) <= set(known):
        raise ScenarioError(f"--signal {given.signal}: no such device in {log}; there are {', '.join(map(str, known))}")
    paths = [Path(part.strip()).absolute() for part in (given.output or "").split(",") if part.strip()]
    if paths and len(devices) > 1:
        raise ScenarioError(f"{log}: {len(devices)} devices; files are of one: choose it with --signal, of "
                            f"{', '.join(map(str, devices))}")
    if any(path.suffix not in WRITERS for path in paths):
        raise ScenarioError(f"-o {given.output}: give files ending in {', '.join(WRITERS)}")
    for device in devices:
        recorded, site = build(read, functions.get(device, {}), device)
        shadow = follow(recorded, site, Settings())
        tell(recorded, site, shadow, console)
        for path in paths:
            with writing(path):
                write(path, recorded, site, shadow)
            console.print(f"file: {path}", soft_wrap=True)
    return 0
