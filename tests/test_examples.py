"""Every example runs as a user would run it, in a folder of his own, and writes nothing beside itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SHORT_S = "120"
SAYS = {
    "own_scenario.py": "adaptive against fixed:",
    "own_controller.py": "own_controller:GapOut",
    "one_intersection.py": "GGrr",
    "own_detectors.py": "worked with: OWN",
    "look_inside.py": "picture: ",
}


def test_every_example_is_run_here() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_it_runs(name: str, tmp_path: Path) -> None:
    before = {path.name for path in EXAMPLES.iterdir()} - {"__pycache__"}
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    done = subprocess.run([sys.executable, str(EXAMPLES / name), str(tmp_path / "out"), SHORT_S], cwd=tmp_path,
                          env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert SAYS[name] in done.stdout
    assert {path.name for path in EXAMPLES.iterdir()} - {"__pycache__"} == before
