"""Requests for green, from what a street tells of its links to the engine's."""

from __future__ import annotations

from collections.abc import Sequence

from controllers.port import Port, RequestPort
from network.program.signals import Signal
from signal_core.requests import RequestClass
from signal_core.settings import Settings

TRANSIT = (RequestClass.TRANSIT, RequestClass.TRAM)


def kinds_asked(settings: Settings) -> tuple[RequestClass, ...]:
    """Who may ask by these settings."""
    transit = TRANSIT if settings.transit_priority else ()
    return transit + ((RequestClass.EMERGENCY,) if settings.emergency_priority else ())


def asking_port(port: Port, signals: Sequence[Signal], settings: Settings) -> RequestPort | None:
    """The port, told which links are driven; None where nobody may ask, or the street tells nothing of it."""
    kinds = kinds_asked(settings)
    if not isinstance(port, RequestPort) or not kinds:
        return None
    places: dict[tuple[str, int], int] = {}
    first = 0
    for signal in signals:
        for link in signal.links:
            places[signal.part_of or signal.id, link.index] = first + link.index
        first += signal.n_links
    port.watch_requests(places, kinds)
    return port
