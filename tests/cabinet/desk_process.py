"""A signal process and a virtual controller in one event loop, talking over UDP as fast as both keep up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any

from bench.desk.agent import Agent
from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects, Oid
from controllers.cabinet.journal import Journal
from controllers.cabinet.log import Log
from controllers.cabinet.metrics import Metrics
from controllers.cabinet.records import Chain, Lines
from controllers.cabinet.signal_process import Clocks, SignalProcess
from controllers.cabinet.site import parse_site
from controllers.cabinet.wire import Mode
from tests.cabinet.line import Line
from tests.cabinet.sites import crossing, crossing_with_pairs
from tests.cabinet.tcp_line import TcpLine
from tests.cabinet.tiny_street import TinyStreet
from tests.desk.lamp_reader import LampReader
from tests.field.desks import ACCESS, free_port

NOBODY_LOOKS_S = 0.01
"""For the other end to notice what there is to notice in a second."""
CLOCK: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 6, 3, 1, 0)
FOES = {1: frozenset({3}), 2: frozenset({3}), 3: frozenset({1, 2})}


@dataclass
class Desk:
    """All that a test wants to touch. `relay`: the process talks through it where a test cuts the line."""

    process: SignalProcess
    street: TinyStreet
    objects: Objects
    controller: Controller
    folder: Path
    metrics: Metrics
    _: KW_ONLY
    line: Line | TcpLine | None = None
    clock_off_s: float = 0.0
    """Our own wall clock less the controller's."""
    dropped_s = 0
    """For so much longer than a fault lasts the controller may keep what was ordered: by RSMP it is minutes."""
    back_s = 90
    """Within so many seconds after a fault it acts again."""

    @property
    def on_own_plan(self) -> bool:
        """Nothing of what was ordered is left."""
        return not self.controller.orders.any and self.controller.pattern == 1

    def restart(self) -> None:
        """The controller's power is away for a moment."""
        self.controller.restart()
        self.street.reader._last.clear()  # lamps were dark

    def refuse(self, on: bool) -> None:
        """It takes no orders for phases."""
        phases = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1, 1)
        self.objects.refuses = lambda oid: on and oid[:len(phases)] == phases

    def secret(self, right: bool) -> None:
        """The process knows what it has to, or something else."""
        self.process.wire.client._exchanger._community = ACCESS.community.encode() if right else b"guess"  # type: ignore[attr-defined]

    async def seconds(self, n: int, until: Callable[[], bool] = lambda: False) -> int:
        """So many seconds of the process, or until something holds; how many it took."""
        for k in range(n):
            if until():
                return k
            before = self.street.seconds
            await self.process.second()
            if self.street.seconds == before:  # nobody looked: time goes on all the same
                self.pass_second()
                await asyncio.sleep(NOBODY_LOOKS_S)
            if self.line is not None:
                self.line.tick()
        return n

    def pass_second(self) -> None:
        """A second of the street, whoever looks."""
        self.street.second()

    async def acting(self, within_s: int = 150) -> None:
        """Until it acts."""
        for _ in range(3000):  # compiling takes its time, in which nothing passes on the street
            if self.process.decider is not None:
                break
            await self.process.second()
            await asyncio.sleep(0.2)
        taken = await self.seconds(within_s, lambda: self.process.state.acting)
        assert self.process.state.acting, (taken, self.process.verdict)


def journal_in(folder: Path, signal_id: str, metrics: Metrics) -> Journal:
    """What a process keeps of a signal, small and quiet."""
    log = Log("0123456789abcdef", folder, 1_000_000, 3, quiet=True)
    return Journal(signal_id, log, Chain(Lines(folder, "audit", 1_000_000, 3)), metrics,
                   Lines(folder, "shadow", 1_000_000, 3))


@asynccontextmanager
async def desk_process(folder: Path, mode: Mode = "drive", rates: dict[int, float] | None = None,
                       line: Line | None = None, pairs: Mapping[tuple[int, int], int] | None = None,
                       make: Callable[..., dict[str, Any]] = crossing, **link: Any) -> AsyncIterator[Desk]:
    """make: the content of the site file; line: what the process talks through, without one straight to the agent.
    pairs: of `crossing_with_pairs`, what the reader of lamps goes by where its red clearances are cut."""
    own = free_port()
    talks_to = own if line is None else await line.open(own)
    make = crossing_with_pairs if pairs is not None and make is crossing else make
    clear_s = 5 if pairs is None else 7
    content = make(**{"port": talks_to, "timeout_s": 2.0, "retries": 0, **link})
    site = parse_site(content, "desk").signals[0]
    controller = Controller(setup_of(site), clock_tenths=10 * 1_700_000_000)
    objects = Objects(controller)
    reader = LampReader(FOES, 3, dict.fromkeys(FOES, clear_s), 5, pairs)
    street = TinyStreet(objects, rates or {1: 0.15, 2: 0.1, 3: 0.12}, reader)

    def passes(asked: list[Oid]) -> None:
        if CLOCK in asked:
            street.second()

    agent = Agent(objects, ACCESS, port=own, before_read=passes)
    metrics = Metrics()
    made: list[Desk] = []
    clocks = Clocks(fast=True, wall_s=lambda: controller.clock_tenths // 10 + (made[0].clock_off_s if made else 0.0))
    process = SignalProcess(site, mode, journal_in(folder, site.id, metrics), clocks)
    made.append(Desk(process, street, objects, controller, folder, metrics, line=line))
    try:
        yield made[0]
    finally:
        await process.close()
        agent.close()
        if line is not None:
            line.close()
