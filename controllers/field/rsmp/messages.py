"""Messages of RSMP 3.2 as they are sent and as they are taken. Taking never raises: what is no message is `Odd`.

A packet is JSON in UTF-8, ended by a form feed. Nearly every value is text, numbers and booleans of the exchange list
as well. Names are the protocol's own. More than is known here may stand in a message, and is passed over.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

CORE_VERSION, SXL_VERSION = "3.2.2", "1.2.1"
END = b"\x0c"
MOST_BYTES = 4_000_000
"""A packet that goes on for longer is thrown away: nobody reports that much of a junction."""

_ID = r"^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-4[a-fA-F0-9]{3}-[89abAB][a-fA-F0-9]{3}-[a-fA-F0-9]{12}$"
_STAMP = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
_MODEL = ConfigDict(extra="ignore", frozen=True)

Id = Annotated[str, Field(pattern=_ID)]
Stamp = Annotated[str, Field(pattern=_STAMP)]
Version_ = Annotated[str, Field(pattern=r"^[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,2})?", max_length=40)]
Whole = Annotated[str, Field(pattern=r"^-?[0-9]{1,9}$")]
Quality = Literal["recent", "old", "undefined", "unknown"]
StatusCode = Annotated[str, Field(pattern="^S")]
CommandCode = Annotated[str, Field(pattern="^M")]
AlarmCode = Annotated[str, Field(pattern="^A")]


def new_id() -> str:
    """A message's own identity."""
    return str(uuid.uuid4())


