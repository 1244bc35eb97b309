"""Networks, programs, recorded states and configurations cut short, shuffled, with wrong types: an answer in one line
or a network, never a traceback. What is done to them is in `mutants`; other input is in `test_mutation_of_input`.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from bench.audit.layouts import read_layouts
from bench.audit.state_record import BadRecord, read_states
from bench.audit.state_record import read_programs as read_recorded_programs
from network.arrays import intersection
from network.build import build_signals
from network.loops.detectors import lay_out
from network.loops.relations import relate_loops
from network.program.plans import fixed_plan
from network.program.programs import read_programs
from network.roads.reader import read_network
from scenarios.config import load_scenario
from scenarios.generated import GridPlan, write_scenario
from signal_core.sequencing.plan_rows import pack_plans
from signal_core.tables.packed import pack
from tests.faults.mutants import OF_XML, Mutation, mutants, names, refused_in_one_line

ROUNDS = 25
@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small scenario."""
    folder = tmp_path_factory.mktemp("world")
    write_scenario(folder, GridPlan(columns=1, rows=1, end_s=60), 1, "cross")
    return folder


@pytest.mark.parametrize("mutation", OF_XML, ids=names(OF_XML))
def test_networks(world: Path, tmp_path: Path, mutation: Mutation) -> None:
    """Everything up to the engine's arrays: read, build, lay out, pack; and the independent checker's own reader."""
    path = tmp_path / "mutant.net.xml"
    for data in mutants(world / "cross.net.xml", mutation, ROUNDS):
        path.write_bytes(data)
        with refused_in_one_line(path.name), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what sumolib thinks of it
            network = read_network(path)
            signals = build_signals(network, read_programs([path]))
            _arrays(network, signals)
        with refused_in_one_line(path.name, BadRecord):
            read_layouts(path)
            read_recorded_programs([path])


def _arrays(network, signals) -> None:  # type: ignore[no-untyped-def]
    layout = lay_out(network, signals)
    kept, arrays = [], []
    for signal in signals.values():
        if signal.left_alone:
            continue
        try:
            arrays.append(intersection(signal, layout))
            kept.append(signal)
        except ValueError:
            continue  # said by the drive as a signal left alone
    if kept:
        tables = pack(arrays)
        relate_loops(kept, layout)
        pack_plans([fixed_plan(signal) for signal in kept], tables)


@pytest.mark.parametrize("mutation", OF_XML, ids=names(OF_XML))
def test_programs_and_recorded_states(world: Path, tmp_path: Path, mutation: Mutation) -> None:
    states = tmp_path / "states.xml"
    rows = (f'<tlsState time="{t}" id="A0" programID="0" phase="{t % 3}" state="GrGr"/>' for t in range(20))
    states.write_text(f"<tlsStates>{''.join(rows)}</tlsStates>")
    path = tmp_path / "mutant.xml"
    for data in mutants(states, mutation, ROUNDS):
        path.write_bytes(data)
        with refused_in_one_line(path.name, BadRecord):
            read_states(path)
        with refused_in_one_line(path.name):
            read_programs([path])


@pytest.mark.parametrize("mutation", OF_XML, ids=names(OF_XML))
def test_configurations(world: Path, tmp_path: Path, mutation: Mutation) -> None:
    """A few only: SUMO itself is asked what a configuration means."""
    path = world / f"mutant_{mutation.__name__}.sumocfg"
    for data in mutants(world / "cross.sumocfg", mutation, 3):
        path.write_bytes(data)
        with refused_in_one_line():
            load_scenario(path)
