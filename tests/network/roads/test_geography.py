"""Places in WGS84: as SUMO itself has them, and an honest word where a network has no place on the globe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from network.errors import ScenarioError
from network.roads.geography import Location, read_geography, to_degrees
from scenarios.generated import GridPlan, write_scenario

UTM = "+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs"
ASK_SUMO = """
import json, sys, libsumo
libsumo.start(["sumo", "-n", sys.argv[1], "--no-step-log", "true", "--xml-validation", "never"])
print(json.dumps([libsumo.simulation.convertGeo(x, y) for x, y in json.loads(sys.argv[2])]))
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network without a projection."""
    cfg = write_scenario(tmp_path_factory.mktemp("plain"), GridPlan(columns=1, rows=1, end_s=60), name="one")
    return cfg.with_name("one.net.xml")


def _placed(plain: Path, folder: Path, projection: str) -> Path:
    """The same network somewhere in Bavaria."""
    text = plain.read_text(encoding="utf-8")
    start = text.index("<location")
    end = text.index("/>", start)
    place = f'<location netOffset="-683195.58,-4928877.56" convBoundary="0,0,1,1" origBoundary="8,43,30,50" ' \
            f'projParameter="{projection}"'
    path = folder / "placed.net.xml"
    path.write_text(text[:start] + place + text[end:], encoding="utf-8")
    return path


def test_places_are_those_of_sumo(plain: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyproj", reason="pyproj comes with the extra live")
    path = _placed(plain, tmp_path, UTM)
    location, _ = read_geography(path, set())
    place, points = to_degrees(location, str(path)), [(0.0, 0.0), (123.4, 567.8), (2000.0, 1500.0)]
    asked = subprocess.run([sys.executable, "-c", ASK_SUMO, str(path), json.dumps(points)], capture_output=True,
                           text=True, check=True, timeout=120)  # fmt: skip
    theirs = json.loads(asked.stdout.strip().splitlines()[-1])
    for at, (lon, lat) in zip(points, theirs, strict=True):
        assert place(at) == pytest.approx((lat, lon), abs=2e-6)  # SUMO rounds to 6 digits


def test_a_network_without_a_place_can_be_given_one(plain: Path) -> None:
    location, _ = read_geography(plain, set())
    assert location.projection == ""
    with pytest.raises(ScenarioError, match="--at LAT,LON"):
        to_degrees(location, str(plain))
    place = to_degrees(location, str(plain), (50.0, 7.0))
    assert place((0.0, 0.0)) == (50.0, 7.0)
    lat, lon = place((1000.0, 1000.0))
    assert (lat - 50.0) * 111_195 == pytest.approx(1000.0, rel=1e-3)
    assert (lon - 7.0) * 111_195 * 0.642788 == pytest.approx(1000.0, rel=1e-3)


def test_what_is_no_projection_is_named(plain: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyproj", reason="pyproj comes with the extra live")
    with pytest.raises(ScenarioError, match="nonsense"):
        to_degrees(Location((0.0, 0.0), "+proj=nonsense"), "some.net.xml")
    broken = tmp_path / "broken.net.xml"
    broken.write_text('<net><location netOffset="nan,1"/></net>', encoding="utf-8")
    with pytest.raises(ScenarioError, match="broken"):
        read_geography(broken, set())


def test_only_the_lanes_asked_for_are_read(plain: Path) -> None:
    _, none = read_geography(plain, set())
    assert none == {}
    text = plain.read_text(encoding="utf-8")
    lane = text.split('<lane id="', 2)[1].split('"')[0]
    _, one = read_geography(plain, {lane})
    assert list(one) == [lane]
    assert len(one[lane].shape) >= 2
