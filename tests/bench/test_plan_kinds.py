"""Plans of other kinds: NEMA rings, several plans over a day, and plans from counts. Plain sumo loads each."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from bench.audit.verify_states import verify
from bench.cli.main import main
from bench.measures.raw import read_shown
from bench.plan.day import BIN_S, DayPlan, find_periods, write_day
from bench.plan.rings import Rings
from bench.plan.tunable import Rows
from network.build import build_signals
from network.program.programs import read_programs
from network.program.signals import Signal
from network.program.timing import Timing, find_knobs
from network.roads.reader import read_network
from network.sumo_package import binary
from scenarios.config import load_scenario

NEMA_PARAMETERS = {"coordinate-mode": "true", "total-cycle-length": "100", "minRecall": "2,6"}
FLOWS = (("left0A0", "B0right0", 1000), ("right0B0", "A0left0", 900), ("top0A0", "A0bottom0", 250),
         ("top0A0", "A0B0", 150), ("bottom1B0", "B0top1", 300), ("left0A0", "A0top0", 200))  # fmt: skip


@pytest.fixture(scope="module")
def nema_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two NEMA signals, coordinated with equal splits, and traffic that wants others."""
    place = tmp_path_factory.mktemp("nema")
    net = place / "nema.net.xml"
    shape = ["--grid", "--grid.x-number", "2", "--grid.y-number", "1", "--grid.length", "250"]
    lanes = ["--grid.attach-length", "250", "--default.lanenumber", "2", "--turn-lanes", "1", "-j", "traffic_light"]
    tls = ["--tls.default-type", "NEMA", "--tls.layout", "opposites", "--tls.left-green.time", "10"]
    subprocess.run([binary("netgenerate"), *shape, *lanes, *tls, "-o", str(net)], check=True, capture_output=True)
    programs = ET.Element("additional")
    for logic in ET.parse(net).getroot().iter("tlLogic"):
        if logic.get("type") == "NEMA":
            logic.set("programID", "day")
            for row in logic.findall("phase"):
                row.set("maxDur", "20")
            for key, value in NEMA_PARAMETERS.items():
                ET.SubElement(logic, "param", key=key, value=value)
            programs.append(logic)
    ET.ElementTree(programs).write(place / "coordinated.add.xml")
    flows = "".join(
        f'<flow id="f{k}" from="{a}" to="{b}" begin="0" end="600" vehsPerHour="{n}" departLane="best"/>'
        for k, (a, b, n) in enumerate(FLOWS)
    )
    (place / "nema.rou.xml").write_text(f"<routes>{flows}</routes>", encoding="utf-8")
    (place / "nema.sumocfg").write_text(
        '<configuration><input><net-file value="nema.net.xml"/><route-files value="nema.rou.xml"/>'
        '<additional-files value="coordinated.add.xml"/></input><time><end value="600"/></time></configuration>',
        encoding="utf-8",
    )
    return place / "nema.sumocfg"


