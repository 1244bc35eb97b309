"""What delay, fuel and CO2 cost per hour, by the unit costs of one file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from network.errors import ScenarioError
from network.files import read_text

DEFAULT = Path(__file__).with_name("costs.toml")


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Unit costs, as documented in costs.toml."""

    currency: str
    value_of_time_per_hour: float
    persons_per_vehicle: float
    fuel_per_litre: float
    fuel_kg_per_litre: float
    co2_per_tonne: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Per hour of simulated time, in the currency of the unit costs."""

    time: float
    fuel: float
    co2: float

    @property
    def total(self) -> float:
        """All together."""
        return self.time + self.fuel + self.co2


def read_unit_costs(path: Path = DEFAULT) -> UnitCosts:
    """Unit costs from a TOML file; ScenarioError names the file and what is missing."""
    try:
        found = tomllib.loads(read_text(path, "give a TOML file of unit costs"))
        values = {field.name: found[field.name] for field in fields(UnitCosts)}
        numbers = {name: float(value) for name, value in values.items() if name != "currency"}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ScenarioError(f"{path}: no table of unit costs ({type(error).__name__}: {error})") from error
    return UnitCosts(str(values["currency"]), **numbers)


def cost_per_hour(delay_h: float, grams: Mapping[str, float], duration_s: float, unit: UnitCosts) -> Cost:
    """``delay_h`` in vehicle-hours, ``grams`` of fuel and CO2, all over ``duration_s``."""
    hours = max(duration_s, 1.0) / 3600.0
    litres = grams.get("fuel", 0.0) / 1000.0 / unit.fuel_kg_per_litre
    return Cost(
        delay_h * unit.persons_per_vehicle * unit.value_of_time_per_hour / hours,
        litres * unit.fuel_per_litre / hours,
        grams.get("CO2", 0.0) / 1e6 * unit.co2_per_tonne / hours,
    )
