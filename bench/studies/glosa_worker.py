"""A run in which a share of all vehicles is told how fast to drive.

``python -m bench.studies.glosa_worker SPEC SHARE``. They hear of the next signal on their way what it means to show;
SUMO keeps distances and stops at red in any case.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from bench.runs.prepare import Prepared
from bench.runs.spec import RunSpec
from bench.runs.telling import watch_of
from bench.runs.worker import main as worker_main
from controllers.announce.speed import Window, greens_of
from controllers.announce.watch import Frame
from controllers.base import Controller
from controllers.drive import CONTROL_STEP_S, Drive, DriveRecord
from controllers.sumo_port import SumoPort
from network.signals import Signal
from signal_core.settings import Settings


def _drive(spec: RunSpec, port: SumoPort, controller: Controller, prepared: Prepared, settings: Settings,
           tell: Callable[[float], None]) -> DriveRecord:
    """As the plain loop; after every second those equipped hear of the signal they come to."""
    drive = Drive(port, controller, tuple(prepared.signals.values()), prepared.layout, settings, spec.study.protocol,
                  days=prepared.days)
    share, end_s = float(sys.argv[2]), spec.study.scenario.end_s
    watch, lanes = watch_of(drive), _lanes(prepared.signals.values())
    port.connect(share, spec.seed)
    while port.time_s < end_s if end_s is not None else port.expected() > 0:
        now_s = port.time_s
        drive.run(now_s + CONTROL_STEP_S)
        if share > 0.0:
            port.advise(_teller(watch.second(now_s), lanes))
        tell(port.time_s)
    return drive.record


def _lanes(signals: Iterable[Signal]) -> dict[tuple[str, int], str]:
    """The lane that leads to each lamp."""
    return {(signal.id, link): lane.id for signal in signals for lane in signal.lanes for link in lane.links}


def _teller(frame: Frame, lanes: dict[tuple[str, int], str]) -> Callable[[str, int], tuple[list[Window], float]]:
    """A second has passed since the frame."""
    def tell(signal: str, lamp: int) -> tuple[list[Window], float]:
        said = frame["signals"].get(signal)
        if said is None or lamp >= len(said["state"]):
            return [], 0.0
        lane = lanes.get((signal, lamp), "")
        queue = next((one["vehicles"] for one in said["queues"] if one["lane"] == lane), 0.0)
        return [(from_s - 1.0, to_s - 1.0) for from_s, to_s in greens_of(said, lamp)], queue

    return tell


def main() -> int:
    """Entry point of the fresh process."""
    return worker_main(_drive)


if __name__ == "__main__":
    sys.exit(main())