def _delay_s(cfg: Path, additional: list[Path], folder: Path) -> float:
    out = folder / "trips.xml"
    words = ["-a", ",".join(map(str, additional)), "--tripinfo-output", str(out), "--seed", "7"]
    done = subprocess.run(
        [binary("sumo"), "-c", str(cfg), *words, "--tripinfo-output.write-unfinished"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "rror" not in done.stderr
    trips = list(ET.parse(out).getroot().iter("tripinfo"))
    return sum(float(t.attrib["timeLoss"]) for t in trips) / len(trips)


@pytest.mark.nightly
def test_nema_programs_stay_nema_and_get_better(nema_world: Path, tmp_path: Path) -> None:
    out = tmp_path / "tuned.add.xml"
    assert main(["plan", str(nema_world), "--budget", "25", "-o", str(out)]) == 0
    own = nema_world.parent / "coordinated.add.xml"
    before = {e.attrib["id"]: e for e in ET.parse(own).getroot().iter("tlLogic")}
    after = {e.attrib["id"]: e for e in ET.parse(out).getroot().iter("tlLogic")}
    assert after
    assert after.keys() <= before.keys()
    for i, logic in after.items():
        assert (logic.get("type"), logic.get("programID")) == ("NEMA", "tuned")
        rows = {row.attrib["name"]: row for row in logic.findall("phase")}
        split = {n: sum(float(row.attrib[key]) for key in ("maxDur", "yellow", "red")) for n, row in rows.items()}
        cycle = float(next(p.attrib["value"] for p in logic.iter("param") if p.attrib["key"] == "total-cycle-length"))
        assert split["1"] + split["2"] == split["5"] + split["6"]
        assert split["1"] + split["2"] + split["3"] + split["4"] == cycle == sum(split[n] for n in "5678")
        for theirs in before[i].findall("phase"):
            mine = rows[theirs.attrib["name"]]
            kept = ("state", "minDur", "yellow", "red", "vehext")
            assert [mine.attrib[key] for key in kept] == [theirs.attrib[key] for key in kept]
            assert float(mine.attrib["maxDur"]) >= float(mine.attrib["minDur"])
    assert _delay_s(nema_world, [own, out], tmp_path) < 0.9 * _delay_s(nema_world, [own], tmp_path)


def _ring_signal(least_s: float = 5.0) -> tuple[Signal, ET.Element]:
    rows = "".join(
        f'<phase name="{n}" state="{"".join("G" if k == n else "r" for k in range(1, 9))}" minDur="5" maxDur="{g}" '
        'yellow="3" red="2"/>' for n, g in zip(range(1, 9), (10, 30, 10, 20, 10, 30, 10, 20), strict=True)
    )  # fmt: skip
    rings = {"ring1": "1,2,3,4", "ring2": "5,6,7,8", "barrierPhases": "4,8", "barrier2Phases": "2,6"}
    parameters = "".join(f'<param key="{key}" value="{value}"/>' for key, value in rings.items())
    element = ET.fromstring(f'<tlLogic id="x" type="NEMA" programID="0" offset="5">{rows}{parameters}</tlLogic>')
    signal = Signal.__new__(Signal)
    object.__setattr__(signal, "min_green_s", np.full(8, least_s))
    object.__setattr__(signal, "id", "x")
    object.__setattr__(signal, "n_links", 8)
    object.__setattr__(signal, "limits", ())
    return signal, element


def test_rings_meet_at_every_barrier_whatever_is_moved() -> None:
    rings = Rings(*_ring_signal())
    assert rings.own.cycle_s == 90.0
    assert rings.sides == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    seen = 0
    for timing in [rings.own, *(rings.scaled(rings.own, float(c)) for c in (60, 75, 110, 150))]:
        for step_s in (8.0, 1.0):
            for move in rings.moves(step_s, alone=False):
                moved = move(timing)
                if rings.is_lawful(moved):
                    seen += 1
                    d = moved.durations_s
                    assert d[0] + d[1] == d[4] + d[5]
                    assert d[2] + d[3] == d[6] + d[7]
                    assert d[0] + d[1] + d[2] + d[3] == moved.cycle_s
                    assert min(d) >= 10.0
    assert seen > 100
    assert not rings.is_lawful(Timing((15.0, 35.0, 15.0, 25.0, 15.0, 35.0, 15.0, 24.0), 5.0, 90.0))
    assert not Rings(*_ring_signal(least_s=12.0)).is_lawful(rings.scaled(rings.own, 60.0))


def test_rings_that_do_not_fit_are_refused() -> None:
    signal, element = _ring_signal()
    element.findall("param")[0].set("value", "1,2,3,9")
    with pytest.raises(ValueError, match="do not fit"):
        Rings(signal, element)


def test_periods_are_cut_where_demand_changes() -> None:
    rng = np.random.default_rng(1)
    night, peak = np.array([20.0, 20.0, 5.0]), np.array([90.0, 25.0, 60.0])
    day = rng.poisson(np.vstack([np.tile(night, (8, 1)), np.tile(peak, (8, 1)), np.tile(night, (12, 1))])).astype(float)
    assert find_periods(day, 0.0) == [0.0, 8 * BIN_S, 16 * BIN_S]
    assert find_periods(rng.poisson(np.tile(peak, (20, 1))).astype(float), 600.0) == [600.0]
    assert find_periods(rng.poisson(np.tile(peak, (3, 1))).astype(float), 0.0) == [0.0]


def _tunables(cfg: Path) -> dict[str, Rows]:
    net = load_scenario(cfg).net_file
    programs = read_programs([net])
    signals = build_signals(read_network(net), programs, "plan")
    knobs = {i: find_knobs(signal)[0] for i, signal in signals.items()}
    return {i: Rows(found, programs[i]) for i, found in knobs.items() if found is not None}


def test_plain_sumo_switches_plans_without_cutting_anything(small_world: Path, tmp_path: Path) -> None:
    tunables = _tunables(small_world)
    assert tunables
    plans = [{i: each.scaled(each.own, cycle_s) for i, each in tunables.items()} for cycle_s in (60.0, 110.0)]
    plan, states = tmp_path / "day.add.xml", tmp_path / "states.xml"
    write_day(tunables, DayPlan((0.0, 300.0), tuple(plans)), plan)
    record = tmp_path / "record.add.xml"
    events = "".join(f'<timedEvent type="SaveTLSStates" source="{i}" dest="{states}"/>' for i in tunables)
    record.write_text(f"<additional>{events}</additional>", encoding="utf-8")
    command = [binary("sumo"), "-c", str(small_world), "-a", f"{plan},{record}", "-e", "900"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "rror" not in done.stderr
    running = {(e.attrib["id"], e.attrib["programID"]) for e in ET.parse(states).getroot().iter("tlsState")}
    assert running == {(i, name) for i in tunables for name in ("tuned-1", "tuned-2")}
    net = Path(load_scenario(small_world).net_file)
    reports = verify(net, states)
    assert not any(report.violations for report in reports), [report.examples for report in reports]
    for i, shown in read_shown(states).items():
        start = shown.states[-1]
        green = [t for t, s in zip(shown.times_s, shown.states, strict=True) if s == start and t > 450]
        assert set(np.diff(green)) == {110.0}, i


@pytest.mark.nightly
def test_a_plan_from_counts_gives_green_to_where_vehicles_are(small_world: Path, tmp_path: Path) -> None:
    tunables = _tunables(small_world)
    i, rows = next(iter(tunables.items()))
    lanes = rows.signal.lanes
    state = rows.signal.program.intervals[rows.knobs.rows[0]].state
    busy = next(k for k, lane in enumerate(lanes) if state[lane.links[0]] in "Gg")
    counts = tmp_path / "counts.csv"
    lines = [f"{lane.id},0,3600,{900 if k == busy else 60}" for k, lane in enumerate(lanes)]
    counts.write_text("\n".join(["lane,begin_s,end_s,vehicles", *lines, ""]), encoding="utf-8")
    out = tmp_path / "tuned.add.xml"
    assert main(["plan", str(small_world), "--counts", str(counts), "-o", str(out)]) == 0
    tuned = read_programs([out])[i]
    own = rows.signal.program
    first = rows.knobs.rows[0]
    share = tuned.intervals[first].duration_s / sum(row.duration_s for row in tuned.intervals)
    assert share > 1.2 * own.intervals[first].duration_s / sum(row.duration_s for row in own.intervals)
    command = [binary("sumo"), "-c", str(small_world), "-a", str(out), "-e", "30"]
    subprocess.run(command, check=True, capture_output=True)
    tape_dir = tmp_path / "run"
    assert main(["run", str(small_world), "-e", "60", "-c", "splits", "-o", str(tape_dir)]) == 0
    tape = tape_dir / "runs" / "splits" / "1" / "tape.npz"
    assert main(["plan", str(small_world), "--counts", str(tape), "-o", str(out)]) == 0


@pytest.mark.parametrize("text", ["lane,vehicles\na,1\n", "lane,begin_s,end_s,vehicles\nnowhere,0,900,5\n",
                                  "lane,begin_s,end_s,vehicles\nx,0,900,-5\n"])  # fmt: skip
def test_counts_that_say_nothing_are_refused(text: str, small_world: Path, tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text(text, encoding="utf-8")
    words = ["plan", str(small_world), "--counts", str(tmp_path / "counts.csv"), "-o", str(tmp_path / "out.xml")]
    assert main(words) == 2
