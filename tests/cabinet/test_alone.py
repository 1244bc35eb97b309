"""Two processes in one folder would both order a controller about: the second is refused, until the first is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.main import main
from controllers.cabinet.alone import alone, alone_at
from controllers.cabinet.site import Site, parse_site
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


def _site(folder: Path, port: int) -> Site:
    return parse_site(crossing_with_pairs(port=port) | {"service": {"folder": str(folder)}}, "alone")


def test_a_controller_is_given_orders_by_one(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    with alone_at(_site(tmp_path / "one", port).signals):
        said = f"ntcip 127.0.0.1:{port}: another cabinet process of this machine"
        with pytest.raises(ScenarioError, match=said), alone_at(_site(tmp_path / "two", port).signals):
            pass
        with alone_at(_site(tmp_path / "two", other).signals):
            pass
    with alone_at(_site(tmp_path / "two", port).signals):
        pass


def test_with_another_folder_the_second_process_may_look_and_not_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", ACCESS.community)
    path, site = tmp_path / "site.toml", _site(tmp_path / "two", free_port())
    path.write_text(write_toml(site), encoding="utf-8")
    with alone_at(site.signals):
        for mode, code in (("drive", 2), ("advise", 2), ("observe", 0)):
            assert main(["cabinet", "run", str(path), "--mode", mode, "--seconds", "1"]) == code
    assert capfd.readouterr().err.count("gives orders to this controller") == 2


def test_the_second_process_says_so_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", ACCESS.community)
    folder, path = tmp_path / "out", tmp_path / "site.toml"
    path.write_text(write_toml(_site(folder, free_port())), encoding="utf-8")
    with alone(folder):
        assert main(["cabinet", "run", str(path), "--mode", "drive", "--seconds", "1"]) == 2
    assert "another cabinet process runs and writes there" in capfd.readouterr().err
    assert list(folder.iterdir()) == []
