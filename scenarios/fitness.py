"""What of a scenario's options stands against controlling its signals, before SUMO is started for it."""

from __future__ import annotations

from network.errors import ScenarioError
from scenarios.config import Scenario

TRUE = frozenset({"1", "yes", "true", "on", "x", "t"})  # as SUMO reads it
LONGEST_STEP_S = 1.0


def hindrances(scenario: Scenario) -> list[tuple[str, str]]:
    """Why no run can be made, and what to do, for each reason."""
    found = []
    if scenario.options.get("mesosim", "").lower() in TRUE:
        found.append(("mesosim is on, and signals are controlled in the microscopic model only",
                      "turn it off: -- --mesosim false"))  # fmt: skip
    if scenario.step_s > LONGEST_STEP_S:
        found.append((f"step-length is {scenario.step_s:g} s; control decides every second and needs 1 s or less",
                      "set it: -- --step-length 1"))  # fmt: skip
    return found


def require_fit(scenario: Scenario) -> None:
    """ScenarioError with the first of `hindrances`, or where nothing could bring traffic."""
    if not scenario.route_files and not scenario.additional_files and "load-state" not in scenario.options:
        raise ScenarioError(f"{scenario.source}: no routes, so nobody would drive; give some with -r ROUTES, or have "
                            "trips made by SUMO's randomTrips.py")
    for what, fix in hindrances(scenario):
        raise ScenarioError(f"{scenario.source}: {what}; {fix}")


def stretched_second(scenario: Scenario) -> str:
    """That a second of control lasts longer, where the steps do not divide it; else empty."""
    step_ms = round(1000.0 * scenario.step_s)
    second_ms = -(-1000 // step_ms) * step_ms
    if second_ms == 1000 or scenario.step_s > LONGEST_STEP_S:
        return ""
    return (f"step-length {scenario.step_s:g} s does not divide 1 s: a decision comes every {second_ms / 1000:g} s and "
            "all times of control last as much longer; 0.5, 0.2 or 0.1 would be exact")  # fmt: skip
