"""One look at a controller: what is on, what the detectors say, and who is in charge. Decoding never raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from controllers.field import oids
from controllers.field.exchange import Value
from controllers.field.oids import Object, Oid

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """Which phases, channels, detectors and preemptions there are to look at; `missing`: objects it does not have;
    `buttons`: their numbers, and the phases they call; `rings`: those of the phases."""

    phases: tuple[int, ...]
    channels: tuple[int, ...]
    detectors: tuple[int, ...]
    preempts: tuple[int, ...] = ()
    missing: frozenset[Oid] = frozenset()
    buttons: tuple[tuple[int, int], ...] = ()
    rings: tuple[int, ...] = (1,)

    def questions(self) -> list[Oid]:
        """Every object of a look, but those missing."""
        asked = [one.at() for one in SCALARS]
        for columns, numbers in ((PHASE_COLUMNS, self.phases), (CHANNEL_COLUMNS, self.channels),
                                 ((oids.DETECTOR_ACTIVE,), self.detectors), ((oids.PED_CALLS,), self.called)):
            asked += [one.at(g) for one in columns for g in range(1, oids.groups_for(numbers) + 1)]
        asked += [column.at(d) for column in (oids.VOLUME, oids.OCCUPANCY) for d in self.detectors]
        asked += [oids.PREEMPT_STATE.at(n) for n in self.preempts]
        return [oid for oid in asked if oid not in self.missing]

    @property
    def called(self) -> tuple[int, ...]:
        """Phases that buttons call."""
        return tuple(phase for _, phase in self.buttons)


SCALARS = (oids.SYS_UP_TIME, oids.GLOBAL_TIME, oids.CONTROL_STATUS, oids.FLASH_STATUS, oids.ALARMS_1, oids.ALARMS_2,
           oids.SHORT_ALARM, oids.PATTERN_STATUS, oids.FREE_STATUS, oids.VOLUME_SEQUENCE)
PHASE_COLUMNS = (oids.GREENS, oids.YELLOWS, oids.PHASE_NEXTS)
CHANNEL_COLUMNS = (oids.CHANNEL_GREENS, oids.CHANNEL_YELLOWS)


@dataclass(frozen=True)
class Reading:
    """greens, yellows, nexts: numbers of phases; channel_*: of channels; active: detectors with somebody on them.

    volume, occupancy: float64[detectors] in their order, vehicles and share of the last period, NaN for a detector that
    reports a fault or nothing; sequence: the number of that period. channel_yields: of the green channels those told
    to give way, where the controller tells that; buttons: those with a call, None where it does not tell; special:
    announcements of vehicles that it passes on, as they came. up_s: since the controller started; clock_s: its own,
    seconds since 1970.
    """

    greens: frozenset[int]
    yellows: frozenset[int]
    nexts: frozenset[int]
    channel_greens: frozenset[int]
    channel_yellows: frozenset[int]
    active: frozenset[int]
    volume: FloatArray
    occupancy: FloatArray
    up_s: float | None
    clock_s: float | None
    control: int | None
    flash: int | None
    alarms_1: int
    alarms_2: int
    short_alarm: int
    pattern: int | None
    free: int | None
    preempts: Mapping[int, int]
    sequence: int | None = None
    channel_yields: frozenset[int] = frozenset()
    buttons: frozenset[int] | None = None
    special: tuple[Mapping[str, Any], ...] = ()


def read(layout: Layout, values: Mapping[Oid, Value]) -> Reading:
    """Values of a look as a `Reading`; what is missing or no number is None, 0 or NaN."""
    def groups(one: Object, numbers: Sequence[int]) -> frozenset[int]:
        return oids.from_groups(_number(values.get(one.at(g))) for g in range(1, oids.groups_for(numbers) + 1))

    def scalar(one: Object) -> int | None:
        return _number(values.get(one.at()))

    up = scalar(oids.SYS_UP_TIME)
    return Reading(
        greens=groups(oids.GREENS, layout.phases), yellows=groups(oids.YELLOWS, layout.phases),
        nexts=groups(oids.PHASE_NEXTS, layout.phases),
        channel_greens=groups(oids.CHANNEL_GREENS, layout.channels),
        channel_yellows=groups(oids.CHANNEL_YELLOWS, layout.channels),
        active=groups(oids.DETECTOR_ACTIVE, layout.detectors),
        volume=_column(oids.VOLUME, layout, values, 254, 1.0),
        occupancy=_column(oids.OCCUPANCY, layout, values, oids.OCCUPANCY_FULL, 1.0 / oids.OCCUPANCY_FULL),
        up_s=None if up is None else up / 100.0, clock_s=scalar(oids.GLOBAL_TIME),
        control=scalar(oids.CONTROL_STATUS), flash=scalar(oids.FLASH_STATUS), alarms_1=scalar(oids.ALARMS_1) or 0,
        alarms_2=scalar(oids.ALARMS_2) or 0, short_alarm=scalar(oids.SHORT_ALARM) or 0,
        pattern=scalar(oids.PATTERN_STATUS), free=scalar(oids.FREE_STATUS),
        preempts={n: found for n in layout.preempts
                  if (found := _number(values.get(oids.PREEMPT_STATE.at(n)))) is not None},
        sequence=scalar(oids.VOLUME_SEQUENCE), buttons=_buttons(layout, values))


def _buttons(layout: Layout, values: Mapping[Oid, Value]) -> frozenset[int] | None:
    """Those whose phase has a pedestrian call; None where the controller does not tell all of those."""
    told = [_number(values.get(oids.PED_CALLS.at(g))) for g in range(1, oids.groups_for(layout.called) + 1)]
    if not layout.buttons or None in told:
        return None
    called = oids.from_groups(told)
    return frozenset(number for number, phase in layout.buttons if phase in called)


def _column(one: Object, layout: Layout, values: Mapping[Oid, Value], most: int, unit: float) -> FloatArray:
    found = np.full(len(layout.detectors), np.nan)
    for k, detector in enumerate(layout.detectors):
        value = _number(values.get(one.at(detector)))
        if value is not None and 0 <= value <= most:
            found[k] = value * unit
    return found


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
