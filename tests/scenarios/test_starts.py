"""Where trips start is read from the files as SUMO reads them: it departs the same number on every road."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from network.errors import ScenarioError
from network.sumo_package import binary, run_program
from scenarios.config import load_scenario
from scenarios.generated import GridPlan, write_scenario
from scenarios.starts import starts

SPELLINGS = """<routes>
 <include href="more.xml"/>
 <route id="named" edges="{a} {after}"/>
 <routeDistribution id="choice"><route edges="{b} {beyond}" probability="1"/></routeDistribution>
 <routeDistribution id="names" routes="named" probabilities="1"/>
 <person id="p" depart="2"><walk edges="{a}"/></person>
 <trip id="t0" depart="3" from="{a}" to="{after}"/>
 <vehicle id="v0" depart="0:00:04" route="named" departPos="30"/>
 <vehicle id="v1" depart="5"><route edges="{b} {beyond}"/></vehicle>
 <vehicle id="v2" depart="6" route="choice"/>
 <vehicle id="v3" depart="7" route="names"/>
 <vehicle id="v4" depart="8"><routeDistribution>
  <route edges="{b} {beyond}" probability="0.5"/></routeDistribution></vehicle>
 <flow id="f0" begin="10" end="110" number="10" from="{b}" to="{beyond}"/>
 <flow id="f1" begin="10" end="110" period="20" from="{a}" to="{after}" departPos="-5"/>
 <flow id="f2" begin="10" end="100" vehsPerHour="120" route="named"/>
 <trip id="z0" depart="150" fromTaz="zone" toTaz="away"/>
 <trip id="late" depart="500" from="{a}" to="{after}"/>
</routes>
"""


def world(folder: Path, routes: str) -> Path:
    """A grid of two signals and demand of one's own on it; `routes` may name its roads, as in `edges_of`."""
    net = write_scenario(folder, GridPlan(columns=2, rows=1), name="two").parent / "two.net.xml"
    names = edges_of(net)
    files = {
        "own.rou.xml": routes.format(**names),
        "more.xml": '<routes><trip id="m" depart="1" from="{b}" to="{beyond}"/></routes>'.format(**names),
        "zones.add.xml": '<additional><taz id="zone" edges="{a}"/><taz id="away"><tazSink id="{after}"'
                         ' weight="1"/></taz></additional>'.format(**names),
        "own.sumocfg": f'<configuration><net-file value="{net}"/><route-files value="own.rou.xml"/><end value="200"/>'
                       '<additional-files value="zones.add.xml"/></configuration>',
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "own.sumocfg"


def edges_of(net: Path) -> dict[str, str]:
    """Two roads and what follows them."""
    follow = [(c.attrib["from"], c.attrib["to"]) for c in ElementTree.parse(net).getroot().findall("connection")
              if c.get("dir") == "s" and not c.attrib["from"].startswith(":")]  # fmt: skip
    (a, after), (b, beyond) = follow[0], next(pair for pair in follow if pair[0] != follow[0][0])
    return {"a": a, "after": after, "b": b, "beyond": beyond}


def departed(config: Path) -> Counter[str]:
    """On which roads SUMO lets vehicles in."""
    out = config.parent / "trips.out.xml"
    run_program([binary("sumo"), "-c", str(config), "--tripinfo-output", str(out), "--tripinfo-output.write-unfinished",
                 "--no-step-log"])  # fmt: skip
    return Counter(e.attrib["departLane"].rpartition("_")[0] for e in ElementTree.parse(out).iter("tripinfo"))


def test_as_many_start_on_every_road_as_in_sumo(tmp_path: Path) -> None:
    config = world(tmp_path, SPELLINGS)
    found = starts(load_scenario(config))
    by_road: Counter[str] = Counter()
    for (edge_id, _), number in found.items():
        by_road[edge_id] += round(number)
    assert by_road == departed(config)
    a = edges_of(tmp_path / "two.net.xml")["a"]
    assert (found[a, "30"], found[a, "-5"]) == (1.0, 5.0)


def test_what_cannot_be_read_is_said_with_its_file(tmp_path: Path) -> None:
    config = world(tmp_path, '<routes><flow id="f" begin="0" end="10" period="often" from="{a}" to="{b}"/></routes>')
    with pytest.raises(ScenarioError, match=r"own\.rou\.xml: a number in it cannot be read"):
        starts(load_scenario(config))
