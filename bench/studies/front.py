"""A comparison from Python: the runs of ``signal-core compare``, as data, with nothing printed."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rich.console import Console

from bench.runs.folders import output_folder
from bench.runs.jobs import run_all
from bench.runs.spec import Order, Phases, Study, read_limits
from bench.studies import comparison
from controllers.sumo_port import Backend
from network.clearance import Protocol
from network.detectors import DISTANCES_M
from network.errors import ScenarioError
from network.walking import DEFAULTS as WALKING
from scenarios.config import load_scenario
from scenarios.recording import Level

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    folder: everything it wrote. content: that of ``results.json``, of which the others are parts.
    """

    folder: Path
    content: Row

    @property
    def runs(self) -> list[Row]:
        """One row per run that came to its end: ``controller``, ``seed``, ``delay_s``, ``speed_kmh``, ..."""
        rows: list[Row] = self.content["runs"]
        return rows

    @property
    def failed(self) -> list[Row]:
        """``controller``, ``seed`` and ``message`` of every run that died."""
        rows: list[Row] = self.content["failed"]
        return rows

    @property
    def summary(self) -> dict[str, Row]:
        """Per controller: medians over the seeds, and ``delay_change_pct`` against the first, seed by seed."""
        return {row["controller"]: row for row in self.content["summary"]}

    def figures(self, key: str) -> dict[str, list[float]]:
        """One figure of every run, per controller in the order of the seeds: ``figures("delay_s")``."""
        names = dict.fromkeys(row["controller"] for row in self.runs)
        return {name: [row[key] for row in self.runs if row["controller"] == name] for name in names}

    def run_folder(self, controller: str, seed: int) -> Path:
        """The raw outputs of one run."""
        return comparison.run_folder(self.folder, controller, seed)


def compare(
    scenario: str | Path,
    controllers: Sequence[str] = ("fixed", "adaptive"),
    seeds: Sequence[int] = (1, 2, 3),
    *,
    output: str | Path | None = None,
    routes: Sequence[str | Path] = (),
    additional: Sequence[str | Path] = (),
    begin: float | str | None = None,
    end: float | str | None = None,
    protocol: Protocol = "plan",
    detectors_m: Sequence[float] = DISTANCES_M,
    order: Order = "free",
    phases: Phases = "all",
    right_on_red: bool = True,
    walk: tuple[float, float] = (WALKING.walk_s, WALKING.walking_mps),
    limits: str | Path | None = None,
    backend: Backend = "libsumo",
    report: Level = "none",
    jobs: int | None = None,
    sumo_options: Sequence[str] = (),
) -> Comparison:
    """Run controllers on a scenario with the same seeds; nothing is printed.

    Runs that lie in the folder already, made with the same inputs and the same code, are not made again.

    Parameters
    ----------
    scenario
        A ``.sumocfg``, or a ``.net.xml`` with ``routes``.
    controllers
        Names as in ``signal-core compare``, the first is the baseline; ``mypackage.module:MyController`` for one of
        your own, whose module must be one that another process can import.
    seeds
        SUMO's random seeds.
    output
        Folder for everything that is written; by default one here, named after the scenario.
    begin, end
        Seconds, or times such as ``7:30:00``; by default those of the scenario.
    protocol, detectors_m, order, phases, right_on_red, walk, backend
        As the options of the command line.
    limits
        The engineer's file, see "Controllers that cannot do everything" in the documentation.
    report
        ``none``; ``basic`` or ``full`` also write what the report needs, and the report.
    jobs
        Runs at a time; by default one per core.
    sumo_options
        Options passed on to SUMO, such as ``["--scale", "1.2"]``.

    Returns
    -------
    Comparison
        Figures per controller and seed, and where the files are. Runs that died are in ``failed``.

    Raises
    ------
    network.errors.ScenarioError
        Where the input cannot be used or every run died; one line that says what to do.
    """
    names = comparison.controller_names(",".join(controllers))
    found = load_scenario(str(scenario), [str(path) for path in routes], [str(path) for path in additional],
                          _time(begin), _time(end), list(sumo_options))
    folder = output_folder(None if output is None else str(output), found)
    study = Study(found, protocol, _distances(detectors_m), backend, False, str(folder / "prepared"), report,
                  order=order, phases=phases, right_on_red=right_on_red, walk=walk,
                  limits=read_limits(None if limits is None else str(limits)))
    wanted = tuple(dict.fromkeys(int(seed) for seed in seeds))
    if not wanted:
        raise ScenarioError("seeds: give at least one")
    at_a_time = jobs or len(os.sched_getaffinity(0))
    silent = Console(file=io.StringIO(), quiet=True)
    comparison.compare(study, folder, names, wanted, lambda specs, hear: run_all(specs, at_a_time, hear), silent,
                       jobs=at_a_time)
    return Comparison(folder, json.loads((folder / "results.json").read_text(encoding="utf-8")))


def _time(given: float | str | None) -> str | None:
    return None if given is None else str(given)


def _distances(given: Sequence[float]) -> tuple[float, ...]:
    found = tuple(float(each) for each in given)
    if not found or any(a >= b for a, b in zip(found, found[1:], strict=False)) or found[0] < 0:
        raise ScenarioError(f"detectors_m: {found}: distances must ascend from 0, such as {DISTANCES_M}")
    return found


