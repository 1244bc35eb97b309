"""The programs that really run, as SUMO reports them at the scenario's begin: ``python -m bench.runs.running STUDY``.

By `examine`, SUMO reads the scenario for them in a process of its own while the network is read in this one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.runs.codec import decode, encode
from bench.runs.fresh import RunDied, fresh_run, say
from bench.runs.spec import STUDY, Study, read_study, write_study
from bench.runs.stored import read_json, write_json
from controllers.sumo.port import SumoError, SumoPort
from network.errors import ScenarioError
from network.program.day import DayPrograms, Switch
from network.program.programs import stated_programs
from network.program.rings import NEMA
from network.program.signals import Program
from network.roads.reader import Network, read_network
from network.sumo_package import die_with_parent
from scenarios.blame import explain
from scenarios.config import Scenario
from scenarios.launch import sumo_args
from scenarios.switching import read_plans, read_switched

PROGRAMS = "programs.json"
LONGEST_S = 86_400.0
"""As long runs without an end may take."""


@dataclass(frozen=True)
class Programs:
    """By signal: the program at the begin, and those by time of day where a WAUT switches them."""

    programs: Mapping[str, Program]
    days: Mapping[str, DayPrograms] = field(default_factory=dict)


def running_programs(scenario: Scenario) -> Programs:
    """The programs of all signals; ScenarioError where SUMO refuses, or there are none."""
    try:
        programs, days = _from_sumo(scenario)
    except SumoError as error:
        raise ScenarioError(explain(str(error), scenario)) from error
    if not programs:
        raise ScenarioError(
            f"{scenario.net_file}: the network has no traffic signals, so there is nothing to control"
        )
    return Programs(_with_stated_clearance(programs, scenario), days)


def examine(study: Study) -> tuple[Programs, Network]:
    """Programs and network of a scenario; in a folder of ``study`` that is not needed afterwards."""
    folder = Path(study.prepared)
    write_study(study, folder / STUDY)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(fresh_run, "bench.runs.running", folder / STUDY, folder, lambda message: None)
        network = read_network(study.scenario.net_file)  # what is wrong with it is known better than where SUMO fell
        try:
            asked.result()
        except RunDied as died:
            raise ScenarioError(str(died)) from died
    return decode(Programs, read_json(folder / PROGRAMS)), network


def _from_sumo(scenario: Scenario) -> tuple[dict[str, Program], dict[str, DayPrograms]]:
    with tempfile.TemporaryDirectory() as folder:
        port = SumoPort("libsumo", sumo_args(scenario, folder, seed=1))
        port.start()
        programs = port.programs()
        days = _days(scenario, programs, port)
        port.close()
    return programs, days


def _days(scenario: Scenario, programs: Mapping[str, Program], port: SumoPort) -> dict[str, DayPrograms]:
    """What WAUTs of the scenario switch from its begin to its end; what runs at the begin is SUMO's to say."""
    switched = [each for each in read_switched(scenario) if each.signal_id in programs]
    plans = read_plans(scenario) if switched else {}
    end_s = scenario.begin_s + LONGEST_S if scenario.end_s is None else scenario.end_s
    offsets = _stated_offsets(scenario) if switched else {}
    found = {}
    for waut_id, signal_id, _ in switched:
        first = programs[signal_id]
        steps = plans[waut_id].between(scenario.begin_s, end_s) if waut_id in plans else ()
        switches = (Switch(scenario.begin_s, first.program_id), *steps)
        known = {i: replace(program, offset_s=offsets.get((signal_id, i), 0.0))
                 for i, program in port.programs_of(signal_id).items()}  # fmt: skip
        named = {s.program_id: known.get(s.program_id, Program(signal_id, s.program_id, "off", 0.0, (), {}))
                 for s in switches}  # fmt: skip
        if len(named) > 1:
            found[signal_id] = DayPrograms(waut_id, switches, named | {first.program_id: first})
    return found


def _stated_offsets(scenario: Scenario) -> dict[tuple[str, str], float]:
    """By signal and program; a running SUMO tells only that of the program that runs."""
    stated = stated_programs((scenario.net_file, *scenario.additional_files))
    return {key: program.offset_s for key, program in stated.items()}


def _with_stated_clearance(programs: dict[str, Program], scenario: Scenario) -> dict[str, Program]:
    """NEMA programs with the yellow and red that stand in their files; a running SUMO does not tell them."""
    rings = {i: program for i, program in programs.items() if program.kind == NEMA}
    stated = stated_programs((scenario.net_file, *scenario.additional_files)) if rings else {}
    found = {i: (program, stated.get((i, program.program_id), program)) for i, program in rings.items()}
    return programs | {i: replace(program, parameters={**told.parameters, **program.parameters})
                       for i, (program, told) in found.items()}  # fmt: skip


def main() -> int:
    """Entry point of the fresh process."""
    die_with_parent()
    study = read_study(Path(sys.argv[1]))
    try:
        write_json(encode(running_programs(study.scenario)), Path(study.prepared) / PROGRAMS, None)
    except ScenarioError as error:
        say({"error": str(error)})
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
