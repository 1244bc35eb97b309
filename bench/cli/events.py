"""``signal-core events``: a run as a high-resolution controller event log."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.cli.options import add_recorded_run_options, recorded_run
from bench.measures.asked import REQUESTS, read_events
from bench.measures.raw import read_shown
from bench.report.run_events import (
    detector_events,
    detectors,
    phase_events,
    request_events,
    write_functions,
    write_meaning,
)
from bench.runs.console import make_console
from bench.runs.prepare import load
from bench.runs.spec import read_study
from bench.runs.stored import stay_inside
from controllers.logs.event_log import write_log
from network.errors import ScenarioError
from network.files import writing
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
    parser.add_argument(
        "--partial", action="store_true", help="take what there is of a record that ends in the middle"
    )
    parser.add_argument("-o", "--output", default="events.csv", metavar="FILE", help="default: events.csv")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Write the log the options describe."""
    place = recorded_run(given, given.partial)
    home = place.parents[2]
    prepared = load(read_study(stay_inside(home, home / "prepared" / "study.json")))
    shown = read_shown(place / SHOWN_STATES, given.partial)
    unknown = sorted(shown.keys() - prepared.signals.keys())
    if unknown:
        raise ScenarioError(f"{place / SHOWN_STATES}: unknown signal '{unknown[0]}'; run the comparison again")
    devices = {signal_id: k for k, signal_id in enumerate(sorted(shown), start=1)}
    junction_of = {part.id: i for i, signal in prepared.signals.items() for part in signal.junctions}
    events = [event for i in shown for event in phase_events(devices[i], prepared.signals[i], shown[i])]
    for asked in read_events(place / REQUESTS):
        whole = junction_of.get(asked["signal"], asked["signal"])
        if whole in devices:
            events += request_events(devices[whole], shown[whole], [asked])
    if (place / PASSAGES).exists():
        events += detector_events(place / PASSAGES, detectors(prepared.layout, devices), given.partial)
    path = Path(given.output).absolute()
    with writing(path):
        write_log(path, sorted(events))
        write_functions(path.with_name(f"{path.stem}-detectors.csv"), prepared.layout, devices, shown)
        write_meaning(path.with_name(f"{path.stem}-meaning.csv"), prepared, devices, shown)
    make_console().print(f"{len(events)} events of {len(devices)} devices: {path}", soft_wrap=True)
    return 0
