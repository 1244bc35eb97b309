"""What all runs of a study need, made once in a process of its own: the programs that really run, as SUMO
reports them at the scenario's begin, and from them the signals and their loops."""

from __future__ import annotations

import pickle
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from bench.runs.fresh import RunDied, fresh_run, say, settle
from bench.runs.spec import Study, read_study, write_study
from controllers.sumo_port import SumoError, SumoPort
from network.build import build_signals
from network.detectors import Layout, lay_out, write_additional
from network.errors import ScenarioError
from network.phases import NEMA
from network.programs import read_all_programs
from network.reader import read_network
from network.signals import Program, Signal
from scenarios.blame import explain
from scenarios.config import Scenario
from scenarios.launch import sumo_args

LOOPS = "loops.add.xml"
PREPARED = "prepared.pickle"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Running programs and signals by id (every signal of the network), and the loops of those to control."""

    programs: dict[str, Program]
    signals: dict[str, Signal]
    layout: Layout


def prepare(study: Study) -> Prepared:
    """Prepare ``study`` in a fresh process, into its folder; ScenarioError where SUMO refuses."""
    folder = Path(study.prepared)
    path = folder / "study.json"
    write_study(study, path)
    try:
        fresh_run("bench.runs.prepare", path, folder, lambda message: None)
    except RunDied as died:
        raise ScenarioError(str(died)) from died
    return load(study)


def load(study: Study) -> Prepared:
    """What `prepare` made."""
    with (Path(study.prepared) / PREPARED).open("rb") as stream:
        found = pickle.load(stream)
    assert isinstance(found, Prepared)
    return found


def main() -> int:
    """Entry point of the fresh process."""
    settle()
    study = read_study(sys.argv[1])
    try:
        found = _prepared(study)
    except ScenarioError as error:
        say({"error": str(error)})
        return 2
    folder = Path(study.prepared)
    write_additional(found.layout, folder / LOOPS)
    with (folder / PREPARED).open("wb") as stream:
        pickle.dump(found, stream)
    return 0


def _prepared(study: Study) -> Prepared:
    scenario = study.scenario
    try:
        programs = _running_programs(study)
    except SumoError as error:
        raise ScenarioError(explain(str(error), scenario)) from error
    if not programs:
        raise ScenarioError(
            f"{scenario.net_file}: the network has no traffic signals, so there is nothing to control"
        )
    programs = _with_stated_clearance(programs, scenario)
    network = read_network(scenario.net_file)
    signals = build_signals(network, programs, study.protocol, study.clearance, right_on_red=study.right_on_red)
    return Prepared(programs, signals, lay_out(network, signals, study.detectors_m))


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


def _running_programs(study: Study) -> dict[str, Program]:
    with tempfile.TemporaryDirectory() as folder:
        port = SumoPort("libsumo", sumo_args(study.scenario, folder, seed=1))
        port.start()
        programs = port.programs()
        port.close()
    return programs


if __name__ == "__main__":
    # run as a module, this file is __main__; what is pickled must carry the name others import it by
    from bench.runs.prepare import main as named_main

    sys.exit(named_main())
