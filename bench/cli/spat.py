"""``signal-core spat``: what the signals of a recorded run show and when that changes, second by second, as SPATEM."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cli.announcing import add_air_option, add_sender_options, codec_of, line_of, sender_of
from bench.cli.options import add_recorded_run_options, recorded_run
from bench.report.announce_table import content_of, reach_of, screen, sentence
from bench.runs.announced import Announced, announced, untold
from bench.runs.console import make_console
from bench.runs.stored import write_json
from bench.studies.comparison import compile_kernels
from controllers.announce.envelope import numbers
from controllers.announce.ntcip_blob import PHASES, PhaseLamps, encode, phases_at
from controllers.announce.spatem import Said, spat_messages
from network.errors import ScenarioError
from network.files import writing

if TYPE_CHECKING:
    from controllers.cabinet.site import SignalSite
    from controllers.cabinet.site_parts import Phase


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "spat",
        help="what the signals of a run show and when that changes, as SPATEM (JSON)",
        description="Write SPATEM of every second of a recorded run: the state of every signal group and its next "
        "change, earliest and latest as the interlock's rules or the program guarantee it, likely by the engine's plan "
        "or the program, otherwise from history. One message per line, up to 32 intersections in each. Runs of "
        "adaptive+commitment_s=5 announce 5 s ahead, and keep, changes for which much speaks: by 40 vehicle-seconds, "
        "or what +commitment_margin_vehicle_s=N says, 0 for every change, which costs delay.",
    )
    add_recorded_run_options(parser)
    parser.add_argument("--score", action="store_true",
                        help="how good the predictions were, beside a guess from history; -c may name several runs")
    parser.add_argument("--json", metavar="FILE", help="keep the scores here")
    add_sender_options(parser)
    add_air_option(parser)
    parser.add_argument("--ntcip", metavar="SITE", help="site file of one signal (signal-core site): write what its "
                        "controller would send by NTCIP 1202, a message a line in hexadecimal digits")
    parser.add_argument("-o", "--output", metavar="FILE", help="default: spat.jsonl, without --score")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Write or score what the run the options name could have announced; 1 where a change lay outside its bounds."""
    names = [name.strip() for name in given.controller.split(",")]
    output = given.output or (None if given.score else "spat.jsonl")
    if output and len(names) > 1:
        raise ScenarioError("-o: messages are of one run; name one controller with -c")
    if given.json and not given.score:
        raise ScenarioError("--json: keeps scores; give --score, too")
    sender, console, found, codec = sender_of(given), make_console(), [], codec_of(given)
    compile_kernels(console)
    for name in names:
        place = recorded_run(argparse.Namespace(**{**vars(given), "controller": name}))
        if missing := untold(place):
            console.print(f"{name}: {missing}", soft_wrap=True)
        with console.status(f"replaying {name}"):
            signals = announced(place)
        if output:
            path = Path(output).absolute()
            number = numbers(one.course.signal_id for one in signals)
            said = [_said(one, number[one.course.signal_id]) for one in signals]
            lines = _blobs(said, given.ntcip) if given.ntcip else (
                line_of(message, codec) for message in spat_messages(said, sender))
            with writing(path), path.open("w", encoding="utf-8") as stream:
                stream.writelines(lines)
            console.print(f"{max(len(one.course.states) for one in signals)} s of {len(signals)} signals: {path}",
                          soft_wrap=True)
        if given.score:
            found.append(content_of(name, signals))
    return _tell(found, given.json, console) if given.score else 0


def _blobs(said: list[Said], path: str) -> Iterator[str]:
    """A line of every second of the signal of a site file."""
    from controllers.cabinet.site import read_site

    site = read_site(path)
    of_site = [(one, of) for one in said for of in site.signals if of.id == one.course.signal_id]
    if len(of_site) != 1:
        raise ScenarioError(f"{path}: {len(of_site)} of its signals are in this run; write one with site --signal ID")
    one, signal = of_site[0]
    lamps = [PhaseLamps(phase.number, _links(signal, phase, "vehicle"), _links(signal, phase, "pedestrian"))
             for phase in signal.phases if phase.number <= PHASES]  # fmt: skip
    return (encode(phases_at(one, t, lamps)).hex() + "\n" for t in range(len(one.course.states)))


def _links(signal: SignalSite, phase: Phase, kind: str) -> tuple[int, ...]:
    return tuple(link for group in signal.groups if group.kind == kind and group.channel in phase.channels
                 for link in group.links)  # fmt: skip


def _tell(found: list[dict[str, Any]], path: str | None, console: Any) -> int:
    console.print(screen(found))
    for run in found:
        console.print(reach_of(run), soft_wrap=True)
        console.print(sentence(run), soft_wrap=True)
    if path:
        with writing(Path(path).absolute()):
            write_json({"schema": 1, "runs": found}, Path(path).absolute())
    return int(any(run["bounds"]["outside"] for run in found))


def _said(one: Announced, number: int) -> Said:
    return Said(number, one.course, one.earliest_s, one.latest_s, one.likely_s, one.next_green_s, one.confidence,
                one.status)
