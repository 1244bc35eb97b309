"""``site``, ``desk`` and ``cabinet check`` from the command line, on a network of our own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.cli.main import main
from controllers.cabinet.site import read_site
from controllers.cabinet.site_text import write_toml
from tests.cabinet.sites import crossing_site
from tests.field.desks import free_port

ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site", "--schema"]) == 0
    assert '"SignalSite"' in capsys.readouterr().out


def test_a_site_needs_a_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site"]) == 2
    assert "name a .sumocfg" in capsys.readouterr().err


def test_a_controller_that_does_not_answer_is_unsafe_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "desk")
    path = tmp_path / "site.toml"
    path.write_text(write_toml(crossing_site(port=free_port(), timeout_s=0.05)), encoding="utf-8")
    assert main(["cabinet", "check", str(path)]) == 1
    assert "no answer" in capsys.readouterr().out


def test_groups_ordered_one_by_one_have_the_same_conflicts(tmp_path: Path, shared_map: object) -> None:
    config = str(shared_map("cologne1") / "cologne1.sumocfg")  # type: ignore[operator]
    groups = {}
    for protocol in ("rsmp", "tlcfi"):
        path = tmp_path / f"{protocol}.toml"
        assert main(["site", config, "--link", protocol, "-o", str(path)]) == 0
        signal = read_site(path).signals[0]
        assert signal.link.protocol == protocol
        assert all({int(c) for c in one.clear_s} == set(one.conflicts) for one in signal.groups)
        groups[protocol] = {link: group for group in signal.groups for link in group.links}
    assert groups["rsmp"].keys() == groups["tlcfi"].keys()
    whole, single = ({one.channel for one in groups[name].values()} for name in ("rsmp", "tlcfi"))
    assert len(single) > len(whole)


@pytest.mark.nightly
def test_a_site_a_desk_and_what_is_wrong_between_them(tmp_path: Path, shared_map: object) -> None:
    """On a real junction: the site file fits the desk, and a time that is shorter there is unsafe."""
    folder = shared_map("cologne1")  # type: ignore[operator]
    config, site, port = str(folder / "cologne1.sumocfg"), tmp_path / "site.toml", free_port()
    assert main(["site", config, "-o", str(site)]) == 0
    text = site.read_text(encoding="utf-8").replace("port = 161\n", f"port = {port}\n").replace(
        'version = "1"', 'version = "2c"').replace("timeout_s = 0.25", "timeout_s = 2.0")
    site.write_text(text, encoding="utf-8")
    assert len(read_site(site).signals[0].stages) == 8
    environment = {**os.environ, "SIGNAL_CORE_COMMUNITY": "desk", "PYTHONPATH": str(ROOT)}
    desk = subprocess.Popen([sys.executable, "-m", "bench", "desk", config, "--site", str(site), "--port", str(port)],
                            env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert desk.stdout is not None
        assert "NTCIP on" in desk.stdout.readline()
        time.sleep(5)

        def check(path: Path) -> subprocess.CompletedProcess[str]:
            return subprocess.run([sys.executable, "-m", "bench", "cabinet", "check", str(path)], env=environment,
                                  capture_output=True, text=True, check=False)

        good = check(site)
        assert good.returncode == 0, good.stdout
        stricter = tmp_path / "stricter.toml"
        stricter.write_text(text.replace("yellow_s = 5.0\nred_clear", "yellow_s = 5.5\nred_clear"), encoding="utf-8")
        bad = check(stricter)
        assert bad.returncode == 1
        assert "yellow 5 s at the controller, 5.5 s in the site file" in bad.stdout
    finally:
        desk.terminate()
        desk.communicate(timeout=20)
