"""The process: every second all its signals, systemd told, signals of the system heard. Nothing here decides."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

from controllers.cabinet.events import HEAD, EventLog
from controllers.cabinet.journal import Journal
from controllers.cabinet.log import Log
from controllers.cabinet.metrics import Metrics, Page
from controllers.cabinet.notify import tell_systemd
from controllers.cabinet.records import Chain, Lines
from controllers.cabinet.signal_process import Clocks, SignalProcess
from controllers.cabinet.site import Site, read_site
from controllers.cabinet.telling import Telling
from controllers.cabinet.wire import Mode, require_mode
from network.errors import ScenarioError

MEGABYTE = 1_000_000
SECOND_S = 1.0
PATIENCE_S = 0.5
"""So long a second waits for signals whose controllers are slow."""
HUNG_S = 120.0
"""A second that lasts so long never ends; a controller that answers slowly to everything takes less."""
LATE_S = 1.0
"""So late, seconds are left out and counted."""
DETECTORS_EVERY_S = 10


class Service:
    """All signals of a site file. `run` ends when it is told to stop."""

    def __init__(self, path: Path, site: Site, mode: Mode, clocks: Clocks | None = None, quiet: bool = False) -> None:
        """Raises ScenarioError where a signal's protocol does not offer the mode."""
        for one in site.signals:
            require_mode(one, mode)
        self.path, self.site, self.mode = path, site, mode
        self.clocks = clocks or Clocks()
        folder, own = Path(site.service.folder), site.service
        size = own.file_mb * MEGABYTE
        self.log = Log(site.hash, folder, size, own.files, quiet)
        self.metrics = Metrics()
        self.metrics.set_site(site.hash)
        audit = Chain(Lines(folder, "audit", size, own.files))
        shadow = Lines(folder, "shadow", size, own.files)
        events = Lines(folder, "events", size, own.files, "csv", HEAD)
        self.processes = [
            SignalProcess(one, mode, Journal(one.id, self.log, audit, self.metrics, shadow,
                                             EventLog(one.device, events)), self.clocks)
            for one in site.signals]
        self.telling = Telling(folder)
        self._looking: dict[SignalProcess, asyncio.Task[None]] = {}
        self._since: dict[SignalProcess, float] = {}
        self._left_out: set[SignalProcess] = set()
        self._stopping = asyncio.Event()
        self._reload = False
        self._ready = False
        self._page: Page | None = None
        self.skipped = 0

    async def run(self, seconds: int | None = None) -> None:
        """Until SIGTERM or SIGINT, or for so many seconds."""
        self._listen()
        self.log.say("starts", mode=self.mode, signals=[one.site.id for one in self.processes],
                     file=str(self.path))
        try:
            await self._seconds(seconds)
        finally:
            tell_systemd("STOPPING=1")
            await self._stop_looking()
            for one in self.processes:
                await one.close()
            self.telling.close()
            if self._page is not None:
                self._page.close()
            self.log.say("stopped")

    def stop(self) -> None:
        self._stopping.set()

    def reload(self) -> None:
        """Read the site file again, before the coming second."""
        self._reload = True

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        own = self.site.service
        if own.port:
            try:
                self._page = Page(own.listen, own.port, self.metrics, self.health)
            except OSError as error:
                said = f"{self.path}: service.port {own.port}: {error.strerror}; choose another"
                raise ScenarioError(said) from error

    async def _seconds(self, seconds: int | None) -> None:
        due = time.monotonic()
        done = 0
        while not self._stopping.is_set() and (seconds is None or done < seconds):
            if self._reload:
                self._read_again()
            await self._all_look()
            self.telling.second(time.time(), self.processes)
            done += 1
            self._tell(done)
            if self.clocks.fast:
                await asyncio.sleep(0)
                continue
            due = self._next(due)
            if await self._wait(due - time.monotonic()):
                due = time.monotonic()

    async def _all_look(self) -> None:
        """A second of each signal. One whose controller takes long is waited for a little, and goes on by itself: the
        others' seconds do not wait for it. What it could not begin meanwhile is left out and counted."""
        for one in self.processes:
            before = self._looking.get(one)
            if before is not None and not before.done():
                self.metrics.skipped.labels(one.site.id).inc()
                self._left_out.add(one)
                continue
            if one in self._left_out:
                self._left_out.remove(one)
                one.state.polled_before = False  # lamps were not looked at meanwhile
            self._looking[one], self._since[one] = asyncio.create_task(one.second()), time.monotonic()
        done, _ = await asyncio.wait(self._looking.values(), timeout=None if self.clocks.fast else PATIENCE_S)
        for task in done:
            task.result()

    async def _stop_looking(self) -> None:
        for task in self._looking.values():
            task.cancel()
        await asyncio.gather(*self._looking.values(), return_exceptions=True)

    def _next(self, due: float) -> float:
        behind = time.monotonic() - due - SECOND_S
        if behind > LATE_S:
            lost = int(behind)
            self.skipped += lost
            for one in self.processes:
                self.metrics.skipped.labels(one.site.id).inc(lost)
                one.state.polled_before = False  # lamps were not looked at meanwhile
            due += lost
        return due + SECOND_S

    async def _wait(self, seconds: float) -> bool:
        """Until the next second; True where that is now, as it is to stop, or an engine is loaded, whose first decision
        waits for nothing."""
        loading = [one.loaded for one in self.processes if not one.loaded.is_set()]
        waits = [asyncio.create_task(event.wait()) for event in (self._stopping, *loading)]
        done, _ = await asyncio.wait(waits, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        return bool(done)

    def _tell(self, done: int) -> None:
        """To systemd from here alone: where the loop or one signal's second hangs nothing is said."""
        if not self._ready and all(one.state.connected for one in self.processes):
            self._ready = True
            tell_systemd("READY=1", f"STATUS={self.mode}, site {self.site.hash}")
        latest = time.monotonic() - HUNG_S
        if all(task.done() or self._since[one] > latest for one, task in self._looking.items()):
            tell_systemd("WATCHDOG=1")
        if done % DETECTORS_EVERY_S == 0:
            for one in self.processes:
                if one.decider is not None:
                    one.journal.detectors(one.decider.detector_states)

    def _read_again(self) -> None:
        """Whole or not at all: only limits may have changed."""
        self._reload = False
        tell_systemd("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            fresh = read_site(self.path)
            _require_same(self.site, fresh, self.path)
        except ScenarioError as error:
            self.log.say("not reloaded", level="error", error=str(error))
        else:
            self.site = fresh
            self.log.site_hash = fresh.hash
            self.metrics.set_site(fresh.hash)
            for one, signal_site in zip(self.processes, fresh.signals, strict=True):
                one.reload(signal_site.limits)
        tell_systemd("READY=1")

    def health(self) -> dict[str, Any]:
        """For the health page."""
        signals = {one.site.id: {
            "connected": one.state.connected, "acting": one.state.acting, "mode": self.mode,
            "reasons": sorted(reason.name.lower() for reason in one.verdict.reasons)} for one in self.processes}
        healthy = self._ready and all(one.state.connected and one.state.missed == 0 for one in self.processes)
        return {"healthy": healthy, "site": self.site.hash, "signals": signals}


def _require_same(old: Site, new: Site, path: Path) -> None:
    """All but limits: phases, detectors and addresses need a start."""
    def without_limits(site: Site) -> list[Any]:
        return [site.service, [one.model_dump(exclude={"limits"}) for one in site.signals]]

    if without_limits(old) != without_limits(new):
        raise ScenarioError(f"{path}: more than limits has changed; start the process anew for that")
