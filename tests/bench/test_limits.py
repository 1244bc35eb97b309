"""`--limits`: checked and told by the command, kept with the study, and part of a run's identity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.runs.identity import settings_hash
from bench.runs.spec import Study, read_study, write_study
from scenarios.config import load_scenario

TEXT = "[all]\nmin_green_s = 17\n"


def test_check_says_what_holds_now_and_before(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "limits.toml").write_text(TEXT, encoding="utf-8")
    assert main(["check", str(small_world), "--brief", "--limits", str(tmp_path / "limits.toml")]) in (0, 1)
    said = "".join(capsys.readouterr().out.split())
    assert "min_green_s17(programandrules" in said
    assert "limits.toml:all.min_green_s" in said


@pytest.mark.parametrize(
    ("text", "expected"), [("[signal.nowhere]\n", "signal.nowhere: no such signal"), (None, "No such file")]
)
def test_a_file_that_is_wrong_is_one_line(
    text: str | None, expected: str, small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "limits.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert main(["check", str(small_world), "--limits", str(path)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert f"{path}: {expected}" in line


def test_limits_are_part_of_a_run_and_kept_with_it(small_world: Path, tmp_path: Path) -> None:
    plain = Study(load_scenario(small_world), "plan", (0.0, 40.0), "libsumo", False, str(tmp_path))
    limited = replace(plain, limits=("limits.toml", TEXT))
    assert settings_hash(limited) != settings_hash(plain)
    assert settings_hash(limited) == settings_hash(replace(limited, limits=("moved/limits.toml", TEXT)))
    write_study(limited, tmp_path / "study.json")
    assert read_study(tmp_path / "study.json").limits == limited.limits
