"""Requests for green by RSMP: M0022 to messages for the engine, and what came of them as S0033.

A centre, or a radio beside the road, sends M0022 to whoever controls the signal: new, update, cancel. The states of
S0033 are those of the engine's requests under other names.
"""

from __future__ import annotations

from collections.abc import Mapping

from controllers.field.asked import FORGOTTEN_S, MOST_STANDING, Due, FieldRequest, FieldRequests
from controllers.field.rsmp import sxl
from controllers.field.rsmp.messages import stamp
from signal_core.requests import PASSED, RequestClass, Requests, Rows

__all__ = ["FORGOTTEN_S", "PriorityRequests"]
VEHICLES: Mapping[str, RequestClass] = {
    "bus": RequestClass.TRANSIT, "tram": RequestClass.TRAM, "emergency": RequestClass.EMERGENCY,
    "bicycle": RequestClass.CYCLIST}  # fmt: skip
"""Of vehicleType; all others, and none, are OTHER."""
STATES: Mapping[str, str] = {"RECEIVED": "received", "QUEUED": "queued", "GRANTED": "activated",
                             "REJECTED": "rejected", "USED": "completed"}  # fmt: skip
"""Of the engine's status; EXPIRED is stale where green was given, and timeout where not."""
MOST_ETA_S, MOST_LEVEL, MOST_NAME = 255, 14, 255
Arguments = Mapping[str, str]


class PriorityRequests:
    """The requests of one or several signals that come by RSMP."""

    def __init__(self, groups: Mapping[str, int], lanes: Mapping[int, int] | None = None,
                 book: FieldRequests | None = None) -> None:
        """groups: link of the engine of each signal group's component; lanes: lane of the engine of each laneInId;
        book: where requests of other protocols stand, too."""
        self._groups, self._lanes = dict(groups), dict(lanes or {})
        self.book = FieldRequests() if book is None else book
        self._sent: dict[str, FieldRequest] = {}

    def take(self, given: Arguments, now_s: float) -> str:
        """The arguments of one M0022 by name. Returns why it is none, empty where it is taken."""
        name, kind = given.get("requestId", ""), given.get("type", "")
        eta_s, level = _number(given, "eta", MOST_ETA_S), _number(given, "level", MOST_LEVEL)
        known = self._sent.get(name)
        if not 0 < len(name) <= MOST_NAME or eta_s is None or level is None:
            return f"a requestId of 1 to {MOST_NAME} letters, an eta of 0 to 255 s, a level of 0 to 14"
        if kind == "new" and known is None:
            return self._new(name, given, Due(eta_s, eta_s, eta_s, level), now_s)
        if kind not in ("update", "cancel") or known is None:
            return f"no request {name}" if known is None else f"request {name} is there already"
        if kind == "update":
            self.book.tell(known, Due(eta_s, eta_s, eta_s, level))
        else:
            self.book.end(known, PASSED)
        return ""

    def _new(self, name: str, given: Arguments, due: Due, now_s: float) -> str:
        link = self._groups.get(given.get("signalGroupId", ""), -1)
        lane = self._lanes.get(_number(given, "laneInId", sxl.MOST_NUMBER) or 0, -1)
        if link < 0 and lane < 0:
            return "a signal group or an incoming lane that is known here"
        if self.book.full:
            return f"{MOST_STANDING} requests stand already"
        kind = VEHICLES.get(given.get("vehicleType", ""), RequestClass.OTHER)
        self._sent[name] = self.book.new(("rsmp", name), link, lane, kind, now_s)
        self.book.tell(self._sent[name], due)
        return ""

    def rows(self) -> Rows:
        """What was sent since the last call, for ``Engine.step(requests=...)``."""
        return self.book.rows()

    def follow(self, requests: Requests, now_s: float) -> None:
        """After a step: take over what became of them."""
        self.book.follow(requests, now_s)

    def status(self) -> list[dict[str, str]]:
        """S0033: all of them; what has ended is told once."""
        told = [_told(name, one) for name, one in self._sent.items()]
        for one in [one for one in self._sent.values() if one.ended]:
            self.book.forget(one)
        self._sent = {name: one for name, one in self._sent.items() if not one.ended}
        return told


def _state(one: FieldRequest) -> str:
    if one.status == "EXPIRED":
        return "stale" if one.granted else "timeout"
    return STATES[one.status]


def _told(name: str, one: FieldRequest) -> dict[str, str]:
    told = {"r": name, "t": stamp(one.since_s), "s": _state(one)}
    return told | {"e": str(one.extension_s), "d": str(one.early_s)} if told["s"] == "completed" else told


def _number(given: Arguments, name: str, most: int) -> int | None:
    """0 where it is left out, None for what is no such number."""
    found = sxl.whole(given.get(name, "0"))
    return found if found is not None and 0 <= found <= most else None
