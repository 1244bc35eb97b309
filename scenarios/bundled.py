"""Worlds that need no file from the user, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from network.errors import ScenarioError, offered
from scenarios.detour import write_detour
from scenarios.generated import ARTERIAL, STREET, GridPlan, write_scenario
from scenarios.hard import HARD
from scenarios.irregular import IrregularPlan, write_irregular
from scenarios.joined import DiamondPlan, DividedPlan, write_diamond, write_divided
from scenarios.level_crossing import write_level_crossing
from scenarios.rilsa import EXAMPLES, write_rilsa
from scenarios.transit import write_bluelight, write_busline

UNEVEN = GridPlan(columns=4, rows=3, spacing_m=220.0, row_lanes=1, column_lanes=1, row_vph=380.0, column_vph=380.0,
                  through=0.4, uneven=0.8)  # fmt: skip

CROSSINGS = GridPlan(spacing_m=200.0, row_lanes=2, column_lanes=1, row_vph=480.0, column_vph=260.0, crossings=True)

SIDESTREETS = GridPlan(columns=5, rows=1, spacing_m=160.0, row_vph=900.0, column_vph=330.0, through=0.3,
                       turn_lane_m=40.0, column_turn_lanes=False)  # fmt: skip

SEPARATE = DividedPlan(inner_m=16.0, separate=True, row_vph=1120.0, column_vph=960.0)


def _rilsa(example: int) -> Callable[[Path], Path]:
    return lambda folder: write_rilsa(folder, example)


WORLDS: dict[str, Callable[[Path], Path]] = {
    "arterial": lambda folder: write_scenario(folder, ARTERIAL, name="arterial"),
    "grid": lambda folder: write_scenario(folder, GridPlan(), name="grid"),
    "uneven": lambda folder: write_scenario(folder, UNEVEN, 7, "uneven"),
    "crossings": lambda folder: write_scenario(folder, CROSSINGS, name="crossings"),
    "sidestreets": lambda folder: write_scenario(folder, SIDESTREETS, name="sidestreets"),
    "irregular": lambda folder: write_irregular(folder, IrregularPlan()),
    "diamond": lambda folder: write_diamond(folder, DiamondPlan()),
    "divided": lambda folder: write_divided(folder, DividedPlan()),
    "separate": lambda folder: write_divided(folder, SEPARATE, name="separate"),
    **{f"rilsa{example}": _rilsa(example) for example in EXAMPLES},
}


DEMO = "street"
PRIORITY: dict[str, Callable[[Path], Path]] = {"busline": write_busline, "bluelight": write_bluelight,
                                                "level_crossing": write_level_crossing}  # fmt: skip
"""Somebody asks for green there."""
ADVICE: dict[str, Callable[[Path], Path]] = {"detour": write_detour}
"""Route advice helps there."""
ALL_WORLDS = {DEMO: lambda folder: write_scenario(folder, STREET, name=DEMO), **WORLDS, **HARD, **PRIORITY,
              **ADVICE}  # fmt: skip


def write_world(name: str, folder: Path) -> Path:
    """Write one of `ALL_WORLDS` into ``folder``; returns its .sumocfg. Raises ScenarioError for any other."""
    if name not in ALL_WORLDS:
        raise ScenarioError(f"unknown world '{name}'; {offered(name, ALL_WORLDS)}")
    return ALL_WORLDS[name](folder)
