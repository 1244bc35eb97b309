"""A scenario is read as SUMO reads it, and what is wrong with it is said in one line that names the file."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from network.errors import ScenarioError
from scenarios.config import load_scenario, seconds


def test_window_and_files_come_from_the_configuration(small_world: Path) -> None:
    scenario = load_scenario(small_world)
    assert (scenario.name, scenario.begin_s, scenario.end_s, scenario.step_s) == ("small", 0.0, 200.0, 1.0)
    assert scenario.net_file == str(small_world.parent / "small.net.xml")
    assert scenario.route_files == (str(small_world.parent / "small.rou.xml"),)


def test_options_after_the_dashes_are_sumos_own(small_world: Path) -> None:
    scenario = load_scenario(
        small_world, begin="0:01:00", sumo_options=["--scale", "1.2", "--step-length", "0.5"]
    )
    assert scenario.options["scale"] == "1.2"
    assert (scenario.begin_s, scenario.step_s) == (60.0, 0.5)


def test_synonyms_and_relative_paths_are_sumos_business(small_world: Path, tmp_path: Path) -> None:
    config = tmp_path / "deep" / "my.sumocfg"
    config.parent.mkdir()
    shutil.copy(small_world.parent / "small.net.xml", tmp_path / "with space.net.xml")
    config.write_text('<c><n value="../with space.net.xml"/><b value="10"/></c>', encoding="utf-8")
    scenario = load_scenario(config)
    assert scenario.net_file == str(tmp_path / "with space.net.xml")
    assert scenario.begin_s == 10.0
    assert scenario.end_s is None


def test_a_network_with_routes_is_a_scenario(small_world: Path) -> None:
    folder = small_world.parent
    scenario = load_scenario(folder / "small.net.xml", routes=[str(folder / "small.rou.xml")], end="100")
    assert scenario.name == "small"
    assert scenario.end_s == 100.0


def test_everything_may_be_gzipped(small_world: Path, tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    for name in ("small.net.xml", "small.rou.xml"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((small_world.parent / name).read_bytes()))
    text = '<c><net-file value="../small.net.xml.gz"/><route-files value="../small.rou.xml.gz"/></c>'
    (folder / "small.sumocfg.gz").write_bytes(gzip.compress(text.encode()))
    scenario = load_scenario(folder / "small.sumocfg.gz")
    assert scenario.name == "small"
    assert scenario.net_file == str(tmp_path / "small.net.xml.gz")


@pytest.mark.parametrize(
    ("text", "expected"), [("3600", 3600.0), ("1:00:00", 3600.0), ("1:00:00:30", 86430.0), ("-1", -1.0)]
)
def test_times(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.sumocfg", None),
        ("empty.sumocfg", ""),
        ("cut.sumocfg", "<configuration><input>"),
        ("option.sumocfg", '<configuration><nonsense value="1"/></configuration>'),
        ("netless.sumocfg", '<configuration><begin value="0"/></configuration>'),
        ("lost.sumocfg", '<configuration><net-file value="nowhere.net.xml"/></configuration>'),
        ("demand.rou.xml", "<routes/>"),
        ("cut.sumocfg.gz", gzip.compress(b"<configuration/>", mtime=0)[:12]),
    ],
)
def test_bad_input_is_one_line_that_names_the_file(
    tmp_path: Path, name: str, content: str | bytes | None
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path)
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)
