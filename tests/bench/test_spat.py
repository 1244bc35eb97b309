"""Map and SPaT of a run: valid by schemas from outside, about the same lamps, and true."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.cli.main import main
from bench.measures.predictions import Predicted, coverage, scores
from bench.report.announce_table import content_of
from bench.runs.announced import announced, untold
from bench.runs.telling import frames_of_run
from controllers.announce.course import IS_GREEN, next_change
from controllers.announce.hindsight import ANNOUNCED, PLAN
from controllers.announce.ntcip_blob import decode
from controllers.logs.taping import TAPE
from network.roads.reader import read_network
from scenarios.generated import GridPlan, write_scenario
from tests.controllers.its_schemas import intersections, validator

END_S = 150
NAMES = ("fixed", "adaptive")


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of SUMO's programs and one of the engine."""
    place = tmp_path_factory.mktemp("spat")
    words = ["compare", str(small_world), "-c", ",".join(NAMES), "--seeds", "1", "-e", str(END_S), "-o", str(place)]
    assert main(words) == 0
    return place


@pytest.fixture(scope="module")
def maps(folder: Path) -> list[dict[str, Any]]:
    """Of the results."""
    path = folder / "map.json"
    assert main(["map", str(folder), "--at", "48.1,11.5", "-o", str(path)]) == 0
    return _lines(path)


@pytest.fixture(scope="module", params=NAMES)
def spats(request: pytest.FixtureRequest, folder: Path) -> list[dict[str, Any]]:
    """Of each run."""
    path = folder / f"{request.param}.jsonl"
    assert main(["spat", str(folder), "-c", request.param, "-o", str(path)]) == 0
    return _lines(path)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_messages_are_valid_by_the_public_schemas(maps: list[dict[str, Any]], spats: list[dict[str, Any]]) -> None:
    of_map, of_spat = validator("mapem"), validator("spatem")
    for message in maps:
        of_map.validate(message)
    for message in spats[::10]:
        of_spat.validate(message)
    del maps[0]["message"]["protocol_version"]
    assert list(of_map.iter_errors(maps[0]))  # a schema that lets everything pass proves nothing
    maps[0]["message"]["protocol_version"] = 2


def test_the_map_has_every_link_of_the_network(maps: list[dict[str, Any]], folder: Path) -> None:
    network = read_network(folder / "prepared" / "network.net.xml.gz")
    assert [one["name"] for one in intersections(maps)] == sorted(network.links)
    for one in intersections(maps):
        names = {lane["lane_id"]: lane["name"] for lane in one["lane_set"]}
        assert len(names) == len(one["lane_set"])
        told = {(lane["name"], names[to["connecting_lane"]["lane"]], to["signal_group"] - 1)
                for lane in one["lane_set"] for to in lane.get("connects_to", ())}  # fmt: skip
        links = network.links[one["name"]]
        assert told == {(link.from_lane, link.to_lane, link.index) for link in links if not link.is_crossing}


def test_crossings_are_lanes_with_a_group_of_their_own(tmp_path: Path) -> None:
    cfg = write_scenario(tmp_path, GridPlan(columns=1, rows=1, crossings=True, end_s=60), name="walk")
    assert main(["map", str(cfg), "--at", "48.1,11.5", "-o", str(tmp_path / "map.json")]) == 0
    (one,) = intersections(_lines(tmp_path / "map.json"))
    told = {(lane["name"], to["signal_group"] - 1, to["connecting_lane"]["lane"] == lane["lane_id"])
            for lane in one["lane_set"] if "crosswalk" in lane["lane_attributes"]["lane_type"]
            for to in lane["connects_to"]}  # fmt: skip
    (links,) = read_network(tmp_path / "walk.net.xml").links.values()
    assert told == {(link.to_lane, link.index, True) for link in links if link.is_crossing}
    assert told


def test_stop_lines_lie_around_their_intersection(maps: list[dict[str, Any]]) -> None:
    for one in intersections(maps):
        lat, lon = one["ref_point"]["latitude"], one["ref_point"]["longitude"]
        assert (round(lat / 1e7, 1), round(lon / 1e7, 1)) == (48.1, 11.5)
        for lane in one["lane_set"]:
            at = [node["delta"]["node_lat_lon"] for node in lane["node_list"]["nodes"]]
            far_m = [np.hypot((p["lat"] - lat) * 0.0111, (p["lon"] - lon) * 0.0074) for p in at]
            assert far_m[0] < 40 < far_m[-1] or len(at) == 2
            assert far_m[0] < far_m[-1]  # outwards


def test_spat_tells_every_second_of_every_signal(maps: list[dict[str, Any]], spats: list[dict[str, Any]]) -> None:
    ids = {one["name"]: one["id"] for one in intersections(maps)}
    seconds = [message["timestamp"] for message in spats]
    assert set(np.diff(seconds)) == {1000}
    assert len(seconds) >= END_S
    for message in spats:
        assert {one["name"]: one["id"] for one in message["message"]["intersections"]} == ids


def test_groups_of_the_map_are_those_of_spat(maps: list[dict[str, Any]], spats: list[dict[str, Any]]) -> None:
    for here, there in zip(intersections(maps), intersections(spats[:1]), strict=True):
        used = {to["signal_group"] for lane in here["lane_set"] for to in lane.get("connects_to", ())}
        assert used <= {state["signal_group"] for state in there["states"]}


