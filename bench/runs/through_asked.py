"""What was asked through the wire: each process numbers its own requests; here they get the vehicles' names again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from pathlib import Path

from bench.measures.asked import write_records
from controllers.cabinet.signal_process import SignalProcess
from signal_core.requests import RequestEvent, RequestRecord


class Asked:
    """Of one run. `second` once a second, `write` at its end."""

    def __init__(self) -> None:
        self.events: list[RequestEvent] = []
        self._keys: dict[tuple[str, int], Hashable] = {}

    def second(self, processes: Iterable[SignalProcess]) -> None:
        """Note whose numbers are whose: a process forgets them in time."""
        for process in processes:
            if process.asking is not None:
                for one in process.asking.book.known:
                    self._keys.setdefault((process.site.id, one.number), one.key)

    def write(self, processes: Iterable[SignalProcess], vehicle_of: Callable[[int], str], path: Path) -> None:
        """As a run inside SUMO does, numbered over all signals."""
        numbers: dict[tuple[str, int], int] = {}

        def number(signal: str, own: int) -> int:
            return numbers.setdefault((signal, own), len(numbers))

        records: list[RequestRecord] = []
        for process in processes:
            if process.decider is not None:
                book = process.decider.requests
                records += [replace(one, id=number(one.signal, one.id)) for one in (*book.ended, *book.alive)]
        events = [event._replace(id=number(event.signal, event.id)) for event in self.events]
        keys = {all_over: self._keys.get(own) for own, all_over in numbers.items()}
        write_records(records, events, lambda one: vehicle_of(street_number(keys[one])), path)


def street_number(key: Hashable) -> int:
    """The street's number of a request by its key in a process's book; -1 where it carries none."""
    if isinstance(key, tuple) and key[0] == "1211":
        found = bytes(key[2]).strip()
        return int(found) if found.isdigit() else -1
    if isinstance(key, tuple) and key[0] == "special" and key[5] is not None:
        return int(key[5])
    return -1
