"""What the benchmark runs on: .sumocfg files, a set of them described in a TOML file, or worlds of our own.

A set (every key but `map` may also stand above all maps; paths are relative to the file or a folder)::

    sumo = ["--time-to-teleport", "-1"]
    [[map]]
    path = "cologne1/cologne1.sumocfg"    # or world = "grid"
    name = "cologne1"                     # default: that of the file
    protocol = "resco"
    begin = "7:00:00"
    end = 28800
    scales = [0.5, 1.0]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from network.errors import ScenarioError
from network.files import read_text
from network.safety.clearance import PROTOCOLS, Protocol
from scenarios.bundled import ALL_WORLDS, WORLDS, write_world
from scenarios.config import Scenario, load_scenario

NO_TELEPORT = ("--time-to-teleport", "-1")
MOST_SCALE = 100.0
"""Of demand: beyond it a run is a mistake that never ends."""


@dataclass(frozen=True, slots=True)
class Map:
    """A scenario (``path``) or one of our worlds by name (``world``), and how it is run. begin, end: None for as in it;
    sumo: options for SUMO."""

    name: str = ""
    path: str = ""
    world: str = ""
    protocol: Protocol = "plan"
    begin: str | None = None
    end: str | None = None
    sumo: tuple[str, ...] = ()
    scales: tuple[float, ...] = (1.0,)

    def scenario(self, scale: float, home: Path) -> Scenario:
        """At ``scale`` of its demand, which may have one of its own; files of our worlds are written below ``home``."""
        cfg = write_world(self.world, home / "worlds" / self.world) if self.world else Path(self.path)
        own = load_scenario(cfg, begin=self.begin, end=self.end, sumo_options=self.sumo)
        options = [*self.sumo, "--scale", f"{scale * float(own.options.get('scale', '1')):g}"]
        return load_scenario(cfg, begin=self.begin, end=self.end, sumo_options=options)

    def label(self, scale: float) -> str:
        """Also the name of its folder."""
        return f"{self.name or self.world or Path(self.path).name.partition('.')[0]}-x{scale:g}"


def given_maps(paths: Sequence[str], like: Map) -> list[Map]:
    """One per file, run as ``like`` says."""
    return [replace(like, path=str(Path(path).absolute())) for path in paths]


def own_maps(like: Map) -> list[Map]:
    """The worlds that need no file; nobody is taken off the road."""
    return [replace(like, world=name, sumo=(*NO_TELEPORT, *like.sumo)) for name in WORLDS]


def read_set(path: str | Path, like: Map, folder: str | Path | None = None) -> list[Map]:
    """The maps of a TOML file; what it leaves open is as ``like``. Raises ScenarioError naming the file.

    ``folder``: what their paths are relative to, default that of the file.
    """
    place = Path(folder or Path(path).parent).absolute()
    try:
        content = tomllib.loads(read_text(Path(path), "give a TOML file with [[map]] tables"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError(f"{path}: not TOML: {error}") from error
    tables = content.pop("map", None)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ScenarioError(f"{path}: no [[map]] tables here; write one per scenario, with its path")
    try:
        common = _with(like, content, place)
        found = [_with(common, table, place) for table in tables]
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    if any(bool(one.path) == bool(one.world) for one in found):
        raise ScenarioError(f"{path}: every [[map]] needs either a path or a world")
    return found


def _with(like: Map, table: Mapping[str, Any], place: Path) -> Map:
    """``like`` with what a table says; ValueError or TypeError says what is wrong in it."""
    known: dict[str, Any] = {}
    for key, value in table.items():
        if key in ("name", "begin", "end"):
            known[key] = str(value)
        elif key == "path":
            known[key] = str(place / str(value))
        elif key == "sumo":
            known[key] = (*map(str, _list(key, value)), *like.sumo)  # those of the command line come last and win
        elif key == "scales":
            known[key] = checked_scales(_list(key, value))
        elif key in ("protocol", "world"):
            known[key] = _one_of(key, value, PROTOCOLS if key == "protocol" else ALL_WORLDS)
        else:
            raise ValueError(f"unknown key '{key}'; there are name, path, world, protocol, begin, end, sumo, scales")
    return replace(like, **known)


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{key} = {value!r}: a list is needed")
    return value


def _one_of(key: str, value: Any, names: Iterable[str]) -> str:
    if value not in tuple(names):
        raise ValueError(f"{key} = {value!r}: choose from {', '.join(names)}")
    return str(value)


def checked_scales(values: Sequence[Any]) -> tuple[float, ...]:
    """Scales of demand, each above 0 and named once; ValueError otherwise."""
    found = tuple(float(value) for value in values)
    if not found or not all(0.0 < scale <= MOST_SCALE for scale in found) or len(set(found)) != len(found):
        raise ValueError(f"scales {', '.join(map(str, values)) or 'of nothing'}: give numbers above 0 and up to "
                         f"{MOST_SCALE:g}, each once")
    return found


def scales_of(text: str) -> tuple[float, ...]:
    """The value of --scales. Raises ScenarioError."""
    try:
        return checked_scales(text.split(","))
    except ValueError as error:
        raise ScenarioError(f"--scales '{text}': give numbers above 0 and up to {MOST_SCALE:g} by comma, such as "
                            "0.8,1,1.2") from error
