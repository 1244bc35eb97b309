"""Frames into a hub, from a thread of their own: of a run that goes on in another process, or of a recorded one."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from bench.runs.fresh import start_fresh, why
from bench.runs.prepare import prepare
from bench.runs.spec import SPEC, RunSpec, Study, write_spec
from controllers.announce.watch import Frame
from controllers.live.hub import Hub
from controllers.live.outlet import frames_of
from controllers.registry import get, settings_for
from network.errors import ScenarioError

Hear = Callable[[Frame], None]


class Running:
    """A scenario that runs in a process of its own, at its own pace."""

    def __init__(self, study: Study, controller: str, seed: int, speed: float) -> None:
        """Prepare it. Raises ScenarioError where SUMO refuses, or the controller leaves SUMO in charge."""
        if not get(controller).make(settings_for(controller, study.settings)).owns_signals:
            raise ScenarioError(f"-c {controller}: SUMO runs these signals by itself; show results of compare instead")
        prepare(study)
        place = Path(study.prepared).parent / "runs" / "live" / str(seed)
        place.mkdir(parents=True, exist_ok=True)
        self._spec, self._speed = place / SPEC, speed
        write_spec(RunSpec(study, controller, seed, str(place)), self._spec)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def follow(self, hub: Hub, hear: Hear = lambda frame: None,
               ended: Callable[[str], None] = lambda text: None) -> None:
        """Start it; every frame goes to the hub and to ``hear``, in a thread. ended: told once it ends by itself."""
        self._process, stream = start_fresh("bench.runs.live_worker", [str(self._spec), str(self._speed)],
                                            self._spec.parent)  # fmt: skip
        threading.Thread(target=self._pour, args=(self._process, stream, hub, hear, ended), name="frames",
                         daemon=True).start()  # fmt: skip

    def _pour(self, process: subprocess.Popen[bytes], stream: BinaryIO, hub: Hub, hear: Hear,
              ended: Callable[[str], None]) -> None:
        errors: list[str] = []
        with stream:
            for frame in frames_of(stream, lambda message: errors.append(str(message.get("error", "")))):
                hub.publish(frame)
                hear(frame)
        code = process.wait()
        if not self._is_stopped:
            told = next(filter(None, errors), "") or why(code, self._spec.parent)
            ended("the run has ended; its last second stays" if code == 0 else f"the run failed: {told}")

    def stop(self) -> None:
        """End it."""
        self._is_stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def keep(frames: Iterable[Frame], hub: Hub, hear: Hear = lambda frame: None) -> int:
    """All frames of a recorded run; returns how many."""
    count = 0
    for frame in frames:
        hub.publish(frame)
        hear(frame)
        count += 1
    return count
