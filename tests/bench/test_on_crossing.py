"""Detectors on crossings from the command line to the lamps, and what is kept of the option."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bench.audit import verify_states
from bench.audit.on_foot import read_on_foot
from bench.audit.state_record import BadRecord
from bench.cli.main import main
from bench.measures.crossings import read_passages
from bench.runs.prepare import load
from bench.runs.spec import read_study
from bench.runs.stored import read_json
from controllers.cabinet.site import read_site
from tests.controllers.midblock import write_midblock


def test_clearances_end_when_nobody_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, out = write_midblock(tmp_path, 120.0), tmp_path / "out"
    words = ["compare", str(config), "-c", "adaptive", "--seeds", "1", "-e", "300", "-o", str(out)]
    assert main([*words, "--on-crossing"]) == 0
    run, net = out / "runs" / "adaptive" / "1", config.with_suffix(".net.xml")
    words = [str(net), str(run / "tlsstates.xml"), "--rule", "plan"]
    assert verify_states.main([*words, "--on-crossing", "4", "--on-foot", str(run / "onfoot.xml.gz")]) == 0
    assert verify_states.main(words) == 1, "the whole clearance did not run"
    study = read_study(out / "prepared" / "study.json")
    assert study.on_crossing_s == read_json(out / "results.json", "")["on_crossing_s"] == 4.0
    (signal,) = load(study).signals.values()
    assert signal.least_clear_s.tolist() == [0.0, 0.0, 4.0]
    assert main(["replay", str(out)]) == 0
    _explain_says_who_waits(out, run, tmp_path / "why.json")
    assert main(["check", str(config), "--on-crossing"]) == 0
    assert "9 s, 4 s if seen empty" in " ".join(capsys.readouterr().out.split())


def _explain_says_who_waits(out: Path, run: Path, written: Path) -> None:
    waited = max(read_passages(run / "onfoot.xml.gz", {":X_c0"}), key=lambda passage: passage.waited_s)
    time_s = waited.from_s - 3.0
    assert waited.waited_s > 4.0
    assert main(["explain", str(out), "--signal", "X", "--time", f"{time_s:g}", "-o", str(written)]) == 0
    (one,) = json.loads(written.read_text(encoding="utf-8"))["on_foot"]
    assert one["persons"] >= 1
    assert waited.waited_s - 3.0 <= one["waited_s"] <= waited.waited_s + 2.0


@pytest.mark.parametrize("text", ["-1", "3", "31", "soon"])
def test_a_clearance_that_is_none_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_midblock(tmp_path, 120.0)
    assert main(["compare", str(config), f"--on-crossing={text}"]) == 2
    assert "--on-crossing" in capsys.readouterr().err


def test_the_checker_needs_to_know_who_was_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_midblock(tmp_path, 120.0)
    with pytest.raises(SystemExit, match="2"):
        verify_states.main([str(config.with_suffix(".net.xml")), "states.xml", "--on-crossing", "4"])
    assert "--on-foot" in capsys.readouterr().err
    broken = tmp_path / "onfoot.xml.gz"
    broken.write_bytes(gzip.compress(b'<fcd-export><timestep time="soon"/></fcd-export>'))
    with pytest.raises(BadRecord, match="onfoot"):
        read_on_foot(broken)


def test_somebody_is_on_a_crossing_in_the_rows_that_say_so(tmp_path: Path) -> None:
    record = tmp_path / "onfoot.xml"
    record.write_text(
        '<fcd-export><timestep time="1.00"><person id="a" edge=":X_c0"/><person id="b" edge=":X_c0"/></timestep>'
        '<timestep time="2.00"/><timestep time="4.00"><person id="b" edge=":X_w0"/></timestep></fcd-export>',
        encoding="utf-8")  # fmt: skip
    found = read_on_foot(record)
    assert found.rows == {":X_c0": [1000], ":X_w0": [4000]}
    assert found.is_anybody(frozenset({":X_c0", ":Y_c0"}), 0, 1000)
    assert not found.is_anybody(frozenset({":X_c0", ":Y_c0"}), 1001, 9000)


def test_a_site_file_says_which_crossings_the_controller_clears_sooner(tmp_path: Path) -> None:
    config, written = write_midblock(tmp_path, 120.0), tmp_path / "site.toml"
    assert main(["site", str(config), "--on-crossing", "5", "-o", str(written)]) == 0
    (signal,) = read_site(written).signals
    assert {group.kind: group.least_clear_s for group in signal.groups} == {"vehicle": 0.0, "pedestrian": 5.0}
