"""What the engine saw in a run: the queue on every lane, sampled, so that it can be set beside what SUMO recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import numpy as np

from bench.runs.codec import BadRecord, decode
from bench.runs.stored import AGAIN, read_json
from controllers.drive import Drive
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
        planner = getattr(drive.controller, "planner", None)
        self._state = getattr(planner, "lanes", None)
        self._lanes = [lane.id for signal in drive.site.signals for lane in signal.lanes]
        self._sum = np.zeros(len(self._lanes))
        self._most = np.zeros(len(self._lanes))
        self._samples, self._next_s = 0, 0.0

    def sample(self, now_s: float) -> None:
        """Look, if it is time to."""
        if self._state is None or now_s < self._next_s:
            return
        queue = self._state.queue.near + self._state.queue.beyond
        self._sum += queue
        np.maximum(self._most, queue, out=self._most)
        self._samples, self._next_s = self._samples + 1, now_s + PERIOD_S

    def write(self, run_dir: Path) -> None:
        """Write it beside the run's outputs; nothing where nothing was seen."""
        if self._samples == 0:
            return
        means = self._sum / self._samples
        found = {lane: QueueSeen(mean_veh=round(float(mean), 2), most_veh=round(float(most), 2))
                 for lane, mean, most in zip(self._lanes, means, self._most, strict=True)}  # fmt: skip
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