def stamp(seconds: float) -> str:
    """Seconds since 1970 as RSMP writes them, UTC in thousandths."""
    return datetime.fromtimestamp(round(seconds, 3), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def seconds_of(text: object) -> float | None:
    """The same back; None for what is no time."""
    if not isinstance(text, str) or not re.match(_STAMP, text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


class Part(BaseModel):
    """Something inside a message."""

    model_config = _MODEL


class Supported(Part):
    vers: Version_


class SiteId(Part):
    sId: Annotated[str, Field(min_length=1)]


class Named(Part):
    """A status that is asked for."""

    sCI: StatusCode
    n: str


class Wanted(Named):
    """A status subscribed to: every `uRt` seconds (0: no), and on change."""

    uRt: Whole
    sOc: bool = False


class Status(Named):
    """A status with its value; no value where its quality is undefined or unknown."""

    s: Any = None
    q: Quality = "recent"


class Argument(Part):
    """One argument of a command."""

    cCI: CommandCode
    n: str
    cO: str
    v: Any


class Returned(Part):
    cCI: CommandCode
    n: str
    v: Any
    age: Quality = "recent"


class Value(Part):
    n: str
    v: str


class _Message(BaseModel):
    model_config = _MODEL
    mType: Literal["rSMsg"] = "rSMsg"

    def packet(self) -> bytes:
        """As it goes over the line."""
        return self.model_dump_json(exclude_none=True).encode() + END


class _Own(_Message):
    """A message that has to be acknowledged."""

    mId: Id = Field(default_factory=new_id)


class Ack(_Message):
    type: Literal["MessageAck"] = "MessageAck"
    oMId: Id


class NotAck(_Message):
    type: Literal["MessageNotAck"] = "MessageNotAck"
    oMId: Id
    rea: str = ""


class Version(_Own):
    type: Literal["Version"] = "Version"
    RSMP: Annotated[tuple[Supported, ...], Field(min_length=1)] = (Supported(vers=CORE_VERSION),)
    SXL: Version_ = SXL_VERSION
    siteId: Annotated[tuple[SiteId, ...], Field(min_length=1)]


class Watchdog(_Own):
    type: Literal["Watchdog"] = "Watchdog"
    wTs: Stamp


class _About(_Own):
    """ntsOId and xNId name the object for other systems; here they are the component and nothing."""

    ntsOId: str = ""
    xNId: str = ""
    cId: str


class AggregatedStatusRequest(_About):
    type: Literal["AggregatedStatusRequest"] = "AggregatedStatusRequest"


class AggregatedStatus(_About):
    """se: eight bits; fP and fS are not used by traffic light controllers, and stand there as null."""

    type: Literal["AggregatedStatus"] = "AggregatedStatus"
    aSTS: Stamp
    fP: str | None = None
    fS: str | None = None
    se: Annotated[tuple[bool, ...], Field(min_length=8, max_length=8)]

    def packet(self) -> bytes:
        return self.model_dump_json().encode() + END


class StatusRequest(_About):
    type: Literal["StatusRequest"] = "StatusRequest"
    sS: Annotated[tuple[Named, ...], Field(min_length=1)]


class StatusUnsubscribe(_About):
    type: Literal["StatusUnsubscribe"] = "StatusUnsubscribe"
    sS: Annotated[tuple[Named, ...], Field(min_length=1)]


class StatusSubscribe(_About):
    type: Literal["StatusSubscribe"] = "StatusSubscribe"
    sS: Annotated[tuple[Wanted, ...], Field(min_length=1)]


class _Told(_About):
    sTs: Stamp
    sS: Annotated[tuple[Status, ...], Field(min_length=1)]

    def packet(self) -> bytes:
        return self.model_dump_json().encode() + END


class StatusResponse(_Told):
    type: Literal["StatusResponse"] = "StatusResponse"


class StatusUpdate(_Told):
    type: Literal["StatusUpdate"] = "StatusUpdate"


class CommandRequest(_About):
    type: Literal["CommandRequest"] = "CommandRequest"
    arg: Annotated[tuple[Argument, ...], Field(min_length=1)]


class CommandResponse(_About):
    type: Literal["CommandResponse"] = "CommandResponse"
    cTS: Stamp
    rvs: tuple[Returned, ...]

    def packet(self) -> bytes:
        return self.model_dump_json().encode() + END


class Alarm(_About):
    """aSp: Issue and, as a request of the supervisor, Request, Acknowledge, Suspend, Resume; the rest is an Issue's."""

    type: Literal["Alarm"] = "Alarm"
    aCId: AlarmCode
    xACId: str = ""
    xNACId: str = ""
    aSp: Literal["Issue", "Request", "Acknowledge", "Suspend", "Resume"]
    ack: str | None = None
    aS: str | None = None
    sS: str | None = None
    aTs: Stamp | None = None
    cat: str | None = None
    pri: str | None = None
    rvs: tuple[Value, ...] | None = None


Message = (Ack | NotAck | Version | Watchdog | AggregatedStatusRequest | AggregatedStatus | StatusRequest
           | StatusUnsubscribe | StatusSubscribe | StatusResponse | StatusUpdate | CommandRequest | CommandResponse
           | Alarm)
OwnMessage = (Version | Watchdog | AggregatedStatusRequest | AggregatedStatus | StatusRequest | StatusUnsubscribe
              | StatusSubscribe | StatusResponse | StatusUpdate | CommandRequest | CommandResponse | Alarm)
_ANY: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


@dataclass(frozen=True)
class Odd:
    """What is no message of RSMP: why, and its identity where it has one."""

    why: str
    id: str = ""


def take(packet: bytes) -> Message | Odd:
    """A packet without its end."""
    try:
        return _ANY.validate_json(packet)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return Odd(f"{place or 'message'}: {first['msg']}"[:200], _identity(packet))
    except (ValueError, RecursionError) as error:
        return Odd(f"{type(error).__name__}"[:200])


def _identity(packet: bytes) -> str:
    try:
        content = json.loads(packet)
        found = content.get("mId", "") if isinstance(content, dict) else ""
    except (ValueError, RecursionError):
        return ""
    return found if isinstance(found, str) and re.match(_ID, found) else ""


class Packets:
    """Bytes as they come, cut into packets."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Packets that are whole now; empty ones are left out, and what is too long is thrown away."""
        *whole, self._rest = (self._rest + data).split(END)
        for packet in whole:
            if self._skipping:
                self._skipping = False
            elif packet.strip():
                yield packet
        if len(self._rest) > MOST_BYTES:
            self._rest, self._skipping = b"", True
