"""A run in which a share of all vehicles hears what roads take, and takes another way where that is clearly shorter.

``python -m bench.studies.routes_worker SPEC SHARE``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench.runs.driven import drive_of
from bench.runs.prepare import NETWORK, Prepared
from bench.runs.spec import RunSpec
from bench.runs.stored import write_json
from bench.runs.worker import main as worker_main
from bench.studies.routes import GUIDED
from controllers.announce.travel import Delays
from controllers.base import Controller
from controllers.driving.drive import CONTROL_STEP_S, DriveRecord
from controllers.sumo.port import SumoPort
from network.roads.reader import free_times_s, read_network
from signal_core.settings import Settings


def _drive(spec: RunSpec, port: SumoPort, controller: Controller, prepared: Prepared, settings: Settings,
           tell: Callable[[float], None]) -> DriveRecord:
    """As the plain loop; after every second some of those equipped look for a shorter way."""
    drive = drive_of(spec, prepared, port, controller, settings)
    share, end_s = float(sys.argv[2]), spec.study.scenario.end_s
    delays = Delays(drive.engine)
    port.guide(share, spec.seed, free_times_s(read_network(Path(spec.study.prepared) / NETWORK)))
    while port.time_s < end_s if end_s is not None else port.expected() > 0:
        drive.run(port.time_s + CONTROL_STEP_S)
        delays.second()
        port.departures()
        if share > 0.0:
            port.reroute(port.time_s, delays.delay_s())
        tell(port.time_s)
    write_json(dict(zip(("departed", "guided"), port.guided(), strict=True)), Path(spec.run_dir) / GUIDED)
    return drive.record


def main() -> int:
    """Entry point of the fresh process."""
    return worker_main(_drive)


if __name__ == "__main__":
    sys.exit(main())
