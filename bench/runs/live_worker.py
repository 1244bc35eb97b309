"""A run that is watched: ``python -m bench.runs.live_worker SPEC.json SPEED``.

Every second goes out as a frame, and none is waited for: who reads slowly misses some. It ends with who watches. SPEED:
seconds of the simulation in one of ours, 0 for as fast as it goes.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from bench.runs.driven import drive_of
from bench.runs.fresh import outgoing
from bench.runs.prepare import Prepared
from bench.runs.spec import RunSpec
from bench.runs.telling import watch_of
from bench.runs.worker import main as worker_main
from controllers.base import Controller
from controllers.driving.drive import CONTROL_STEP_S, DriveRecord
from controllers.live.outlet import Outlet
from controllers.sumo.port import SumoPort
from signal_core.settings import Settings


def _drive(spec: RunSpec, port: SumoPort, controller: Controller, prepared: Prepared, settings: Settings,
           tell: Callable[[float], None]) -> DriveRecord:
    """As the plain loop, a frame after every second. Nothing else is said through the pipe."""
    speed, end_s = float(sys.argv[2]), spec.study.scenario.end_s
    drive = drive_of(spec, prepared, port, controller, settings)
    watch, outlet, due = watch_of(drive), Outlet(os.fdopen(os.dup(outgoing()), "wb")), time.monotonic()
    while outlet.is_read and (port.time_s < end_s if end_s is not None else port.expected() > 0):
        now_s = port.time_s
        drive.run(now_s + CONTROL_STEP_S)
        outlet.offer(watch.second(now_s))
        if speed > 0.0:
            due = max(due + CONTROL_STEP_S / speed, time.monotonic() - 1.0)
            time.sleep(max(0.0, due - time.monotonic()))
    outlet.close()
    return drive.record


def main() -> int:
    """Entry point of the fresh process."""
    return worker_main(_drive)


if __name__ == "__main__":
    sys.exit(main())
