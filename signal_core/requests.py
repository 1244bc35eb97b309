"""Requests for green: what is asked, how long it lives, and what came of it.

A request is modelled on RSMP's M0022 and S0033 and on NTCIP 1211: it is sent, sent again with better times, cancelled
once its vehicle is over the line, and forgotten where nothing is heard of it. `Requests` keeps the book; which of them
count in this second lies in `SignalState.asked`, and what the planner made of them comes back from there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels.codes import GREEN, PERMISSIVE, SLOTS, YELLOW
from signal_core.settings import Settings
from signal_core.tables.packed import Tables
from signal_core.tables.slots import SLOT
from signal_core.tables.state import SignalState

MOST = 10_000
"""The last records and events that are kept, and rows taken of one second."""
PASSING_S = 4.0
"""Over the line so long after green was seen: the extension that it had then was used."""
KEPT, EARLY = "KEPT", "EARLY"
Kept = TypeVar("Kept")
STANDS, WITHDRAWN, PASSED = 0, 1, 2
"""Values of `cancel`."""


class RequestClass(IntEnum):
    """Who asks. RAIL: a crossing of the railway beside the signal, for the track to be cleared."""

    TRANSIT = 0
    TRAM = 1
    EMERGENCY = 2
    RAIL = 3
    CYCLIST = 4
    OTHER = 5


class Status(IntEnum):
    """Where a request is in its life."""

    RECEIVED = 0
    QUEUED = 1
    GRANTED = 2
    REJECTED = 3
    USED = 4
    EXPIRED = 5


REQUEST = np.dtype([
    ("id", "<i8"), ("link", "<i4"), ("lane", "<i4"), ("kind", "<i2"), ("level", "<i2"), ("cancel", "<i2"),
    ("earliest_s", "<f8"), ("likely_s", "<f8"), ("latest_s", "<f8"), ("persons", "<f8"), ("lateness_s", "<f8"),
    ("timeout_s", "<f8")])  # fmt: skip
"""A message about one request. id: the sender's; a known one is an update. link: what is to have green, numbered over
all signals end to end, or -1 for any link of `lane`, numbered likewise. kind: `RequestClass`. level: 0 to 14, of those
at one signal the higher count first. cancel: STANDS, WITHDRAWN or PASSED, over the line. earliest_s, likely_s,
latest_s: from now until it is at the line if nobody is in its way. persons: on board, NaN for unknown. lateness_s:
behind its timetable if this signal does not hold it up, negative: time in hand, NaN for unknown. timeout_s: forgotten
unless heard of again in so long."""
Rows: TypeAlias = NDArray[np.void]


class RequestEvent(NamedTuple):
    """A request went into another status at a signal, or green was KEPT or came EARLY for it the first time.

    link: of the signal, -1 for any of a lane; why: for those rejected and expired.
    """

    time_s: float
    id: int
    signal: str
    link: int
    kind: str
    status: str
    why: str


@dataclass
class RequestRecord:
    """What came of a request. extension_s, early_s: green kept, and green that came earlier; used_s: of the extension,
    in which it crossed the line; cost_s: seconds of waiting that others had of it, in vehicles."""

    id: int
    signal: str
    link: int
    kind: str
    status: str
    why: str
    received_s: float
    ended_s: float
    persons: float
    lateness_s: float
    extension_s: int
    used_s: int
    early_s: float
    cost_s: float


@dataclass
class _Alive:
    """A request that stands. Times on the engine's clock; slot: its place among those that count, -1 for none."""

    row: Any
    signal: int
    link: int
    lane: int
    status: Status
    why: str
    received_s: float
    heard_s: float
    slot: int = -1
    held_s: int = 0
    early_s: float = 0.0
    cost_s: float = 0.0
    kept_at_s: float = -math.inf
    green_at_s: float = -math.inf

    @property
    def kind(self) -> int:
        return int(self.row["kind"])


