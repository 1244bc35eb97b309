"""The rest of the report's figures, each from SUMO's raw outputs and the network file alone, by other code."""

from __future__ import annotations

import csv
import json
import math
import statistics
import tomllib
import xml.etree.ElementTree as ET
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.runs.prepare import load
from bench.runs.spec import read_study

ROOT = Path(__file__).resolve().parents[2]
CONTROLLERS = ("fixed", "actuated")
END_S = 200.0
Way = tuple[str, str]


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison recorded in full, two seeds, with more traffic than is comfortable."""
    place = tmp_path_factory.mktemp("figures")
    words = ["compare", str(small_world), "-c", ",".join(CONTROLLERS), "--seeds", "1:2", "--report", "full"]
    assert main([*words, "-o", str(place), "--", "--scale", "2.5"]) == 0
    return place


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _all(path: Path, tag: str) -> list[ET.Element]:
    return list(_tree(str(path)).iter(tag))


@cache
def _tree(path: str) -> ET.Element:
    return ET.parse(path).getroot()


def _runs(folder: Path) -> list[tuple[dict[str, str], Path]]:
    return [(row, folder / "runs" / row["controller"] / row["seed"]) for row in _table(folder, "runs")]


def _net(folder: Path) -> Path:
    study = json.loads((folder / "prepared" / "study.json").read_text(encoding="utf-8"))
    return Path(study["scenario"]["options"]["net-file"])


def test_every_threshold_of_every_conflict(folder: Path) -> None:
    limits = {
        "TTC < 1.5 s": ("minTTC", 1.5, -1), "TTC < 3 s": ("minTTC", 3.0, -1), "DRAC > 3.35 m/s²": ("maxDRAC", 3.35, 1),
        "DRAC > 6 m/s²": ("maxDRAC", 6.0, 1), "PET < 1 s": ("PET", 1.0, -1), "PET < 1.5 s": ("PET", 1.5, -1),
    }  # fmt: skip
    for row, place in _runs(folder):
        pairs = defaultdict(list)
        for c in _all(place / "ssm.xml", "conflict"):
            pairs[tuple(sorted((c.attrib["ego"], c.attrib["foe"])))].append(c)
        for name, (tag, limit, sign) in limits.items():
            count = 0
            for conflicts in pairs.values():
                conflicts.sort(key=lambda c: float(c.attrib["begin"]))
                until, worst = -1.0, -math.inf
                for c in conflicts:
                    text = "NA" if c.find(tag) is None else c.find(tag).get("value", "NA")  # type: ignore[union-attr]
                    badness = -math.inf if text in ("NA", "") else sign * float(text)
                    if float(c.attrib["begin"]) > until:
                        count += worst > sign * limit
                        worst = -math.inf
                    worst, until = max(worst, badness), max(until, float(c.attrib["end"]))
                count += worst > sign * limit
            assert float(row[name]) == count, name


def test_counts_emissions_and_every_part_of_the_cost(folder: Path) -> None:
    unit = tomllib.loads((ROOT / "bench/measures/costs.toml").read_text(encoding="utf-8"))
    for row, place in _runs(folder):
        (safety,) = _all(place / "statistics.xml", "safety")
        met = [each.attrib["lane"] for each in _all(place / "collisions.xml", "collision")]
        assert float(row["collisions"]) == sum(not lane.startswith(":") for lane in met)
        assert len(met) == float(safety.attrib["collisions"])
        assert float(row["emergency_brakings"]) == float(safety.attrib["emergencyBraking"])
        grams = {gas: sum(float(e.attrib[f"{gas}_abs"]) for e in _all(place / "emissions.xml", "edge")) / 1e3
                 for gas in ("fuel", "CO2", "NOx", "PMx")}  # fmt: skip
        units = (("fuel_kg", "fuel", 1e3), ("co2_kg", "CO2", 1e3), ("nox_g", "NOx", 1), ("pm_g", "PMx", 1))
        for key, gas, per in units:
            assert float(row[key]) == pytest.approx(grams[gas] / per)
        trips = _all(place / "tripinfo.xml", "tripinfo")
        lost_h = sum(float(t.attrib["timeLoss"]) + float(t.attrib["departDelay"]) for t in trips) / 3600
        per_h = 3600 / END_S
        expected = {
            "cost_time": per_h * lost_h * unit["persons_per_vehicle"] * unit["value_of_time_per_hour"],
            "cost_fuel": per_h * grams["fuel"] / 1e3 / unit["fuel_kg_per_litre"] * unit["fuel_per_litre"],
            "cost_co2": per_h * grams["CO2"] / 1e6 * unit["co2_per_tonne"],
        }
        assert {key: float(row[key]) for key in expected} == pytest.approx(expected)
        assert float(row["cost"]) == pytest.approx(sum(expected.values()))


def test_the_network_over_time(folder: Path) -> None:
    for run, place in _runs(folder):
        which = run["controller"], run["seed"]
        rows = [r for r in _table(folder, "over_time") if (r["controller"], r["seed"]) == which]
        assert [float(r["time_s"]) for r in rows] == [30.0, 90.0, 150.0, 210.0][: len(rows)]
        for r in rows:
            low = float(r["time_s"]) - 30
            steps = [e.attrib for e in _all(place / "summary.xml", "step")]
            inside = [a for a in steps if low <= float(a["time"]) < low + 60]
            on_road = sum(int(a["running"]) for a in inside)
            moved = sum(int(a["running"]) * max(0.0, float(a["meanSpeed"])) for a in inside)
            assert float(r["vehicles"]) == pytest.approx(
                statistics.fmean(int(a["running"]) + int(a["waiting"]) for a in inside))  # fmt: skip
            assert float(r["speed_kmh"]) == pytest.approx(3.6 * moved / on_road)


def test_every_edge(folder: Path) -> None:
    for run, place in _runs(folder):
        lost: dict[str, float] = defaultdict(float)
        came: dict[str, int] = defaultdict(int)
        for e in _all(place / "edges.xml", "edge"):
            lost[e.attrib["id"]] += float(e.get("timeLoss", 0))
            came[e.attrib["id"]] += int(e.get("entered", 0)) + int(e.get("departed", 0))
        rows = {r["edge"]: r for r in _table(folder, "edges")
                if (r["controller"], r["seed"]) == (run["controller"], run["seed"])}  # fmt: skip
        assert {edge: float(r["time_loss_s"]) for edge, r in rows.items()} == pytest.approx(dict(lost))
        assert {edge: int(r["vehicles"]) for edge, r in rows.items()} == dict(came)


class Street:
    """What the network file says: free times, and per signalled way its links, lanes and turn."""

    def __init__(self, net: Path) -> None:
        lanes = {lane.attrib["id"]: lane.attrib for lane in _all(net, "lane")}
        self.edge_m, speed = {}, {}
        for edge in _all(net, "edge"):
            own = edge.findall("lane")
            if edge.get("function") is None and own:
                self.edge_m[edge.attrib["id"]] = float(own[0].attrib["length"])
                speed[edge.attrib["id"]] = max(float(lane.attrib["speed"]) for lane in own)
        self.speed = speed
        self.edge_s = {edge: length / speed[edge] for edge, length in self.edge_m.items()}
        self.inside_s: dict[Way, float] = {}
        self.ways: dict[Way, tuple[str, set[int], set[str], str]] = {}
        onward = {c.attrib["from"] + "_" + c.attrib["fromLane"]: c for c in _all(net, "connection")
                  if c.attrib["from"].startswith(":")}  # fmt: skip
        self.lane_m = {i: float(a["length"]) for i, a in lanes.items()}
        for c in _all(net, "connection"):
            way = c.attrib["from"], c.attrib["to"]
            if way[0].startswith(":"):
                continue
            length, via = 0.0, c.get("via")
            while via:
                length += float(lanes[via]["length"])
                via = onward[via].get("via") if via in onward else None
            first = f"{way[0]}_{c.attrib['fromLane']}"
            self.inside_s.setdefault(way, length / float(lanes[first]["speed"]))
            if c.get("tl"):
                entry = self.ways.setdefault(way, (c.attrib["tl"], set(), set(), c.attrib["dir"]))
                entry[1].add(int(c.attrib["linkIndex"]))
                entry[2].add(first)


def _delays(street: Street, place: Path) -> tuple[dict[Way, list[float]], dict[Way, int]]:
    """Per way, the delay of everybody who reached its stop line or is on the way there; and who passed."""
    delays: dict[Way, list[float]] = defaultdict(list)
    passed: dict[Way, int] = defaultdict(int)
    trips = {t.attrib["id"]: t.attrib for t in _all(place / "tripinfo.xml", "tripinfo")}
    for vehicle in _all(place / "routes.xml", "vehicle"):
        trip, route = trips[vehicle.attrib["id"]], vehicle.findall(".//route")[-1].attrib
        edges, exits = route["edges"].split(), [float(t) for t in route["exitTimes"].split()]
        done = [t for t in exits if t >= 0][: len(edges)]
        start_m = float(trip["departPos"] or 0)
        steps = []
        for k, edge in enumerate(edges[: len(done)]):
            step = street.edge_s[edge] + (street.inside_s.get((edges[k - 1], edge), 0.0) if k else 0.0)
            steps.append(max(0.0, step - start_m / street.speed[edge]) if k == 0 else step)
        rest = 0.0
        if len(done) < len(edges):
            ahead = float(trip["routeLength"]) - (sum(street.edge_m[e] for e in edges[: len(done)]) - start_m)
            rest = max(0.0, ahead) / street.speed[edges[len(done)]]
        free = float(trip["duration"]) - float(trip["timeLoss"]) - float(trip["stopTime"])
        factor = free / (sum(steps) + rest) if sum(steps) + rest > 0 else 0.0
        since, since_free, along = float(trip["depart"]) - float(trip["departDelay"]), 0.0, 0.0
        for k, way in enumerate(zip(edges, edges[1:], strict=False)):
            along += steps[k] * factor if k < len(done) else 0.0
            if way not in street.ways:
                continue
            if k >= len(done):
                delays[way].append(END_S - since - (free - since_free))
                break
            delays[way].append(done[k] - since - (along - since_free))
            passed[way] += 1
            since, since_free = done[k], along
    return delays, passed


def _states(place: Path) -> dict[str, list[str]]:
    shown = defaultdict(list)
    for e in _all(place / "tlsstates.xml", "tlsState"):
        shown[e.attrib["id"]].append(e.attrib["state"])
    return shown


def test_every_movement(folder: Path) -> None:
    """Delay, level of service, volume, share of green, degree of saturation."""
    street = Street(_net(folder))
    factor = {"s": 1.0, "l": 0.95, "L": 0.95, "r": 0.85, "R": 0.85, "t": 0.7}
    for name in CONTROLLERS:
        rows = {(r["from"], r["to"]): r for r in _table(folder, "movements") if r["controller"] == name}
        delay, n, flow, green, load = (defaultdict(list) for _ in range(5))
        for seed in "12":
            place = folder / "runs" / name / seed
            delays, passed = _delays(street, place)
            states = _states(place)
            share = {way: statistics.fmean(any(s[i] in "Gg" for i in links) for s in states[tl])
                     for way, (tl, links, _, _) in street.ways.items()}  # fmt: skip
            for way in delays:
                delay[way] += delays[way]
                n[way].append(len(delays[way]))
                flow[way].append(3600 * passed[way] / END_S)
                green[way].append(share[way])
                load[way].append(_load(street, way, passed, share, factor))
        assert rows.keys() == delay.keys()
        for way, row in rows.items():
            assert float(row["delay_s"]) == pytest.approx(statistics.fmean(delay[way]), abs=1e-6), way
            assert float(row["flow_vph"]) == pytest.approx(statistics.fmean(flow[way]))
            assert float(row["green_share"]) == pytest.approx(statistics.fmean(green[way]))
            assert float(row["saturation"]) == pytest.approx(statistics.fmean(load[way]))
            letter = next((k for k, most in zip("ABCDE", (10, 20, 35, 55, 80), strict=True)
                           if statistics.fmean(delay[way]) <= most), "F")  # fmt: skip
            assert row["level"] == ("F" if statistics.fmean(load[way]) > 1 else letter)


def _load(
    street: Street, way: Way, passed: dict[Way, int], share: dict[Way, float], factor: dict[str, float]
) -> float:
    lanes, group = set(street.ways[way][2]), {way}
    while True:
        more = {w for w, (_, _, own, _) in street.ways.items() if own & lanes}
        if more <= group:
            break
        group |= more
        lanes |= {lane for w in group for lane in street.ways[w][2]}
    used = sum(3600 / END_S * passed[w] / (1900 * factor[street.ways[w][3]] * max(1e-3, share[w])) for w in group)
    return used / len(lanes)


def test_queues_that_fit_into_their_lane(folder: Path) -> None:
    """Longer ones go on upstream, which a test of its own follows; here is what SUMO measured on one lane."""
    street, compared = Street(_net(folder)), 0
    programs = _all(_net(folder), "tlLogic")
    cycles = {t.attrib["id"]: sum(float(p.attrib["duration"]) for p in t.findall("phase")) for t in programs}
    for name in CONTROLLERS:
        for row in (r for r in _table(folder, "movements") if r["controller"] == name):
            tl, _, lanes, _ = street.ways[row["from"], row["to"]]
            found = []
            for seed in "12":
                if (row["from"], row["to"]) not in _delays(street, folder / "runs" / name / seed)[0]:
                    continue  # nobody wanted it
                best = {lane: defaultdict(float) for lane in lanes}
                for moment in _all(folder / "runs" / name / seed / "queues.xml", "data"):
                    for lane in moment.iter("lane"):
                        if lane.attrib["id"] in lanes:
                            window = int(float(moment.attrib["timestep"]) // max(60.0, cycles[tl]))
                            here = best[lane.attrib["id"]]
                            here[window] = max(here[window], float(lane.attrib["queueing_length"]))
                if any(length >= 0.85 * street.lane_m[lane] for lane in lanes for length in best[lane].values()):
                    break
                windows = math.ceil(END_S / max(60.0, cycles[tl]))
                each = [sorted([best[lane][k] for k in range(windows)]) for lane in lanes]
                found.append(max(values[math.ceil(0.95 * windows) - 1] for values in each))
            else:
                compared += 1
                assert float(row["queue_m"]) == pytest.approx(statistics.fmean(found))
    assert compared >= 6


def test_arrivals_on_green_and_split_failures(folder: Path) -> None:
    """First seed only: passages of the loops against what each lane showed second by second."""
    found = _all(folder / "prepared/loops.add.xml", "inductionLoop")
    loops = {e.attrib["id"]: (e.attrib["lane"], float(e.attrib["pos"])) for e in found}
    by_link = defaultdict(set)
    for c in _all(_net(folder), "connection"):
        if c.get("tl"):
            by_link[c.attrib["from"] + "_" + c.attrib["fromLane"], c.attrib["tl"]].add(int(c.attrib["linkIndex"]))
    rows = _table(folder, "coordination")
    assert {row["seed"] for row in rows} == {"1"}
    failures = 0
    for row in rows:
        place = folder / "runs" / row["controller"] / "1"
        states = _states(place)[row["signal"]]
        own = by_link[row["lane"], row["signal"]]
        lamps = [{s[i] for i in own} for s in states]
        colour = ["G" if one & set("Gg") else "y" if one & set("yYu") else "r" for one in lamps]
        changes = [(t, c) for t, c in enumerate(colour) if t and c != colour[t - 1]]
        stop = max((i for i, (lane, _) in loops.items() if lane == row["lane"]), key=lambda i: loops[i][1])
        on: list[tuple[float, float]] = []
        since: dict[str, tuple[float, float]] = {}
        for e in _all(place / "passages.xml", "instantOut"):
            if e.attrib["id"] == f"{stop}.point" and e.attrib["state"] in ("enter", "leave"):
                if e.attrib["state"] == "enter":
                    since[e.attrib["vehID"]] = float(e.attrib["time"]), float(e.attrib["speed"])
                elif e.attrib["vehID"] in since:
                    start, speed = since.pop(e.attrib["vehID"])
                    on.append((start - 12.0 / max(1.0, speed), float(e.attrib["time"])))
        on += [(start - 12.0 / max(1.0, speed), END_S) for start, speed in since.values()]

        def occupied(a: float, b: float, on: list[tuple[float, float]] = on) -> float:
            ends = sorted({a, b, *(t for span in on for t in span if a < t < b)})
            inside = ((x, y) for x, y in zip(ends, ends[1:], strict=False))
            return sum(y - x for x, y in inside if any(low <= x and y <= high for low, high in on)) / (b - a)

        cycles = failed = 0
        for (a, x), (b, y), (c, z), (d, _) in zip(changes, changes[1:], changes[2:], changes[3:], strict=False):
            if (x, y, z) == ("G", "y", "r") and d - c > 5:
                cycles += 1
                failed += occupied(a, b) >= 0.8 and occupied(c, c + 5.0) >= 0.8
        assert (int(row["cycles"]), int(row["split_failures"])) == (cycles, failed)
        failures += failed
        assert 0 <= float(row["arrivals_on_green"]) <= float(row["arrivals"]) + 1e-9
    assert failures


def test_every_vehicle_arrives_once(folder: Path) -> None:
    """Over all lanes the shares of a vehicle add up: as many arrive as passed the loops furthest upstream."""
    rows = _table(folder, "coordination")
    for name in CONTROLLERS:
        counts: dict[str, int] = defaultdict(int)
        for e in _all(folder / "runs" / name / "1" / "passages.xml", "instantOut"):
            counts[e.attrib["id"].removesuffix(".point")] += e.attrib["state"] == "enter"
        prepared = load(read_study(folder / "prepared" / "study.json"))
        for tl, lane_loops in prepared.layout.lane_loops.items():
            last = {loop for a in lane_loops for loop, _, _ in next((v for v in reversed(a.upstream) if v), ())}
            expected = sum(counts[prepared.layout.loops[loop].id] for loop in last)
            arrived = [float(r["arrivals"]) for r in rows if (r["controller"], r["signal"]) == (name, tl)]
            assert sum(arrived) == pytest.approx(expected)
