"""The benchmark on a tiny map: its figures by other code, nothing run twice, and sets of maps from a file."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import stats

from bench.cli.main import main
from bench.runs.results import COUNTED, summary
from bench.studies.control.figures import best_other, case, differences
from bench.studies.control.maps import NO_TELEPORT, Map, own_maps, read_set
from network.errors import ScenarioError
from scenarios.bundled import WORLDS

ROOT = Path(__file__).resolve().parents[2]

SEEDS = (1, 2)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def words(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("control")
    listed = folder / "maps.toml"
    listed.write_text(
        f'end = 80\nsumo = ["--time-to-teleport", -1]\n[[map]]\nname = "tiny"\nprotocol = "resco"\n'
        f'path = "{small_world}"\nscales = [0.5, 1.5]\n', encoding="utf-8")
    options = ["-c", "fixed,actuated", "--seeds", "1:2", "--jobs", "1", "--order", "fixed", "-o", str(folder / "out")]
    return ["bench", "control", "--set", str(listed), *options]


@pytest.fixture(scope="module")
def made(words: list[str]) -> Path:
    """The benchmark's folder."""
    assert main(words) == 0
    return Path(words[-1])


@pytest.fixture(scope="module")
def content(made: Path) -> Row:
    """control.json."""
    found: Row = json.loads((made / "control.json").read_text(encoding="utf-8"))
    return found


def test_every_map_and_scale_is_run_as_the_file_says(made: Path, content: Row) -> None:
    assert [each["case"] for each in content["cases"]] == ["tiny-x0.5", "tiny-x1.5"]
    said = {(each["protocol"], each["end_s"], each["order"]) for each in content["cases"]}
    assert said == {("resco", 80.0, "fixed")}
    trips = [each["rows"][0]["trips"] for each in content["cases"]]
    assert trips[1] > 2 * trips[0] > 0
    options = json.loads((made / "tiny-x1.5" / "results.json").read_text(encoding="utf-8"))["options"]
    assert (options["time-to-teleport"], options["scale"]) == ("-1", "1.5")


def test_the_table_shows_what_the_runs_gave(made: Path, content: Row) -> None:
    """Delays from each run's own run.json, by NumPy and SciPy."""
    text = (made / "control.md").read_text(encoding="utf-8")
    for each in content["cases"]:
        delays = {name: np.array([_run(made, each["case"], name, seed)["delay_s"] for seed in SEEDS])
                  for name in ("fixed", "actuated")}
        overview = f"| tiny | {each['scale']:g} | resco | {np.median(delays['fixed']):.1f} | "
        assert overview + f"{np.median(delays['actuated']):.1f} |" in text
        low, high, mean = _interval(delays["actuated"], delays["fixed"])
        row = each["rows"][1]
        found = row["against_baseline"]["delay_s"]
        assert (found["low_pct"], found["high_pct"], found["mean_pct"]) == pytest.approx((low, high, mean), rel=1e-4)
        assert (row["best_other"], row["against_best_other"]) == ("fixed", row["against_baseline"])
        assert f"{mean:+.1f} % ({low:+.1f} to {high:+.1f})" in text


def _run(made: Path, label: str, name: str, seed: int) -> Row:
    found: Row = json.loads((made / label / "runs" / name / str(seed) / "run.json").read_text(encoding="utf-8"))
    return found


def _interval(values: Any, base: Any) -> tuple[float, float, float]:
    changes = 100 * (values - base) / base
    half = stats.sem(changes) * stats.t.ppf(0.975, len(changes) - 1)
    return changes.mean() - half, changes.mean() + half, changes.mean()


def test_every_movement_of_a_run_is_measured(made: Path, content: Row) -> None:
    """Vehicles of each by counting pairs of edges in SUMO's own routes, and the next one of who is on the way."""
    run = made / "tiny-x1.5" / "runs" / "actuated" / "1"
    found = _run(made, "tiny-x1.5", "actuated", 1)["movements"]
    at_signals = {(one["from_edge"], one["to_edge"]): one["vehicles"] for one in found}
    counted: Counter[tuple[str, str]] = Counter()
    for vehicle in ElementTree.parse(run / "routes.xml").getroot().iter("vehicle"):
        route = vehicle.findall(".//route")[-1]
        edges, left = route.attrib["edges"].split(), [float(t) for t in route.attrib["exitTimes"].split()]
        pairs, passed = list(pairwise(edges)), sum(t >= 0 for t in left)
        counted.update(pairs[:passed])
        counted.update([pair for pair in pairs[passed:] if pair in at_signals][:1])
    assert at_signals
    assert at_signals == {way: counted[way] for way in at_signals}
    assert all(one["flow_vph"] == pytest.approx(one["vehicles"] * 3600 / 80) for one in found)
    assert [row["controller"] for row in content["harm"]] == ["fixed", "actuated"]
    assert "## Harm" in (made / "control.md").read_text(encoding="utf-8")


