"""The commands of docs/getting-started/openstreetmap.md, word for word, on a made-up town."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sumo

from bench.cli.main import main
from tests.bench.osm_town import write_town

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "getting-started" / "openstreetmap.md"


def _commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.replace("$SUMO_HOME", sumo.SUMO_HOME).split() for line in lines if not line.startswith("export ")]


def _run(command: list[str], folder: Path) -> None:
    """A tool of SUMO, as the page calls it."""
    programs = {"netconvert": [str(Path(sumo.SUMO_HOME) / "bin" / "netconvert")], "python": [sys.executable]}
    environment = {**os.environ, "SUMO_HOME": sumo.SUMO_HOME}
    done = subprocess.run([*programs[command[0]], *command[1:]], cwd=folder, env=environment, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def test_the_page_leads_from_a_map_to_a_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_town(tmp_path / "town.osm")
    monkeypatch.chdir(tmp_path)
    ours = [command[1:] for command in _commands() if command[0] == "signal-core"]
    tools = [command for command in _commands() if command[0] != "signal-core"]
    assert [command[0] for command in tools] == ["netconvert", "python"]
    for command in tools:
        _run(command, tmp_path)
    check, compare = ours
    assert main(check) == 0
    at = compare.index("--")
    assert main([*compare[:at], "-b", "0", "-e", "300", "--seeds", "1", "--report", "none", *compare[at:]]) == 0
    said = capsys.readouterr().out
    assert "6 of 6 signals can be controlled" in said
    assert (tmp_path / "town-results" / "results.json").is_file()
