"""Requests for green by NTCIP 1211: objects that a priority request generator SETs, and what came of them to GET.

Each object is a string of bytes, its parts of fixed length one after the other (OER). Which movement a service strategy
means and who each class of vehicles is are the agency's to say, so they are given. What had to be assumed stands in the
documentation.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple

from controllers.field.asked import MOST_STANDING, Due, FieldRequest, FieldRequests
from signal_core.requests import PASSED, RequestClass

Oid = tuple[int, ...]
PRS: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 11, 2)
REQUEST, UPDATE, CONTROL, BUFFER, CANCEL, CLEAR = (PRS + (n, 0) for n in range(1, 7))
REQUEST_ABSOLUTE, UPDATE_ABSOLUTE = (PRS + (n, 0) for n in (8, 9))
NAME, TIMES, SENT_AT = struct.Struct(">B17sBBB"), struct.Struct(">HH"), struct.Struct(">I")
IDLE, QUEUED, PROCESSING, CANCELED, TIMED_OUT, STRATEGY_ERROR, COMPLETED = 1, 2, 4, 8, 10, 12, 13
"""Of priorityRequestStatusInPRS."""
STATUS: Mapping[str, int] = {"RECEIVED": QUEUED, "QUEUED": QUEUED, "GRANTED": PROCESSING, "REJECTED": STRATEGY_ERROR,
                             "USED": COMPLETED}  # fmt: skip
MOST_LEVEL, OLDEST_S = 11, 60.0


class Name(NamedTuple):
    """Who asks, and for what: parts that all objects begin with."""

    request: int
    vehicle: bytes
    kind: int
    level: int
    strategy: int


class PriorityServer:
    """The objects of one signal. links: of the engine, of each strategy; classes: of each vehicleClassType."""

    def __init__(self, book: FieldRequests, links: Mapping[int, int], classes: Mapping[int, RequestClass],
                 now_s: Callable[[], float], wall_s: Callable[[], float]) -> None:
        self.book, self._links, self._classes = book, dict(links), dict(classes)
        self._now_s, self._wall_s = now_s, wall_s
        self._asked: Name | None = None
        self._set: Mapping[Oid, Callable[[bytes], str]] = {
            REQUEST: self._request, UPDATE: self._update, CANCEL: self._cancel, CLEAR: self._clear,
            CONTROL: self._choose, REQUEST_ABSOLUTE: self._request, UPDATE_ABSOLUTE: self._update}

    def has(self, oid: Oid) -> bool:
        """Whether it is an object of these."""
        return oid in self._set or oid == BUFFER

    def set(self, oid: Oid, value: object) -> str:
        """Take a SET; returns why it is none, empty where it is taken. The same twice is the same."""
        if oid not in self._set:
            return "read only" if oid == BUFFER else "no such object"
        if not isinstance(value, bytes) or len(value) < NAME.size:
            return f"a string of {NAME.size} bytes or more"
        return self._set[oid](value)

    def get(self, oid: Oid) -> bytes | None:
        """What an object reads; of the buffer the state of the request that was chosen last. None for no object."""
        if not self.has(oid):
            return None
        if oid != BUFFER or self._asked is None:
            return b""
        one = self.book.get(_key(self._asked))
        return NAME.pack(*self._asked) + bytes((IDLE if one is None else _state(one),))

    def _request(self, value: bytes) -> str:
        name, due = _name(value), self._due(value)
        if due is None:
            return f"{NAME.size + TIMES.size} bytes or more"
        one = self.book.get(_key(name))
        if one is None or one.ended:
            link = self._links.get(name.strategy, -1)
            if link < 0:
                return f"no movement for strategy {name.strategy}"
            if self.book.full:
                return f"{MOST_STANDING} requests stand already"
            kind = self._classes.get(name.kind, RequestClass.OTHER)
            one = self.book.new(_key(name), link, -1, kind, self._now_s())
        self.book.tell(one, due)
        return ""

    def _update(self, value: bytes) -> str:
        one = self.book.get(_key(_name(value)))
        return "no such request" if one is None or one.ended else self._request(value)

    def _cancel(self, value: bytes) -> str:
        one = self.book.get(_key(_name(value)))
        if one is None:
            return "no such request"
        if not one.ended:
            self.book.end(one, PASSED)
        return ""

    def _clear(self, value: bytes) -> str:
        one = self.book.get(_key(_name(value)))
        if one is not None and one.ended:
            self.book.forget(one)
        return "" if one is None or one.ended else "it stands"

    def _choose(self, value: bytes) -> str:
        self._asked = _name(value)
        return ""

    def _due(self, value: bytes) -> Due | None:
        """Seconds until it is served and until it has left; of an absolute one less what it was on the way."""
        if len(value) < NAME.size + TIMES.size:
            return None
        served_s, left_s = TIMES.unpack_from(value, NAME.size)
        late_s = 0.0
        if len(value) >= NAME.size + TIMES.size + SENT_AT.size:
            late_s = self._wall_s() - SENT_AT.unpack_from(value, NAME.size + TIMES.size)[0]
            late_s = late_s if 0.0 <= late_s <= OLDEST_S else 0.0  # clocks differ
        first_s, last_s = max(served_s - late_s, 0.0), max(left_s - late_s, served_s - late_s, 0.0)
        return Due(first_s, first_s, last_s, max(0, MOST_LEVEL - _name(value).level))


def _name(value: bytes) -> Name:
    return Name(*NAME.unpack_from(value))


def _key(name: Name) -> tuple[str, int, bytes]:
    return "1211", name.request, name.vehicle


def _state(one: FieldRequest) -> int:
    if one.status == "EXPIRED":
        return CANCELED if one.why in ("withdrawn", "passed without green") else TIMED_OUT
    return STATUS[one.status]
