"""``signal-core bench record``: latency and delay of this version as one more row of a table kept in the repository."""

from __future__ import annotations

import csv
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

from bench.runs.jobs import run_all
from bench.runs.prepare import prepare
from bench.runs.results import versions
from bench.runs.spec import DETECTORS, RunSpec, Study, distances
from bench.studies.speed import latency
from bench.studies.speed.measure import Row, machine
from network.errors import ScenarioError
from scenarios.config import load_scenario
from scenarios.generated import GridPlan, write_scenario

TABLE = "docs/record.csv"
WORLD = GridPlan(columns=3, rows=1, row_lanes=2, row_vph=750.0, column_vph=330.0, end_s=900)
SEEDS = (1, 2, 3)
CONTROLLERS = ("fixed", "adaptive")
COLUMNS = ("date", "version", "commit", "processor", "load", "python", "numba", "sumo", "decision_us", "p999_over_p50",
           "planner_us", "plain_python_times", "fixed_delay_s", "adaptive_delay_s")


def measure(decisions: int) -> dict[str, str]:
    """One row, all of it as text."""
    content, _samples = latency.measure(decisions, 100.0)
    figures, used = content["figures"], versions()
    delays = _delays()
    values = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"), "version": used["signal-core"], "commit": _commit(),
        "processor": machine()["processor"], "load": f"{machine()['load_before']:.1f}",
        "python": used["python"], "numba": used["numba"], "sumo": used["sumo"],
        "decision_us": _told(figures["p50"]), "p999_over_p50": _told(figures["p99.9 / p50"]),
        "planner_us": _told(figures["part: plan"]),
        "plain_python_times": _told(figures["planner in plain Python, times slower"]),
        **{f"{name}_delay_s": f"{delays[name]:.2f}" for name in CONTROLLERS},
    }
    return {name: str(values[name]) for name in COLUMNS}


def read(place: Path) -> list[dict[str, str]]:
    """The rows of a table; ScenarioError where it is another table."""
    with place.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if rows and set(rows[0]) != set(COLUMNS):
        raise ScenarioError(f"{place}: not a table made by signal-core bench record; name another with --file")
    return rows


def write(rows: list[dict[str, str]], place: Path) -> None:
    """Write a table."""
    with place.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _told(row: Row) -> str:
    return f"{row['value']:.3g}"


def _delays() -> dict[str, float]:
    """Mean delay over SEEDS by controller, in s."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenario = load_scenario(write_scenario(folder / "world", WORLD, name="record"))
        study = Study(scenario, "plan", distances(DETECTORS), "libsumo", False, str(folder / "prepared"), "none")
        prepare(study)
        specs = [RunSpec(study, controller, seed, str(folder / controller / str(seed)))
                 for controller in CONTROLLERS for seed in SEEDS]
        found: dict[str, list[float]] = {controller: [] for controller in CONTROLLERS}
        for outcome in run_all(specs, 1, lambda spec, time_s: None):
            if outcome.row is None:
                raise ScenarioError(outcome.error)
            found[outcome.spec.controller].append(float(outcome.row["delay_s"]))
    return {controller: mean(delays) for controller, delays in found.items()}


def _commit() -> str:
    """The short name of the commit, with a + where files have changed since; nothing outside a checkout."""
    here = Path(__file__).parent
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=here, capture_output=True, text=True,
                              check=False)
    except OSError:
        return ""
    return done.stdout.strip()
