"""One run for ``signal-core bench loop`` in a process of its own.

``python -m bench.studies.speed.loop_run SPEC.json``
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.runs.driven import drive_of
from bench.runs.fresh import say
from bench.runs.prepare import LOOPS, load
from bench.runs.spec import RunSpec, read_spec
from bench.studies.speed.loop import CONTROLLED, RESULT, STATES
from controllers.registry import get
from controllers.sumo.port import SumoError, SumoPort
from network.sumo_package import die_with_parent
from scenarios.blame import explain
from scenarios.launch import sumo_args
from signal_core.settings import Settings

SAY_EVERY_S = 10.0


class RememberingPort(SumoPort):
    """Keeps every state that was set."""

    def __init__(self, args: list[str]) -> None:
        super().__init__("libsumo", args)
        self.states: list[tuple[float, str, str]] = []

    def set_state(self, signal_id: str, state: str) -> None:
        """As SUMO's, and remembered."""
        self.states.append((self.time_s, signal_id, state))
        super().set_state(signal_id, state)


def main() -> int:
    """Entry point of the fresh process."""
    die_with_parent()
    spec = read_spec(Path(sys.argv[1]))
    try:
        result = _controlled(spec) if spec.controller == CONTROLLED else _replayed(spec)
    except SumoError as error:
        say({"error": explain(str(error), spec.study.scenario)})
        return 2
    (Path(spec.run_dir) / RESULT).write_text(json.dumps(result), encoding="utf-8")
    return 0


def _teller() -> Callable[[float], None]:
    """Says the simulation time every `SAY_EVERY_S`."""
    said = time.monotonic()

    def tell(time_s: float) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_EVERY_S:
            said = time.monotonic()
            say({"time_s": time_s})

    return tell


def _arguments(spec: RunSpec, loops: list[Path]) -> list[str]:
    prepared = load(spec.study)
    return sumo_args(spec.study.scenario, Path(spec.run_dir), spec.seed, loops, tuple(prepared.programs))


def _controlled(spec: RunSpec) -> dict[str, Any]:
    prepared, end_s = load(spec.study), spec.study.scenario.end_s or 0.0
    port = RememberingPort(_arguments(spec, [Path(spec.study.prepared) / LOOPS]))
    port.start()
    settings = Settings()
    drive = drive_of(spec, prepared, port, get(spec.controller).make(settings), settings)
    begin_s, started, had = port.time_s, time.perf_counter(), time.process_time()
    record = drive.run(end_s, _teller())
    wall_s, cpu_s, vehicles = time.perf_counter() - started, time.process_time() - had, port.expected()
    port.close()
    (Path(spec.run_dir) / STATES).write_text(json.dumps(port.states), encoding="utf-8")
    return {"wall_s": wall_s, "cpu_s": cpu_s, "seconds": end_s - begin_s, "control_s": record.control_s,
            "vehicles": vehicles}


def _replayed(spec: RunSpec) -> dict[str, Any]:
    states = json.loads((Path(spec.run_dir) / STATES).read_text(encoding="utf-8"))
    end_s, k = spec.study.scenario.end_s or 0.0, 0
    port = SumoPort("libsumo", _arguments(spec, []))
    port.start()
    begin_s, started, had, tell = port.time_s, time.perf_counter(), time.process_time(), _teller()
    while port.time_s < end_s - 1e-6:
        while k < len(states) and states[k][0] <= port.time_s + 1e-6:
            port.set_state(states[k][1], states[k][2])
            k += 1
        port.step_to(min(end_s, math.floor(port.time_s + 1e-6) + 1))
        tell(port.time_s)
    wall_s, cpu_s, vehicles = time.perf_counter() - started, time.process_time() - had, port.expected()
    port.close()
    return {"wall_s": wall_s, "cpu_s": cpu_s, "seconds": end_s - begin_s, "control_s": 0.0, "vehicles": vehicles}


if __name__ == "__main__":
    sys.exit(main())
