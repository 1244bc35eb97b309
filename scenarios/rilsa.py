"""The guideline intersections inside the SUMO package: plans after the German RiLSA, with its counts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

from network.errors import ScenarioError
from network.sumo_package import tools

EXAMPLES = (1, 2, 3, 4)
FOLDER = Path("sumolib/scenario/scenarios/RealWorld")


def write_rilsa(folder: str | Path, example: int) -> Path:
    """Make example 1 to 4 runnable in ``folder``: its demand and a configuration; returns the .sumocfg."""
    source, place = tools() / FOLDER / f"RiLSA_example{example}", Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    _write_routes(source, place)
    inputs = {
        "net-file": str(source / f"rilsa{example}.net.xml"),
        "route-files": "flows.rou.xml",
        "additional-files": f"{source / 'vtypes.add.xml'},{source / f'rilsa{example}_tls.add.xml'}",
    }
    lines = [f"        <{name} value={quoteattr(value)}/>" for name, value in inputs.items()]
    config = place / f"rilsa{example}.sumocfg"
    config.write_text(
        "\n".join(
            [
                "<configuration>",
                "    <input>",
                *lines,
                "    </input>",
                '    <time><begin value="0"/><end value="3600"/></time>',
                "</configuration>",
                "",
            ]
        ),
        encoding="utf-8",
    )
    return config


def _write_routes(source: Path, place: Path) -> None:
    """SUMO's own script writes flows.rou.xml into the directory it runs in."""
    script = source / "makeRoutes.py"
    done = subprocess.run(
        [sys.executable, "-B", str(script)], cwd=place, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ScenarioError(f"{script}: failed: {(done.stderr.splitlines() or ['no message'])[-1]}")
