"""Every example runs as a user would run it, in a folder of his own, and writes nothing beside itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SAYS = {  # for how long, and what is said then
    "own_scenario.py": ("120", "adaptive against fixed:"),
    "own_controller.py": ("120", "own_controller:GapOut"),
    "one_intersection.py": ("120", "GGrr"),
    "own_detectors.py": ("1000", "loop 0: DEAD, worked with: BESIDE"),
    "look_inside.py": ("120", "picture: "),
}


def test_every_example_is_run_here() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_it_runs(name: str, tmp_path: Path) -> None:
    seconds, said = SAYS[name]
    before = {path.name for path in EXAMPLES.iterdir()} - {"__pycache__"}
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    done = subprocess.run([sys.executable, str(EXAMPLES / name), str(tmp_path / "out"), seconds], cwd=tmp_path,
                          env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert {path.name for path in EXAMPLES.iterdir()} - {"__pycache__"} == before
