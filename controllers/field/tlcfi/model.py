"""Words and objects of TLC-FI, as a public client of version 1.1 has them. What had to be assumed stands in the docs.

Objects as they are taken are checked here; more than is known may stand in them, and is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from controllers.field.tlcfi.rpc import RpcError

VERSION = {"major": 1, "minor": 1, "revision": 0}
TICKS = 1 << 32
"""Milliseconds of the other end's clock, 32 bits of them."""
TICKS_PER_S = 1000.0


class Kind(IntEnum):
    """Of an object."""

    SESSION, FACILITIES, INTERSECTION, SIGNAL_GROUP, DETECTOR, INPUT, OUTPUT, SPECIAL_VEHICLES, VARIABLE = range(9)


class Application(IntEnum):
    """What registers: who looks, who brings data, who controls."""

    CONSUMER, PROVIDER, CONTROL = range(3)


class Control(IntEnum):
    """Of a session: who has control."""

    ERROR, NOT_CONFIGURED, OFFLINE, READY, START, IN_CONTROL, END = range(7)


class Junction(IntEnum):
    """Of an intersection."""

    ERROR, DARK, STANDBY, ALTERNATIVE_STANDBY, SWITCH_ON, SWITCH_OFF, ALL_RED, CONTROL = range(8)


class Lamp(IntEnum):
    """Of a signal group, as SAE J2735 has them."""

    (UNAVAILABLE, DARK, STOP_THEN_PROCEED, STOP, PRE_MOVEMENT, PERMISSIVE, PROTECTED, PERMISSIVE_CLEARANCE,
     PROTECTED_CLEARANCE, CAUTION, PERMISSIVE_PRE_CLEARANCE, PROTECTED_PRE_CLEARANCE) = range(12)


GREENS = frozenset({Lamp.PERMISSIVE, Lamp.PROTECTED, Lamp.PERMISSIVE_PRE_CLEARANCE, Lamp.PROTECTED_PRE_CLEARANCE})
YIELDING = frozenset({Lamp.PERMISSIVE, Lamp.PERMISSIVE_PRE_CLEARANCE})
YELLOWS = frozenset({Lamp.PERMISSIVE_CLEARANCE, Lamp.PROTECTED_CLEARANCE})
UNCONTROLLED = frozenset({Lamp.UNAVAILABLE, Lamp.DARK, Lamp.CAUTION})


class Fault(IntEnum):
    """Codes of errors in the protocol."""

    (ERROR, NOT_AUTHORIZED, NO_RIGHTS, INVALID_PROTOCOL, ALREADY_REGISTERED, UNKNOWN_TYPE, MISSING_ATTRIBUTE,
     INVALID_ATTRIBUTE_TYPE, INVALID_ATTRIBUTE_VALUE, INVALID_REFERENCE) = range(10)


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


Ticks = Annotated[int, Field(ge=0, lt=TICKS)]
MOST_TIME_MS = 1 << 48
"""Since 1970: some thousands of years."""


class Reference(Part):
    """Objects of one kind, by their ids."""

    ids: tuple[str, ...]
    type: Kind


class Registration(Part):
    username: str
    password: str
    type: Application
    version: dict[str, int]


class Update(Part):
    """States of objects, one for each id."""

    objects: Reference
    states: tuple[dict[str, Any], ...]


class Updates(Part):
    update: tuple[Update, ...]
    ticks: Ticks


class AliveSign(Part):
    ticks: Ticks
    time: Annotated[int, Field(ge=0, lt=MOST_TIME_MS)] = 0


class Meta(Part):
    """What is fixed of objects."""

    objects: Reference
    meta: tuple[dict[str, Any], ...]
    ticks: Ticks


class Data(Part):
    """What objects are in now."""

    objects: Reference
    data: tuple[dict[str, Any], ...]
    ticks: Ticks


class Event(Part):
    """What happened at objects that have no state for it."""

    objects: Reference
    events: tuple[dict[str, Any], ...]
    ticks: Ticks


Taken = TypeVar("Taken", bound=Part)


def taken(kind: type[Taken], content: Any) -> Taken:
    """Content of the other end as an object. Raises RpcError that says what is wrong where."""
    try:
        return kind.model_validate(content)
    except (ValidationError, RecursionError) as error:
        if isinstance(error, RecursionError):
            raise RpcError(Fault.INVALID_ATTRIBUTE_VALUE, "too deep") from error
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "object"
        code = Fault.MISSING_ATTRIBUTE if first["type"] == "missing" else Fault.INVALID_ATTRIBUTE_VALUE
        raise RpcError(code, f"{place}: {first['msg']}"[:200]) from error


def reference(kind: Kind, ids: Sequence[str]) -> dict[str, Any]:
    return {"ids": list(ids), "type": int(kind)}


def updates(ticks: int, *rows: tuple[Kind, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """States by id for kinds of objects, as they are sent."""
    return {"ticks": ticks % TICKS, "update": [
        {"objects": reference(kind, list(states)), "states": [dict(one) for one in states.values()]}
        for kind, states in rows if states]}


def lamp(value: object) -> Lamp:
    """A state of a signal group; UNAVAILABLE for what is none."""
    return Lamp(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 11 else (
        Lamp.UNAVAILABLE)


def number_of(name: str) -> int | None:
    """The number at the end of an id: 5 of "05", "fc05", "D005"."""
    digits = name[len(name.rstrip("0123456789")):]
    return int(digits) if digits and len(digits) < 6 and digits.isascii() else None
