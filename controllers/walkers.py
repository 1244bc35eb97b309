"""Who waits on foot, from what a street tells of its crossings to one number per link of the signals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from controllers.port import FloatArray, Port, WalkerPort
from network.signals import Signal
from network.walking import crossing_indices


class Walkers:
    """Calls of all links end to end; unknown where no crossing hangs on them."""

    def __init__(self, port: WalkerPort, links: Sequence[tuple[str, int]], n_links: int) -> None:
        """links: edge of each crossing, and its place among all links."""
        self._port = port
        self._link = np.array([link for _, link in links], dtype=np.int64)
        self._calls = np.full(n_links, np.nan)
        port.watch_crossings([edge_id for edge_id, _ in links])

    def calls(self) -> FloatArray:
        """float64[links], persons who wait, NaN where nobody can tell; overwritten by the next call."""
        self._calls[self._link] = 0.0
        np.add.at(self._calls, self._link, self._port.read_waiting())  # several crossings on one lamp
        return self._calls


def walkers_of(port: Port, signals: Sequence[Signal]) -> Walkers | None:
    """None where no crossing is driven, or the street tells nothing of those on foot."""
    found: dict[str, int] = {}
    first = 0
    for signal in signals:
        walked = crossing_indices(signal.links, signal.n_links)
        for link in signal.links:
            if link.is_crossing and walked[link.index]:
                found.setdefault(link.to_lane.rpartition("_")[0], first + link.index)
        first += signal.n_links
    if not found or not isinstance(port, WalkerPort):
        return None
    return Walkers(port, tuple(found.items()), first)
