"""Special vehicles by TLC-FI (KAR and SRM messages that the facilities pass on) as requests for green.

An event names a signal group, who comes and when; a check-in or pre-check-in asks, a check-out is the end. Nothing is
told back: TLC-FI knows no answer. What had to be assumed stands in the documentation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import IntEnum
from typing import Annotated, Any

from pydantic import Field, ValidationError

from controllers.field.asked import Due, FieldRequests
from controllers.field.tlcfi.model import Part
from signal_core.requests import PASSED, RequestClass

BUSES, TRAMS, EMERGENCY = frozenset({1, 71}), frozenset({2}), frozenset({3, 4, 5, 69, 70})
"""Of vehType."""
USUAL_MPS = 8.0
"""Where a distance is told and no speed (own choice)."""
EARLY_S = -3600.0
"""Time in hand of who is early and does not say by how much."""


class Type(IntEnum):
    """Of an announcement."""

    UNKNOWN, CHECK_IN, CHECK_OUT, PRE_CHECK_IN = range(4)


class Priority(IntEnum):
    """Of priorityClass."""

    UNKNOWN, NONE, CONDITIONAL, ABSOLUTE, ALARM_LIGHT = range(5)


class Punctuality(IntEnum):
    """Of punctualityClass."""

    UNKNOWN, LATE, ON_TIME, EARLY, OFF_SCHEDULE = range(5)


class SpecialVehicle(Part):
    """An event; what else stands in it is passed over."""

    type: Type = Type.UNKNOWN
    directionSG: Annotated[int, Field(ge=1, le=255)]
    vehType: int = 0
    vehId: int | None = None
    lineNr: int | None = None
    serviceNr: int | None = None
    journeyNr: int | None = None
    virtualLoop: int | None = None
    priorityClass: Priority = Priority.UNKNOWN
    punctualityClass: Punctuality = Punctuality.UNKNOWN
    punctualityTime: Annotated[int, Field(ge=-36_000, le=36_000)] | None = None
    speed: Annotated[float, Field(ge=0.0, le=100.0)] | None = None
    distToStopLine: Annotated[int, Field(ge=-1000, le=100_000)] | None = None
    timeToStopLine: Annotated[int, Field(ge=-1000, le=10_000)] | None = None

    @property
    def kind(self) -> RequestClass:
        """Blue lights are those with an alarm light; police and the like without one are OTHER."""
        if self.priorityClass is Priority.ALARM_LIGHT:
            return RequestClass.EMERGENCY
        if self.vehType in EMERGENCY and self.priorityClass is Priority.UNKNOWN:
            return RequestClass.EMERGENCY
        return (RequestClass.TRANSIT if self.vehType in BUSES else
                RequestClass.TRAM if self.vehType in TRAMS else RequestClass.OTHER)

    @property
    def eta_s(self) -> float:
        """Until it is at the line: as told, or by distance."""
        if self.timeToStopLine is not None:
            return float(max(self.timeToStopLine, 0))
        if self.distToStopLine is not None:
            return max(self.distToStopLine, 0) / max(self.speed or USUAL_MPS, 1.0)
        return 0.0

    @property
    def lateness_s(self) -> float:
        """Behind its timetable, negative for time in hand, NaN for unknown; absolute priority counts as late."""
        if self.priorityClass is Priority.ABSOLUTE:
            return 0.0
        if self.punctualityTime is not None:
            return float(self.punctualityTime)
        return {Punctuality.LATE: 0.0, Punctuality.EARLY: EARLY_S}.get(self.punctualityClass, math.nan)


class SpecialVehicles:
    """Of one signal. links: of the engine, of each signal group's number."""

    def __init__(self, book: FieldRequests, links: Mapping[int, int]) -> None:
        self.book, self._links = book, dict(links)

    def take(self, event: Mapping[str, Any], now_s: float) -> str:
        """One event; returns why nobody asks by it, empty where it is taken."""
        try:
            one = SpecialVehicle.model_validate(event)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            return f"{'.'.join(map(str, first['loc'])) or 'event'}: {first['msg']}"[:200]
        key = ("special", one.directionSG, one.virtualLoop, one.lineNr, one.serviceNr, one.vehId, one.journeyNr)
        known, link = self.book.get(key), self._links.get(one.directionSG, -1)
        if one.type is Type.CHECK_OUT:
            if known is None or known.ended:
                return "no check-in before"
            self.book.end(known, PASSED)
            return ""
        if link < 0 or one.priorityClass is Priority.NONE or self.book.full:
            return f"signal group {one.directionSG} is not ours" if link < 0 else "it asks for no priority" if (
                one.priorityClass is Priority.NONE) else "too many stand already"
        if known is None or known.ended:
            known = self.book.new(key, link, -1, one.kind, now_s)
        self.book.tell(known, Due(one.eta_s, one.eta_s, one.eta_s, lateness_s=one.lateness_s))
        return ""
