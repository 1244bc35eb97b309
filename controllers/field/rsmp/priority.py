"""Requests for green by RSMP: M0022 to messages for the engine, and what came of them as S0033.

A centre, or a radio beside the road, sends M0022 to whoever controls the signal: new, update, cancel. The states of
S0033 are those of the engine's requests under other names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from controllers.field.rsmp import sxl
from controllers.field.rsmp.messages import stamp
from signal_core.requests import PASSED, REQUEST, STANDS, RequestClass, RequestRecord, Requests, Rows

VEHICLES: Mapping[str, RequestClass] = {
    "bus": RequestClass.TRANSIT, "tram": RequestClass.TRAM, "emergency": RequestClass.EMERGENCY,
    "bicycle": RequestClass.CYCLIST}  # fmt: skip
"""Of vehicleType; all others, and none, are OTHER."""
STATES: Mapping[str, str] = {"RECEIVED": "received", "QUEUED": "queued", "GRANTED": "activated",
                             "REJECTED": "rejected", "USED": "completed"}  # fmt: skip
"""Of the engine's status; EXPIRED is stale where green was given, and timeout where not."""
ENDS = frozenset({"rejected", "completed", "stale", "timeout"})
FORGOTTEN_S = 120.0
"""One that is never cancelled ends so long after it was due (own choice)."""
LOST_S = 10.0
"""The engine has it at once, or not at all."""
MOST_ETA_S, MOST_LEVEL, MOST_STANDING = 255, 14, 1000
Arguments = Mapping[str, str]


@dataclass
class _Sent:
    """A request by its number in the engine; state and since when, for S0033."""

    id: str
    number: int
    link: int
    lane: int
    kind: RequestClass
    state: str = "received"
    since_s: float = 0.0
    extension_s: int = 0
    early_s: int = 0


class PriorityRequests:
    """The requests of one or several signals that come by RSMP."""

    def __init__(self, groups: Mapping[str, int], lanes: Mapping[int, int] | None = None) -> None:
        """groups: link of the engine of each signal group's component; lanes: lane of the engine of each laneInId."""
        self._groups, self._lanes = dict(groups), dict(lanes or {})
        self._sent: dict[str, _Sent] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._next = 0

    def take(self, given: Arguments, now_s: float) -> str:
        """The arguments of one M0022 by name. Returns why it is none, empty where it is taken."""
        name, kind = given.get("requestId", ""), given.get("type", "")
        eta_s, level = _number(given, "eta", MOST_ETA_S), _number(given, "level", MOST_LEVEL)
        known = self._sent.get(name)
        if not name or eta_s is None or level is None:
            return "a requestId, an eta of 0 to 255 s, a level of 0 to 14"
        if kind == "new" and known is None:
            return self._new(name, given, eta_s, level, now_s)
        if kind not in ("update", "cancel") or known is None:
            return f"no request {name}" if known is None else f"request {name} is there already"
        self._tell(known, STANDS if kind == "update" else PASSED, eta_s, level)
        return ""

    def _new(self, name: str, given: Arguments, eta_s: int, level: int, now_s: float) -> str:
        link = self._groups.get(given.get("signalGroupId", ""), -1)
        lane = self._lanes.get(_number(given, "laneInId", sxl.MOST_NUMBER) or 0, -1)
        if link < 0 and lane < 0:
            return "a signal group or an incoming lane that is known here"
        if len(self._sent) >= MOST_STANDING:
            return f"{MOST_STANDING} requests stand already"
        kind = VEHICLES.get(given.get("vehicleType", ""), RequestClass.OTHER)
        self._sent[name] = _Sent(name, self._next, link, lane, kind, since_s=now_s)
        self._next += 1
        self._tell(self._sent[name], STANDS, eta_s, level)
        return ""

    def _tell(self, one: _Sent, cancel: int, eta_s: float, level: int) -> None:
        self._rows.append((one.number, one.link, one.lane if one.link < 0 else -1, one.kind, level, cancel, eta_s,
                           eta_s, eta_s, math.nan, math.nan, eta_s + FORGOTTEN_S))  # fmt: skip

    def rows(self) -> Rows:
        """What was sent since the last call, for ``Engine.step(requests=...)``."""
        rows, self._rows = np.array(self._rows, dtype=REQUEST), []
        return rows

    def follow(self, requests: Requests, now_s: float) -> None:
        """After a step: take over what became of them."""
        found = {record.id: record for record in (*requests.ended[-MOST_STANDING:], *requests.alive)}
        for one in self._sent.values():
            record = found.get(one.number)
            if one.state in ENDS or (record is None and now_s - one.since_s <= LOST_S):
                continue
            state = _without_engine(one.state) if record is None else _state(record, one.state)
            if record is not None:
                one.extension_s, one.early_s = record.extension_s, round(record.early_s)
            if state != one.state:
                one.state, one.since_s = state, now_s

    def status(self) -> list[dict[str, str]]:
        """S0033: all of them; what has ended is told once."""
        told = [_told(one) for one in self._sent.values()]
        self._sent = {name: one for name, one in self._sent.items() if one.state not in ENDS}
        return told


def _state(record: RequestRecord, before: str) -> str:
    if record.status == "EXPIRED":
        return "stale" if before == "activated" else "timeout"
    return STATES[record.status]


def _without_engine(before: str) -> str:
    """The end of one that the engine knows nothing of: it began anew meanwhile."""
    return {"received": "rejected", "queued": "timeout"}.get(before, "stale")


def _told(one: _Sent) -> dict[str, str]:
    told = {"r": one.id, "t": stamp(one.since_s), "s": one.state}
    return told | {"e": str(one.extension_s), "d": str(one.early_s)} if one.state == "completed" else told


def _number(given: Arguments, name: str, most: int) -> int | None:
    """0 where it is left out, None for what is no such number."""
    found = sxl.whole(given.get(name, "0"))
    return found if found is not None and 0 <= found <= most else None
