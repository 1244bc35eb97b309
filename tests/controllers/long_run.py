"""A day of a generated town under adaptive control, taped, and the memory of its process over time, SUMO's included.

``python -m tests.controllers.long_run FOLDER HOURS`` prints JSON: [time in s, resident memory in MB] every ten minutes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench.studies.speed.measure import resident_kb
from controllers.driving.drive import Drive
from controllers.logs.taping import TapingPort, write_tape
from controllers.registry import get
from controllers.sumo.port import SumoPort
from network.build import build_signals
from network.loops.detectors import lay_out, write_additional
from network.program.programs import read_programs
from network.roads.reader import read_network
from scenarios.generated import GridPlan, write_scenario
from signal_core.settings import Settings

EVERY_S = 600


def run(folder: Path, hours: float) -> list[tuple[float, float]]:
    """(time in s, resident MB) every ten minutes, and at the end."""
    end_s = round(hours * 3600)
    plan = GridPlan(columns=4, rows=3, row_vph=450.0, column_vph=300.0, end_s=end_s)
    config = write_scenario(folder, plan, 1, "town")
    net, loops = config.with_suffix(".net.xml"), folder / "loops.add.xml"
    network = read_network(net)
    signals = build_signals(network, read_programs([net]), "plan")
    layout = lay_out(network, signals)
    write_additional(layout, loops)
    port = SumoPort("libsumo", ["-c", str(config), "-a", str(loops), "--no-warnings", "--no-step-log",
                                "--tripinfo-output", str(folder / "tripinfo.xml")])  # fmt: skip
    port.start()
    taping, seen = TapingPort(port, folder), list[tuple[float, float]]()
    drive = Drive(taping, get("adaptive").make(Settings()), tuple(signals.values()), layout, Settings(), "plan",
                  journal=folder / "journal")  # fmt: skip
    try:
        while port.time_s < end_s:
            drive.run(min(end_s, port.time_s + EVERY_S))
            seen.append((port.time_s, resident_kb() / 1000.0))
        write_tape(taping.tape(), folder / "tape.npz")
        seen.append((port.time_s, resident_kb() / 1000.0))
    finally:
        port.close()
    return seen


if __name__ == "__main__":
    print(f"\n{json.dumps(run(Path(sys.argv[1]), float(sys.argv[2])))}")
