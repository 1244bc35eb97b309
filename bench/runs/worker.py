"""One run in a process of its own: ``python -m bench.runs.worker SPEC.json``. The result is run.json beside it.

Where the controller leaves SUMO in charge, it is plain sumo that runs, so the figures are SUMO's own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.measures.asked import REQUESTS, read_sums, write_requests
from bench.measures.classes import delay_per_person_s, read_classes
from bench.measures.crossings import crossing_sums
from bench.measures.harm import count_flicker, movement_delays
from bench.measures.incidents import LOOKED_AT, LOOKING, can_look, count, had_consequences, read_collisions
from bench.measures.locks import find_locks
from bench.measures.metrics import read_metrics
from bench.measures.overdue import read_overdue
from bench.runs.driven import drive_of
from bench.runs.fresh import say
from bench.runs.prepare import LOOPS, NETWORK, ON_FOOT, Prepared, load
from bench.runs.replaced import replaced_lines
from bench.runs.seen import Watcher
from bench.runs.spec import RunSpec, read_spec
from bench.runs.stored import write_json
from controllers.base import Controller
from controllers.driving.drive import Drive, DriveRecord
from controllers.laws.tuned import NAME as TUNED
from controllers.laws.tuned import PLAN_FILE
from controllers.logs.taping import TAPE, TapingPort, write_tape
from controllers.registry import get, settings_for
from controllers.sumo.port import SumoError, SumoPort
from controllers.sumo.process import last_errors
from network.errors import ScenarioError
from network.roads.reader import read_network
from network.safety.clearance import yellow_below_speed
from network.sumo_package import binary, die_with_parent
from scenarios.blame import explain, lost_demand
from scenarios.config import Scenario
from scenarios.launch import COLLISIONS, LOG, STATISTICS, TRIPINFO, sumo_args
from scenarios.plan_file import write_elements
from scenarios.recording import REPORTED, recording
from signal_core.settings import Settings

RESULT = "run.json"
WARNED = "SUMO warned: "
SAY_EVERY_S = 0.25
LONGEST_S = 86_400.0
OPEN_END_CHUNK_S = 60.0
Driven = Callable[[RunSpec, SumoPort, Controller, Prepared, Settings, Callable[[float], None]], DriveRecord]
STEP_LOG = re.compile(rb"Step #(\d+(?:\.\d+)?)")


def main(drive_otherwise: Driven | None = None) -> int:
    """Entry point of the fresh process; ``drive_otherwise`` drives instead of the plain loop."""
    die_with_parent()
    spec = read_spec(Path(sys.argv[1]))
    try:
        result = run(spec, _teller(), drive_otherwise)
        write_json(result, Path(spec.run_dir) / RESULT)  # there, the run is complete
    except SumoError as error:
        say({"error": explain(str(error), spec.study.scenario)})
        return 2
    except ScenarioError as error:
        say({"error": str(error)})
        return 2
    except OSError as error:
        say({"error": f"{error.filename or spec.run_dir}: {error.strerror or error}; make room, and run it again"})
        return 2
    return 0


def run(
    spec: RunSpec, tell: Callable[[float], None], drive_otherwise: Driven | None = None
) -> dict[str, Any]:
    """Do the run; returns its row of results.json. ``tell`` hears the simulation time now and then."""
    prepared = load(spec.study)
    settings = settings_for(spec.controller, spec.study.settings)
    looked = drive_otherwise is None and not spec.study.gui and can_look(spec.study.scenario.options)
    once = partial(_once, spec, prepared, settings, tell, drive_otherwise)
    (Path(spec.run_dir) / LOOKED_AT).unlink(missing_ok=True)
    made = once(LOOKING if looked else {})
    if looked and _had_consequences(spec):
        looked, made = False, once({})
    return _row(spec, prepared, settings, made, looked)


@dataclass(frozen=True, slots=True)
class _Made:
    """A run that has been made."""

    record: DriveRecord
    owns_signals: bool
    wall_s: float


def _once(spec: RunSpec, prepared: Prepared, settings: Settings, tell: Callable[[float], None],
          drive_otherwise: Driven | None, options: Mapping[str, str]) -> _Made:
    """From begin to end with a controller of its own; options: of SUMO, beside those of the scenario."""
    controller = get(spec.controller).make(settings)
    args = _arguments(spec, controller, prepared, options)
    started = time.perf_counter()
    if controller.owns_signals:
        record = _drive(spec, controller, prepared, settings, args, tell, drive_otherwise)
    else:
        record = DriveRecord()
        _plain_sumo(spec, args, tell)
    return _Made(record, controller.owns_signals, time.perf_counter() - started)


def _had_consequences(spec: RunSpec) -> bool:
    """Whether the run has to be made again; the record of collisions is put aside then."""
    scenario, record = spec.study.scenario, Path(spec.run_dir) / COLLISIONS
    again = had_consequences(read_collisions(record), scenario.options, scenario.net_file)
    if again:
        record.rename(record.with_name(LOOKED_AT))
    return again


def _row(spec: RunSpec, prepared: Prepared, settings: Settings, made: _Made, looked: bool) -> dict[str, Any]:
    """The run's row of results.json, from what it wrote."""
    folder, record = Path(spec.run_dir), made.record
    scenario = spec.study.scenario
    metrics = read_metrics(folder / TRIPINFO, folder / STATISTICS)
    classes = read_classes(folder / TRIPINFO, (*scenario.additional_files, *scenario.route_files))
    waits = read_overdue(folder, prepared.signals.values(), settings.max_red_s, prepared.layout)
    return {
        "controller": spec.controller,
        "seed": spec.seed,
        "run": spec.identity,
        **asdict(metrics),
        **asdict(count(folder, metrics.collisions, scenario.options, looked)),
        "classes": classes,
        "requests": read_sums(folder / REQUESTS),
        "crossings": crossing_sums(folder, prepared.signals),
        "delay_person_s": delay_per_person_s(classes),
        "locks": [asdict(lock) for lock in find_locks(folder, scenario.net_file)],
        **_control_figures(record),
        "flicker": count_flicker(folder, prepared.signals),
        "movements": _movements(spec, prepared, folder),
        "overdue_s": sum(wait.overdue_s for wait in waits),
        "late_s": max((wait.longest_s for wait in waits), default=0.0),
        "overdue": [asdict(wait) for wait in waits],
        "yellow_below_speed": len(yellow_below_speed(prepared.signals.values())) if made.owns_signals else 0,
        "wall_s": made.wall_s,
        "notes": record.notes + _lost(folder),
        "troubles": asdict(record.troubles),
    }


