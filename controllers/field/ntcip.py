"""A controller that speaks NTCIP 1202: looked at once a second, told what to do for as long as it is told.

Everything written is on a list (`oids.WRITABLE`), sent in one message, and read back at once. Orders live in the
controller for its unit backup time and no longer; whoever stops sending has let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from controllers.field import oids
from controllers.field.errors import FieldError, NotTaken, Refused
from controllers.field.exchange import Value
from controllers.field.oids import Oid, SplitMode
from controllers.field.reading import Layout, Reading, read
from controllers.field.snmp import SnmpClient

TENTHS = 10.0
SetHeard = Callable[[Oid | str, Value | str, Value | str, Value | str], None]
"""Hears every SET: object, value before, value written, value read back (None: not to be read)."""


@dataclass(frozen=True)
class PhaseOrders:
    """What phases are to do: stay green, end, not begin, be called; omit_red: rings whose red clearance is left out, or
    what is left of it; rest_red: rings that rest in red where nobody waits; pattern: of `systemPatternControl`."""

    hold: frozenset[int] = frozenset()
    force: frozenset[int] = frozenset()
    omit: frozenset[int] = frozenset()
    call: frozenset[int] = frozenset()
    omit_red: frozenset[int] = frozenset()
    rest_red: frozenset[int] = frozenset()
    pattern: int = oids.BY_CLOCK


@dataclass(frozen=True)
class OwnTimes:
    """What the controller has for one phase, in s."""

    min_green_s: float
    yellow_s: float
    red_clear_s: float
    walk_s: float
    ped_clear_s: float


TIME_COLUMNS = {"min_green_s": (oids.PHASE_MIN_GREEN, 1.0), "yellow_s": (oids.PHASE_YELLOW, TENTHS),
                "red_clear_s": (oids.PHASE_RED_CLEAR, TENTHS), "walk_s": (oids.PHASE_WALK, 1.0),
                "ped_clear_s": (oids.PHASE_PED_CLEAR, 1.0)}


class NtcipPort:
    """One controller. `heard` is told of every SET."""

    def __init__(self, client: SnmpClient, layout: Layout, heard: SetHeard | None = None) -> None:
        self.client, self.layout = client, layout
        self._heard = heard
        self._written: dict[Oid, int] = {}
        self._serial: int | None = None
        """Of the next SET, where the controller numbers them."""
        self.omits_red = self.rests_red = False
        """Whether it has the objects for that."""

    async def connect(self) -> None:
        """Find out which objects are there; those that are not are not asked for again. Raises FieldError."""
        whole = replace(self.layout, missing=frozenset())
        asked = whole.questions()
        there = await self.client.probe([*asked, oids.OMIT_RED.at(1), oids.REST_RED.at(1), oids.SET_SERIAL.at()])
        serial = there.get(oids.SET_SERIAL.at())
        self._serial = serial if isinstance(serial, int) else None
        self.omits_red, self.rests_red = oids.OMIT_RED.at(1) in there, oids.REST_RED.at(1) in there
        self.layout = replace(whole, missing=frozenset(asked) - there.keys())
        needed = [one for one in (oids.GREENS.at(1), oids.SYS_UP_TIME.at()) if one in self.layout.missing]
        if needed:
            raise FieldError(f"the controller has no {', '.join(map(oids.name_of, needed))}")

    async def poll(self) -> Reading:
        """One look. Raises FieldError."""
        return read(self.layout, await self.client.get(self.layout.questions()))

    async def own_times(self, phases: Iterable[int]) -> dict[int, OwnTimes]:
        """The controller's times of phases that it has. Raises FieldError."""
        wanted = sorted(phases)
        values = await self.client.probe([column.at(p) for p in wanted for column, _ in TIME_COLUMNS.values()])
        found = {}
        for p in wanted:
            times = {name: value / unit for name, (column, unit) in TIME_COLUMNS.items()
                     if isinstance(value := values.get(column.at(p)), int)}
            if {"min_green_s", "yellow_s", "red_clear_s"} <= times.keys():
                found[p] = OwnTimes(**{"walk_s": 0.0, "ped_clear_s": 0.0, **times})
        return found

    async def order(self, orders: PhaseOrders) -> None:
        """Give orders and read them back. Raises FieldError; NotTaken where something else is read."""
        groups = oids.groups_for(self.layout.phases)
        columns = ((oids.HOLD, orders.hold), (oids.FORCE_OFF, orders.force), (oids.PHASE_OMIT, orders.omit),
                   (oids.VEH_CALL, orders.call))
        values = {one.at(g): mask for one, phases in columns
                  for g, mask in enumerate(oids.to_groups(phases, groups), start=1)}
        rings = [(one, wanted) for one, wanted, has in ((oids.OMIT_RED, orders.omit_red, self.omits_red),
                                                        (oids.REST_RED, orders.rest_red, self.rests_red)) if has]
        red = {one.at(g): mask for one, wanted in rings
               for g, mask in enumerate(oids.to_groups(wanted, oids.groups_for(self.layout.rings)), start=1)}
        await self.write(values | red | {oids.PATTERN_CONTROL.at(): orders.pattern})

    async def called(self) -> frozenset[int]:
        """Phases that are called from outside now, as the controller has it. Raises FieldError."""
        asked = [oids.VEH_CALL.at(g) for g in range(1, oids.groups_for(self.layout.phases) + 1)]
        values = await self.client.get(asked)
        return oids.from_groups(value if isinstance(value, int) else None for value in values.values())

    async def release(self) -> None:
        """Let go at once, instead of when the orders expire. Raises FieldError."""
        await self.order(PhaseOrders())

    async def set_backup(self, seconds: int) -> None:
        """How long the controller keeps orders that are not repeated. Raises FieldError."""
        await self.write({oids.UNIT_BACKUP_TIME.at(): seconds})

    async def local_time(self) -> float:
        """Seconds of the controller's local time, since 1970 as it counts them; its plans begin by it."""
        for oid in (oids.LOCAL_TIME.at(), oids.GLOBAL_TIME.at()):
            found = (await self.client.get([oid]))[oid]
            if isinstance(found, int):
                return float(found)
        raise FieldError("the controller does not tell its time: no offset can be given")

    async def write_plan(self, pattern: int, split: int, cycle_s: int, offset_s: int, splits_s: Mapping[int, int],
                         coordinated: int) -> None:
        """Write a whole plan into a spare pattern and its split table; phases without a split are omitted there.

        All but the coordinated phase come on a call and may end by gap, which leaves the rest to that phase.
        """
        rows: dict[Oid, int] = {}
        for phase in self.layout.phases:
            time_s = splits_s.get(phase, 0)
            rows |= {oids.SPLIT_TIME.at(split, phase): time_s,
                     oids.SPLIT_MODE.at(split, phase): _mode(time_s, phase == coordinated),
                     oids.SPLIT_COORDINATED.at(split, phase): int(phase == coordinated)}
        rows |= {oids.PATTERN_CYCLE.at(pattern): cycle_s, oids.PATTERN_OFFSET.at(pattern): offset_s,
                 oids.PATTERN_SPLIT.at(pattern): split}
        await self.write(rows)

    async def write(self, values: Mapping[Oid, int]) -> None:
        """SET and read back. What was last read back counts as the value before. Raises FieldError."""
        size = self.client.address.objects_per_message
        whole = list(values.items())
        for first in range(0, len(whole), size):
            await self._write(dict(whole[first:first + size]))

    async def _write(self, values: Mapping[Oid, int]) -> None:
        unknown = [oid for oid in values if oid not in self._written]
        before: dict[Oid, Value] = dict(self._written)
        if unknown:
            before |= await self.client.get(unknown)
        found = await self._taken(values)
        for oid, value in values.items():
            read_back = found[oid]
            if self._heard is not None and before.get(oid) != value or read_back != value:
                self._tell(oid, before.get(oid), value, read_back)
            if isinstance(read_back, int):
                self._written[oid] = read_back
        odd = [oid for oid, value in values.items() if found[oid] != value]
        if odd:
            raise NotTaken(f"{oids.name_of(odd[0])}: {values[odd[0]]} written, {found[odd[0]]!r} read back")

    async def _taken(self, values: Mapping[Oid, int]) -> dict[Oid, Value]:
        """SET, and what is read back. A serial number goes with it where the controller has one: what comes late or
        twice is not taken. A refusal counts where the values are not there, and not by a number that was old."""
        serial = oids.SET_SERIAL.at()
        for again in (True, False):
            own = {} if self._serial is None else {serial: self._serial}
            refused: Refused | None = None
            try:
                await self.client.set({**values, **own})
            except Refused as error:
                refused = error
            found = await self.client.get([*values, *own])
            told = found.get(serial)
            stale, self._serial = told != self._serial, told if isinstance(told, int) else None
            if refused is None or all(found[oid] == value for oid, value in values.items()):
                return found
            if not (again and own and stale):
                raise refused
        raise AssertionError("unreachable")

    def _tell(self, oid: Oid, before: Value, value: int, read_back: Value) -> None:
        if self._heard is not None:
            self._heard(oid, before, value, read_back)

    def forget(self) -> None:
        """The controller has restarted: what was written there is not known any more."""
        self._written.clear()


def _mode(split_s: int, coordinated: bool) -> SplitMode:
    if not split_s:
        return SplitMode.OMITTED
    return SplitMode.MAX_RECALL if coordinated else SplitMode.NONE
