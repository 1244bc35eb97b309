"""``signal-core desk``: SUMO as the street behind a virtual controller, to try a cabinet process on."""

from __future__ import annotations

import argparse
import asyncio
import os
import ssl
import tempfile
from typing import Any

from bench.cli.options import add_scenario_options, make_scenario, port
from bench.desk.agent import Access
from bench.desk.ends import Serving, Stand, Supervision, by_ntcip, by_rsmp, by_tlcfi
from bench.runs.prepare import prepare
from bench.runs.spec import DETECTORS, Study, distances
from bench.studies.desk import Desk, make_site, run_desk
from controllers.cabinet.site import read_site
from controllers.cabinet.tls import context
from controllers.sumo.port import Backend
from network.errors import ScenarioError

COMMUNITY, SECURITY_CODE = "SIGNAL_CORE_COMMUNITY", "SIGNAL_CORE_SECURITY_CODE"
PASSWORD = "SIGNAL_CORE_PASSWORD"
PORTS = {"ntcip": 1161, "rsmp": 12111, "tlcfi": 11501}
SAY_EVERY_S = 10


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "desk",
        help="a virtual controller with SUMO as its street, to try a cabinet process on",
        description="Run a scenario with one signal behind a virtual actuated controller. By NTCIP 1202 it answers on "
        f"127.0.0.1; the community is that of the environment variable {COMMUNITY}, public without it; version 3 with "
        "SIGNAL_CORE_USER, SIGNAL_CORE_AUTH_KEY and SIGNAL_CORE_PRIV_KEY. By RSMP it is a site that connects to its "
        f"supervisor; its security codes are that of {SECURITY_CODE}, 0000 without it. By TLC-FI applications may take "
        f"control of its signal groups; their password is that of {PASSWORD}, none without it. Where the site file "
        "says who may ask for green, the buses, trams and blue lights of the scenario do: as generators of NTCIP 1211, "
        "as a centre of RSMP, as special vehicles of TLC-FI.",
    )
    add_scenario_options(parser)
    parser.add_argument("--protocol", choices=tuple(PORTS), default="ntcip", help="what the controller speaks")
    parser.add_argument("--detectors", default=DETECTORS, metavar="SPEC",
                        help=f"distances of the loops from the stop line in metres (default {DETECTORS})")
    parser.add_argument("--signal", metavar="ID", help="which signal; needed where there are several")
    parser.add_argument("--site", metavar="FILE", help="set the controller up as this site file says")
    parser.add_argument("--port", type=port, metavar="N", help="port: of its own by ntcip (default 1161) and "
                        "tlcfi (11501), of the supervisor by rsmp (12111)")
    parser.add_argument("--to", default="127.0.0.1", metavar="HOST", help="where the supervisor is (rsmp)")
    for name, what in (("authority", "certificates the other end's has to be signed by"),
                       ("certificate", "its own certificate"), ("key", "the key of that")):
        parser.add_argument(f"--tls-{name}", default="", metavar="FILE",
                            help=f"{what} (rsmp, tlcfi, and a centre that sends requests)")
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
            scenario, prepared, [given.signal] if given.signal else [], protocol=given.protocol)
        number = given.port or PORTS[given.protocol]
        stands = _stand(given, number)
        where = f"to {given.to}" if given.protocol == "rsmp" else "on 127.0.0.1"
        print(f"signal {site.signals[0].id}: {given.protocol.upper()} {where}:{number}, {given.speed}", flush=True)
        try:
            asyncio.run(run_desk(study, site, stands, given.speed == "fast", None, _tell, _centre_tls(given)))
        except OSError as error:
            raise ScenarioError(f"--port {number}: {error}; choose another") from error
    return 0


def _stand(given: argparse.Namespace, number: int) -> Stand:
    """What the protocol's end needs; secrets are read from the environment."""
    own = os.environ
    if given.protocol == "rsmp":
        code = own.get(SECURITY_CODE, "0000")
        tls = context(ssl.PROTOCOL_TLS_CLIENT, given.tls_certificate, given.tls_key, given.tls_authority)
        return by_rsmp(Supervision(given.to, number, {1: code, 2: code}, tls))
    if given.protocol == "tlcfi":
        tls = context(ssl.PROTOCOL_TLS_SERVER, given.tls_certificate, given.tls_key, given.tls_authority)
        return by_tlcfi(Serving(number, own.get(PASSWORD, ""), tls))
    return by_ntcip(Access(own.get(COMMUNITY, "public"), own.get("SIGNAL_CORE_USER", ""),
                           own.get("SIGNAL_CORE_AUTH_KEY", ""), own.get("SIGNAL_CORE_PRIV_KEY", "")), number)


def _centre_tls(given: argparse.Namespace) -> ssl.SSLContext | None:
    return context(ssl.PROTOCOL_TLS_SERVER, given.tls_certificate, given.tls_key, given.tls_authority)


def _tell(desk: Desk) -> None:
    if int(desk.street.time_s) % SAY_EVERY_S == 0:
        own = desk.controller
        green = "+".join(map(str, sorted(own.rings.green))) or "none"
        who = "preempted" if own.preempt else "flashing" if own.flashing else f"pattern {own.pattern}"
        print(f"{desk.street.time_s:.0f} s: green {green}, {who}, orders {'given' if own.orders.any else 'none'}",
              flush=True)
