"""A controller killed at any moment and started again: no green cut, no clearance missed, the journal taken up."""

from __future__ import annotations

import multiprocessing
import random
from pathlib import Path
from typing import Any

from bench.audit.verify_states import verify
from controllers.logs.journal import read_journal
from controllers.sumo.port import SumoPort
from network.build import build_signals
from network.loops.detectors import lay_out, write_additional
from network.program.programs import read_programs
from network.roads.reader import read_network
from scenarios.generated import GridPlan, write_scenario
from tests.controllers.remote_drive import control, serve

KILLS = 5
END_S = 420
PLAN = GridPlan(columns=2, rows=1, row_vph=700.0, column_vph=350.0, end_s=END_S)


def test_a_killed_controller_goes_on_where_it_was(tmp_path: Path) -> None:
    config = write_scenario(tmp_path, PLAN, 1, "street")
    net, loops, states = tmp_path / "street.net.xml", tmp_path / "loops.add.xml", tmp_path / "states.xml"
    network = read_network(net)
    signals = build_signals(network, read_programs([net]), "plan")
    layout = lay_out(network, signals)
    write_additional(layout, loops)
    record = tmp_path / "record.add.xml"
    record.write_text("<additional>" + "".join(
        f'<timedEvent type="SaveTLSStates" source="{i}" dest="{states}"/>' for i in signals) + "</additional>")
    port = SumoPort("libsumo", ["-c", str(config), "-a", f"{loops},{record}", "--no-warnings", "--no-step-log"])
    port.start()
    draw, spawn, said = random.Random(3), multiprocessing.get_context("spawn"), list[tuple[Any, ...]]()
    try:
        for life in range(KILLS + 1):
            ours, theirs = spawn.Pipe()
            killed_s = port.time_s + draw.uniform(40.0, 70.0) if life < KILLS else END_S
            process = spawn.Process(target=control, args=(
                theirs, tuple(signals.values()), layout, "plan", tmp_path / "journal", float(END_S)))
            process.start()
            said += serve(port, ours, killed_s)
            process.kill()
            process.join()
            _, entries = read_journal(tmp_path / "journal")
            assert entries[-1].time_s >= port.time_s - 1.0
            if life < KILLS:
                port.step_to(port.time_s + draw.randrange(4))
    finally:
        port.close()
    resumed = [line[1] for line in said if line[0] == "resumed"]
    assert resumed[0] == 0
    assert all(seconds > 30 for seconds in resumed[1:])
    assert any(max(line[2]) > 5 for line in said if line[0] == "resumed" and line[1])
    reports = verify(net, states, rule="plan")
    assert {report.signal for report in reports} == set(signals)
    assert [report.violations for report in reports] == [0] * len(reports), [r.examples for r in reports]
