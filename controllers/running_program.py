"""Signal programs as a running SUMO tells them."""

from __future__ import annotations

from dataclasses import replace
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
    found = known_programs(lights, signal_id).get(running, Program(signal_id, running, "off", 0.0, (), {}))
    return replace(found, offset_s=float(lights.getParameter(signal_id, "offset") or 0.0)) if found.intervals else found


def known_programs(lights: Any, signal_id: str) -> dict[str, Program]:
    """Every program that ``signal_id`` might run, by id; SUMO tells no offsets of those that do not run."""
    return {
        str(logic.programID): Program(
            signal_id, str(logic.programID), KINDS.get(logic.type, f"type {logic.type}"), 0.0,
            tuple(_interval(row) for row in logic.phases), dict(logic.subParameter))
        for logic in lights.getAllProgramLogics(signal_id)
    }  # fmt: skip


def _interval(row: Any) -> Interval:
    return Interval(
        str(row.state), float(row.duration), float(row.minDur), float(row.maxDur), tuple(row.next),
        str(row.name),
    )
