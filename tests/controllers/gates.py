"""A run on a level crossing before a signal: who stands on the way off the track, and on it, second by second."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from controllers.driving.drive import Drive
from controllers.laws.adaptive import Adaptive
from controllers.sumo.port import SumoPort
from network.build import build_signals
from network.loops.detectors import lay_out, write_additional
from network.program.programs import read_programs
from network.roads.reader import read_network
from scenarios.level_crossing import write_level_crossing
from signal_core.requests import RequestRecord
from signal_core.settings import Settings

WAY_OFF, TRACK = "XC_0", (":X_0_0", ":X_1_0", ":X_2_0")


@dataclass(frozen=True)
class Gates:
    """standing: vehicles on the way off the track as the gate began to close, each time; on_track: the most that stood
    on it while the gate was closed."""

    standing: list[int]
    on_track: int
    requests: list[RequestRecord]
    trips: int


def drive_gates(folder: Path, settings: Settings, end_s: float) -> Gates:
    """Adaptive control until `end_s`."""
    config = write_level_crossing(folder)
    net, states = config.with_suffix(".net.xml"), folder / "states.xml"
    (folder / "out.add.xml").write_text(
        f'<additional><timedEvent type="SaveTLSStates" source="X" dest="{states}"/></additional>', encoding="utf-8")
    network = read_network(net)
    signals = build_signals(network, read_programs([net]))
    layout = lay_out(network, signals)
    write_additional(layout, folder / "loops.add.xml")
    files = f"{folder / 'loops.add.xml'},{folder / 'out.add.xml'}"
    port = SumoPort("libsumo", ["-c", str(config), "-a", files, "--no-warnings", "--no-step-log"])
    port.start()
    seen: dict[float, tuple[int, int]] = {}

    def note(now_s: float) -> None:
        standing, _ = port.read_lanes()
        seen[round(now_s)] = int(standing[0]), int(standing[1:].sum())

    try:
        run = Drive(port, Adaptive(settings), tuple(signals.values()), layout, settings, "plan")
        port.watch_lanes([(lane, 0.0) for lane in (WAY_OFF, *TRACK)])
        run.run(end_s, note)
    finally:
        port.close()
    gate = {round(float(row.attrib["time"])): row.attrib["state"][0]
            for row in ET.parse(states).getroot().iter("tlsState")}  # fmt: skip
    closing = [s for s in sorted(gate) if gate[s] == "y" and gate.get(s - 1) == "G"]
    closed = [s for s in gate if gate[s] == "r"]
    book = run.engine.requests
    return Gates([seen[s][0] for s in closing if s in seen], max((seen[s][1] for s in closed if s in seen), default=0),
                 [*book.ended, *book.alive], run.record.interlock_trips)  # fmt: skip