def _movements(spec: RunSpec, prepared: Prepared, folder: Path) -> list[dict[str, Any]]:
    """What each movement lost, where that and no more is recorded: a report reads it for itself."""
    if spec.study.record != "movements":
        return []
    network, scenario = read_network(Path(spec.study.prepared) / NETWORK), spec.study.scenario
    found = movement_delays(folder, network, prepared.signals, scenario.begin_s, scenario.end_s)
    return [asdict(movement) for movement in found]


def _lost(folder: Path) -> list[str]:
    """A note where SUMO warned that demand was lost."""
    found = lost_demand((folder / LOG).read_text(encoding="utf-8", errors="replace"))
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return [f"{WARNED}{found[0]}{more}"] if found else []


def _arguments(spec: RunSpec, controller: Controller, prepared: Prepared, options: Mapping[str, str]) -> list[str]:
    folder = Path(spec.run_dir)
    additional = [Path(spec.study.prepared) / LOOPS] if controller.owns_signals else []
    if spec.controller == TUNED:
        additional.append(Path(spec.study.prepared) / PLAN_FILE)
    replaced = controller.replaced_programs(prepared.programs)
    if replaced:
        additional.append(folder / "programs.add.xml")
        write_elements(replaced_lines(spec, prepared, replaced), additional[-1])
    recorded, measured = recording(spec.study.record, folder, spec.trajectories, prepared.layout.loops, _walked(spec))
    additional += map(Path, measured)
    return sumo_args(
        spec.study.scenario, folder, spec.seed, additional, tuple(prepared.programs), {**recorded, **options}
    )


def _walked(spec: RunSpec) -> Path | None:
    """The edges on which those on foot are recorded; None where there are none, or the scenario records positions."""
    edges = Path(spec.study.prepared) / ON_FOOT
    return edges if edges.is_file() and not any("fcd" in name for name in spec.study.scenario.options) else None


