"""`--limits`: checked and told by the command, kept with the study, and part of a run's identity."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.cli.main import main
from bench.runs.identity import settings_hash
from bench.runs.options import Options
from bench.runs.spec import Study, read_study, write_study
from bench.studies.front import compare
from network.errors import ScenarioError
from scenarios.config import load_scenario

TEXT = "[all]\nmin_green_s = 17\n"
LONGEST_GREEN_S, LONGEST_RED_S = 14, 45
LONGEST = f"[all]\nmax_green_s = {LONGEST_GREEN_S}\nmax_red_s = {LONGEST_RED_S}\n"
NAMES = ("adaptive", "adaptive_fixed_order", "splits", "max_pressure")


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


def test_python_and_the_benchmark_take_them_too(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "limits.toml"
    with pytest.raises(ScenarioError, match=r"limits\.toml: No such file"):
        compare(small_world, options=Options(limits=path), output=tmp_path / "results")
    path.write_text("[signal.nowhere]\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"signal\.nowhere: no such signal"):
        compare(small_world, options=Options(limits=path), output=tmp_path / "results")
    words = ["bench", "control", str(small_world), "-c", "fixed", "--seeds", "1", "--limits", str(path)]
    assert main([*words, "-o", str(tmp_path / "control")]) == 2
    assert "signal.nowhere: no such signal" in capsys.readouterr().err


def test_limits_are_part_of_a_run_and_kept_with_it(small_world: Path, tmp_path: Path) -> None:
    plain = Study(load_scenario(small_world), "plan", (0.0, 40.0), "libsumo", False, str(tmp_path))
    limited = replace(plain, limits=("limits.toml", TEXT))
    assert settings_hash(limited) != settings_hash(plain)
    assert settings_hash(limited) == settings_hash(replace(limited, limits=("moved/limits.toml", TEXT)))
    write_study(limited, tmp_path / "study.json")
    assert read_study(tmp_path / "study.json").limits == limited.limits


def test_no_run_breaks_them(small_world: Path, tmp_path: Path) -> None:
    (tmp_path / "limits.toml").write_text(LONGEST, encoding="utf-8")
    words = ["compare", str(small_world), "-c", ",".join(NAMES), "--seeds", "1", "-e", "300", "--report", "none"]
    longest: dict[str, list[int]] = {name: [] for name in NAMES}
    for given in ([], ["--limits", str(tmp_path / "limits.toml")]):
        home = tmp_path / f"results{len(given)}"
        assert main([*words, *given, "-o", str(home), "--", "--scale", "1.5"]) == 0  # 1 where the interlock tripped
        for name in NAMES:
            longest[name].append(_longest_green_s(home / "runs" / name / "1"))
            run = json.loads((home / "runs" / name / "1" / "run.json").read_text(encoding="utf-8"))
            assert run["overdue_s"] == 0, "nobody stood before a red that long, by SUMO's own record"
    assert all(kept < free for free, kept in longest.values()), longest


def _longest_green_s(folder: Path) -> int:
    """Of any link in the middle of the run; it may go on while nobody waits."""
    run: dict[tuple[str, int], int] = {}
    longest = 0
    for state in ElementTree.parse(folder / "tlsstates.xml").getroot().iter("tlsState"):
        for i, lamp in enumerate(state.attrib["state"]):
            run[state.attrib["id"], i] = run.get((state.attrib["id"], i), 0) + 1 if lamp in "Gg" else 0
            if 60.0 <= float(state.attrib["time"]) < 240.0:
                longest = max(longest, run[state.attrib["id"], i])
    return longest
