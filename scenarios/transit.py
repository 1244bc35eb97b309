"""A street of five signals with buses that keep a timetable, and one on which blue lights are under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scenarios.generated import STREET, GridPlan, write_scenario

NEAR_CAPACITY = replace(STREET, row_vph=1125.0, column_vph=306.0)
"""At 0.9 of what adaptive control can carry there; more than the plan can."""
BUS_EVERY_S, BUS_FROM_S = 150, 60
DWELL_S, ALLOWED_S = 15, 14
"""At a stop, and what the timetable has for a signal."""
STOP_M = 60.0
"""Before the bays begin: some 120 m before the line."""
BLUE_EVERY_S, BLUE_FROM_S = 300, 400
BLUE = '<param key="has.bluelight.device" value="true"/>'
TYPES = ('<vType id="bus" vClass="bus"/>', f'<vType id="blue" vClass="emergency" speedFactor="1.2">{BLUE}</vType>')


def write_busline(folder: str | Path, plan: GridPlan = STREET, seed: int = 1) -> Path:
    """The street with a line of buses in either direction; returns the .sumocfg."""
    config = write_scenario(folder, plan, seed, "busline")
    _add(config, [line for east in (True, False) for line in _buses(plan, east)])
    return config


def write_bluelight(folder: str | Path, plan: GridPlan = NEAR_CAPACITY, seed: int = 1) -> Path:
    """The street near capacity with a vehicle under blue lights along it now and then; returns the .sumocfg."""
    config = write_scenario(folder, plan, seed, "bluelight")
    times_s = range(BLUE_FROM_S, plan.end_s - BLUE_EVERY_S, BLUE_EVERY_S)
    _add(config, [_blue(plan, k, time_s) for k, time_s in enumerate(times_s)])
    return config


def _way(plan: GridPlan, east: bool) -> tuple[list[str], str]:
    """The edges before each signal, and the last edge; the row in the middle."""
    row = plan.rows // 2 + 1
    columns = list(range(plan.columns + 2)) if east else list(range(plan.columns + 1, -1, -1))
    edges = [f"{a}x{row}_{b}x{row}" for a, b in zip(columns, columns[1:], strict=False)]
    return edges[:-1], edges[-1]


def _buses(plan: GridPlan, east: bool) -> Iterator[tuple[float, str]]:
    edges, last = _way(plan, east)
    between_s = plan.spacing_m / plan.speed_mps + DWELL_S + ALLOWED_S
    for k, depart_s in enumerate(range(BUS_FROM_S + 40 * (not east), plan.end_s - 300, BUS_EVERY_S)):
        stops = "".join(
            f'<stop lane="{edge}_0" endPos="{plan.spacing_m - plan.turn_lane_m - STOP_M:g}" duration="{DWELL_S}" '
            f'until="{depart_s + round((n + 1) * between_s)}"/>'
            for n, edge in enumerate(edges)
        )
        name = f"bus{'EW'[not east]}{k}"
        yield depart_s, (f'    <trip id="{name}" type="bus" depart="{depart_s}.00" from="{edges[0]}" to="{last}" '
                         f'departLane="0" departSpeed="max">{stops}</trip>')  # fmt: skip


def _blue(plan: GridPlan, k: int, time_s: int) -> tuple[float, str]:
    edges, last = _way(plan, k % 2 == 0)
    return time_s, (f'    <trip id="blue{k}" type="blue" depart="{time_s}.00" from="{edges[0]}" to="{last}" '
                    'departLane="best" departSpeed="max"/>')  # fmt: skip


def _add(config: Path, vehicles: list[tuple[float, str]]) -> None:
    """Put vehicles among the trips, in the order of departure."""
    path = config.with_name(f"{config.stem}.rou.xml")
    lines = path.read_text(encoding="utf-8").splitlines()[1:-1]
    trips = [(float(line.partition('depart="')[2].partition('"')[0]), line) for line in lines]
    ordered = [line for _, line in sorted([*trips, *vehicles], key=lambda each: each[0])]
    path.write_text("\n".join(["<routes>", *(f"    {each}" for each in TYPES), *ordered, "</routes>", ""]),
                    encoding="utf-8")  # fmt: skip
