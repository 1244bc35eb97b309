"""What the open interface answers, for its description (OpenAPI)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

Seconds = Annotated[float | None, Field(description="seconds from the moment of the answer, null for not known")]


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str


class Status(BaseModel):
    """What is shown here, and of when."""

    name: str
    kind: Literal["live", "playback"]
    signals: int
    time_s: float | None = Field(description="second of the newest frame, on the clock of the signals")
    first_s: float | None = Field(description="oldest second kept")
    last_s: float | None
    epoch: str = Field(description="moment of second 0 (ISO 8601)")


class Planned(BaseModel):
    """A state, from so many seconds on."""

    from_s: float
    state: str


class Queue(BaseModel):
    """Vehicles that stand on a lane, as they are estimated. unknown: why it may be more."""

    lane: str
    vehicles: float
    unknown: str


class Request(BaseModel):
    """Somebody waits and has called."""

    link: int
    kind: str
    waiting: float


class Signal(BaseModel):
    """A signal in one second; lists with an entry per lamp, in the order of the letters of ``state``."""

    id: str
    time_s: float
    state: str = Field(description="a letter per lamp: G green, g green giving way, y yellow, r red, s arrow, O off")
    mode: str
    status: list[str] = Field(description="as SPaT has it: preemptIsActive, signalPriorityIsActive, who decides ...")
    health: str
    why: str
    phase: int | None
    earliest_s: list[Seconds] = Field(description="the colour does not change sooner")
    latest_s: list[Seconds] = Field(description="... nor later")
    likely_s: list[Seconds]
    next_green_s: list[Seconds]
    no_green_s: list[Seconds] = Field(description="no green sooner, of what is red or will be by what is announced")
    confidence_pct: list[int]
    planned: list[Planned]
    planned_until_s: float
    queues: list[Queue] | None = Field(description="null without the scope detectors")
    requests: list[Request] | None


class Summary(BaseModel):
    """A signal in the list."""

    id: str
    state: str
    mode: str
    health: str


class Summaries(BaseModel):
    """All signals in one second."""

    time_s: float
    signals: list[Summary]


class Alarm(BaseModel):
    """A loop or an exit that is not as it should be."""

    what: str
    status: str


class Alarms(BaseModel):
    """Now."""

    time_s: float
    alarms: list[Alarm]


class Strip(BaseModel):
    """What a signal showed and means to show; times on the clock of the signals."""

    id: str
    time_s: float
    past: list[Planned]
    planned: list[Planned]
    planned_until_s: float


class OnCorridor(BaseModel):
    """A stop line, and the lamps that let traffic go straight on."""

    signal: str
    at_m: float
    lamps: list[int]
    strip: Strip


class Corridor(BaseModel):
    """Signals along a corridor."""

    time_s: float
    speed_mps: float
    stops: list[OnCorridor]


class Road(BaseModel):
    """An edge of the network, up to and over its stop line."""

    edge: str
    free_s: float = Field(description="at the speed allowed")
    delay_s: float | None = Field(description="at its signal, null where no loop tells or there is none")
    travel_s: float = Field(description="both together")


class TravelTimes(BaseModel):
    """All roads in one second."""

    time_s: float
    edges: list[Road]


class Message(BaseModel):
    """SPATEM or MAPEM as JSON (ETSI TS 103 301)."""

    message_type: str
    message: dict[str, Any]
