"""What the options mean."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from bench.cli.main import split_sumo_options
from bench.cli.options import seeds
from bench.runs.folders import output_folder
from bench.runs.spec import distances
from network.errors import ScenarioError
from scenarios.config import Scenario


@pytest.mark.parametrize(
    ("text", "expected"), [("1:3", (1, 2, 3)), ("1,5,9", (1, 5, 9)), ("4", (4,)), ("1:2,7", (1, 2, 7))]
)
def test_seeds(text: str, expected: tuple[int, ...]) -> None:
    assert seeds(text) == expected


@pytest.mark.parametrize("text", ["", "a", "3:1", "1,1", "-2"])
def test_seeds_that_make_no_sense(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        seeds(text)


def test_distances_ascend() -> None:
    assert distances("0,40,120") == (0.0, 40.0, 120.0)
    for text in ("40,0", "-1,5", "near"):
        with pytest.raises(ScenarioError, match="--detectors"):
            distances(text)


def test_what_follows_the_dashes_is_sumos() -> None:
    words = ["compare", "x.sumocfg", "--", "--scale", "1.2", "--"]
    assert split_sumo_options(words) == (["compare", "x.sumocfg"], ["--scale", "1.2", "--"])
    assert split_sumo_options(["check"]) == (["check"], [])


def test_files_never_go_into_the_scenarios_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "town"
    home.mkdir()
    scenario = Scenario("town", str(home / "town.sumocfg"), {})
    monkeypatch.chdir(tmp_path)
    assert output_folder(None, scenario) == tmp_path / "town-results"
    assert output_folder("elsewhere", scenario) == tmp_path / "elsewhere"
    with pytest.raises(ScenarioError, match="-o"):
        output_folder("town", scenario)


@pytest.mark.parametrize(("name", "said"), [("a,b", "comma"), ("a:b", "colon")])
def test_no_files_where_sumo_would_not_find_the_place(tmp_path: Path, name: str, said: str) -> None:
    scenario = Scenario("town", str(tmp_path / "town.sumocfg"), {})
    with pytest.raises(ScenarioError, match=said):
        output_folder(str(tmp_path / name), scenario)
    assert not (tmp_path / name).exists()
