"""``signal-core desk``: SUMO as the street behind a virtual controller, to try a cabinet process on."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from typing import Any

from bench.cli.options import add_scenario_options, make_scenario
from bench.desk.agent import Access
from bench.runs.prepare import prepare
from bench.runs.spec import DETECTORS, Study, distances
from bench.studies.desk import Desk, make_site, run_desk
from controllers.cabinet.site import read_site
from controllers.sumo_port import Backend
from network.errors import ScenarioError

COMMUNITY = "SIGNAL_CORE_COMMUNITY"
PORT = 1161
SAY_EVERY_S = 10


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "desk",
        help="a virtual controller over SNMP with SUMO as its street",
        description="Run a scenario with one signal behind a virtual actuated controller that speaks NTCIP 1202 on "
        f"127.0.0.1. The community is that of the environment variable {COMMUNITY}, public without it; version 3 with "
        "SIGNAL_CORE_USER, SIGNAL_CORE_AUTH_KEY and SIGNAL_CORE_PRIV_KEY.",
    )
    add_scenario_options(parser)
    parser.add_argument("--protocol", choices=("ntcip",), default="ntcip", help="what the controller speaks")
    parser.add_argument("--detectors", default=DETECTORS, metavar="SPEC",
                        help=f"distances of the loops from the stop line in metres (default {DETECTORS})")
    parser.add_argument("--signal", metavar="ID", help="which signal; needed where there are several")
    parser.add_argument("--site", metavar="FILE", help="set the controller up as this site file says")
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"UDP port (default {PORT})")
    parser.add_argument("--speed", choices=("real", "fast"), default="real",
                        help="real time (default), or a second with each look at the controller's clock")
    parser.add_argument("--gui", action="store_true", help="show the street in sumo-gui")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Serve what the options describe."""
    scenario = make_scenario(given)
    with tempfile.TemporaryDirectory() as folder:
        backend: Backend = "traci" if given.gui else "libsumo"
        study = Study(scenario, "plan", distances(given.detectors), backend, given.gui, folder)
        prepared = prepare(study)
        site = read_site(given.site) if given.site else make_site(
            scenario, prepared, [given.signal] if given.signal else [])
        access = Access(os.environ.get(COMMUNITY, "public"), os.environ.get("SIGNAL_CORE_USER", ""),
                        os.environ.get("SIGNAL_CORE_AUTH_KEY", ""), os.environ.get("SIGNAL_CORE_PRIV_KEY", ""))
        print(f"signal {site.signals[0].id}: NTCIP on 127.0.0.1:{given.port}, {given.speed}", flush=True)
        try:
            asyncio.run(run_desk(study, site, access, given.port, given.speed == "fast", None, _tell))
        except OSError as error:
            raise ScenarioError(f"--port {given.port}: {error}; choose another") from error
    return 0


def _tell(desk: Desk) -> None:
    if int(desk.street.time_s) % SAY_EVERY_S == 0:
        own = desk.controller
        green = "+".join(map(str, sorted(own.rings.green))) or "none"
        who = "preempted" if own.preempt else "flashing" if own.flashing else f"pattern {own.pattern}"
        print(f"{desk.street.time_s:.0f} s: green {green}, {who}, orders {'given' if own.orders.any else 'none'}",
              flush=True)
