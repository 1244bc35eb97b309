"""Options that map and spat share: who sends, when the simulation began, and how messages are coded."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controllers.announce.envelope import Sender, moment
from network.errors import ScenarioError

if TYPE_CHECKING:
    from controllers.announce.uper import Codec

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


def add_air_option(parser: argparse.ArgumentParser) -> None:
    """--asn1."""
    parser.add_argument("--asn1", metavar="FILES", help="modules of SPATEM and MAPEM (ETSI TS 103 301, ISO/TS 19091), "
                        "separated by commas: write UPER, a message a line in hexadecimal digits")


def codec_of(given: argparse.Namespace) -> Codec | None:
    """By the modules of the option; None for JSON. Raises ScenarioError where they cannot be compiled."""
    if given.asn1 is None:
        return None
    from controllers.announce.uper import Codec

    return Codec([Path(part.strip()) for part in given.asn1.split(",")])


def line_of(message: Mapping[str, Any], codec: Codec | None) -> str:
    """A message as a line of a file."""
    return (json.dumps(message) if codec is None else codec.encode(message).hex()) + "\n"


def _number(option: str, text: str, most: int) -> int:
    if re.fullmatch("[0-9]{1,10}", text) is None or int(text) > most:
        raise ScenarioError(f"{option} '{text[:40]}': not a whole number from 0 to {most}")
    return int(text)
