"""Who asks on the street of one signal, passed on to its process by what the site file names."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Sequence
from typing import Any

from bench.desk.asking import Generator, special_vehicle
from bench.desk.centre import DeskCentre
from bench.desk.ends import End, TlcfiEnd
from controllers.cabinet.site import SignalSite
from controllers.driving.requests import TRANSIT
from signal_core.requests import RequestClass

HERE = frozenset({"127.0.0.1", "localhost", "::1"})
ANYWHERE = frozenset({"0.0.0.0", "::"})


def kinds_of(site: SignalSite) -> tuple[RequestClass, ...]:
    """Who may ask there."""
    own = site.requests
    if own is None:
        return ()
    transit = () if own.transit == "off" else TRANSIT
    return transit + ((RequestClass.EMERGENCY,) if own.emergency else ())


class Passing:
    """By a generator of NTCIP 1211, by a centre of RSMP, by special vehicles of TLC-FI: each one that is there. Call it
    in a running event loop; tls: of the centre. Raises ScenarioError where a secret cannot be read."""

    def __init__(self, site: SignalSite, end: End, tls: ssl.SSLContext | None = None) -> None:
        self._facilities = end.facilities if isinstance(end, TlcfiEnd) else None
        own = site.requests
        at = None if own is None else own.ntcip
        centre = None if own is None else own.rsmp
        self._generator = None if at is None else Generator(
            "127.0.0.1" if at.listen in ANYWHERE else at.listen, at.port, at.community.read())
        self._centre = DeskCentre(centre, site.id, tls) if centre is not None and centre.host in HERE else None

    def tell(self, rows: Sequence[tuple[int, Any]]) -> None:
        """What is asked in this second, with the channel it is asked for."""
        if self._generator is not None:
            self._generator.tell(rows)
        if self._centre is not None:
            self._centre.tell(rows)
        if self._facilities is not None:
            for channel, row in rows:
                self._facilities.announce(special_vehicle(channel, row))

    def close(self) -> None:
        """Give sockets back."""
        for each in (self._generator, self._centre):
            if each is not None:
                with contextlib.suppress(OSError):
                    each.close()