@pytest.mark.parametrize("name", NAMES)
def test_every_change_lies_within_what_was_guaranteed(folder: Path, name: str) -> None:
    signals = announced(folder / "runs" / name / "1")
    changes = [one.course.first_s + next_change(one.course.colour)[0] for one in signals]
    found = coverage(changes, [one.earliest_s for one in signals], [one.latest_s for one in signals])
    assert found.predictions > 500
    assert found.outside == 0
    for one in signals:
        said = np.isfinite(one.likely_s)
        assert (one.likely_s[said] >= one.earliest_s[said]).all()
        assert (one.likely_s[said] <= one.latest_s[said]).all()
        assert (one.earliest_s > one.course.times_s[:, None]).all()


def test_fixed_time_is_known_to_the_second(folder: Path) -> None:
    for one in announced(folder / "runs" / "fixed" / "1"):
        change = one.course.first_s + next_change(one.course.colour)[0]
        known = np.isfinite(change)
        for said in (one.earliest_s, one.likely_s, one.latest_s):
            np.testing.assert_array_equal(said[known], change[known])


def test_the_plan_knows_more_than_history(folder: Path) -> None:
    signals = announced(folder / "runs" / "adaptive" / "1")
    assert any((one.source == PLAN).any() for one in signals)
    mean = []
    for of in ("likely_s", "guess_s"):
        predicted = [Predicted(one.course.times_s, one.course.first_s + next_change(one.course.colour)[0],
                               np.where(np.isfinite(one.guess_s), getattr(one, of), np.nan),
                               one.course.colour != IS_GREEN) for one in signals]  # fmt: skip
        (score,) = scores(predicted, (5,))
        assert score.mae_s is not None
        mean.append(score.mae_s)
    assert mean[0] < mean[1]


def test_the_surer_the_truer(folder: Path) -> None:
    """What is announced or under way comes; of the rest less is said the surer it has to be, and that is better."""
    signals = announced(folder / "runs" / "adaptive" / "1")
    for one in signals:
        firm = (one.source == ANNOUNCED) & np.isfinite(one.likely_s)
        change = one.course.first_s + next_change(one.course.colour)[0]
        errors = np.abs(one.likely_s - change)[firm & np.isfinite(change)]
        assert len(errors) > 50
        assert (errors <= 1.0).mean() > 0.95
    rows = [row for row in content_of("adaptive", signals)["by_confidence"] if row["reach_s"] == 30]
    assert rows[0]["said"] > rows[-1]["said"] > 0.05
    assert rows[0]["mae_s"] > rows[-1]["mae_s"]


def test_a_run_without_its_plans_says_so(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    place = copy / "runs" / "adaptive" / "1"
    assert untold(place) == ""
    (place / TAPE).unlink()
    assert main(["spat", str(copy), "-c", "adaptive", "--score"]) == 0
    assert "was not recorded: run the comparison again" in capsys.readouterr().out
    frame = next(frames_of_run(place))
    assert all("was not recorded" in said["why"] for said in frame["signals"].values())
    assert untold(copy / "runs" / "fixed" / "1") == ""


def test_messages_go_on_air(folder: Path, tmp_path: Path) -> None:
    module, place = str(Path(__file__).parents[1] / "controllers" / "on_air.asn"), tmp_path / "out.hex"
    for words in (["spat", str(folder), "-c", "fixed"], ["map", str(folder), "--at", "48.1,11.5"]):
        assert main([*words, "--asn1", module, "-o", str(place)]) == 0
        lines = place.read_text(encoding="ascii").split()
        assert {bytes.fromhex(line)[1] for line in lines} == {4 if words[0] == "spat" else 5}


def test_a_controller_of_ntcip_would_send_it(folder: Path, small_world: Path, tmp_path: Path) -> None:
    signal = announced(folder / "runs" / "fixed" / "1")[0]
    site, place = tmp_path / "site.toml", tmp_path / "out.hex"
    assert main(["site", str(small_world), "--signal", signal.course.signal_id, "-o", str(site)]) == 0
    assert main(["spat", str(folder), "-c", "fixed", "--ntcip", str(site), "-o", str(place)]) == 0
    seconds = [decode(bytes.fromhex(line)) for line in place.read_text(encoding="ascii").split()]
    assert len(seconds) == len(signal.course.states)
    assert {phase.shows for phases in seconds for phase in phases} == {"r", "y", "g"}
    for now, then in zip(seconds, seconds[1:], strict=False):
        for a, b in zip(now, then, strict=True):
            assert a.earliest_s is not None
            assert a.shows == b.shows or a.earliest_s <= 1.0
            assert a.latest_s is None or a.latest_s >= 1.0


def test_scores_are_told_and_kept(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "score.json"
    assert main(["spat", str(folder), "-c", "fixed", "--score", "--json", str(path)]) == 0
    assert "history of fixed" in capsys.readouterr().out
    (run,) = json.loads(path.read_text(encoding="utf-8"))["runs"]
    assert run["bounds"]["outside"] == 0
    assert all(row["said"] > 0.9 and row["mae_s"] == 0.0 for row in run["by_confidence"])
    assert {row["lead_s"] for row in run["scores"]} == {5, 10, 20, 30}


@pytest.mark.parametrize(
    "words",
    [["map", "DIR"], ["map", "DIR", "--at", "north"], ["map", "DIR", "--at", "1,2", "--region", "70000"],
     ["map", "nowhere.sumocfg"], ["spat", "DIR", "-c", "max_wave"], ["spat", "DIR", "-c", "fixed", "--epoch", "soon"],
     ["spat", "DIR", "-c", "fixed", "--json", "x.json"], ["spat", "DIR", "-c", "fixed,adaptive"]],
)  # fmt: skip
def test_bad_input_is_named(folder: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str],
                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(folder) if word == "DIR" else word for word in words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
