"""Two processes in one folder would both order a controller about: the second is refused, until the first is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.main import main
from controllers.cabinet.alone import alone
from controllers.cabinet.site import parse_site
from controllers.cabinet.site_text import write_toml
from network.errors import ScenarioError
from tests.cabinet.sites import crossing_with_pairs
from tests.field.desks import ACCESS, free_port

HOLDS = """
import sys, time
from pathlib import Path
from controllers.cabinet.alone import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_held_by_one_and_free_once_that_one_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"
            with pytest.raises(ScenarioError, match="another cabinet process"), alone(tmp_path):
                pass
        finally:
            other.kill()
    with alone(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = False
    with alone(tmp_path / "file"):
        ran = True
    assert ran


def test_the_second_process_says_so_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", ACCESS.community)
    folder, path = tmp_path / "out", tmp_path / "site.toml"
    site = parse_site(crossing_with_pairs(port=free_port()) | {"service": {"folder": str(folder)}}, "alone")
    path.write_text(write_toml(site), encoding="utf-8")
    with alone(folder):
        assert main(["cabinet", "run", str(path), "--mode", "drive", "--seconds", "1"]) == 2
    assert "another cabinet process runs and writes there" in capfd.readouterr().err
    assert list(folder.iterdir()) == []
