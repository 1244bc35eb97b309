"""Many runs, each in a fresh process, several at a time. A run that dies takes no other with it, and one that was
made before, complete and with the same identity, is not made again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.runs.fresh import RunDied, fresh_run
from bench.runs.rows import read_row
from bench.runs.spec import SPEC, RunSpec, write_spec
from bench.runs.worker import RESULT
from network.errors import ScenarioError

Hear = Callable[[RunSpec, float], None]
"""Told, from other threads, how far a run is: (spec, time in s)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run: its row of results.json, or why there is none."""

    spec: RunSpec
    row: dict[str, Any] | None
    error: str = ""
    known: bool = False
    """Made before, by an earlier command."""


WORKER, FAULT_WORKER = "bench.runs.worker", "bench.studies.faults.worker"
"""Modules whose process makes one run."""
Runner = Callable[[Sequence[RunSpec], Hear], Iterator[Outcome]]


def run_all(specs: Sequence[RunSpec], jobs: int, hear: Hear) -> Iterator[Outcome]:
    """Outcomes as they come, ``jobs`` runs at a time on this machine."""
    with ThreadPoolExecutor(jobs) as pool:
        waiting: list[Future[Outcome]] = [pool.submit(run_one, spec, hear) for spec in specs]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def run_one(spec: RunSpec, hear: Hear) -> Outcome:
    """One run in a fresh process, unless it is there already; whatever another one left in its folder goes first."""
    folder = Path(spec.run_dir)
    before = made_before(spec)
    if before is not None:
        return Outcome(spec, before, known=True)
    try:
        if (folder / SPEC).is_file():
            shutil.rmtree(folder)
        write_spec(spec, folder / SPEC)
        worker = FAULT_WORKER if spec.fault else WORKER
        fresh_run(worker, folder / SPEC, folder, lambda said: _pass_on(said, spec, hear))
        return Outcome(spec, read_row(folder / RESULT))
    except (RunDied, ScenarioError) as died:
        return Outcome(spec, None, str(died))
    except OSError as error:
        return Outcome(spec, None, f"{error.filename or folder}: {error.strerror}; choose another directory with -o")


def made_before(spec: RunSpec) -> dict[str, Any] | None:
    """The row of a run that is complete in its folder; None where it has to be made."""
    try:
        row = read_row(Path(spec.run_dir) / RESULT)
    except ScenarioError:
        return None
    return row if spec.identity and row.get("run") == spec.identity else None


def _pass_on(said: dict[str, Any], spec: RunSpec, hear: Hear) -> None:
    if "time_s" in said:
        hear(spec, float(said["time_s"]))
