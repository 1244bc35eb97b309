"""What one signal's process tells: log lines, audited SETs, metrics. Nothing here raises or waits."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from controllers.cabinet.events import EventLog
from controllers.cabinet.log import Log
from controllers.cabinet.metrics import Metrics
from controllers.cabinet.records import Chain, Lines
from controllers.cabinet.standback import Reason, Verdict
from controllers.field.errors import FieldError
from controllers.field.ntcip import OwnTimes
from controllers.field.oids import Oid, name_of
from controllers.field.reading import Reading

MOST_SAID = 500
Written = int | bytes | str | None
if TYPE_CHECKING:
    from controllers.cabinet.decider import Decision
    from controllers.cabinet.site import SignalSite
    from signal_core.requests import RequestEvent


class Journal:
    """shadow: lines of what was shown beside what was wanted, each time one of them changes."""

    def __init__(self, signal: str, log: Log, audit: Chain, metrics: Metrics, shadow: Lines | None = None,
                 events: EventLog | None = None) -> None:
        self.signal, self.log, self.metrics = signal, log, metrics
        self._audit, self._shadow, self._events = audit, shadow, events
        self._shown: tuple[int, int] | None = None
        self._preempted = False
        self._trip = ""
        for counter in (metrics.missed, metrics.sets, metrics.read_backs, metrics.no_answer, metrics.preemptions,
                        metrics.trips, metrics.skipped, metrics.stolen):
            counter.labels(signal)

    @property
    def lost_lines(self) -> int:
        """That could not be written: of the audit log, the log, the shadow run, the event log."""
        others = (self._shadow, self._events)
        return self._audit.lost + self.log.lost + sum(one.lost for one in others if one is not None)

    def heard_set(self, what: Oid | str, before: Written, value: Written, read_back: Written) -> None:
        """A SET: into the audit log, its hash chained to the one before."""
        self.metrics.sets.labels(self.signal).inc()
        self._audit.add({"time": round(time.time(), 3), "signal": self.signal, "site": self.log.site_hash,
                         "object": what if isinstance(what, str) else name_of(what), "old": _plain(before),
                         "new": _plain(value), "read_back": _plain(read_back)})
        self.metrics.lost.set(self.lost_lines)

    def connected(self, missing: Iterable[str], own: Mapping[int, OwnTimes]) -> None:
        self.log.say("connected", self.signal, missing=list(missing),
                     times={p: vars(times) for p, times in own.items()})

    def no_answer(self, error: Exception, missed: int) -> None:
        self.metrics.no_answer.labels(self.signal).inc()
        if self._events is not None:
            self._events.lost_sight()
        if missed in (1, 10) or missed % 600 == 0:
            self.log.say("no answer", self.signal, "warning", error=_said(error), missed=missed)

    def restarted(self) -> None:
        self.log.say("the controller has restarted", self.signal, "warning")

    def compiles(self, kernel: str) -> None:
        self.log.say("compiling, once on this machine; observing until then", self.signal, kernel=kernel)

    def compiled(self) -> None:
        self.log.say("engine ready", self.signal)

    def not_made(self, error: Exception) -> None:
        self.log.say("the engine could not be made; observing until the process is started anew", self.signal, "error",
                     error=f"{type(error).__name__}: {error}")

    def decides(self) -> None:
        self.log.say("first decision", self.signal)

    def failed(self, error: Exception) -> None:
        self.log.say("the engine failed", self.signal, "error", error=f"{type(error).__name__}: {error}")

    def says(self, what: str) -> None:
        """Something that does not work and stops nothing."""
        self.log.say(what, self.signal, "warning")

    def asked(self, events: Iterable[RequestEvent]) -> None:
        """What became of requests for green."""
        for one in events:
            self.metrics.requests.labels(self.signal, one.status.lower()).inc()
            self.log.say("a request for green", self.signal, id=one.id, group=one.link, kind=one.kind.lower(),
                         state=one.status.lower(), **({"why": one.why} if one.why else {}))

    def looked(self, reading: Reading, wall_s: float) -> None:
        if self._events is not None:
            self._events.see(reading, wall_s)
        if reading.clock_s is not None:
            self.metrics.clock.labels(self.signal).set(wall_s - reading.clock_s)

    def thought(self, spent_s: float, late: bool, stolen: bool = False) -> None:
        """stolen: it was late for want of the processor alone, by its own time it was not."""
        self.metrics.decision.labels(self.signal).observe(spent_s)
        if late:
            self.metrics.missed.labels(self.signal).inc()
            self.metrics.stolen.labels(self.signal).inc(int(stolen))
            self.log.say("deadline missed", self.signal, "warning", spent_s=round(spent_s, 4), stolen=stolen)

    def judged(self, verdict: Verdict) -> None:
        for reason in verdict.began:
            self.metrics.stand_backs.labels(self.signal, reason.name.lower()).inc()
            self.log.say("stands back", self.signal, "info" if reason is Reason.STARTING else "warning",
                         reason=reason.name.lower(), meaning=reason.value)
        preempted = Reason.PREEMPTED in verdict.reasons
        if preempted and not self._preempted:
            self.metrics.preemptions.labels(self.signal).inc()
        self._preempted = preempted

    def decided(self, decision: Decision, reading: Reading, site: SignalSite) -> None:
        if decision.trip and decision.trip != self._trip:
            self.metrics.trips.labels(self.signal).inc()
            self.log.say("unsafe change", self.signal, "error", found=decision.trip,
                         channels=sorted(reading.channel_greens))
        self._trip = decision.trip
        now = decision.stage, decision.wanted
        if now != self._shown and self._shadow is not None:
            shown, wanted = (site.stages[k].number if k >= 0 else None for k in now)
            self._shadow.write(json.dumps({"time": round(time.time(), 3), "signal": self.signal,
                                           "site": self.log.site_hash, "shown": shown, "wanted": wanted}))
        self._shown = now

    def proved(self, outcome: str) -> None:
        if outcome != "open":
            self.log.say("orders that stop are dropped" if outcome == "proved" else "orders are not dropped",
                         self.signal, "info" if outcome == "proved" else "error")

    def took_over(self) -> None:
        self.log.say("takes over", self.signal)

    def let_go(self, verdict: Verdict) -> None:
        self.log.say("lets go", self.signal, reasons=sorted(reason.name.lower() for reason in verdict.reasons))

    def advised(self, cycle_s: int, splits_s: Mapping[int, int], saturation: float) -> None:
        self.log.say("advises", self.signal, cycle_s=cycle_s, splits_s=dict(splits_s), saturation=round(saturation, 3))

    def set_failed(self, error: Exception, read_back: bool) -> None:
        if read_back:
            self.metrics.read_backs.labels(self.signal).inc()
        self.log.say("an order was not taken", self.signal, "warning", error=_said(error))

    def reloaded(self) -> None:
        self.log.say("limits reloaded", self.signal)

    def second(self, spent_s: float, mode: str) -> None:
        self.metrics.second.labels(self.signal).observe(spent_s)
        self.metrics.set_mode(self.signal, mode)

    def detectors(self, states: Mapping[int, str]) -> None:
        """How many are in each status, healthy ones too."""
        self.metrics.set_detectors(self.signal, {**dict.fromkeys(("HEALTHY",), 0), **Counter(states.values())})


def _said(error: Exception) -> str:
    """In one line; what no protocol knows has its kind before it."""
    said = str(error) if isinstance(error, FieldError | OSError) else f"{type(error).__name__}: {error}"
    return said[:MOST_SAID]


def _plain(value: Written) -> int | str | None:
    return value.hex() if isinstance(value, bytes) else value

