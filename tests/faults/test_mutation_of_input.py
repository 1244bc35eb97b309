"""Everything else that is read, broken: routes, additional files with detectors, sets of maps, costs, counts, tapes,
journals, event logs. An answer in one line or a result, never a traceback.

MUTANTS=200 python -m pytest tests/faults makes more of them, WHOLE_RUNS=10 more runs with each.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bench.cli.main import main
from bench.measures.costs import DEFAULT, read_unit_costs
from bench.plan.counts import read_counts
from bench.runs.identity import scenario_hash
from bench.studies.control.maps import Map, read_set
from controllers.logs.journal import Journal, read_journal
from controllers.logs.taping import Tape, read_tape, write_tape
from controllers.shadow.site import read_functions
from network.loops.detectors import Layout
from scenarios.config import Scenario, load_scenario
from scenarios.generated import GridPlan, write_scenario
from scenarios.launch import sumo_args
from tests.controllers.journal_entries import HEADER, entry
from tests.faults.mutants import (
    OF_BYTES,
    OF_TEXT,
    OF_XML,
    Mutation,
    cut,
    mutants,
    names,
    refused_in_one_line,
    wrong_value,
)

ROUNDS = int(os.environ.get("MUTANTS", "25"))
WHOLE_RUNS = int(os.environ.get("WHOLE_RUNS", "0"))
RUN = OF_XML if WHOLE_RUNS else (cut, wrong_value)
ADDITIONAL = """<additional>
    <vType id="car" accel="2.6" decel="4.5" sigma="0.5" length="5" minGap="2.5" maxSpeed="15"/>
    <inductionLoop id="e1" lane="{lane}" pos="10" period="60" file="e1.xml"/>
    <laneAreaDetector id="e2" lane="{lane}" pos="5" length="20" period="60" file="e2.xml" friendlyPos="true"/>
    <edgeData id="e3" file="edges.xml" begin="0" end="60" excludeEmpty="true"/>
    <tlLogic id="{signal}" type="static" programID="other" offset="0">
        <phase duration="30" state="{state}"/>
    </tlLogic>
    <timedEvent type="SaveTLSStates" source="{signal}" dest="states.xml"/>
    <variableSpeedSign id="v" lanes="{lane}"><step time="20" speed="5"/><step time="40" speed="-1"/></variableSpeedSign>
</additional>
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """One small scenario with an additional file that has some of everything."""
    folder = tmp_path_factory.mktemp("world")
    config = write_scenario(folder, GridPlan(columns=1, rows=1, end_s=60), 1, "cross")
    net = (folder / "cross.net.xml").read_text()
    signal, state, edge = (net.split(before, 1)[1].split('"', 1)[0]
                           for before in ('<tlLogic id="', '" state="', '<connection from="'))
    lane = f"{edge}_0"
    (folder / "extra.add.xml").write_text(ADDITIONAL.format(lane=lane, signal=signal, state=state))
    return load_scenario(config, additional=[str(folder / "extra.add.xml")])


def broken(world: Scenario, which: str, path: Path) -> Scenario:
    """The scenario with another file in place of its routes or its additional file."""
    return Scenario(world.name, world.source, {**world.options, which: str(path)})


INPUT = pytest.mark.parametrize("which", ["route-files", "additional-files"])


@INPUT
@pytest.mark.parametrize("mutation", OF_XML, ids=names(OF_XML))
def test_routes_and_additional_files_before_sumo_reads_them(world: Scenario, tmp_path: Path, which: str,
                                                            mutation: Mutation) -> None:
    path = tmp_path / "mutant.xml"
    for data in mutants(Path(world.options[which]), mutation, ROUNDS):
        path.write_bytes(data)
        scenario = broken(world, which, path)
        for read in (lambda: scenario_hash(scenario), lambda: sumo_args(scenario, tmp_path / "run", seed=1)):  # noqa: B023
            with refused_in_one_line(path.name):
                read()


@INPUT
@pytest.mark.parametrize("mutation", RUN, ids=names(RUN))
def test_whole_runs_with_them_end_well_or_in_one_line(world: Scenario, tmp_path: Path, which: str, mutation: Mutation,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mutant.xml"
    routes, added = [path if which == name else world.options[name] for name in ("route-files", "additional-files")]
    for k, data in enumerate(mutants(Path(world.options[which]), mutation, max(1, WHOLE_RUNS))):
        path.write_bytes(data)
        folder = tmp_path / str(k)
        words = ["-r", str(routes), "-a", str(added), "-b", "0", "-e", "10", "--jobs", "1", "--report", "none"]
        code = main(["run", world.net_file, *words, "-o", str(folder)])
        said = capsys.readouterr()
        assert code in (0, 1, 2)
        assert "Traceback" not in said.out + said.err
        for log in folder.rglob("process.log"):
            assert "Traceback" not in log.read_text(errors="replace"), data
        if code == 2:
            assert len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize("mutation", OF_TEXT, ids=names(OF_TEXT))
def test_sets_of_maps_and_costs(tmp_path: Path, mutation: Mutation) -> None:
    path = tmp_path / "mutant.toml"
    frontier = Path(__file__).parents[2] / "bench" / "control" / "frontier.toml"
    for data in mutants(frontier, mutation, ROUNDS):
        path.write_bytes(data)
        with refused_in_one_line(path.name):
            read_set(path, Map())
    for data in mutants(DEFAULT, mutation, ROUNDS):
        path.write_bytes(data)
        with refused_in_one_line(path.name):
            read_unit_costs(path)


@pytest.mark.parametrize("mutation", OF_TEXT, ids=names(OF_TEXT))
def test_counts_and_detector_lists(tmp_path: Path, mutation: Mutation) -> None:
    counts, functions, path = tmp_path / "counts.csv", tmp_path / "functions.csv", tmp_path / "mutant.csv"
    rows = (f"a_{k},{900 * k},{900 * (k + 1)},5\n" for k in range(9))
    counts.write_text("lane,begin_s,end_s,vehicles\n" + "".join(rows))
    functions.write_text("DeviceId,Phase,Parameter,Function\n" + "".join(f"7,{k},{k},Presence\n" for k in range(9)))
    nowhere = Layout((), {})
    for source, read in ((counts, lambda: read_counts(path, nowhere)), (functions, lambda: read_functions(path))):
        for data in mutants(source, mutation, ROUNDS):
            path.write_bytes(data)
            with refused_in_one_line(path.name):
                read()


@pytest.mark.parametrize("mutation", OF_BYTES, ids=names(OF_BYTES))
def test_tapes_and_journals(tmp_path: Path, mutation: Mutation) -> None:
    rows = np.arange(30.0)
    counts = np.ones((30, 2), dtype=np.uint16)
    whole = Tape(rows, counts, counts, np.ones((30, 2)), ("a", "b"), ("s",), ("Gr",), ((0, 0, "rG"), (9, 0, "Gr")))
    write_tape(whole, tmp_path / "tape.npz")
    for data in mutants(tmp_path / "tape.npz", mutation, 4 * ROUNDS):
        (tmp_path / "mutant.npz").write_bytes(data)
        with refused_in_one_line("mutant.npz"):
            read_tape(tmp_path / "mutant.npz")
    journal = Journal(tmp_path / "journal", HEADER)
    for k in range(20):
        journal.write(entry(k))
    journal.close()
    (segment,) = (tmp_path / "journal").iterdir()
    for data in mutants(segment, mutation, ROUNDS):
        segment.write_bytes(data)
        read_journal(tmp_path / "journal")
