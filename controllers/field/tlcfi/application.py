"""An application at a controller's facilities: registered, subscribed, and where it is given control, in control.

The controller keeps the session alive by our Alive calls; without them it ends the session and goes on by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from controllers.field.errors import FieldError, Lost, Refused
from controllers.field.tlcfi import model
from controllers.field.tlcfi.model import (
    Application,
    Control,
    Data,
    Fault,
    Junction,
    Kind,
    Lamp,
    Meta,
    Updates,
    lamp,
    taken,
)
from controllers.field.tlcfi.rpc import Rpc, RpcError, Tape
from controllers.field.tlcfi.watched import Clock, Watched

STEP_S = 0.01
MOST_EVENTS = 1000


@dataclass(frozen=True)
class At:
    """Where the facilities are, and who we are to them. The password is not shown."""

    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    timeout_s: float = 1.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)


@dataclass
class Known:
    """What the facilities have told in this session, by id."""

    control: Control = Control.ERROR
    junction: Junction = Junction.ERROR
    lamps: dict[str, Lamp] = field(default_factory=dict)
    detectors: dict[str, Watched] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    now_ms: int = 0
    wall_ms: int = 0
    """Their wall clock when `now_ms` was 0, from their Alive calls; 0 where there was none."""


class ApplicationSession:
    """One connection after the other; `open` begins one."""

    def __init__(self, at: At, kind: Application, tape: Tape | None = None) -> None:
        self.at, self.kind, self._tape = at, kind, tape
        self.known = Known()
        self.session = ""
        self.count = 0
        """Sessions so far."""
        self.meta: dict[Kind, dict[str, Mapping[str, Any]]] = {}
        self.special: deque[Mapping[str, Any]] = deque(maxlen=MOST_EVENTS)
        """Announcements of special vehicles, until somebody takes them."""
        self._rpc: Rpc | None = None
        self._run: asyncio.Task[None] | None = None
        self._wanted = Control.OFFLINE

    @property
    def up(self) -> bool:
        return self._rpc is not None and self._rpc.open

    @property
    def revoked(self) -> bool:
        """The controller does not give control to us, or has taken it back."""
        unasked = self.known.control is Control.END and self._wanted is not Control.END
        return self.known.control in (Control.ERROR, Control.NOT_CONFIGURED) or unasked

    @property
    def in_control(self) -> bool:
        return self.up and self.known.control is Control.IN_CONTROL and self.known.junction is Junction.CONTROL

    async def open(self, intersection: str) -> None:
        """Connect, register, read what there is, subscribe to all of it. Raises FieldError."""
        self.close()
        self.known, self.meta, self._wanted = Known(), {}, Control.OFFLINE
        try:
            async with asyncio.timeout(self.at.timeout_s):
                reader, writer = await asyncio.open_connection(self.at.host, self.at.port, ssl=self.at.tls)
        except (OSError, TimeoutError) as error:
            raise FieldError(f"{self._place}: {error or 'no answer'}") from error
        self._rpc = Rpc(reader, writer, self._serve, self._tape)
        self._run = asyncio.create_task(self._rpc.run())
        try:
            await self._begin(intersection)
        except FieldError:
            self.close()
            raise

    async def _begin(self, intersection: str) -> None:
        reply = await self._call("Register", {"username": self.at.user, "password": self.at.password,
                                              "type": int(self.kind), "version": model.VERSION})
        self.session = str(reply.get("sessionid", "")) if isinstance(reply, dict) else ""
        if not self.session:
            raise FieldError(f"{self._place}: no session id in the reply to Register")
        self.count += 1
        await self._subscribe(Kind.SESSION, [self.session])
        await self._learn(intersection)
        if self.kind is Application.CONTROL:
            await self.update((Kind.SESSION, {self.session: {
                "reqControlState": int(Control.OFFLINE), "startCapability": 2, "endCapability": 0,
                "reqIntersection": intersection}}))

    async def _learn(self, intersection: str) -> None:
        """The intersection, its signal groups and detectors: what is fixed, and what they are in."""
        await self._read_meta(Kind.INTERSECTION, [intersection])
        own = self.meta[Kind.INTERSECTION][intersection]
        for kind, name in ((Kind.SIGNAL_GROUP, "signalgroups"), (Kind.DETECTOR, "detectors")):
            named = own.get(name)
            ids = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
            if ids:
                await self._read_meta(kind, ids)
                await self._subscribe(kind, ids)
        await self._subscribe(Kind.INTERSECTION, [intersection])
        generator = own.get("spvehgenerator")
        if isinstance(generator, str) and generator:
            await self._subscribe(Kind.SPECIAL_VEHICLES, [generator])

    async def _read_meta(self, kind: Kind, ids: Sequence[str]) -> None:
        found = self._taken(Meta, await self._call("ReadMeta", model.reference(kind, ids)))
        if len(found.meta) != len(found.objects.ids) or set(ids) - set(found.objects.ids):
            raise FieldError(f"{self._place}: not all of {kind.name.lower()} {', '.join(ids)} are told")
        self.meta[kind] = dict(zip(found.objects.ids, found.meta, strict=True))

    async def _subscribe(self, kind: Kind, ids: Sequence[str]) -> None:
        found = self._taken(Data, await self._call("Subscribe", model.reference(kind, ids)))
        self.known.now_ms = self.known.clock.ms(found.ticks)
        for name, state in zip(found.objects.ids, found.data, strict=False):
            self._told(found.objects.type, name, state, found.ticks)

    async def alive(self) -> None:
        """We are there. Raises FieldError."""
        ticks = int(time.monotonic() * 1000) % model.TICKS
        await self._call("Alive", {"ticks": ticks, "time": int(time.time() * 1000)})

    async def look(self) -> None:
        """Ask for the time of the facilities, by which everything they told before is here. Raises FieldError."""
        found = self._taken(Meta, await self._call("ReadMeta", model.reference(Kind.SESSION, [self.session])))
        self.known.now_ms = self.known.clock.ms(found.ticks)

    async def update(self, *rows: tuple[Kind, Mapping[str, Mapping[str, Any]]]) -> None:
        """Ask for states. Raises FieldError, Refused."""
        await self._call("UpdateState", model.updates(int(time.monotonic() * 1000), *rows))

    async def request_control(self, intersection: str) -> bool:
        """Ask for control and take it as far as it is given by now. Raises FieldError."""
        if self.known.control is Control.OFFLINE:
            await self._want(Control.READY)
        await self._until(lambda: self.known.control in (Control.START, Control.IN_CONTROL))
        if self.known.control is Control.START:
            await self._want(Control.IN_CONTROL)
            await self._until(lambda: self.known.control is Control.IN_CONTROL)
        if self.known.control is Control.IN_CONTROL and self.known.junction is not Junction.CONTROL:
            await self.update((Kind.INTERSECTION, {intersection: {"reqState": int(Junction.CONTROL)}}))
            await self._until(lambda: self.known.junction is Junction.CONTROL)
        return self.in_control

    async def end_control(self) -> None:
        """Give control back. Raises FieldError."""
        if self.known.control in (Control.READY, Control.START, Control.IN_CONTROL):
            ends = self.known.control is Control.IN_CONTROL
            await self._want(Control.END if ends else Control.OFFLINE)

    async def _want(self, state: Control) -> None:
        self._wanted = state
        await self.update((Kind.SESSION, {self.session: {"reqControlState": int(state)}}))

    async def _until(self, holds: Callable[[], bool]) -> None:
        """A little while for what is told unasked."""
        until = asyncio.get_running_loop().time() + self.at.timeout_s / 4
        while not holds() and self.up and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(STEP_S)

    async def _call(self, method: str, params: Any) -> Any:
        if self._rpc is None:
            raise FieldError(f"{self._place}: not connected")
        try:
            return await self._rpc.call(method, params, self.at.timeout_s)
        except RpcError as error:
            raise Refused(f"{self._place}: {method}: {_fault(error.code)}{error}") from error
        except TimeoutError as error:
            raise FieldError(f"{self._place}: {method}: no answer") from error
        except Lost as error:
            raise FieldError(f"{self._place}: {error}") from error

    def _taken(self, kind: type[model.Taken], content: Any) -> model.Taken:
        try:
            return taken(kind, content)
        except RpcError as error:
            raise FieldError(f"{self._place}: {error}") from error

    def _serve(self, method: str, params: Any) -> Any:
        """What the facilities call: Alive is answered as it came, states are taken."""
        if method == "Alive":
            sign = taken(model.AliveSign, params)
            self.known.wall_ms = sign.time - self.known.clock.ms(sign.ticks)
            return params
        if method == "UpdateState":
            told = taken(Updates, params)
            for update in told.update:
                if len(update.objects.ids) != len(update.states):
                    raise RpcError(Fault.ERROR, "ids and states of different number")
                for name, state in zip(update.objects.ids, update.states, strict=True):
                    self._told(update.objects.type, name, state, told.ticks)
            return None
        if method == "NotifyEvent":
            for one in params if isinstance(params, list) else [params]:
                event = taken(model.Event, one)
                self.special.extend(event.events if event.objects.type is Kind.SPECIAL_VEHICLES else ())
            return None
        raise RpcError(-32601, f"no method {method} here")

    def _told(self, kind: Kind, name: str, state: Mapping[str, Any], ticks: int) -> None:
        known = self.known
        own = state.get("stateticks")
        at_ms = known.clock.ms(own if isinstance(own, int) and 0 <= own < model.TICKS else ticks)
        if kind is Kind.SESSION and name == self.session:
            known.control = _one_of(Control, state.get("controlState"), known.control)
        elif kind is Kind.INTERSECTION:
            known.junction = _one_of(Junction, state.get("state"), known.junction)
        elif name not in self.meta.get(kind, {}):
            return  # nobody has told that there is one
        elif kind is Kind.SIGNAL_GROUP and "state" in state:
            known.lamps[name] = lamp(state["state"])
        elif kind is Kind.DETECTOR:
            known.detectors.setdefault(name, Watched()).take(state, at_ms)

    @property
    def _place(self) -> str:
        return f"{self.at.host}:{self.at.port}"

    async def deregister(self) -> None:
        """Say good-bye; whoever does not hear it notices by himself."""
        with contextlib.suppress(FieldError):
            await self._call("Deregister", {})
        self.close()

    def close(self) -> None:
        """Give the socket back."""
        if self._rpc is not None:
            self._rpc.close()
            self._rpc = None


def _one_of(kind: Any, value: object, before: Any) -> Any:
    """A word of the protocol; what is none changes nothing."""
    return kind(value) if isinstance(value, int) and value in set(kind) else before


def _fault(code: int) -> str:
    return f"{Fault(code).name.lower().replace('_', ' ')}: " if code in set(Fault) else ""


def ids_by_number(ids: Sequence[str]) -> dict[int, str]:
    """Ids by the number at their end. Raises FieldError where two have the same."""
    found: dict[int, str] = {}
    for name in ids:
        number = model.number_of(name)
        if number is not None and number in found:
            raise FieldError(f"{found[number]} and {name} have the same number")
        if number is not None:
            found[number] = name
    return found