def _drive(
    spec: RunSpec,
    controller: Controller,
    prepared: Prepared,
    settings: Settings,
    args: list[str],
    tell: Callable[[float], None],
    drive_otherwise: Driven | None,
) -> DriveRecord:
    """Drive SUMO to the end of the scenario: by the wire, otherwise (with faults, live), or by the engine, on tape."""
    taped = spec.study.record in REPORTED and not controller.sees_vehicles
    port = SumoPort(spec.study.backend, args, spec.study.gui)
    port.start()
    taping = TapingPort(port, Path(spec.run_dir)) if taped else None
    try:
        if drive_otherwise is not None:
            return drive_otherwise(spec, port, controller, prepared, settings, tell)
        if spec.study.through and spec.controller == "adaptive":
            return _through(spec, port, prepared, settings, tell)
        drive = drive_of(spec, prepared, taping or port, controller, settings)
        _to_the_end(drive, spec, port, tell)
        write_requests(drive.engine.requests, port.asked_by, Path(spec.run_dir) / REQUESTS)
        if taping is not None:
            drive.record.notes += [taping.trouble] * bool(taping.trouble)
            write_tape(taping.tape(), Path(spec.run_dir) / TAPE)
        return drive.record
    finally:
        port.close()


def _to_the_end(drive: Drive, spec: RunSpec, port: SumoPort, tell: Callable[[float], None]) -> None:
    """Until the end of the scenario, or until nobody is expected any more; writes what was seen."""
    scenario, watcher = spec.study.scenario, Watcher(drive)

    def after_step(now_s: float) -> None:
        watcher.sample(now_s)
        tell(now_s)

    if scenario.end_s is not None:
        drive.run(scenario.end_s, after_step)
    while scenario.end_s is None and port.expected() > 0:
        _check_open_end(port.time_s, scenario)
        drive.run(port.time_s + OPEN_END_CHUNK_S, after_step)
    watcher.write(Path(spec.run_dir))


def _through(spec: RunSpec, port: SumoPort, prepared: Prepared, settings: Settings,
             tell: Callable[[float], None]) -> DriveRecord:
    """By the wire; a library of its own, which no other run loads."""
    from bench.runs.through import drive_through

    return drive_through(port, spec.study.scenario, prepared, Path(spec.run_dir) / "cabinet", spec.study.through, tell,
                         port.shown_state, settings, port.asked_by)


def _plain_sumo(spec: RunSpec, args: list[str], tell: Callable[[float], None]) -> None:
    program = ["sumo-gui", "--start", "--quit-on-end"] if spec.study.gui else ["sumo"]
    steps = ["--no-step-log", "false", "--step-log.period", "10"]
    command = [binary(program[0]), *args, *program[1:], *steps]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=die_with_parent)
    assert process.stdout is not None
    try:
        for now_s in _steps(process.stdout.fileno()):
            tell(now_s)
            _check_open_end(now_s, spec.study.scenario)
    finally:
        if sys.exc_info()[0] is not None:
            process.kill()
        code = process.wait()
        process.stdout.close()
    if code != 0:
        raise SumoError(last_errors(Path(spec.run_dir) / LOG) or f"SUMO ended with exit code {code}")


def _steps(stream: int) -> Iterator[float]:
    """Simulation times out of what SUMO prints while it runs."""
    while chunk := os.read(stream, 4096):
        found = STEP_LOG.findall(chunk)
        if found:
            yield float(found[-1])


def _control_figures(record: DriveRecord) -> dict[str, Any]:
    spent_us = np.asarray(record.decision_ns, dtype=np.float64) / 1000.0
    p50, p99, most = np.percentile(spent_us, [50, 99, 100]) if len(spent_us) else (0.0, 0.0, 0.0)
    return {
        "interlock_trips": record.interlock_trips,
        "trips_of_interlock": [trip._asdict() for trip in record.trips],
        "interlock_overdue_s": record.overdue,
        "stood_back_s": record.stood_back_s,
        "left_s": record.left_s,
        "decisions": record.decisions,
        "decision_us": {"p50": float(p50), "p99": float(p99), "max": float(most)},
        "control_s": record.control_s,
    }


def _check_open_end(now_s: float, scenario: Scenario) -> None:
    if scenario.end_s is None and now_s > scenario.begin_s + LONGEST_S:
        raise SumoError(
            f"vehicles are still on the road {LONGEST_S / 3600:.0f} h after the begin; give an end with -e"
        )


def _teller() -> Callable[[float], None]:
    """A function that passes simulation times on, but not too often."""
    last = [0.0]

    def tell(now_s: float) -> None:
        if time.monotonic() - last[0] > SAY_EVERY_S:
            last[0] = time.monotonic()
            say({"time_s": now_s})

    return tell


if __name__ == "__main__":
    sys.exit(main())
