"""``signal-core check``: what the engine sees of a scenario's signals, and what is wrong with them."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.cli.options import add_control_options, add_scenario_options, make_scenario
from bench.report.check_tables import list_findings, overview, show_signal
from bench.report.notes import remarks
from bench.runs.console import make_console
from bench.runs.folders import make_folder
from bench.runs.prepare import Prepared, found_in
from bench.runs.running import examine
from bench.runs.spec import Study, distances, on_crossing, read_limits, walk_lead, walking
from network.errors import ScenarioError, offered
from network.program.programs import read_all_programs
from network.program.signals import Signal
from network.review.findings import Finding
from network.review.signals import review, split_signals
from network.review.starts import starts_unseen
from network.roads.reader import Network
from scenarios.config import Scenario
from scenarios.fitness import hindrances
from scenarios.starts import starts


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="what the engine sees of a scenario and what is wrong with it",
        description="Show every signal's program, phases, movements, conflicts, intergreens and loops, and what "
        "to mend. The exit code is 1 where something is unsafe.",
    )
    add_scenario_options(parser)
    add_control_options(parser)
    parser.add_argument(
        "--signal", action="append", default=[], metavar="ID", help="only this signal; may be repeated"
    )
    parser.add_argument("--brief", action="store_true", help="only the findings and a line per signal")
    parser.add_argument("-o", "--output", metavar="DIR", help="draw every signal's phases and program there, as SVG")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Check the scenario the options describe; 1 where something is unsafe."""
    console = make_console()
    scenario = make_scenario(given)
    with tempfile.TemporaryDirectory() as folder:
        study = Study(scenario, given.protocol, distances(given.detectors), "libsumo", False, folder,
                      right_on_red=given.right_on_red == "program", walk=walking(given.walk),
                      walk_lead_s=walk_lead(given.walk_lead), on_crossing_s=on_crossing(given.on_crossing),
                      limits=read_limits(given.limits))  # fmt: skip
        programs, network = examine(study)
    prepared = found_in(study, programs, network)
    wanted = _wanted(given.signal, prepared, scenario)
    findings = [
        finding
        for signal in wanted
        for finding in review(signal, prepared.layout.lane_loops.get(signal.id, ()), study.clearance.walking)
    ]
    findings += [Finding("note", signal_id, line, "") for signal_id, line in prepared.limits
                 if not given.signal or signal_id in given.signal]
    findings += [Finding("note", signal_id, f"programs by time of day (WAUT '{day.waut_id}'): {day.words()}",
                         "followed by our controllers at the second of each switch")
                 for signal_id, day in prepared.days.items() if not given.signal or signal_id in given.signal]
    trips = starts(scenario)
    for signal in wanted:
        lane_loops = prepared.layout.lane_loops.get(signal.id, ())
        findings += starts_unseen(signal.id, lane_loops, prepared.layout, network, trips)
    findings += _about(scenario)
    if not given.signal:
        findings += split_signals(wanted, network)
    if not given.brief:
        others = _other_programs(scenario, prepared)
        for signal in wanted:
            show_signal(signal, prepared.layout, others.get(signal.id, []), console)
    if given.output:
        _draw(wanted, network, Path(given.output).absolute(), console)
    console.print(overview(wanted, prepared.layout, findings))
    list_findings(findings, console)
    return 1 if any(finding.level == "unsafe" for finding in findings) else 0


def _about(scenario: Scenario) -> list[Finding]:
    """Findings about the scenario as a whole, under its name."""
    name = scenario.name
    stops = [Finding("warning", name, f"no run is possible: {what}", fix) for what, fix in hindrances(scenario)]
    return [*stops, *(Finding("note", name, line, "") for line in remarks(scenario))]


def _draw(signals: Sequence[Signal], network: Network, folder: Path, console: Console) -> None:
    try:
        from bench.report.phase_diagram import draw_signals
    except ImportError:
        raise ScenarioError("drawing needs matplotlib: pip install 'signal-core[report]'") from None
    make_folder(folder)
    drawn = draw_signals(signals, network, folder)
    console.print(f"{len(drawn)} drawings: {folder}", soft_wrap=True)


def _wanted(ids: Sequence[str], prepared: Prepared, scenario: Scenario) -> list[Signal]:
    for signal_id in ids:
        if signal_id not in prepared.signals:
            raise ScenarioError(f"{scenario.source}: no signal '{signal_id}'; {offered(signal_id, prepared.signals)}")
    return [prepared.signals[i] for i in ids] if ids else list(prepared.signals.values())


def _other_programs(scenario: Scenario, prepared: Prepared) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in (scenario.net_file, *scenario.additional_files):
        for program in read_all_programs(path):
            running = prepared.programs.get(program.signal_id)
            if running is not None and program.program_id != running.program_id:
                found.setdefault(program.signal_id, []).append(program.program_id)
    return found
