"""``signal-core site``: the site file of a signal, for the process beside its controller."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.cli.options import add_control_options, add_rest_option, add_scenario_options, make_scenario, positive
from bench.desk.site_of import MOST_PHASES
from bench.runs.prepare import prepare
from bench.runs.spec import Study, distances, on_crossing, read_limits, walk_lead, walking
from bench.studies.desk import make_site
from controllers.cabinet.driven import BY_GROUPS, how_driven, not_kept
from controllers.cabinet.site import SignalSite, Site, schema
from controllers.cabinet.site_parts import Link
from controllers.cabinet.site_text import write_toml
from network.errors import ScenarioError

PORTS = {"ntcip": 161, "rsmp": 12111, "tlcfi": 11501}
USERS = {"tlcfi": "signal-core"}
LARGEST = 40
"""Phases of the largest controllers."""


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "site",
        help="a signal as its controller knows it: phases, groups, detectors, limits, as a file to correct",
        description="Write the site file of a signal: movements and phases of the network as phases, groups and "
        "detectors of a controller. Read it and correct the numbers; signal-core cabinet works by it.",
    )
    add_scenario_options(parser, needed=False)
    add_control_options(parser)
    add_rest_option(parser)
    parser.add_argument("--signal", action="append", default=[], metavar="ID", help="which; may be repeated")
    parser.add_argument("--max-phases", type=positive, default=MOST_PHASES, metavar="N",
                        help=f"phases the controller has (default {MOST_PHASES})")
    parser.add_argument("--link", choices=tuple(PORTS), default="ntcip",
                        help="what the controller speaks (default ntcip)")
    parser.add_argument("--no-exits", action="store_true", help="the street has no detectors behind the junction")
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of site files instead")
    parser.add_argument("-o", "--output", metavar="FILE", help="where it goes (default: printed)")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Write what the options describe."""
    if given.schema:
        return _write(json.dumps(schema(), indent=1) + "\n", given.output)
    if given.cfg is None:
        raise ScenarioError("site: name a .sumocfg, or a .net.xml with -r")
    scenario = make_scenario(given)
    with tempfile.TemporaryDirectory() as folder:
        study = Study(scenario, given.protocol, distances(given.detectors), "libsumo", False, folder,
                      walk=walking(given.walk), walk_lead_s=walk_lead(given.walk_lead),
                      on_crossing_s=on_crossing(given.on_crossing),
                      limits=read_limits(given.limits))
        site = make_site(scenario, prepare(study), given.signal, given.max_phases, given.link, not given.no_exits,
                         given.rest_in_walk)
    linked = _linked(site, given.link, given.rest_in_walk)
    for one in linked.signals if given.output else ():
        print(f"signal {one.id}: {how_driven(one)}{_room_for_groups(one)}")
        if lost := not_kept(one):
            print(f"  {lost}")
    return _write(write_toml(linked), given.output)


def _room_for_groups(site: SignalSite) -> str:
    """How many phases a controller needs to be driven group by group, where the file has too few for that."""
    needed = len(site.phases) + len(site.groups)
    return f" (--max-phases {needed} has room for them)" if needed <= LARGEST and how_driven(site) != BY_GROUPS and (
        site.link.protocol == "ntcip") else ""


def _linked(site: Site, protocol: Any, rests: bool) -> Site:
    """The site spoken to by a protocol, at its usual port; where controllers connect to us, at one port each."""
    steps = range(len(site.signals)) if protocol == "rsmp" else [0] * len(site.signals)
    links = [Link(protocol=protocol, port=PORTS[protocol] + step, user=USERS.get(protocol, "")) for step in steps]
    signals = [one.model_copy(update={"link": link, "limits": one.limits.model_copy(update={"rest_in_walk": rests})})
               for one, link in zip(site.signals, links, strict=True)]
    return site.model_copy(update={"signals": tuple(signals)})


def _write(text: str, output: str | None) -> int:
    if output is None:
        print(text, end="")
        return 0
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{output}: cannot be written ({error.strerror}); choose another file with -o") from error
    print(f"file: {output}")
    return 0
