"""Networks of the SUMO installation and small ones built on the spot."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import sumo

HOME = Path(sumo.SUMO_HOME)
REAL_WORLD = HOME / "tools" / "sumolib" / "scenario" / "scenarios" / "RealWorld"

Grid = Callable[..., Path]
Built = Callable[..., Path]


def run_tool(name: str, *arguments: str) -> str:
    """Run a program of the SUMO installation; what it said, or a failed test."""
    command = [str(HOME / "bin" / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def game() -> Path:
    """The folder of the games that come with SUMO."""
    return HOME / "tools" / "game"


@pytest.fixture(scope="session")
def rilsa() -> Callable[[int], Path]:
    """Network of one of the guideline's example intersections, 1 to 4."""
    return lambda number: REAL_WORLD / f"RiLSA_example{number}" / f"rilsa{number}.net.xml"


@pytest.fixture(scope="session")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Grid:
    """`grid(3, "--crossings.guess")`: a grid of signals made by netgenerate, each kind once per session."""
    made: dict[tuple[object, ...], Path] = {}

    def make(number: int, *options: str) -> Path:
        key = (number, *options)
        if key not in made:
            made[key] = tmp_path_factory.mktemp("grid") / "grid.net.xml"
            fixed = ["--grid", "--grid.number", str(number), "--grid.length", "200", "--seed", "1"]
            run_tool("netgenerate", *fixed, "-j", "traffic_light", *options, "-o", str(made[key]))
        return made[key]

    return make


@pytest.fixture
def built(tmp_path: Path) -> Built:
    """`built(nodes, edges, connections)`: a network made by netconvert from lines of plain XML."""

    def make(nodes: str, edges: str, connections: str = "", *, turnarounds: bool = False) -> Path:
        parts = {"nod": f"<nodes>{nodes}</nodes>", "edg": f"<edges>{edges}</edges>"}
        if connections:
            parts["con"] = f"<connections>{connections}</connections>"
        switches = {"nod": "-n", "edg": "-e", "con": "-x"}
        arguments: list[str] = []
        for kind, text in parts.items():
            file = tmp_path / f"plain.{kind}.xml"
            file.write_text(text, encoding="utf-8")
            arguments += [switches[kind], str(file)]
        output = tmp_path / "built.net.xml"
        run_tool("netconvert", *arguments, "--no-turnarounds", str(not turnarounds), "-o", str(output))
        return output

    return make


@pytest.fixture
def simulate(tmp_path: Path) -> Callable[..., Path]:
    """`simulate(network, ...options)`: plain SUMO in a folder of its own, which is returned."""

    def run(network: Path, *options: str) -> Path:
        run_tool("sumo", "-n", str(network), "--no-step-log", *options)
        return tmp_path

    return run