def test_nothing_is_run_twice(words: list[str], made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (made / "control.json").read_bytes()
    assert main(words) == 0
    assert capsys.readouterr().out.count("made before") == 8
    assert (made / "control.json").read_bytes() == before


def _made_up() -> list[Row]:
    delays = {"fixed": (50, 52, 49, 51, 130), "max_wave": (20, 21, 22, 60, 45), "adaptive": (18, 17, 16, 20, 19)}
    same = {"run": "", "trips": 100, "finished": 99, "undeparted": 0, **dict.fromkeys(COUNTED, 0)}
    return [
        {"controller": name, "seed": seed, "delay_s": float(delay), "speed_kmh": 1000.0 / delay, **same}
        for name, of_name in delays.items() for seed, delay in enumerate(of_name)
    ]  # fmt: skip


def test_jams_medians_and_intervals_by_other_code() -> None:
    runs = _made_up()
    names = ["fixed", "max_wave", "adaptive"]
    results = {"runs": runs, "baseline": "fixed", "summary": summary(runs, names), "scenario": "", "options": {},
               "begin_s": 0.0, "end_s": None, "protocol": "plan", "order": "free", "failed": []}  # fmt: skip
    rows = {row["controller"]: row for row in case("made up-x1", results)["rows"]}
    for name, row in rows.items():
        delays = np.array([run["delay_s"] for run in runs if run["controller"] == name])
        assert row["delay_s"] == np.sort(delays)[2]
        assert row["jams"] == np.count_nonzero(delays / np.median(delays) > 2)
    assert [rows[name]["jams"] for name in names] == [1, 2, 0]
    assert [rows[name]["best_other"] for name in names] == ["max_wave", "fixed", "max_wave"]
    delays = {name: np.array([run["delay_s"] for run in runs if run["controller"] == name]) for name in names}
    found = rows["adaptive"]["against_best_other"]["delay_s"]
    low, high, mean = _interval(delays["adaptive"], delays["max_wave"])
    assert (found["mean_pct"], found["low_pct"], found["high_pct"]) == pytest.approx((mean, low, high), rel=1e-4)
    assert found["is_clear"] == (high < 0)


def test_only_seeds_that_both_have_are_compared_and_nobody_is_his_own_rival() -> None:
    runs = [run for run in _made_up() if (run["controller"], run["seed"]) != ("adaptive", 3)]
    found = differences(runs, "adaptive", "max_wave")["delay_s"]
    assert found["pairs"] == 4
    assert math.isclose(found["mean_pct"], 100 * np.mean([18 / 20, 17 / 21, 16 / 22, 19 / 45]) - 100)
    rows = [{"controller": "fixed", "delay_s": 5.0}, {"controller": "splits", "delay_s": 1.0}]
    assert best_other("fixed", rows) is None


def test_without_a_map_the_worlds_of_our_own_are_run() -> None:
    found = own_maps(Map(scales=(0.5, 1.0), sumo=("--step-length", "0.5")))
    assert [one.world for one in found] == list(WORLDS)
    assert {one.sumo for one in found} == {(*NO_TELEPORT, "--step-length", "0.5")}
    assert found[0].label(0.5) == "arterial-x0.5"


def test_the_published_maps_are_looked_for_where_they_are_said_to_be() -> None:
    listed = ROOT / "bench" / "control" / "frontier.toml"
    found = read_set(listed, Map(sumo=("--scale", "1.1")), "elsewhere")
    assert found[0].path == str(Path("elsewhere/cologne1/cologne1.sumocfg").absolute())
    assert [one.protocol for one in found] == ["resco"] * 4 + ["plan"]
    assert {one.sumo for one in found} == {(*NO_TELEPORT, "--scale", "1.1")}
    assert read_set(listed, Map())[0].path == str(listed.parent / "cologne1/cologne1.sumocfg")


@pytest.mark.parametrize(("text", "said"), [
    ("protocol = 'plan'", "no \\[\\[map\\]\\]"),
    ("[[map]", "not TOML"),
    ("[[map]]\nname = 'a'", "path or a world"),
    ("[[map]]\nworld = 'atlantis'", "arterial"),
    ("[[map]]\npath = 'a'\nseed = 3", "unknown key 'seed'"),
    ("[[map]]\npath = 'a'\nscales = [0]", "above 0"),
    ("[[map]]\npath = 'a'\nscales = 1", "a list is needed"),
    ("[[map]]\npath = 'a'\nprotocol = 'none'", "resco"),
])  # fmt: skip
def test_a_set_that_is_wrong_is_refused_with_its_name(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "maps.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=f"maps.toml: .*{said}"):
        read_set(path, Map())


@pytest.mark.parametrize(("name", "said"), [("a:b", "colon"), ("a/b", "without '/'")])
def test_a_map_whose_name_makes_no_folder_is_refused(
    name: str, said: str, small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "maps.toml"
    listed.write_text(f'[[map]]\npath = "{small_world}"\nname = "{name}"\n', encoding="utf-8")
    assert main(["bench", "control", "-o", str(tmp_path / "out"), "--set", str(listed)]) == 2
    assert said in capsys.readouterr().err


def test_maps_of_one_name_and_odd_scales_are_refused(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bench", "control", "-o", str(tmp_path), str(small_world)]
    assert main([*words, str(small_world)]) == 2
    assert main([*words, "--scales", "1,1"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "two maps have the name 'small-x1'" in said[0]
    assert "--scales '1,1'" in said[1]
