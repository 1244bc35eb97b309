"""An engine told of every second, for people and other machines: lamps, plans, queues, reasons, alarms.

A frame is what one second looks like, plain enough for JSON. It says nothing of single vehicles: the engine knows none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from controllers.announce.bounds import Rules
from controllers.announce.hindsight import PERCENT
from controllers.announce.outlook import Outlook
from controllers.announce.spatem import Status
from controllers.announce.teller import Tellers, Told
from controllers.announce.travel import Delays
from signal_core.engine import Engine, SignalReport
from signal_core.estimating.health import LoopStatus, Sight
from signal_core.kernels.codes import SLOTS
from signal_core.ladder.modes import Mode
from signal_core.planning.planner import Planner
from signal_core.tables.arrays import FloatArray

Frame: TypeAlias = dict[str, Any]
"""``time_s``; ``signals``: by their names, see `frame_of`; ``alarms``: loops and exits not as they should be;
``delays``: by edge, seconds that its signal costs who passes it, as far as they are known."""
Parts: TypeAlias = dict[str, list[tuple[int, list[bool]]]]
"""By the name of a signal that is planned in pieces: which signals of the engine these are, and the lamps of each."""
PREEMPTS = ("priority", "preemption")
LISTS = ("earliest_s", "latest_s", "likely_s", "next_green_s", "no_green_s", "confidence_pct")
WITHOUT_LOOP, LONGER = "no loop at the stop line", "longer than the loops see"


class Watch:
    """Looks at an engine after every `Engine.step` and says what there is to tell."""

    def __init__(self, engine: Engine, rules: Sequence[Rules], parts: Parts | None = None) -> None:
        """rules: of every signal, in the order of the engine; parts: of those that are told of as one."""
        self._parts = parts or {}
        self._engine, self._outlook, self._tellers = engine, Outlook(engine), Tellers(rules)
        self._names, self._delays = engine.ladder.names, Delays(engine)

    def second(self, time_s: float) -> Frame:
        """The frame of the step at ``time_s``."""
        meant = self._outlook.look(time_s)
        self._delays.second()
        reports = self._engine.signals()
        told = self._tellers.second(time_s, [report.shown for report in reports], meant)
        signals = {}
        for i, (report, one, plan) in enumerate(zip(reports, told, meant, strict=True)):
            signals[report.name] = frame_of(
                one, mode=report.mode.name, status=plan.status, health=_health(report.mode, report.sight),
                why=plan.why, phase=report.phase, queues=self._queues(i), requests=self._requests(i))  # fmt: skip
        delays = {road: round(delay_s, 1) for road, delay_s in self._delays.delay_s().items()}
        return {"time_s": time_s, "signals": self._joined(signals, reports), "alarms": self._alarms(), "delays": delays}

    def _joined(self, signals: dict[str, Any], reports: Sequence[SignalReport]) -> dict[str, Any]:
        for name, pieces in self._parts.items():
            found = [(signals.pop(reports[i].name), own) for i, own in pieces]
            signals[name] = joined(found)
        return signals

    def _queues(self, i: int) -> list[dict[str, Any]]:
        planner, tables = getattr(self._engine.law, "planner", None), self._engine.tables
        if not isinstance(planner, Planner):
            return []
        lanes = planner.estimator.lanes
        found = []
        for k in range(int(tables.lane_ptr[i]), int(tables.lane_ptr[i + 1])):
            unknown = WITHOUT_LOOP if tables.stop_loop[k] < 0 else LONGER if lanes.claims.reached_s[k] > 0 else ""
            found.append({"lane": self._names.lanes[k], "unknown": unknown,
                          "vehicles": round(float(lanes.queue.near[k] + lanes.queue.beyond[k]), 1)})
        return found

    def _requests(self, i: int) -> list[dict[str, Any]]:
        """Who waits on foot and has called, and who asks for green."""
        tables, state = self._engine.tables, self._engine.sequencer.state
        first, last = int(tables.link_ptr[i]), int(tables.link_ptr[i + 1])
        asked = state.asked[i * SLOTS:(i + 1) * SLOTS]
        for_green = [{"link": self._link(slot) - first, "kind": PREEMPTS[int(slot["preempts"])], "waiting": 1.0}
                     for slot in asked[asked["active"] == 1]]  # fmt: skip
        return for_green + [{"link": j - first, "kind": "on foot", "waiting": float(state.waiting[j])}
                            for j in range(first, last) if state.waiting[j] > 0.0]  # fmt: skip

    def _link(self, slot: Any) -> int:
        """Of the batch: the one that has to have green, or the first of its lane."""
        tables, lane = self._engine.tables, int(slot["lane"])
        if slot["link"] >= 0:
            return int(slot["link"])
        signal = int(np.searchsorted(tables.lane_ptr, lane, side="right")) - 1
        return int(tables.link_ptr[signal] + tables.lane_links[tables.lane_link_ptr[lane]])

    def _alarms(self) -> list[dict[str, str]]:
        health = self._engine.law.health
        if health is None:
            return []
        loops = [{"what": f"loop {self._names.loops[k]}", "status": LoopStatus(int(health.status[k])).name}
                 for k in np.flatnonzero(health.status[:len(self._names.loops)] != LoopStatus.HEALTHY)]  # fmt: skip
        exits = [{"what": f"lane {self._names.lanes[k]}", "status": "EXIT_BLOCKED"}
                 for k in np.flatnonzero(health.blocked)]  # fmt: skip
        locks = [{"what": f"signal {self._names.signals[i]}", "status": "LOCKED"}
                 for i in np.flatnonzero(health.locked)]  # fmt: skip
        return loops + exits + locks


def joined(pieces: Sequence[tuple[dict[str, Any], Sequence[bool]]]) -> dict[str, Any]:
    """One signal out of the frames of its pieces, each with the lamps that are its own; the worst of modes counts."""
    first = pieces[0][0]
    whose = [next((k for k, (_, own) in enumerate(pieces) if own[lamp]), 0) for lamp in range(len(first["state"]))]
    found = dict(first)
    for name in LISTS:
        found[name] = [pieces[k][0][name][lamp] for lamp, k in enumerate(whose)]
    worst = max((piece for piece, _ in pieces), key=lambda piece: Mode[piece["mode"]])
    found |= {"state": "".join(pieces[k][0]["state"][lamp] for lamp, k in enumerate(whose)), "mode": worst["mode"],
              "status": list(dict.fromkeys(name for piece, _ in pieces for name in piece["status"])),
              "health": worst["health"], "phase": None, "why": "; ".join(piece["why"] for piece, _ in pieces),
              "planned_until_s": min(piece["planned_until_s"] for piece, _ in pieces),
              "queues": [queue for piece, _ in pieces for queue in piece["queues"]],
              "requests": [request for piece, _ in pieces for request in piece["requests"]]}  # fmt: skip
    seconds = sorted({shot["from_s"] for piece, _ in pieces for shot in piece["planned"]})
    found["planned"] = [{"from_s": second, "state": "".join(
        _at(pieces[k][0]["planned"], second)[lamp] for lamp, k in enumerate(whose))}
        for second in seconds if second < found["planned_until_s"]]  # fmt: skip
    return found


def _at(planned: Sequence[Mapping[str, Any]], second: float) -> str:
    return str([shot["state"] for shot in planned if shot["from_s"] <= second][-1])


def _health(mode: Mode, sight: Sight) -> str:
    if sight is not Sight.SEES:
        return sight.name.lower()
    return "well" if mode is Mode.ADAPTIVE else "degraded"


def frame_of(told: Told, *, mode: str, status: Status, health: str = "well", why: str = "", phase: int | None = None,
             queues: Sequence[Mapping[str, Any]] = (), requests: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """One signal in one second. Times are seconds from then, one per lamp; None where nothing can be said."""
    return {
        "state": told.state, "mode": mode, "status": list(status), "health": health, "why": why, "phase": phase,
        "earliest_s": _from(told.earliest_s, told.time_s), "latest_s": _from(told.latest_s, told.time_s),
        "likely_s": _from(told.likely_s, told.time_s), "next_green_s": _from(told.next_green_s, told.time_s),
        "no_green_s": _from(told.no_green_s, told.time_s), "confidence_pct": PERCENT[told.confidence].tolist(),
        "planned": [{"from_s": second, "state": state} for second, state in told.film],
        "planned_until_s": told.until_s, "queues": list(queues), "requests": list(requests),
    }  # fmt: skip


def _from(at_s: FloatArray, now_s: float) -> list[float | None]:
    return [round(value, 1) if math.isfinite(value) else None for value in (at_s - now_s).tolist()]

