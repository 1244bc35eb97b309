"""Options that map and spat share: who sends, and when the simulation began."""

from __future__ import annotations

import argparse
import re

from controllers.announce.envelope import Sender, moment
from network.errors import ScenarioError

EPOCH = "2026-01-01T00:00:00Z"
MOST_REGION, MOST_STATION = 65_535, 4_294_967_295


def add_sender_options(parser: argparse.ArgumentParser) -> None:
    """--epoch, --region, --station."""
    group = parser.add_argument_group("messages")
    group.add_argument("--epoch", default=EPOCH, metavar="TIME", help=f"moment of simulation time 0 (default {EPOCH})")
    group.add_argument("--region", default="0", metavar="N", help="number of the road authority (default 0)")
    group.add_argument("--station", default="0", metavar="N", help="number of the sending station (default 0)")


def sender_of(given: argparse.Namespace) -> Sender:
    """Who sends. Raises ScenarioError where an option says nothing that can be sent."""
    return Sender(moment(given.epoch), station_id=_number("--station", given.station, MOST_STATION),
                  region=_number("--region", given.region, MOST_REGION))  # fmt: skip


def _number(option: str, text: str, most: int) -> int:
    if re.fullmatch("[0-9]{1,10}", text) is None or int(text) > most:
        raise ScenarioError(f"{option} '{text[:40]}': not a whole number from 0 to {most}")
    return int(text)
