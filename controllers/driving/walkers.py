"""Who waits on foot, and who is on a crossing, from what a street tells to one number per link of the signals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from controllers.port import CrossingPort, FloatArray, Port, WalkerPort
from network.program.signals import Signal


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


class OnCrossing:
    """Persons on the crossings of all links end to end; unknown where there is no detector."""

    def __init__(self, port: CrossingPort, links: Sequence[tuple[str, int]], n_links: int) -> None:
        """links: edge of each crossing that has one, and its place among all links."""
        self._port = port
        self._crossing = {edge_id: k for k, edge_id in enumerate(dict.fromkeys(edge_id for edge_id, _ in links))}
        self._from = np.array([self._crossing[edge_id] for edge_id, _ in links], dtype=np.int64)
        self._link = np.array([link for _, link in links], dtype=np.int64)
        self._persons = np.full(n_links, np.nan)
        port.watch_on_crossing(list(self._crossing))

    def persons(self) -> FloatArray:
        """float64[links], NaN where nobody can tell; overwritten by the next call."""
        self._persons[self._link] = self._port.read_on_crossing()[self._from]
        return self._persons


def walkers_of(port: Port, signals: Sequence[Signal]) -> Walkers | None:
    """None where no crossing is driven, or the street tells nothing of those on foot."""
    found: dict[str, int] = {}
    for signal, first in _placed(signals):
        unseen = _unseen(signal)
        for link in signal.links:
            if link.is_crossing and link.index not in unseen:
                found.setdefault(link.to_lane.rpartition("_")[0], first + link.index)
    if not found or not isinstance(port, WalkerPort):
        return None
    return Walkers(port, tuple(found.items()), sum(signal.n_links for signal in signals))


def on_crossing_of(port: Port, signals: Sequence[Signal]) -> OnCrossing | None:
    """None where no crossing has a detector on it, or the street does not tell of any."""
    found = [(link.to_lane.rpartition("_")[0], first + link.index) for signal, first in _placed(signals)
             for link in signal.links if link.is_crossing and signal.least_clear_s[link.index:link.index + 1].any()]
    if not found or not isinstance(port, CrossingPort):
        return None
    return OnCrossing(port, found, sum(signal.n_links for signal in signals))


def _placed(signals: Sequence[Signal]) -> Iterator[tuple[Signal, int]]:
    """Every signal, and where its links begin among all."""
    first = 0
    for signal in signals:
        yield signal, first
        first += signal.n_links


def _unseen(signal: Signal) -> set[int]:
    """Lamps at which others than those on foot may wait whom no loop sees: on a lane inside the junction."""
    watched = {lane.id for lane in signal.lanes}
    return {link.index for link in signal.links if not link.is_crossing and link.from_lane not in watched}
