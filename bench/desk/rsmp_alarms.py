"""Alarms of a virtual controller: all are told after connecting, and each when it begins, ends, is acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from controllers.field.rsmp.messages import Alarm, Value

SERIOUS, LESS = "2", "3"
OF_CONTROLLER: Mapping[str, str] = {
    "A0001": SERIOUS, "A0002": LESS, "A0003": SERIOUS, "A0004": LESS, "A0005": LESS, "A0006": SERIOUS, "A0007": LESS,
    "A0009": LESS, "A0010": LESS}
OF_GROUP: Mapping[str, str] = {"A0008": SERIOUS, "A0101": LESS, "A0201": SERIOUS, "A0202": LESS}
OF_DETECTOR: Mapping[str, str] = {"A0301": LESS, "A0302": LESS, "A0303": SERIOUS, "A0304": SERIOUS}
PRIORITY: Mapping[str, str] = {**OF_CONTROLLER, **OF_GROUP, **OF_DETECTOR}
Key = tuple[str, str]
"""Code and component."""


@dataclass
class _State:
    active: bool = False
    acknowledged: bool = True
    suspended: bool = False
    at: str = ""
    values: dict[str, str] = field(default_factory=dict)


class Alarms:
    """now: the time as RSMP writes it."""

    def __init__(self, keys: Iterable[Key], main: str, now: Callable[[], str]) -> None:
        self._main, self._now = main, now
        self._states = {key: _State(at=now()) for key in keys}

    def all(self) -> list[Alarm]:
        """Every one, as after connecting."""
        return [self._issue(key, state) for key, state in self._states.items()]

    @property
    def active(self) -> set[str]:
        """Codes of those that are active."""
        return {code for (code, _), state in self._states.items() if state.active}

    def set(self, active: Mapping[Key, Mapping[str, str]]) -> list[Alarm]:
        """Those that are active now with their values; what has changed is to be sent."""
        changed = []
        for key, state in self._states.items():
            if (key in active) == state.active:
                continue
            state.active, state.at = key in active, self._now()
            state.acknowledged = state.acknowledged and not state.active
            state.values = dict(active.get(key, {}))
            if not state.suspended:
                changed.append(self._issue(key, state))
        return changed

    def hear(self, message: Alarm) -> list[Alarm]:
        """What the supervisor asks of one; the answer."""
        state = self._states.get((message.aCId, message.cId))
        if state is None:
            return []
        key = message.aCId, message.cId
        if message.aSp == "Acknowledge":
            state.acknowledged = True
        elif message.aSp in ("Suspend", "Resume"):
            state.suspended = message.aSp == "Suspend"
        kind = {"Suspend": "Suspend", "Resume": "Suspend", "Acknowledge": "Acknowledge"}.get(message.aSp, "Issue")
        return [self._issue(key, state, kind)]

    def _issue(self, key: Key, state: _State, kind: str = "Issue") -> Alarm:
        code, component = key
        suspended = ("Suspended" if kind == "Suspend" else "suspended") if state.suspended else "notSuspended"
        return Alarm(cId=component, ntsOId=self._main, aCId=code, xACId=code, aSp=kind,  # type: ignore[arg-type]
                     ack="Acknowledged" if state.acknowledged else "notAcknowledged",
                     aS="Active" if state.active else "inActive", sS=suspended, aTs=state.at, cat="D",
                     pri=PRIORITY[code], rvs=tuple(Value(n=n, v=v) for n, v in state.values.items()))
