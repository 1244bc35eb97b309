"""Trying a plan: plain SUMO, one process per seed, nothing kept but the delay."""

from __future__ import annotations

import math
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.measures.headline import headline
from bench.measures.raw import Route, read_routes, read_trips
from controllers.sumo.process import last_errors
from network.errors import ScenarioError
from network.program.timing import Plan
from network.sumo_package import binary, run_program
from scenarios.blame import explain
from scenarios.config import Scenario
from scenarios.launch import LOG, TRIPINFO, sumo_args
from scenarios.recording import ROUTES

Writer = Callable[[Plan, Path], None]


class Trials:
    """Runs of one scenario under fixed-time plans. Delays in s per scheduled trip."""

    def __init__(self, scenario: Scenario, write: Writer, jobs: int) -> None:
        """``write``: puts a plan into an additional file; ``jobs``: simulations at a time."""
        self._scenario = scenario
        self._write = write
        self.jobs = jobs
        self._patience_s: float | None = None
        self.simulations = 0

    def delays_s(self, plans: Sequence[Plan], seed: int) -> list[float]:
        """The delay under each plan with one seed."""
        with ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(lambda plan: self._run(plan, seed, {})[0], plans))

    def delay_s(self, plan: Plan, seed: int) -> float:
        """The delay under one plan."""
        return self.delays_s([plan], seed)[0]

    def with_routes(self, seed: int) -> tuple[float, list[Route]]:
        """The delay under the network's own plan, and the routes of all vehicles that departed."""
        recorded = {"vehroute-output.exit-times": "true", "vehroute-output.last-route": "true",
                    "vehroute-output.write-unfinished": "true"}  # fmt: skip
        return self._run({}, seed, recorded)

    def _run(self, plan: Plan, seed: int, recorded: dict[str, str]) -> tuple[float, list[Route]]:
        self.simulations += 1
        with tempfile.TemporaryDirectory(prefix="signal-core-plan-") as name:
            folder = Path(name)
            additional = []
            if plan:
                additional = [folder / "plan.add.xml"]
                self._write(plan, additional[0])
            if recorded:
                recorded = recorded | {"vehroute-output": str(folder / ROUTES)}
            if not self._ends(sumo_args(self._scenario, folder, seed, additional, recorded=recorded), folder / LOG):
                return math.inf, []
            trips = read_trips(folder / TRIPINFO)
            if not trips:
                raise ScenarioError(f"{self._scenario.source}: no trip was scheduled, so no plan is the best; "
                                    "look at the routes, and at -b and -e")
            routes = read_routes(folder / ROUTES, {trip.id: trip for trip in trips}) if recorded else []
            return headline(trips).delay_s, routes

    def _ends(self, args: Sequence[str], log: Path) -> bool:
        """Simulate; False where a plan locks the network without an end: it takes many times as long as the first."""
        started = time.monotonic()
        try:
            done = run_program([binary("sumo"), *args], self._patience_s)
        except subprocess.TimeoutExpired:
            return False
        self._patience_s = self._patience_s or 30.0 + 20.0 * (time.monotonic() - started)
        if done.returncode != 0:
            raise ScenarioError(explain(last_errors(log) or "SUMO stopped without a message", self._scenario))
        return True
