"""Signal programs as a running SUMO tells them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from network.program.signals import Interval, Program

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
STATIC = KINDS[0]


def running_program(lights: Any, signal_id: str, now_s: float) -> Program:
    """The program ``signal_id`` runs now; ``lights`` is the traffic light domain of libsumo or traci."""
    running = lights.getProgram(signal_id)
    found = known_programs(lights, signal_id).get(running, Program(signal_id, running, "off", 0.0, (), {}))
    return replace(found, offset_s=_offset_s(lights, found, now_s)) if found.intervals else found


def _offset_s(lights: Any, program: Program, now_s: float) -> float:
    """The offset that the program runs by.

    SUMO does not tell one that a tlLogic without rows has given it, so it is read from where the program stands.
    """
    rows, signal_id = program.intervals, program.signal_id
    if program.kind != STATIC or any(row.next for row in rows):
        return float(lights.getParameter(signal_id, "offset") or 0.0)
    ends_s = sum(row.duration_s for row in rows[: lights.getPhase(signal_id) + 1])
    left_s = lights.getNextSwitch(signal_id) - now_s
    return float(round((now_s - ends_s + left_s) % max(sum(row.duration_s for row in rows), 1.0), 3))


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
