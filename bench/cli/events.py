"""``signal-core events``: a run as a high-resolution controller event log."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.cli.options import add_recorded_run_options, recorded_run
from bench.measures.raw import read_shown
from bench.report.run_events import detector_events, detectors, phase_events, write_functions, write_meaning
from bench.runs.console import make_console
from bench.runs.prepare import load
from bench.runs.spec import read_study
from controllers.event_log import write_log
from network.errors import ScenarioError
from scenarios.launch import SHOWN_STATES
from scenarios.recording import PASSAGES


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "events",
        help="a run as a high-resolution controller event log (CSV)",
        description="Write phase events, and detector events of the first seed of compare, in "
        " the Indiana enumeration; beside it which device, phase and detector is what.",
    )
    add_recorded_run_options(parser)
    parser.add_argument("-o", "--output", default="events.csv", metavar="FILE", help="default: events.csv")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Write the log the options describe."""
    place = recorded_run(given)
    if not (place / SHOWN_STATES).is_file():
        raise ScenarioError(f"{place}: no run of '{given.controller}' with seed {given.seed} here")
    prepared = load(read_study(place.parents[2] / "prepared" / "study.json"))
    shown = read_shown(place / SHOWN_STATES)
    devices = {signal_id: k for k, signal_id in enumerate(sorted(shown), start=1)}
    events = [event for i in shown for event in phase_events(devices[i], prepared.signals[i], shown[i])]
    if (place / PASSAGES).is_file():
        events += detector_events(place / PASSAGES, detectors(prepared.layout, devices))
    path = Path(given.output).absolute()
    write_log(path, sorted(events))
    write_functions(path.with_name(f"{path.stem}-detectors.csv"), prepared.layout, devices, shown)
    write_meaning(path.with_name(f"{path.stem}-meaning.csv"), prepared, devices, shown)
    make_console().print(f"{len(events)} events of {len(devices)} devices: {path}", soft_wrap=True)
    return 0
