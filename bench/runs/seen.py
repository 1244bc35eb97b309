"""What the engine saw in a run: the queue on every lane, sampled, so that it can be set beside what SUMO recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

from bench.runs.codec import BadRecord, decode
from bench.runs.stored import AGAIN, read_json
from controllers.driving.drive import Drive
from network.errors import ScenarioError

SEEN = "seen.json"
PERIOD_S = 10.0


class QueueSeen(TypedDict):
    """Vehicles: mean and largest of the samples."""

    mean_veh: float
    most_veh: float


class Watcher:
    """Samples the queues of the engine that drives; of controllers without one there is nothing to see."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self._sum: dict[str, float] = {}
        self._most: dict[str, float] = {}
        self._samples, self._next_s = 0, 0.0

    def sample(self, now_s: float) -> None:
        """Look, if it is time to."""
        if now_s < self._next_s:
            return
        for lane in self._drive.engine.lanes():
            self._sum[lane.name] = self._sum.get(lane.name, 0.0) + lane.queue
            self._most[lane.name] = max(self._most.get(lane.name, 0.0), lane.queue)
        self._samples, self._next_s = self._samples + 1, now_s + PERIOD_S

    def write(self, run_dir: Path) -> None:
        """Write it beside the run's outputs; nothing where nothing was seen."""
        if not self._sum:
            return
        found = {lane: QueueSeen(mean_veh=round(total / self._samples, 2), most_veh=round(self._most[lane], 2))
                 for lane, total in self._sum.items()}  # fmt: skip
        (run_dir / SEEN).write_text(json.dumps(found), encoding="utf-8")


def read_seen(run_dir: Path) -> dict[str, QueueSeen]:
    """Per lane, what `Watcher.write` left; empty where it left nothing."""
    path = run_dir / SEEN
    if not path.exists():
        return {}
    try:
        found = decode(dict[str, dict[str, float]], read_json(path), SEEN)
        return {lane: QueueSeen(mean_veh=one["mean_veh"], most_veh=one["most_veh"]) for lane, one in found.items()}
    except (BadRecord, KeyError) as error:
        raise ScenarioError(f"{path}: {error} is missing or odd; {AGAIN}") from error
