"""The virtual controller's objects: what every OID of NTCIP 1202 reads, and what a SET of it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.desk.controller import FREE, Controller, Lamp
from bench.desk.setup import TENTHS, PatternSetup

Oid = tuple[int, ...]
ASC: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1)
DEVICE: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 6)
SERIAL: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 6, 1, 0)
MOST_PATTERNS, MOST_SPLITS = 48, 16
Read = Callable[[], int | bytes]
Write = Callable[[int], None]


class BadValue(Exception):
    """A SET that the controller refuses."""


@dataclass
class Counts:
    """What the detectors counted in the last period: vehicles, and half percents of time occupied."""

    volume: Mapping[int, int]
    occupancy: Mapping[int, int]


class Objects:
    """Every object with its instance, in the order of their numbers. `written` counts SETs that were taken."""

    def __init__(self, controller: Controller, name: str = "Signal Core desk") -> None:
        self.controller, self.name = controller, name
        self.counts = Counts({}, {})
        self.put: frozenset[int] = frozenset()
        """Detectors put in by SETs, as agencies' tools do."""
        self.put_pressed: frozenset[int] = frozenset()
        """Buttons likewise."""
        self.refuses: Callable[[Oid], bool] = lambda oid: False
        self.written = 0
        self._period_s = 1
        self._serial = 0
        self._rows: dict[int, dict[int, dict[int, int]]] = {}
        self._spare: dict[int, list[int]] = {}
        self.reads: dict[Oid, Read] = {}
        self.writes: dict[Oid, Write] = {}
        self._lay_out()
        self.order = sorted(self.reads)

    def get(self, oid: Oid) -> int | bytes | None:
        """The value, None for no such object."""
        found = self.reads.get(oid)
        return None if found is None else found()

    def set(self, oid: Oid, value: int) -> None:
        """Raises KeyError for what is not there or read only, BadValue for a value that is refused."""
        if self.refuses(oid):
            raise BadValue(str(oid))
        self.writes[oid](value)
        self.written += 1

    def _lay_out(self) -> None:
        self._system()
        self._phases()
        self._detectors()
        self._unit()
        self._plans()
        self._preempts()
        self._channels()

    def _system(self) -> None:
        own = self.controller
        self.reads[1, 3, 6, 1, 2, 1, 1, 1, 0] = lambda: self.name.encode()
        self.reads[1, 3, 6, 1, 2, 1, 1, 3, 0] = lambda: own.up_tenths * 10
        self.reads[SERIAL], self.writes[SERIAL] = lambda: self._serial, self._count_set
        for column in (1, 6):  # by the world's clock and by its own, which is that of Greenwich
            self.reads[*DEVICE, 3, column, 0] = lambda: own.clock_tenths // TENTHS

    def _count_set(self, value: int) -> None:
        """snmpSetSerialNo: last in a message, as what is before it is undone where it is refused."""
        if value != self._serial:
            raise BadValue("snmpSetSerialNo")
        self._serial = (self._serial + 1) % (1 << 31)

    def _groups(self, numbers: Mapping[int, object]) -> range:
        return range(1, -(-max(numbers) // 8) + 1)

    def _phases(self) -> None:
        own, setup = self.controller, self.controller.setup
        self.reads[*ASC, 1, 1, 0] = lambda: max(setup.phases)
        for n, phase in setup.phases.items():
            times = {2: phase.walk // TENTHS, 3: phase.ped_clear // TENTHS, 4: phase.min_green // TENTHS,
                     5: phase.passage, 6: phase.max_green // TENTHS, 8: phase.yellow, 9: phase.red_clear,
                     22: phase.ring}
            for column, value in times.items():
                self.reads[*ASC, 1, 2, 1, column, n] = lambda value=value: value  # type: ignore[misc]
        status: dict[int, Callable[[], frozenset[int]]] = {
            2: lambda: frozenset(setup.phases) - own.rings.green - own.rings.yellow, 3: lambda: own.rings.yellow,
            4: lambda: own.rings.green, 8: lambda: frozenset(own.rings.calls), 10: lambda: own.rings.on,
            11: lambda: own.rings.coming, 5: lambda: frozenset(setup.phases) - own.rings.walks - own.rings.ped_clears,
            6: lambda: own.rings.ped_clears, 7: lambda: own.rings.walks, 9: lambda: frozenset(own.rings.ped_calls)}
        for column, phases in status.items():
            for g in self._groups(setup.phases):
                self.reads[*ASC, 1, 4, 1, column, g] = lambda phases=phases, g=g: _mask(phases(), g)  # type: ignore[misc]
        for column, name in ((2, "omit"), (3, "ped_omit"), (4, "hold"), (5, "force"), (6, "call"), (7, "ped_call")):
            for g in self._groups(setup.phases):
                self._order((*ASC, 1, 5, 1, column, g), name, g)
        for column, name in ((7, "rest_red"), (8, "omit_red")):
            for g in self._groups(setup.order):
                self._order((*ASC, 7, 5, 1, column, g), name, g)

    def _order(self, oid: Oid, name: str, g: int) -> None:
        def write(value: int) -> None:
            if not 0 <= value <= 255:
                raise BadValue(name)
            kept = {n for n in getattr(self.controller.orders, name) if (n - 1) // 8 != g - 1}
            bits = {8 * (g - 1) + bit + 1 for bit in range(8) if value >> bit & 1}
            setattr(self.controller.orders, name, frozenset(kept | bits))
            self.controller.touch()

        self.reads[oid] = lambda: _mask(getattr(self.controller.orders, name), g)
        self.writes[oid] = write

    def _detectors(self) -> None:
        own, detectors = self.controller, self.controller.setup.detectors
        for d, phase in detectors.items():
            self.reads[*ASC, 2, 2, 1, 4, d] = lambda phase=phase: phase  # type: ignore[misc]
            self.reads[*ASC, 2, 5, 4, 1, 1, d] = lambda d=d: self.counts.volume.get(d, 0)  # type: ignore[misc]
            self.reads[*ASC, 2, 5, 4, 1, 2, d] = lambda d=d: self.counts.occupancy.get(d, 0)  # type: ignore[misc]
        for g in self._groups(detectors or {1: 0}):
            self.reads[*ASC, 2, 4, 1, 2, g] = lambda g=g: _mask(own.detectors, g)  # type: ignore[misc]
            self.reads[*ASC, 2, 12, 1, 2, g] = lambda g=g: _mask(self.put, g)  # type: ignore[misc]
            self.writes[*ASC, 2, 12, 1, 2, g] = lambda value, g=g: self._put(value, g)  # type: ignore[misc]
        for g in self._groups(self.controller.setup.buttons or {1: 0}):
            self.reads[*ASC, 2, 13, 1, 2, g] = lambda g=g: _mask(self.put_pressed, g)  # type: ignore[misc]
            self.writes[*ASC, 2, 13, 1, 2, g] = lambda value, g=g: self._press(value, g)  # type: ignore[misc]
        self.reads[*ASC, 2, 5, 1, 0] = lambda: own.up_tenths // TENTHS % 256
        self.reads[*ASC, 2, 5, 2, 0] = lambda: self._period_s
        self.writes[*ASC, 2, 5, 2, 0] = self._set_period

    def _put(self, value: int, g: int) -> None:
        self.put = _with_group(self.put, value, g)

    def _press(self, value: int, g: int) -> None:
        self.put_pressed = _with_group(self.put_pressed, value, g)

    def _set_period(self, value: int) -> None:
        if value != 1:
            raise BadValue("the desk counts by the second")
        self._period_s = value

    def _unit(self) -> None:
        own = self.controller
        self.reads[*ASC, 3, 3, 0] = lambda: own.unit_backup_s
        self.writes[*ASC, 3, 3, 0] = self._set_backup
        self.reads[*ASC, 3, 5, 0] = self._control_status
        self.reads[*ASC, 3, 6, 0] = lambda: 4 if own.panel.flash else 3 if own.flashing else 2
        self.reads[*ASC, 3, 7, 0] = lambda: 0
        self.reads[*ASC, 3, 8, 0] = lambda: (1 << 5) * own.panel.flash | (1 << 1) * own.bad_plan
        self.reads[*ASC, 3, 9, 0] = lambda: int(own.preempt != 0)

    def _set_backup(self, value: int) -> None:
        if not 0 <= value <= 65535:
            raise BadValue("unitBackupTime")
        self.controller.unit_backup_s = value

    def _control_status(self) -> int:
        own = self.controller
        if own.panel.manual:
            return 5
        if own.expired:
            return 4
        return 2 if own.orders.any else 6

    def _plans(self) -> None:
        own = self.controller
        for number in {*range(1, MOST_PATTERNS + 1), *own.patterns}:
            plan = own.patterns.get(number)
            table = number % MOST_SPLITS or MOST_SPLITS
            self._spare[number] = [plan.cycle_s, plan.offset_s, table] if plan else [0, 0, 0]
            for k, column in enumerate((2, 3, 4)):
                self._cell((*ASC, 4, 7, 1, column, number), self._spare[number], k)
        for table in range(1, MOST_SPLITS + 1):
            plan = own.patterns.get(table)
            self._rows[table] = {}
            for n in own.setup.phases:
                split = plan.splits_s.get(n, 0) if plan else 0
                row = [split, _split_mode(plan, n), int(plan is not None and plan.coordinated == n)]
                self._rows[table][n] = dict(enumerate(row))
                for k, column in enumerate((3, 4, 5)):
                    self._cell((*ASC, 4, 9, 1, column, table, n), self._rows[table][n], k)
        self.reads[*ASC, 4, 10, 0] = lambda: own.pattern
        self.reads[*ASC, 4, 11, 0] = lambda: (7 if own.bad_plan else 3) if own.pattern == FREE else 2
        self.reads[*ASC, 4, 14, 0] = lambda: own.orders.pattern
        self.writes[*ASC, 4, 14, 0] = self._select

    def _cell(self, oid: Oid, row: list[int] | dict[int, int], k: int) -> None:
        def write(value: int) -> None:
            if not 0 <= value <= 255:
                raise BadValue("0 to 255")
            row[k] = value
            self._make_patterns()

        self.reads[oid] = lambda: row[k]
        self.writes[oid] = write

    def _make_patterns(self) -> None:
        """Patterns out of the tables, those alone that have a split table and a cycle."""
        for number, (cycle_s, offset_s, table) in self._spare.items():
            rows = self._rows.get(table, {})
            splits = {n: row[0] for n, row in rows.items() if row[0] and row[1] != 7}
            if not cycle_s or not splits:
                continue
            coordinated = next((n for n, row in rows.items() if row[2]), min(splits))
            actuated = frozenset(n for n in splits if rows[n][1] == 2)
            self.controller.patterns[number] = PatternSetup(cycle_s, offset_s, splits, coordinated, actuated)

    def _select(self, value: int) -> None:
        if not 0 <= value <= 255 or (1 <= value <= 253 and value not in self.controller.patterns):
            raise BadValue("no such pattern")
        self.controller.orders.pattern = value
        self.controller.touch()

    def _preempts(self) -> None:
        own = self.controller
        for n in own.setup.preempts:
            self.reads[*ASC, 6, 2, 1, 16, n] = lambda n=n: self._preempt_state(n)  # type: ignore[misc]
            self.reads[*ASC, 6, 3, 1, 2, n] = lambda n=n: int(n in own.panel.preempts)  # type: ignore[misc]
            self.writes[*ASC, 6, 3, 1, 2, n] = lambda value, n=n: self._preempt(value, n)  # type: ignore[misc]

    def _preempt(self, value: int, n: int) -> None:
        own = self.controller.panel
        own.preempts = own.preempts | {n} if value else own.preempts - {n}

    def _preempt_state(self, n: int) -> int:
        own = self.controller
        if own.preempt != n:
            return 3 if n in own.panel.preempts else 2
        return 6 if own.setup.preempts[n].phases <= own.rings.green else 4

    def _channels(self) -> None:
        own = self.controller
        for column, lamp in ((2, Lamp.RED), (3, Lamp.YELLOW), (4, Lamp.GREEN)):
            for g in self._groups(own.setup.channels):
                self.reads[*ASC, 8, 4, 1, column, g] = lambda lamp=lamp, g=g: _mask(  # type: ignore[misc]
                    frozenset(c for c, shown in own.lamps().items() if shown is lamp), g)


def _split_mode(plan: PatternSetup | None, phase: int) -> int:
    """`splitMode`: none (2) for a phase that comes on a call, maximum recall (4), or omitted (7)."""
    if plan is None or phase in plan.actuated:
        return 2
    return 4 if phase in plan.splits_s else 7


def _with_group(numbers: frozenset[int], value: int, group: int) -> frozenset[int]:
    """The numbers with those of a group as the bits say."""
    first = 8 * (group - 1) + 1
    kept = {n for n in numbers if not first <= n < first + 8}
    return frozenset(kept | {first + bit for bit in range(8) if value >> bit & 1})


def _mask(numbers: frozenset[int], group: int) -> int:
    """The eight of a group as bits, the first of them lowest."""
    first = 8 * (group - 1) + 1
    return sum(1 << n - first for n in numbers if 0 <= n - first < 8)
