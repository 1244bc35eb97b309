"""The programs that really run, as SUMO reports them at the scenario's begin: ``python -m bench.runs.running STUDY``.

By `examine`, SUMO reads the scenario for them in a process of its own while the network is read in this one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from bench.runs.codec import decode, encode
from bench.runs.fresh import RunDied, fresh_run, say, settle
from bench.runs.spec import STUDY, Study, read_study, write_study
from bench.runs.stored import read_json, write_json
from controllers.sumo_port import SumoError, SumoPort
from network.errors import ScenarioError
from network.programs import read_all_programs
from network.reader import Network, read_network
from network.rings import NEMA
from network.signals import Program
from scenarios.blame import explain
from scenarios.config import Scenario
from scenarios.launch import sumo_args

PROGRAMS = "programs.json"


@dataclass(frozen=True)
class Programs:
    """By signal."""

    programs: Mapping[str, Program]


def running_programs(scenario: Scenario) -> dict[str, Program]:
    """The programs of all signals; ScenarioError where SUMO refuses, or there are none."""
    try:
        programs = _from_sumo(scenario)
    except SumoError as error:
        raise ScenarioError(explain(str(error), scenario)) from error
    if not programs:
        raise ScenarioError(
            f"{scenario.net_file}: the network has no traffic signals, so there is nothing to control"
        )
    return _with_stated_clearance(programs, scenario)


def examine(study: Study) -> tuple[dict[str, Program], Network]:
    """Programs and network of a scenario; in a folder of ``study`` that is not needed afterwards."""
    folder = Path(study.prepared)
    write_study(study, folder / STUDY)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(fresh_run, "bench.runs.running", folder / STUDY, folder, lambda message: None)
        try:
            network: Network | ScenarioError = read_network(study.scenario.net_file)
        except ScenarioError as error:
            network = error
        try:
            asked.result()
        except RunDied as died:
            raise ScenarioError(str(died)) from died
    if isinstance(network, ScenarioError):
        raise network
    return dict(decode(Programs, read_json(folder / PROGRAMS)).programs), network


def _from_sumo(scenario: Scenario) -> dict[str, Program]:
    with tempfile.TemporaryDirectory() as folder:
        port = SumoPort("libsumo", sumo_args(scenario, folder, seed=1))
        port.start()
        programs = port.programs()
        port.close()
    return programs


def _with_stated_clearance(programs: dict[str, Program], scenario: Scenario) -> dict[str, Program]:
    """NEMA programs with the yellow and red that stand in their files; a running SUMO does not tell them."""
    rings = {i: program for i, program in programs.items() if program.kind == NEMA}
    stated = {
        (program.signal_id, program.program_id): program.parameters
        for path in (scenario.net_file, *scenario.additional_files) if rings
        for program in read_all_programs(path)
    }  # fmt: skip
    return programs | {
        i: replace(program, parameters={**stated.get((i, program.program_id), {}), **program.parameters})
        for i, program in rings.items()
    }


def main() -> int:
    """Entry point of the fresh process."""
    settle()
    study = read_study(Path(sys.argv[1]))
    try:
        write_json(encode(Programs(running_programs(study.scenario))), Path(study.prepared) / PROGRAMS, None)
    except ScenarioError as error:
        say({"error": str(error)})
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