KINDS = frozenset(map(int, RequestClass))
SIGNAL_WAIT_S = 15.0
"""What a signal costs a bus that it does not wait for, as a rule (own choice)."""
ON_TIME_S = 3.0 * SIGNAL_WAIT_S
"""With so much time in hand hardly any signal makes it late: one in twenty does."""
MAY_BE_LATE = 0.5
"""Where only who is late counts, one of whom nobody knows counts by this chance that it is (own choice)."""
URGENT = (RequestClass.EMERGENCY, RequestClass.RAIL)
"""These preempt."""


def _keep(kept: list[Kept], one: Kept) -> None:
    """One more at the end of a list, which forgets its first ones."""
    kept.append(one)
    del kept[:-MOST]


def _late(lateness_s: float) -> float:
    """The chance of being late after this signal: waits of `SIGNAL_WAIT_S` on average, exponential, from which time in
    hand is taken."""
    return MAY_BE_LATE if math.isnan(lateness_s) else math.exp(min(0.0, lateness_s) / SIGNAL_WAIT_S)


class Requests:
    """The book of all requests of a batch of signals."""

    def __init__(self, tables: Tables, signals: SignalState, settings: Settings, names: tuple[str, ...]) -> None:
        """names: of the signals, for what is told."""
        self._tables, self._signals, self._settings, self._names = tables, signals, settings, names
        self._alive: dict[int, _Alive] = {}
        self._free_s = np.full(len(names), -math.inf)  # since when the last grant at each signal is over
        self.events: list[RequestEvent] = []
        self.ended: list[RequestRecord] = []
        self.missed = 0
        """Rows that could not be read."""

    def take(self, rows: Rows | None, now_s: float) -> None:
        """Messages of one second, `REQUEST` records; what is no such record is counted and left out."""
        if rows is not None:
            for row in self._readable(rows):
                self._hear(row, now_s)
        if self._alive:
            self._forget(now_s)
            self._place(now_s)

    def follow(self, now_s: float) -> None:
        """After the decision of this second: what the planner made of them, and what is shown."""
        for one in self._alive.values():
            if one.slot >= 0:
                slot = self._signals.asked[one.slot]
                kept, early = int(slot["held_s"]) > one.held_s, float(slot["early_s"]) > one.early_s
                one.kept_at_s = now_s if kept else one.kept_at_s
                for changed, first, name in ((kept, one.held_s == 0, KEPT), (early, one.early_s == 0.0, EARLY)):
                    if changed and first:
                        self._tell(one, now_s, name)
                one.held_s, one.early_s = int(slot["held_s"]), float(slot["early_s"])
                one.cost_s = float(slot["cost_s"])
                if (kept or early or self._has_green(one)) and one.status is Status.QUEUED:
                    self._becomes(one, Status.GRANTED, "", now_s)
            if self._has_green(one):
                one.green_at_s = now_s

    def follow_up(self, before: Requests) -> None:
        """Go on with the book of an engine that was in charge before; what stood there has ended with it."""
        self.events, self.ended, self.missed = before.events, before.ended + before.alive, before.missed

    @property
    def alive(self) -> list[RequestRecord]:
        """Those that stand."""
        return [self._record(one, math.nan) for one in self._alive.values()]

    def _readable(self, rows: Any) -> list[Any]:
        if not isinstance(rows, np.ndarray) or rows.dtype != REQUEST or rows.ndim != 1 or len(rows) > MOST:
            self.missed += 1
            return []
        good = [row for row in rows if self._is_good(row)]
        self.missed += len(rows) - len(good)
        return good

    def _is_good(self, row: Any) -> bool:
        link, lane = int(row["link"]), int(row["lane"])
        known = 0 <= link < self._tables.link_ptr[-1] or (link == -1 and 0 <= lane < self._tables.lane_ptr[-1])
        times = [float(row[name]) for name in ("earliest_s", "likely_s", "latest_s", "timeout_s")]
        return known and int(row["kind"]) in KINDS and (int(row["cancel"]) != STANDS or all(
            math.isfinite(each) and abs(each) < 1e6 for each in times))

    def _hear(self, row: Any, now_s: float) -> None:
        one = self._alive.get(int(row["id"]))
        if int(row["cancel"]) != STANDS:
            if one is not None:
                self._cancel(one, int(row["cancel"]) == PASSED, now_s)
            return
        if one is not None and (int(row["link"]), int(row["lane"])) != (int(one.row["link"]), int(one.row["lane"])):
            self._moves(one, row, now_s)
            one = self._alive.get(int(row["id"]))
        if one is None:
            one = self._new(row, now_s)
        one.row, one.heard_s = row.copy(), now_s
        why = self._refusal(row)
        if why and one.status is not Status.REJECTED:
            self._becomes(one, Status.REJECTED, why, now_s)
        elif not why and one.status in (Status.RECEIVED, Status.REJECTED):
            self._becomes(one, Status.QUEUED, "", now_s)

    def _new(self, row: Any, now_s: float) -> _Alive:
        one = _Alive(row, *self._target(row), Status.RECEIVED, "", now_s, now_s)
        self._alive[int(row["id"])] = one
        self._tell(one, now_s)
        return one

    def _moves(self, one: _Alive, row: Any, now_s: float) -> None:
        """It changed lanes; where it goes to another signal, it is another request."""
        signal, link, lane = self._target(row)
        if signal != one.signal:
            self._end(one, Status.EXPIRED, "goes another way", now_s)
        else:
            one.link, one.lane = link, lane

    def _target(self, row: Any) -> tuple[int, int, int]:
        """Signal, link and lane."""
        tables, link, lane = self._tables, int(row["link"]), int(row["lane"])
        pointers = tables.link_ptr if link >= 0 else tables.lane_ptr
        signal = int(np.searchsorted(pointers, link if link >= 0 else lane, side="right")) - 1
        return signal, link, self._lane_of(signal, link - int(tables.link_ptr[signal])) if link >= 0 else lane

    def _lane_of(self, signal: int, link: int) -> int:
        """The lane that leads to a link of a signal, -1 for none."""
        tables = self._tables
        first, last = int(tables.lane_ptr[signal]), int(tables.lane_ptr[signal + 1])
        for lane in range(first, last):
            if link in tables.lane_links[tables.lane_link_ptr[lane]:tables.lane_link_ptr[lane + 1]]:
                return lane
        return -1

    def _refusal(self, row: Any) -> str:
        """Why a request does not count; empty where it does."""
        settings, kind = self._settings, int(row["kind"])
        if kind in URGENT:
            return "" if settings.emergency_priority else "no priority for blue lights"
        if settings.transit_priority == 0:
            return "no priority for transit"
        if settings.transit_priority == 1 and float(row["lateness_s"]) <= -ON_TIME_S:  # unknown is not
            return "on time"
        return ""

    def _weight(self, row: Any) -> float:
        """Vehicles that one counts for, beyond the one that the loops see."""
        settings, kind, persons = self._settings, int(row["kind"]), float(row["persons"])
        if kind in URGENT:
            return settings.emergency_vehicles
        if settings.objective == 1 or not math.isfinite(persons):
            vehicles = settings.request_vehicles
        else:
            vehicles = max(0.0, persons / settings.persons_per_vehicle - 1.0)
        return vehicles * (_late(float(row["lateness_s"])) if settings.transit_priority == 1 else 1.0)

    def _forget(self, now_s: float) -> None:
        for one in list(self._alive.values()):
            if now_s - one.heard_s > float(one.row["timeout_s"]):
                self._end(one, Status.EXPIRED, "nothing heard of it", now_s)

    def _cancel(self, one: _Alive, passed: bool, now_s: float) -> None:
        had_green = now_s - one.green_at_s <= PASSING_S
        if one.status is Status.REJECTED:
            self._end(one, Status.REJECTED, one.why, now_s)
        elif passed and had_green:
            self._end(one, Status.USED, "", now_s)
        else:
            self._end(one, Status.EXPIRED, "passed without green" if passed else "withdrawn", now_s)

    def _end(self, one: _Alive, status: Status, why: str, now_s: float) -> None:
        if one.slot >= 0:
            self._signals.asked[one.slot] = np.zeros((), SLOT)
        if one.status is Status.GRANTED:
            self._free_s[one.signal] = now_s
        if status is not one.status:
            self._becomes(one, status, why, now_s)
        del self._alive[int(one.row["id"])]
        _keep(self.ended, self._record(one, now_s))

    def _becomes(self, one: _Alive, status: Status, why: str, now_s: float) -> None:
        one.status, one.why = status, why
        self._tell(one, now_s)

    def _tell(self, one: _Alive, now_s: float, status: str = "") -> None:
        link = one.link - int(self._tables.link_ptr[one.signal]) if one.link >= 0 else -1
        _keep(self.events, RequestEvent(now_s, int(one.row["id"]), self._names[one.signal], link,
                                        RequestClass(one.kind).name, status or one.status.name, one.why))

    def _record(self, one: _Alive, ended_s: float) -> RequestRecord:
        used = one.held_s if one.status is Status.USED and ended_s - one.kept_at_s <= PASSING_S else 0
        return RequestRecord(
            int(one.row["id"]), self._names[one.signal],
            one.link - int(self._tables.link_ptr[one.signal]) if one.link >= 0 else -1,
            RequestClass(one.kind).name, one.status.name, one.why, one.received_s, ended_s, float(one.row["persons"]),
            float(one.row["lateness_s"]), one.held_s, used, one.early_s, one.cost_s)

    def _place(self, now_s: float) -> None:
        """Choose who counts at each signal, and tell the kernels."""
        wanted: dict[int, list[_Alive]] = {}
        for one in self._alive.values():
            if one.status is not Status.REJECTED:
                wanted.setdefault(one.signal, []).append(one)
            elif one.slot >= 0:
                self._leave(one)
        for signal, many in wanted.items():
            many.sort(key=lambda one: (one.kind not in URGENT, -int(one.row["level"]), -self._weight(one.row)))
            for one in many[SLOTS:]:
                self._leave(one)
            for one in many[:SLOTS]:
                self._enter(one, signal, now_s)

    def _leave(self, one: _Alive) -> None:
        if one.slot >= 0:
            self._signals.asked[one.slot]["active"] = 0
            self._signals.asked[one.slot]["preempts"] = 0
            one.slot = -1

    def _enter(self, one: _Alive, signal: int, now_s: float) -> None:
        asked, row, gone_s = self._signals.asked, one.row, now_s - one.heard_s
        if one.slot < 0:
            taken = {other.slot for other in self._alive.values()}
            one.slot = next(s for s in range(signal * SLOTS, (signal + 1) * SLOTS) if s not in taken)
        served = one.held_s > 0 or one.early_s > 0.0
        locked = now_s - self._free_s[signal] < self._settings.request_lockout_s and not served
        near = float(row["earliest_s"]) - gone_s <= self._settings.horizon_s
        urgent = one.kind in URGENT
        asked[one.slot] = (
            int(near and (urgent or not locked)), int(near and urgent), one.link, one.lane, self._weight(row),
            float(row["earliest_s"]) - gone_s, float(row["likely_s"]) - gone_s, float(row["latest_s"]) - gone_s,
            one.held_s, one.early_s, one.cost_s)

    def _has_green(self, one: _Alive) -> bool:
        tables, shown = self._tables, self._signals.shown
        if one.link >= 0:
            return int(shown[one.link]) in (GREEN, PERMISSIVE, YELLOW)
        first = int(tables.link_ptr[one.signal])
        links = tables.lane_links[tables.lane_link_ptr[one.lane]:tables.lane_link_ptr[one.lane + 1]]
        return bool(np.isin(shown[first + links], (GREEN, PERMISSIVE, YELLOW)).any())
