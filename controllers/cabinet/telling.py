"""What the process tells of every second to who looks on (``signal-core live SITE``).

One datagram to a socket beside its log, where there is one. Nobody is waited for: what finds no reader, or a reader
whose queue is full, is dropped and counted. Nothing comes back.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controllers.cabinet.intent import Intent, Stages
from controllers.cabinet.standback import Reason
from signal_core.tables.letters import decode

if TYPE_CHECKING:
    from controllers.cabinet.signal_process import SignalProcess

NAME = "live.sock"
STATUS = {
    Reason.MANUAL: "manualControlIsEnabled", Reason.STOPPED: "stopTimeIsActivated", Reason.FLASH: "failureFlash",
    Reason.PREEMPTED: "preemptIsActive",
}
"""Of SPaT, what its controller says of itself."""
WITHOUT_LOOP = "no detector at the stop line"


class Telling:
    """Of all signals of a site. told, dropped: seconds so far."""

    def __init__(self, folder: Path) -> None:
        """folder: where the process writes."""
        self._path = str(folder.absolute() / NAME)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._intents: dict[str, Intent] = {}
        self.told = self.dropped = 0

    def second(self, time_s: float, processes: Sequence[SignalProcess]) -> None:
        """Tell one second; never raises, never waits. time_s: since 1970."""
        if not os.path.exists(self._path):
            self.dropped += 1
            return
        try:
            signals = {one.site.id: said for one in processes if (said := said_of(one, self._meant(one))) is not None}
            frame = {"time_s": time_s, "signals": signals, "alarms": [a for one in processes for a in alarms_of(one)]}
            self._socket.sendto(json.dumps(frame).encode(), self._path)
            self.told += 1
        except Exception:  # whatever is wrong with it: control goes on
            self.dropped += 1

    def _meant(self, process: SignalProcess) -> Stages:
        """Empty unless the engine drives: what the controller means to do by itself nobody says."""
        decider, decision = process.decider, process.last
        if decider is None or decision is None or process.mode != "drive" or not process.state.acting:
            return []
        if process.site.id not in self._intents:
            self._intents[process.site.id] = Intent(decider)
        return self._intents[process.site.id].stages(decision.stage)

    def close(self) -> None:
        """End telling."""
        self._socket.close()


def said_of(process: SignalProcess, meant: Stages) -> dict[str, Any] | None:
    """A signal in this second, a lamp for each group; None until something has been seen.

    ``meant`` is for who listens to play ahead, and ``seen``, whether its controller answered in this second.
    """
    decider, decision = process.decider, process.last
    if decider is None or decision is None:
        return None
    return {
        "state": decode(decider.sequencer.state.shown), "mode": "ADAPTIVE" if process.state.acting else "PROGRAM",
        "health": "blind" if decision.street is Reason.BLIND else "well" if process.state.missed == 0 else "degraded",
        "status": [name for reason, name in STATUS.items() if reason in process.verdict.reasons]
        + (["trafficDependentOperation"] if process.state.acting else []),
        "why": _why(process, meant), "phase": decision.stage, "meant": meant, "seen": process.state.missed == 0,
        "queues": [{"lane": lane.id, "vehicles": round(float(waiting), 1),
                    "unknown": WITHOUT_LOOP if lane.stop is None else ""}
                   for lane, waiting in zip(process.site.lanes, decider.queue.tolist(), strict=True)],
    }  # fmt: skip


def _why(process: SignalProcess, meant: Stages) -> str:
    decision = process.last
    assert decision is not None
    stages = process.site.stages
    wish = f"stage {stages[decision.wanted].number}" if 0 <= decision.wanted < len(stages) else "no stage yet"
    if len(meant) > 1 and decision.wanted == decision.stage:
        return f"told by the engine: keeps {wish}, and means to leave it for stage {stages[meant[1][0]].number} in " \
               f"{meant[0][1]} s"
    if process.state.acting:
        return f"told by the engine, which wants {wish}"
    reasons = ", ".join(sorted(reason.value for reason in process.verdict.reasons))
    why = f"its controller's own: the engine stands back ({reasons})" if reasons else "its controller's own"
    return f"{why}; the engine would show {wish}"


def alarms_of(process: SignalProcess) -> list[dict[str, str]]:
    """Detectors that are not as they should be, and a controller that does not answer."""
    found = [{"what": f"signal {process.site.id}", "status": "NO_ANSWER"}] if process.state.missed else []
    states = {} if process.decider is None else process.decider.detector_states
    return found + [{"what": f"detector {number} of {process.site.id}", "status": status}
                    for number, status in states.items() if status != "HEALTHY"]  # fmt: skip
