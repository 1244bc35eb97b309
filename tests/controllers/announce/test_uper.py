"""Messages as they go on air, read by a second codec that shares nothing with the first."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from pycrate_asn1c.asnproc import compile_text, generate_modules
from pycrate_asn1c.generator import PycrateGenerator

from controllers.announce.envelope import Sender, moment
from controllers.announce.mapem import map_messages
from controllers.announce.on_air import SpatWriter
from controllers.announce.uper import Codec, bits
from network.errors import ScenarioError
from network.roads.reader import read_network
from scenarios.generated import GridPlan, write_scenario
from tests.live.frames import frame

MODULE = Path(__file__).parents[1] / "on_air.asn"
SENDER = Sender(moment("2026-06-01T06:00:00Z"), station_id=77, region=5)


@pytest.fixture(scope="module")
def codec() -> Codec:
    """Of the module beside this file."""
    return Codec([MODULE])


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The types by pycrate, which writes them as Python."""
    compile_text(MODULE.read_text(encoding="ascii"))
    path = tmp_path_factory.mktemp("asn") / "on_air.py"
    generate_modules(PycrateGenerator, str(path))
    spec = spec_from_file_location("on_air", path)
    assert spec is not None
    assert spec.loader is not None
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found.Messages


EVENTS = {3: "stop-And", 5: "permissive-M", 6: "protected-M", 7: "permissive-c", 8: "protected-c"}
"""SAE J2735, MovementPhaseState: numbers, and how their names begin."""


def _read(second: Any, name: str, content: bytes) -> Any:
    found = getattr(second, name)
    found.from_uper(content)
    assert found.to_uper() == content
    return found.get_val()


def test_spat_says_the_same_on_air(codec: Codec, second: Any) -> None:
    writer = SpatWriter(SENDER)
    for t in range(12):
        (message,) = writer.messages(frame(float(t)))
        read = _read(second, "SPATEM", codec.encode(message))
        assert (read["header"]["messageID"], read["header"]["stationID"]) == (4, 77)
        for told, heard in zip(message["message"]["intersections"], read["spat"]["intersections"], strict=True):
            assert (heard["name"], heard["id"]) == (told["name"], told["id"])
            assert heard["status"] == (1 << 15 - 6, 16)  # trafficDependentOperation
            for state, event in zip(told["states"], heard["states"], strict=True):
                timing = state["state_time_speed"][0]["timing"]
                said = event["state-time-speed"][0]
                assert event["signalGroup"] == state["signal_group"]
                assert said["timing"]["minEndTime"] == timing["min_end_time"]
                assert said["timing"]["likelyTime"] == timing["likely_time"]
                assert said["eventState"].startswith(EVENTS[state["state_time_speed"][0]["event_state"]])


def test_map_says_the_same_on_air(codec: Codec, second: Any, tmp_path: Path) -> None:
    write_scenario(tmp_path, GridPlan(columns=1, rows=1, crossings=True, end_s=60), name="walk")
    (message,) = map_messages(read_network(tmp_path / "walk.net.xml"), SENDER, (48.1, 11.5))
    read = _read(second, "MAPEM", codec.encode(message))
    (told,), (heard,) = message["message"]["intersections"], read["map"]["intersections"]
    assert heard["refPoint"] == {"lat": told["ref_point"]["latitude"], "long": told["ref_point"]["longitude"]}
    assert len(heard["laneSet"]) == len(told["lane_set"])
    for lane, there in zip(told["lane_set"], heard["laneSet"], strict=True):
        assert there["laneID"] == lane["lane_id"]
        assert len(there["nodeList"][1]) == len(lane["node_list"]["nodes"])
        assert [one["signalGroup"] for one in there.get("connectsTo", ())] == [
            one["signal_group"] for one in lane.get("connects_to", ())]  # fmt: skip
    assert {there["laneAttributes"]["laneType"][0] for there in heard["laneSet"]} == {"vehicle", "crosswalk"}


def test_bits_count_from_the_left() -> None:
    assert bits(["a"], ("a", "b", "c"), 10) == (b"\x80\x00", 10)
    assert bits(["b", "c"], ("a", "b", "c"), 3) == (b"\x60", 3)
    assert bits([], ("a",), 16) == (b"\x00\x00", 16)


def test_bad_modules_are_named(tmp_path: Path) -> None:
    for text in ("nonsense", "A DEFINITIONS ::= BEGIN X ::= INTEGER END"):
        path = tmp_path / "bad.asn"
        path.write_text(text)
        with pytest.raises(ScenarioError, match=r"bad\.asn"):
            Codec([path])
    with pytest.raises(ScenarioError, match=r"nowhere\.asn"):
        Codec([tmp_path / "nowhere.asn"])
