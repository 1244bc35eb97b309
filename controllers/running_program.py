"""Signal programs as a running SUMO tells them."""

from __future__ import annotations

from typing import Any

from network.signals import Interval, Program

# SUMO's TrafficLightType
KINDS = {
    0: "static",
    1: "rail_signal",
    2: "rail_crossing",
    3: "actuated",
    4: "NEMA",
    5: "delay_based",
    13: "off",
}


def running_program(lights: Any, signal_id: str) -> Program:
    """The program ``signal_id`` runs now; ``lights`` is the traffic light domain of libsumo or traci."""
    running = lights.getProgram(signal_id)
    logics = {logic.programID: logic for logic in lights.getAllProgramLogics(signal_id)}
    if running not in logics:
        return Program(signal_id, running, "off", 0.0, (), {})
    logic = logics[running]
    kind = KINDS.get(logic.type, f"type {logic.type}")
    rows = tuple(_interval(row) for row in logic.phases)
    offset_s = float(lights.getParameter(signal_id, "offset") or 0.0)
    return Program(signal_id, running, kind, offset_s, rows, dict(logic.subParameter))


def _interval(row: Any) -> Interval:
    return Interval(
        str(row.state), float(row.duration), float(row.minDur), float(row.maxDur), tuple(row.next),
        str(row.name),
    )
