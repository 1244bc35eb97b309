"""The gate to SUMO: both backends tell the same story, counts are vehicles, errors are SUMO's own words."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from controllers.sumo.port import Backend, SumoError, SumoPort
from network.loops.detectors import KEPT_S, WIRED
from scenarios.generated import GridPlan, write_scenario

PLAN = GridPlan(columns=2, rows=1, spacing_m=150.0, row_lanes=1, row_vph=700.0, column_vph=300.0, end_s=300)
LANES = ("0x1_1x1_0", "1x1_2x1_turn_1", "3x1_2x1_turn_0")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .sumocfg with a loop on each of `LANES`, which also writes its own counts every 300 s."""
    config = write_scenario(tmp_path_factory.mktemp("port"), PLAN, seed=5, name="small")
    loops = [
        f'<inductionLoop id="{k}" lane="{lane}" pos="-3" period="300" file="{config.parent}/counts.xml"/>'
        for k, lane in enumerate(LANES)
    ]
    (config.parent / "loops.add.xml").write_text(
        f"<additional>{''.join(loops)}</additional>", encoding="utf-8"
    )
    return config


def open_port(world: Path, backend: Backend, *options: str) -> SumoPort:
    args = ["-c", str(world), "-a", str(world.parent / "loops.add.xml"), "--no-warnings", *options]
    port = SumoPort(backend, args)
    port.start()
    return port


def story(world: Path, backend: Backend, *options: str) -> Iterator[bytes]:
    """Everything the port can tell, second by second, with a signal taken over on the way."""
    port = open_port(world, backend, *options)
    programs = port.programs()
    yield repr(programs).encode()
    port.watch_loops([str(k) for k in range(len(LANES))])
    port.watch_lanes([(lane, from_m) for lane in LANES for from_m in (0.0, 40.0)])
    port.watch_signals(list(programs))
    for second in range(1, 121):
        port.step_to(second)
        if second == 60:
            port.set_state("1x1", "r" * len(port.shown_state("1x1")))
        for array in (*port.read_loops(), *port.read_lanes()):
            yield array.tobytes()
        shown = [(port.shown_state(i), port.shown_program(i)) for i in programs]
        yield repr((port.time_s, port.expected(), shown)).encode()
    port.close()


