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
from bench.runs.options import Options
from bench.studies import comparison
from network.errors import ScenarioError

Row: TypeAlias = dict[str, Any]
DEFAULTS = Options()


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
    options: Options = DEFAULTS,
    *,
    output: str | Path | None = None,
    jobs: int | None = None,
) -> Comparison:
    """Run controllers on a scenario with the same seeds; nothing is printed.

    Runs that lie in the folder already, made with the same inputs and the same code, are not made again.

    Parameters
    ----------
    scenario
        A ``.sumocfg``, or a ``.net.xml`` with routes in ``options``.
    controllers
        Names as in ``signal-core compare``, the first is the baseline; ``mypackage.module:MyController`` for one of
        your own, whose module must be one that another process can import.
    seeds
        SUMO's random seeds.
    options
        Everything else that the command line's options say: routes, begin and end, limits, ...
    output
        Folder for everything that is written; by default one here, named after the scenario.
    jobs
        Runs at a time; by default one per core.

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
    wanted = tuple(dict.fromkeys(int(seed) for seed in seeds))
    if not wanted:
        raise ScenarioError("seeds: give at least one")
    found = options.scenario(scenario)
    folder = output_folder(None if output is None else str(output), found)
    study = options.study(found, folder / "prepared")
    at_a_time = jobs or len(os.sched_getaffinity(0))
    silent = Console(file=io.StringIO(), quiet=True)
    comparison.compare(study, folder, names, wanted, lambda specs, hear: run_all(specs, at_a_time, hear), silent,
                       jobs=at_a_time)
    return Comparison(folder, json.loads((folder / "results.json").read_text(encoding="utf-8")))
