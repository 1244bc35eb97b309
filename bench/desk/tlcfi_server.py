"""Facilities of a virtual controller by TLC-FI: sessions, meta data, subscriptions, one application in control.

The session of whoever does not call Alive for its time-out is ended; was he in control, the controller goes back to its
own plan. Seconds are those of the street.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.desk.edges import edges
from bench.desk.groups import Aspect
from bench.desk.objects import Objects
from bench.desk.setup import TENTHS
from bench.desk.tlc import Charge, Tlc
from controllers.cabinet.site import SignalSite
from controllers.field.tlcfi import model
from controllers.field.tlcfi.model import Application, Control, Fault, Junction, Kind, Lamp, taken
from controllers.field.tlcfi.rpc import NO_METHOD, Rpc, RpcError, Tape

ALIVE_TIMEOUT_S = 5
ALIVE_EVERY_S = 2
SHOWN = {Aspect.RED: Lamp.STOP, Aspect.ARROW: Lamp.STOP_THEN_PROCEED, Aspect.YELLOW: Lamp.PROTECTED_CLEARANCE,
         Aspect.YIELDS: Lamp.PERMISSIVE, Aspect.GREEN: Lamp.PROTECTED}
ASKED = {Lamp.STOP: Aspect.RED, Lamp.STOP_THEN_PROCEED: Aspect.ARROW, Lamp.PERMISSIVE_CLEARANCE: Aspect.RED,
         Lamp.PROTECTED_CLEARANCE: Aspect.RED, Lamp.PERMISSIVE: Aspect.YIELDS, Lamp.PROTECTED: Aspect.GREEN}
FACILITIES, GENERATOR = "TLC", "SPVEH"
MOST_PREDICTIONS = 16


@dataclass
class _Session:
    """One application. `silent_s`: since its last Alive."""

    rpc: Rpc | None = None
    id: str = ""
    kind: Application = Application.CONSUMER
    control: Control = Control.NOT_CONFIGURED
    subscribed: set[tuple[Kind, str]] = field(default_factory=set)
    silent_s: int = 0


class Facilities:
    """`passes`: called when a session asks for its own meta data, which is how an application asks for the time."""

    def __init__(self, site: SignalSite, objects: Objects, tlc: Tlc, password: str,
                 passes: Callable[[], None] | None = None, tape: Tape | None = None) -> None:
        self.site, self.objects, self.tlc = site, objects, tlc
        self._password, self._passes, self._tape = password, passes, tape
        self._groups = {f"{group.channel:02d}": group for group in site.groups}
        self._detectors = {f"D{number:03d}": number for number in site.watched}
        self._buttons = frozenset(button.number for button in site.buttons)
        self.faults: dict[int, int] = {}
        """Detectors with a fault, and its number in the protocol."""
        self.predictions: dict[str, list[dict[str, Any]]] = {}
        self._sessions: list[_Session] = []
        self._told: dict[tuple[Kind, str], dict[str, Any]] = {}
        self._on: dict[int, bool] = {}
        self._count = self._seconds = 0
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Open the port. Raises OSError."""
        self._server = await asyncio.start_server(self._connected, host, port, ssl=tls)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = _Session()
        session.rpc = Rpc(reader, writer, lambda method, params: self._serve(session, method, params), self._tape)
        self._sessions.append(session)
        await session.rpc.run()
        self._ended(session)

    def _ended(self, session: _Session) -> None:
        with contextlib.suppress(ValueError):
            self._sessions.remove(session)
        if session.control in (Control.IN_CONTROL, Control.END):
            self.tlc.give_back()
        session.control = Control.ERROR

    def restart(self) -> None:
        """Power was away: no session is left, and it begins on its own plan."""
        for session in list(self._sessions):
            if session.rpc is not None:
                session.rpc.close()
            self._ended(session)
        self.tlc.restart()

    @property
    def ticks(self) -> int:
        return self.tlc.controller.up_tenths * (1000 // TENTHS) % model.TICKS

    def second(self) -> None:
        """A second of the street has passed: tell what has changed, end the sessions of who is silent."""
        self._seconds += 1
        for session in list(self._sessions):
            session.silent_s += 1
            if session.silent_s > ALIVE_TIMEOUT_S and session.rpc is not None:
                session.rpc.close()
                self._ended(session)
        self._revoke()
        rows = self._changes()
        for session in self._sessions:
            if session.id and session.rpc is not None:
                self._tell(session, rows)

    def _tell(self, session: _Session, rows: list[tuple[Kind, str, dict[str, Any]]]) -> None:
        assert session.rpc is not None
        if self._seconds % ALIVE_EVERY_S == 0:
            session.rpc.tell("Alive", {"ticks": self.ticks, "time": self.tlc.controller.clock_tenths * 100})
        wanted = [(kind, name, state) for kind, name, state in rows if (kind, name) in session.subscribed]
        if wanted:
            session.rpc.tell("UpdateState", {"ticks": self.ticks, "update": [
                {"objects": model.reference(kind, [name]), "states": [state]} for kind, name, state in wanted]})

    def announce(self, vehicle: Mapping[str, Any]) -> None:
        """A special vehicle: to whoever has subscribed to them."""
        event = {"objects": model.reference(Kind.SPECIAL_VEHICLES, [GENERATOR]), "events": [dict(vehicle)],
                 "ticks": self.ticks}
        for session in self._sessions:
            if session.rpc is not None and (Kind.SPECIAL_VEHICLES, GENERATOR) in session.subscribed:
                session.rpc.tell("NotifyEvent", event)

    def _changes(self) -> list[tuple[Kind, str, dict[str, Any]]]:
        """What is another than was told, detectors with every change within the second."""
        found = []
        states = {(Kind.SIGNAL_GROUP, name): self._group_state(name) for name in self._groups}
        states[Kind.INTERSECTION, self.site.id] = self._junction_state()
        for key, state in states.items():
            if self._told.get(key) != state:
                self._told[key] = state
                found.append((*key, {**state, "stateticks": self.ticks}))
        for name, number in self._detectors.items():
            found += [(Kind.DETECTOR, name, state) for state in self._detector_changes(number)]
        return found

    def _detector_changes(self, number: int) -> list[dict[str, Any]]:
        counts, before = self.objects.counts, self._on.get(number, False)
        after = number in (self.tlc.controller.pressed if number in self._buttons else self.tlc.controller.detectors)
        changes = edges(before, after, counts.volume.get(number, 0), counts.occupancy.get(number, 0) / 200.0)
        self._on[number] = after
        fault = self.faults.get(number, 0)
        rows = [{"state": int(on), "stateticks": (self.ticks - 1000 + at) % model.TICKS} for at, on in changes]
        key = Kind.DETECTOR, f"{number}"
        if self._told.get(key, {"faultstate": 0}) != {"faultstate": fault}:
            self._told[key] = {"faultstate": fault}
            rows.append({"faultstate": fault, "stateticks": self.ticks})
        return rows

    def _group_state(self, name: str) -> dict[str, Any]:
        channel = self._groups[name].channel
        if self.tlc.controller.flashing:
            return {"state": int(Lamp.CAUTION), "predictions": []}
        shown = SHOWN[self.tlc.aspects()[channel]]
        return {"state": int(shown), "predictions": self.predictions.get(name, [])}

    def _junction_state(self) -> dict[str, Any]:
        own = self.tlc.controller
        state = Junction.STANDBY if own.flashing else Junction.SWITCH_ON if own.starting else Junction.CONTROL
        return {"state": int(state if self.tlc.charge is Charge.OWN else Junction.CONTROL)}

    def _revoke(self) -> None:
        """Somebody at the cabinet or a preemption is in charge: control is taken back, and not given meanwhile."""
        free = self.tlc.may_be_controlled or self.tlc.charge is Charge.APPLICATION
        own = self.tlc.controller.panel
        taken_back = own.manual or own.flash or bool(own.preempts)
        for session in self._sessions:
            if session.control is Control.IN_CONTROL and taken_back:
                self.tlc.give_back()
                self._set(session, Control.END)
                self._set(session, Control.NOT_CONFIGURED)
            elif session.control is Control.NOT_CONFIGURED and session.kind is Application.CONTROL and session.id and (
                    free and not taken_back):
                self._set(session, Control.OFFLINE)
            elif session.control is Control.READY and free and not taken_back:
                self._start(session)

    def _set(self, session: _Session, state: Control) -> None:
        session.control = state
        if (Kind.SESSION, session.id) in session.subscribed and session.rpc is not None:
            session.rpc.tell("UpdateState", model.updates(
                self.ticks, (Kind.SESSION, {session.id: {"controlState": int(state)}})))

    def _start(self, session: _Session) -> None:
        """Control is offered to one at a time."""
        busy = any(other.control in (Control.START, Control.IN_CONTROL) for other in self._sessions)
        if not busy and self.tlc.charge is Charge.OWN and self.tlc.may_be_controlled:
            self._set(session, Control.START)

    def _serve(self, session: _Session, method: str, params: Any) -> Any:
        if method == "Register":
            return self._register(session, params)
        if not session.id:
            raise RpcError(Fault.NOT_AUTHORIZED, "register first")
        if method == "Alive":
            taken(model.AliveSign, params)
            session.silent_s = 0
            return params
        if method == "Deregister":
            self._ended(session)
            if session.rpc is not None:
                asyncio.get_running_loop().call_soon(session.rpc.close)
            return {}
        if method == "ReadMeta":
            return self._read_meta(session, taken(model.Reference, params))
        if method == "Subscribe":
            return self._subscribe(session, taken(model.Reference, params))
        if method == "UpdateState":
            for update in taken(model.Updates, params).update:
                self._update(session, update)
            return None
        raise RpcError(NO_METHOD, f"no method {method} here")

    def _register(self, session: _Session, params: Any) -> dict[str, Any]:
        asked = taken(model.Registration, params)
        if session.id:
            raise RpcError(Fault.ALREADY_REGISTERED, f"registered as {session.id}")
        if asked.password != self._password:
            raise RpcError(Fault.NOT_AUTHORIZED, "user or password")
        if asked.version.get("major") != model.VERSION["major"]:
            raise RpcError(Fault.INVALID_PROTOCOL, "version 1 is spoken here")
        self._count += 1
        session.id, session.kind, session.silent_s = f"S{self._count}", asked.type, 0
        ready = self.tlc.may_be_controlled and asked.type is Application.CONTROL
        session.control = Control.OFFLINE if ready else Control.NOT_CONFIGURED
        return {"sessionid": session.id, "facilities": model.reference(Kind.FACILITIES, [FACILITIES]),
                "version": model.VERSION}

    def _read_meta(self, session: _Session, asked: model.Reference) -> dict[str, Any]:
        if asked.type is Kind.SESSION and self._passes is not None:
            self._passes()
        return {"objects": model.reference(asked.type, asked.ids), "ticks": self.ticks,
                "meta": [self._meta(session, asked.type, name) for name in asked.ids]}

    def _meta(self, session: _Session, kind: Kind, name: str) -> dict[str, Any]:
        every = {"signalgroups": list(self._groups), "detectors": list(self._detectors), "inputs": [], "outputs": []}
        if kind is Kind.SESSION and name == session.id:
            return {"sessionid": name, "type": int(session.kind)}
        if kind is Kind.FACILITIES and name == FACILITIES:
            return {"id": name, "intersections": [self.site.id], **every, "variables": []}
        if kind is Kind.INTERSECTION and name == self.site.id:
            return {"id": name, **every, "spvehgenerator": GENERATOR}
        if kind is Kind.SIGNAL_GROUP and name in self._groups:
            return self._group_meta(name)
        if kind is Kind.SPECIAL_VEHICLES and name == GENERATOR:
            return {"id": name}
        if kind is Kind.DETECTOR and name in self._detectors:
            return {"id": name, "generatesEvents": True}
        raise RpcError(Fault.INVALID_REFERENCE, f"no {kind.name.lower()} {name}")

    def _group_meta(self, name: str) -> dict[str, Any]:
        """Times in ms; intergreens from the end of green."""
        group = self._groups[name]
        phases = [phase for phase in self.site.phases if group.channel in phase.channels]
        whole = max((phase.yellow_s + phase.red_clear_s for phase in phases), default=group.yellow_s)
        return {"id": name, "intersection": self.site.id,
                "intergreen": [{"signalgroup": f"{other:02d}",
                                "intergreentime": round(1000 * group.clear_s.get(str(other), whole))}
                               for other in group.conflicts],
                "timing": [{"state": int(Lamp.PROTECTED), "min": round(1000 * group.min_green_s)},
                           {"state": int(Lamp.PROTECTED_CLEARANCE), "min": round(1000 * group.yellow_s)}]}

    def _subscribe(self, session: _Session, asked: model.Reference) -> dict[str, Any]:
        states = [self._state(session, asked.type, name) for name in asked.ids]
        session.subscribed |= {(asked.type, name) for name in asked.ids}
        return {"objects": model.reference(asked.type, asked.ids), "data": states, "ticks": self.ticks}

    def _state(self, session: _Session, kind: Kind, name: str) -> dict[str, Any]:
        self._meta(session, kind, name)
        if kind is Kind.SESSION:
            return {"controlState": int(session.control)}
        own: dict[Kind, Callable[[], dict[str, Any]]] = {
            Kind.INTERSECTION: self._junction_state, Kind.SIGNAL_GROUP: lambda: self._group_state(name),
            Kind.DETECTOR: lambda: {"state": int(self._on.get(self._detectors[name], False)),
                                    "faultstate": self.faults.get(self._detectors[name], 0)},
            Kind.SPECIAL_VEHICLES: lambda: {"faultstate": 0}}
        if kind not in own:
            raise RpcError(Fault.NO_RIGHTS, f"{kind.name.lower()} has no state")
        return {**own[kind](), "stateticks": self.ticks}

    def _update(self, session: _Session, update: model.Update) -> None:
        if len(update.objects.ids) != len(update.states):
            raise RpcError(Fault.ERROR, "ids and states of different number")
        for name, state in zip(update.objects.ids, update.states, strict=True):
            self._meta(session, update.objects.type, name)
            if update.objects.type is Kind.SESSION:
                self._ask_control(session, state)
            elif session.control is not Control.IN_CONTROL:
                raise RpcError(Fault.NO_RIGHTS, "not in control")
            elif update.objects.type is Kind.SIGNAL_GROUP:
                self._ask_group(name, state)

    def _ask_control(self, session: _Session, state: Mapping[str, Any]) -> None:
        asked = state.get("reqControlState")
        if asked is None:
            return
        if session.kind is not Application.CONTROL or asked not in set(Control):
            raise RpcError(Fault.NO_RIGHTS, "no control for this session")
        want, now = Control(asked), session.control
        if want is Control.READY and now is Control.OFFLINE:
            self._set(session, Control.READY)
            self._start(session)
        elif want is Control.IN_CONTROL and now is Control.START:
            self.tlc.take_over()
            self._set(session, Control.IN_CONTROL)
        elif want in (Control.END, Control.OFFLINE) and now is Control.IN_CONTROL:
            self.tlc.give_back()
            self._set(session, Control.END)
            self._set(session, Control.OFFLINE)
        elif want is Control.OFFLINE and now in (Control.READY, Control.START):
            self._set(session, Control.OFFLINE)

    def _ask_group(self, name: str, state: Mapping[str, Any]) -> None:
        if "reqState" in state:
            asked = ASKED.get(model.lamp(state["reqState"]))
            if asked is None:
                raise RpcError(Fault.INVALID_ATTRIBUTE_VALUE, f"{name}: reqState {state['reqState']}")
            self.tlc.wanted[self._groups[name].channel] = asked
        if isinstance(rows := state.get("reqPredictions"), list):
            self.predictions[name] = [one for one in rows if isinstance(one, dict)][:MOST_PREDICTIONS]

    def close(self) -> None:
        """Give the port back."""
        if self._server is not None:
            self._server.close()
        for session in list(self._sessions):
            if session.rpc is not None:
                session.rpc.close()
