"""Requests for green that come from the field, whoever sends them: messages to an engine, and what became of them.

A sender is a centre, a radio beside the road, a controller; each names its requests in its own way. Here they have
numbers, one for each, whatever protocol they came by, and the states of the engine's book (`signal_core.requests`).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from signal_core.requests import REQUEST, STANDS, RequestClass, RequestRecord, Requests, Rows

FORGOTTEN_S = 120.0
"""One that is never cancelled ends so long after it was due (own choice)."""
LOST_S = 10.0
"""The engine has it at once, or not at all."""
MOST_STANDING, MOST_KNOWN, MOST_ROWS = 1000, 2000, 5000
NOBODY_KNOWS: Mapping[RequestClass, float] = MappingProxyType({})
ENDED = frozenset({"REJECTED", "USED", "EXPIRED"})


@dataclass
class FieldRequest:
    """A request by its number in the engine: the state of its book, and since when; granted: green was given for it."""

    key: Hashable
    number: int
    link: int
    lane: int
    kind: RequestClass
    since_s: float
    status: str = "RECEIVED"
    why: str = ""
    granted: bool = False
    extension_s: int = 0
    early_s: int = 0

    @property
    def ended(self) -> bool:
        """Nothing more comes of it."""
        return self.status in ENDED


@dataclass(frozen=True)
class Due:
    """When somebody comes, in s from now, and who it is: level 0 to 14; persons and lateness NaN for unknown."""

    earliest_s: float
    likely_s: float
    latest_s: float
    level: int = 7
    persons: float = math.nan
    lateness_s: float = math.nan


class FieldRequests:
    """All of one engine, by the keys of their senders. persons: on board by class, where the sender does not say."""

    def __init__(self, persons: Mapping[RequestClass, float] = NOBODY_KNOWS) -> None:
        self._persons = dict(persons)
        self._known: dict[Hashable, FieldRequest] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._next = 0

    def get(self, key: Hashable) -> FieldRequest | None:
        """The one of that key, until it is forgotten."""
        return self._known.get(key)

    @property
    def known(self) -> tuple[FieldRequest, ...]:
        """Those that stand, and those that ended lately."""
        return tuple(self._known.values())

    @property
    def full(self) -> bool:
        """No more are taken."""
        return sum(not one.ended for one in self._known.values()) >= MOST_STANDING

    def new(self, key: Hashable, link: int, lane: int, kind: RequestClass, now_s: float) -> FieldRequest:
        """A new one; link or lane of the engine, -1 for the other."""
        self._make_room()
        one = self._known[key] = FieldRequest(key, self._next, link, lane, kind, now_s)
        self._next += 1
        return one

    def _make_room(self) -> None:
        """Those that ended first are forgotten sooner where very many do."""
        if len(self._known) >= MOST_KNOWN:
            ended = [key for key, one in self._known.items() if one.ended]
            for key in ended[:MOST_KNOWN - MOST_STANDING]:
                del self._known[key]

    def tell(self, one: FieldRequest, due: Due) -> None:
        """It stands, with these times."""
        self._row(one, STANDS, due)

    def end(self, one: FieldRequest, cancel: int) -> None:
        """Its sender cancels it: WITHDRAWN or PASSED."""
        self._row(one, cancel, Due(0.0, 0.0, 0.0, 0))

    def _row(self, one: FieldRequest, cancel: int, due: Due) -> None:
        lane = one.lane if one.link < 0 else -1
        persons = due.persons if math.isfinite(due.persons) else self._persons.get(one.kind, math.nan)
        self._rows.append((one.number, one.link, lane, one.kind, due.level, cancel, due.earliest_s, due.likely_s,
                           due.latest_s, persons, due.lateness_s, due.latest_s + FORGOTTEN_S))  # fmt: skip
        if len(self._rows) > MOST_ROWS:  # the last word of each, and its end, count
            self._rows = list({(row[0], row[5] != STANDS): row for row in self._rows}.values())

    def rows(self) -> Rows:
        """What was sent since the last call, for ``Engine.step(requests=...)``."""
        rows, self._rows = np.array(self._rows, dtype=REQUEST), []
        return rows

    def follow(self, requests: Requests, now_s: float) -> None:
        """After a step: take over what became of them. What has ended is kept for a while, for who asks."""
        found = {record.id: record for record in (*requests.ended[-MOST_STANDING:], *requests.alive)}
        for one in self._known.values():
            record = found.get(one.number)
            if one.ended or (record is None and now_s - one.since_s <= LOST_S):
                continue
            before = one.status, one.granted
            _take_over(one, record)
            if (one.status, one.granted) != before:
                one.since_s = now_s
        self._known = {key: one for key, one in self._known.items()
                       if not one.ended or now_s - one.since_s <= FORGOTTEN_S}

    def forget(self, one: FieldRequest) -> None:
        """Its sender has heard its end."""
        if self._known.get(one.key) is one:
            del self._known[one.key]


def _take_over(one: FieldRequest, record: RequestRecord | None) -> None:
    """Without a record the engine knows nothing of it: it began anew meanwhile."""
    if record is None:
        one.status, one.why = "REJECTED" if one.status == "RECEIVED" else "EXPIRED", "the engine began anew"
        return
    one.status, one.why = record.status, record.why
    one.granted |= record.status == "GRANTED"
    one.extension_s, one.early_s = record.extension_s, round(record.early_s)