@pytest.mark.parametrize("step_s", ["1", "0.5", "0.1"])
def test_both_backends_tell_the_same_story(world: Path, step_s: str) -> None:
    told = [
        hashlib.sha256(b"".join(story(world, b, "--step-length", step_s))).digest()
        for b in ("libsumo", "traci")
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize("begin_s", ["0", "37"])
@pytest.mark.parametrize("offset_s", [0.0, 13.0])
def test_an_offset_from_a_file_without_rows(world: Path, tmp_path: Path, offset_s: float, begin_s: str) -> None:
    """As tlsCoordinator.py writes them; SUMO runs by it, and tells the one before."""
    offsets = tmp_path / "offsets.add.xml"
    offsets.write_text(f'<additional><tlLogic id="1x1" programID="0" offset="{offset_s}"/></additional>')
    port = SumoPort("libsumo", ["-c", str(world), "-a", str(offsets), "--begin", begin_s, "--no-warnings"])
    port.start()
    program = port.programs()["1x1"]
    port.watch_signals(["1x1"])
    rows = program.intervals
    assert program.offset_s == offset_s
    for second in range(int(begin_s) + 1, int(begin_s) + 100):
        port.step_to(second)
        at_s = (second - 1 - offset_s) % sum(row.duration_s for row in rows)
        row = next(k for k in range(len(rows)) if at_s < sum(each.duration_s for each in rows[: k + 1]))
        assert port.shown_state("1x1") == rows[row].state, second
    port.close()


def test_what_the_process_did_before_does_not_matter(world: Path) -> None:
    before = hashlib.sha256(b"".join(story(world, "libsumo"))).digest()
    junk = [bytes(10 + 37 * k % 5000) for k in range(20000)]
    del junk[::2]
    assert hashlib.sha256(b"".join(story(world, "libsumo"))).digest() == before


def test_a_stretch_of_a_lane_counts_what_has_come_that_far(world: Path) -> None:
    port = open_port(world, "libsumo")
    length = {lane: lane_length(lane) for lane in LANES}
    port.watch_lanes([(lane, from_m) for lane in LANES for from_m in (0.0, 1e-9, length[lane] - 30.0, length[lane])])
    most = np.zeros(4)
    for second in range(1, 301):
        port.step_to(second)
        standing, vehicles = (values.reshape(len(LANES), 4) for values in port.read_lanes())
        assert np.array_equal(vehicles[:, 0], vehicles[:, 1])
        assert np.array_equal(standing[:, 0], standing[:, 1])
        assert (vehicles[:, 2] <= vehicles[:, 0]).all()
        most = np.maximum(most, vehicles.max(axis=0))
    port.close()
    assert most[0] > most[2] > 1
    assert most[3] == 0


def lane_length(lane: str) -> float:
    import libsumo

    return float(libsumo.lane.getLength(lane))


def test_counts_are_those_of_sumos_own_detectors(world: Path) -> None:
    port = open_port(world, "libsumo")
    port.watch_loops([str(k) for k in range(len(LANES))])
    entered, left, occupied = np.zeros(3), np.zeros(3), np.zeros(3)
    for second in range(1, 301):
        port.step_to(second)
        for total, new in zip((entered, left, occupied), port.read_loops(), strict=True):
            total += new
    port.close()
    rows = {row.get("id"): row for row in ElementTree.parse(world.parent / "counts.xml").getroot()}
    for k in range(len(LANES)):
        row = rows[str(k)]
        assert entered[k] > 5
        assert abs(entered[k] - int(row.get("nVehEntered", "0"))) <= 1
        assert abs(left[k] - int(row.get("nVehContrib", "0"))) <= 1
        # SUMO leaves the steps in which a vehicle comes or goes partly out of what it tells per step
        assert occupied[k] / 3 == pytest.approx(float(row.get("occupancy", "0")), rel=0.1, abs=0.5)


def test_counts_do_not_depend_on_how_long_sumo_keeps_them(world: Path, tmp_path: Path) -> None:
    """Nobody is lost or counted twice where SUMO begins a new interval, whatever the step."""
    told = []
    for period_s in (KEPT_S, 1_000_000):
        loops = "".join(f'<inductionLoop id="{k}" lane="{lane}" pos="-3" period="{period_s}" file="NUL"/>'
                        for k, lane in enumerate(LANES))  # fmt: skip
        (tmp_path / "loops.add.xml").write_text(f"<additional>{loops}</additional>", encoding="utf-8")
        for step_s in ("1", "0.5"):
            port = SumoPort("libsumo", ["-c", str(world), "-a", str(tmp_path / "loops.add.xml"), "--no-warnings",
                                        "--step-length", step_s])  # fmt: skip
            port.start()
            port.watch_loops([str(k) for k in range(len(LANES))])
            rows = []
            for second in range(1, 301):
                port.step_to(second)
                rows.append(np.stack(port.read_loops()))
            port.close()
            told.append(np.array(rows))
    assert told[0].sum() > 0.0
    assert np.array_equal(told[0], told[2])
    assert np.array_equal(told[1], told[3])


def test_loops_wired_together_count_as_one(world: Path, tmp_path: Path) -> None:
    """A loop on the channel of loop 0 lies where loop 1 does: loop 0 counts what both would."""
    more = f'<inductionLoop id="0{WIRED}1" lane="{LANES[1]}" pos="-3" period="300" file="NUL"/>'
    (tmp_path / "more.add.xml").write_text(f"<additional>{more}</additional>", encoding="utf-8")
    sums = []
    for files in ("loops.add.xml", f"loops.add.xml,{tmp_path / 'more.add.xml'}"):
        port = SumoPort("libsumo", ["-c", str(world), "-a", f"{world.parent}/{files}", "--no-warnings"])
        port.start()
        port.watch_loops(["0", "1"])
        total = np.zeros((3, 2))
        for second in range(1, 121):
            port.step_to(second)
            total += port.read_loops()
        port.close()
        sums.append(total)
    apart, wired = sums
    assert apart.min() > 0.0
    assert wired[:2, 0].tolist() == apart[:2].sum(axis=1).tolist()
    assert wired[:, 1].tolist() == apart[:, 1].tolist()


def test_who_goes_from_one_loop_of_a_channel_to_the_next_counts_once(world: Path, tmp_path: Path) -> None:
    """Channel a: two loops one behind the other, b: one as long as both."""
    loops = "".join(f'<inductionLoop id="{i}" lane="{LANES[0]}" pos="{at}" length="{m}" period="300" file="NUL"/>'
                    for i, at, m in (("a", -20, 3), (f"a{WIRED}1", -17, 3), ("b", -20, 6)))
    (tmp_path / "more.add.xml").write_text(f"<additional>{loops}</additional>", encoding="utf-8")
    port = SumoPort("libsumo", ["-c", str(world), "-a", str(tmp_path / "more.add.xml"), "--no-warnings"])
    port.start()
    port.watch_loops(["a", "b"])
    rows = []
    for second in range(1, 181):
        port.step_to(second)
        rows.append(np.array(port.read_loops()))
    port.close()
    told = np.array(rows)  # seconds, (entered, left, occupancy), channel
    assert told[:, 0, 1].sum() > 5
    assert np.array_equal(told[:, :2, 0], told[:, :2, 1])
    assert told[:, 2, 0].mean() > 0.95 * told[:, 2, 1].mean() > 0.1


@pytest.mark.parametrize("step_s", ["1", "0.5"])
def test_a_vehicle_leaves_in_the_second_in_which_it_leaves(world: Path, step_s: str) -> None:
    import libsumo

    port = open_port(world, "libsumo", "--step-length", step_s)
    loops = [str(k) for k in range(len(LANES))]
    port.watch_loops(loops)
    there, most = np.zeros(len(loops)), 0
    for second in range(1, 301):
        port.step_to(second)
        entered, left, _ = port.read_loops()
        there += entered - left
        data = [libsumo.inductionloop.getVehicleData(loop) for loop in loops]
        on_it = [sum(leave_s < 0.0 for *_, leave_s, _ in rows) for rows in data]
        assert there.tolist() == on_it, second
        most = max(most, *on_it)
    port.close()
    assert most > 0


@pytest.mark.parametrize("backend", ["libsumo", "traci"])
def test_errors_are_sumos_own_words(world: Path, backend: Backend, tmp_path: Path) -> None:
    broken = tmp_path / "broken.rou.xml"
    broken.write_text('<routes><trip id="t" depart="0" from="nowhere" to="else"/></routes>', encoding="utf-8")
    for args, words in (
        (["-c", str(tmp_path / "none.sumocfg")], "none.sumocfg"),
        (["-c", str(world), "--nonsense"], "nonsense"),
        (["-c", str(world), "-r", str(broken)], "'nowhere'"),
    ):
        with pytest.raises(SumoError, match=words):
            SumoPort(backend, args).start()


def test_the_gui_needs_a_socket(world: Path) -> None:
    with pytest.raises(ValueError, match="traci"):
        SumoPort("libsumo", ["-c", str(world)], gui=True)
