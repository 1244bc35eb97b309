"""What may fail between a process and its controller, for every protocol, and the desks to try it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.desk.controller import Lamp
from controllers.cabinet import records
from controllers.field.rsmp.peer import Times
from tests.cabinet.desk_process import Desk, desk_process
from tests.cabinet.line import Line
from tests.cabinet.rsmp_desk import packets_in, rsmp_desk
from tests.cabinet.sites import crossing, crossing_by_groups
from tests.cabinet.tcp_line import TcpLine
from tests.cabinet.tlcfi_desk import objects_in, tlcfi_desk

PAIRS = {(1, 3): 3, (2, 3): 4, (3, 1): 7, (3, 2): 5}
TIMEOUT_S = 0.1
GROUPS = "ntcip by groups"
SOON = Times(ack_s=0.4, watchdog_s=2.0, silence_s=4.0)
"""Seconds of the street pass much faster than these."""
Change = Callable[[Desk], None]


def open_desk(protocol: str, folder: Path) -> AbstractAsyncContextManager[Desk]:
    """A process and its controller with a line between them that can be spoilt."""
    if protocol == "rsmp":
        return rsmp_desk(folder, line=TcpLine(packets_in), times=SOON, timeout_s=2 * TIMEOUT_S)  # type: ignore[return-value]
    if protocol == "tlcfi":
        return tlcfi_desk(folder, line=TcpLine(objects_in), pairs=PAIRS, timeout_s=2 * TIMEOUT_S)  # type: ignore[return-value]
    make = crossing_by_groups if protocol == GROUPS else crossing
    return desk_process(folder, line=Line(), pairs=PAIRS, make=make, timeout_s=TIMEOUT_S, retries=1)


@dataclass(frozen=True)
class Fault:
    """begin and end it; lasts_s: at least; own_plan: the controller is on its own plan by its end, so it lasts as long
    as orders live at least; each_s: done in every second of it; mid_change: it begins between two stages; stays: it
    goes on acting all the while."""

    begin: Change
    end: Change
    lasts_s: int
    own_plan: bool = False
    each_s: Callable[[Desk], Awaitable[None]] | None = None
    mid_change: bool = False
    stays: bool = False


def _line(**values: Any) -> Change:
    def change(desk: Desk) -> None:
        for name, value in values.items():
            setattr(desk.line, name, value)
    return change


def _nothing(_: Desk) -> None:
    """As it is."""


async def _rubbish(desk: Desk) -> None:
    assert desk.line is not None
    await desk.line.rubbish()


def _preempt(on: bool) -> Change:
    def change(desk: Desk) -> None:
        desk.controller.panel.preempts = frozenset({1}) if on else frozenset()
    return change


def _clock(off_s: float) -> Change:
    def change(desk: Desk) -> None:
        desk.clock_off_s = off_s
    return change


def _full(*_: Any) -> int:
    raise OSError(28, "No space left on device")


class _Disk:
    """Full while the fault lasts."""

    write = staticmethod(records.os.write)

    @staticmethod
    def fills(_: Desk) -> None:
        records.os.write = _full  # type: ignore[assignment]

    @classmethod
    def empties(cls, _: Desk) -> None:
        records.os.write = cls.write


WHOLE = _line(cut=False, lost=0.0, spoilt=0.0, repeated=0.0, late=0.0, held_s=0)
FAULTS = {
    "cable cut": Fault(_line(cut=True), WHOLE, 7, own_plan=True),
    "30 % lost": Fault(_line(lost=0.3), WHOLE, 30),
    "2 s of delay": Fault(_line(held_s=2), WHOLE, 12, own_plan=True),
    "reordered and repeated": Fault(_line(late=0.3, late_s=0.05, repeated=0.3), WHOLE, 20),
    "garbage on the port": Fault(_nothing, _nothing, 15, each_s=_rubbish, stays=True),
    "spoilt": Fault(_line(spoilt=0.3), WHOLE, 30),
    "controller restarts": Fault(lambda desk: desk.restart(), _nothing, 2, own_plan=True),
    "clock an hour ahead": Fault(_clock(3600.0), _clock(0.0), 7, own_plan=True),
    "clock an hour back": Fault(_clock(-3600.0), _clock(0.0), 7, own_plan=True),
    "wrong secret": Fault(lambda desk: desk.secret(False), lambda desk: desk.secret(True), 7, own_plan=True),
    "an order refused": Fault(lambda desk: desk.refuse(True), lambda desk: desk.refuse(False), 8, own_plan=True),
    "preempted": Fault(_preempt(True), _preempt(False), 12),
    "preempted in mid-change": Fault(_preempt(True), _preempt(False), 12, mid_change=True),
    "disk full": Fault(_Disk.fills, _Disk.empties, 20, stays=True),
}


def changing(desk: Desk) -> bool:
    """Whether the lamps are between two stages."""
    return any(lamp is Lamp.YELLOW for lamp in desk.street.log[-1].values())
