"""A run in which a share of all vehicles is told how fast to drive.

``python -m bench.studies.glosa_worker SPEC SHARE``. They hear of the next signal on their way what it means to show;
SUMO keeps distances and stops at red in any case.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.runs.driven import drive_of
from bench.runs.prepare import Prepared
from bench.runs.spec import RunSpec
from bench.runs.stored import write_json
from bench.runs.telling import watch_of
from bench.runs.worker import main as worker_main
from bench.studies.glosa import CLASSES
from controllers.announce.heard import Heard
from controllers.announce.watch import Frame
from controllers.base import Controller
from controllers.driving.drive import CONTROL_STEP_S, DriveRecord
from controllers.sumo.connected import Tell
from controllers.sumo.port import SumoPort
from network.program.signals import Signal
from signal_core.settings import Settings

EACH_S = 1.4
"""Until each of those who are said to stand there has left: a headway of 2 s, less as some of them are yet to come, who
may be he himself (own choice)."""
LIKELY_SHARE = 0.9
"""Of the seconds until the likely start of green, where it is told: who comes too late holds up others (own choice,
docs/experiments/2026-11-29-announcing-what-is-sure.md)."""


def _drive(spec: RunSpec, port: SumoPort, controller: Controller, prepared: Prepared, settings: Settings,
           tell: Callable[[float], None]) -> DriveRecord:
    """As the plain loop; after every second those equipped hear of the signal they come to."""
    drive = drive_of(spec, prepared, port, controller, settings)
    share, end_s = float(sys.argv[2]), spec.study.scenario.end_s
    watch, heard, beside = watch_of(drive), Heard(drive.engine), _beside(prepared.signals.values())
    lanes = {(signal.id, link): lane.id for signal in prepared.signals.values() for lane in signal.lanes
             for link in lane.links}  # fmt: skip
    port.connect(share, spec.seed)
    while port.time_s < end_s if end_s is not None else port.expected() > 0:
        now_s = port.time_s
        drive.run(now_s + CONTROL_STEP_S)
        if share > 0.0:
            heard.second(port.advise(_teller(watch.second(now_s), beside, lanes)))
        tell(port.time_s)
    write_json(port.emission_classes(), Path(spec.run_dir) / CLASSES)
    return drive.record


def _beside(signals: Iterable[Signal]) -> dict[tuple[str, int], frozenset[int]]:
    """Of each lamp all those of its road: who waits for one is in the way of who waits for another."""
    roads: dict[tuple[str, str], set[int]] = {}
    for signal in signals:
        for lane in signal.lanes:
            roads.setdefault((signal.id, lane.id.rpartition("_")[0]), set()).update(lane.links)
    return {(signal, link): frozenset(links) for (signal, _), links in roads.items() for link in links}


def _teller(frame: Frame, beside: dict[tuple[str, int], frozenset[int]], lanes: dict[tuple[str, int], str]) -> Tell:
    """A second has passed since the frame."""
    queued = {one["lane"]: float(one["vehicles"]) for said in frame["signals"].values() for one in said["queues"]}

    def tell(signal: str, lamp: int) -> tuple[float, float] | None:
        said, lamps = frame["signals"].get(signal), beside.get((signal, lamp))
        if said is None or lamps is None:
            return None
        soonest_s = [said["no_green_s"][k] for k in lamps]
        if None in soonest_s:
            return None
        ends_s = max((said["latest_s"][k] or 0.0 for k in lamps if said["state"][k] in "Gg"), default=0.0)
        leaves_s = EACH_S * queued.get(lanes.get((signal, lamp), ""), 0.0)
        return ends_s - 1.0, max(min(soonest_s), _likely_s(said, lamps)) - 1.0 + leaves_s

    return tell


def _likely_s(said: Mapping[str, Any], lamps: Iterable[int]) -> float:
    """Seconds until the first green of a road that is all red can be counted on; 0 where that is not told."""
    if any(said["state"][k] in "Gg" for k in lamps):
        return 0.0
    return LIKELY_SHARE * min(said["likely_s"][k] or 0.0 for k in lamps)


def main() -> int:
    """Entry point of the fresh process."""
    return worker_main(_drive)


if __name__ == "__main__":
    sys.exit(main())
