"""A tuned plan: lawful, loadable by plain sumo, better or the network's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from bench.audit.verify_states import verify
from bench.cli.main import main
from bench.measures.metrics import read_metrics
from bench.measures.movements import Movement
from bench.plan.analytic import DelayModel, best_splits
from bench.runs.prepare import load
from bench.runs.spec import read_study
from network.program.programs import read_programs
from network.program.signals import Interval, Program, Signal
from network.program.timing import Knobs, Timing, find_knobs, is_lawful, own_timing, retimed
from network.sumo_package import binary

ROWS = (("Gr", 30.0), ("yr", 3.0), ("rr", 2.0), ("rG", 30.0), ("ry", 3.0), ("rr", 2.0))


def _signal(rows: tuple[tuple[str, float], ...] = ROWS, kind: str = "static") -> Signal:
    """Two links that cross; 5 s between their greens."""
    intervals = tuple(Interval(state, length, length, length) for state, length in rows)
    cross = ~np.eye(2, dtype=np.bool_)
    program = Program("x", "0", kind, 10.0, intervals, {})
    return Signal(
        "x", program, (), 2, cross, cross, (), np.full(2, 3.0), 5.0 * cross, np.full(2, 5.0), (), ""
    )  # fmt: skip


def _knobs(signal: Signal) -> Knobs:
    found, reason = find_knobs(signal)
    assert found is not None, reason
    return found


MOVEMENTS = {
    ("a", "c"): Movement("x", "a", "c", "s", (0,), ("a_0",)),
    ("b", "d"): Movement("x", "b", "d", "s", (1,), ("b_0",)),
}


def test_only_green_rows_change() -> None:
    knobs = _knobs(_signal())
    assert (knobs.rows, knobs.least_s, knobs.fixed_s) == ((0, 3), (5.0, 5.0), 10.0)
    timing = knobs.with_rows(own_timing(knobs.signal.program), [20.0, 40.0])
    assert [row.duration_s for row in retimed(knobs.signal.program, timing).intervals] == [20, 3, 2, 40, 3, 2]


def test_greens_of_less_than_five_seconds_are_part_of_the_way_to_the_next() -> None:
    short, least = (("Gr", 4.9), *ROWS[1:], ("GG", 20.0)), (("Gr", 5.0), *ROWS[1:], ("GG", 4.0))
    assert _knobs(_signal(short)).rows == (3, 6)
    assert (_knobs(_signal(least)).rows, _knobs(_signal(least)).least_s) == ((0, 3), (5.0, 5.0))


@pytest.mark.parametrize("kind", ["NEMA", "actuated"])
def test_programs_that_time_themselves_stay(kind: str) -> None:
    assert find_knobs(_signal(kind=kind))[0] is None


def test_what_is_lawful() -> None:
    knobs = _knobs(_signal())
    own = own_timing(knobs.signal.program)
    assert is_lawful(knobs, own)
    assert is_lawful(knobs, knobs.with_rows(own, [5.0, 5.0]))
    assert not is_lawful(knobs, knobs.with_rows(own, [4.0, 30.0]))
    assert not is_lawful(knobs, knobs.with_rows(own, [100.0, 60.0]))
    assert not is_lawful(knobs, Timing((30.0, 3.0, 1.0, 30.0, 3.0, 2.0), 0.0))  # a second less between greens


def test_equal_flows_get_equal_greens_and_more_flow_more() -> None:
    knobs = _knobs(_signal())
    even = best_splits(knobs, DelayModel(knobs, MOVEMENTS, {("a", "c"): 400.0, ("b", "d"): 400.0}), 70.0)
    uneven = best_splits(knobs, DelayModel(knobs, MOVEMENTS, {("a", "c"): 800.0, ("b", "d"): 200.0}), 70.0)
    assert even is not None
    assert uneven is not None
    assert knobs.values_s(even) == [30.0, 30.0]
    first, second = knobs.values_s(uneven)
    assert first > 38
    assert first + second == 60.0
    assert best_splits(knobs, DelayModel(knobs, MOVEMENTS, {("a", "c"): 1.0}), 15.0) is None


def test_at_the_optimum_moving_a_second_costs_delay() -> None:
    knobs = _knobs(_signal())
    model = DelayModel(knobs, MOVEMENTS, {("a", "c"): 700.0, ("b", "d"): 300.0})
    best = best_splits(knobs, model, 80.0)
    assert best is not None
    first, second = knobs.values_s(best)
    for shift in (-1.0, 1.0):
        assert model.delay_h(knobs.with_rows(best, [first + shift, second - shift])) >= model.delay_h(best)


def test_uniform_delay_is_that_of_the_handbook() -> None:
    """One movement of 360 veh/h on one lane, 30 of 70 s green: HCM 2010 (18-20) and (18-45) by hand."""
    knobs = _knobs(_signal())
    share, flow = 30 / 70, 360.0
    capacity = 1900 * share
    x = flow / capacity
    uniform = 0.5 * 70 * (1 - share) ** 2 / (1 - x * share)
    extra = 900 * ((x - 1) + ((x - 1) ** 2 + 8 * 0.5 * x / capacity) ** 0.5)
    model = DelayModel(knobs, MOVEMENTS, {("a", "c"): flow})
    found_s = 3600 * model.delay_h(own_timing(knobs.signal.program)) / flow
    assert found_s == pytest.approx(uniform + extra, rel=1e-4)


@pytest.fixture(scope="module")
def compared(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fixed against tuned on a small world."""
    folder = tmp_path_factory.mktemp("tuned")
    words = ["compare", str(small_world), "-c", "fixed,tuned", "--plan-budget", "20", "--report", "none"]
    assert main([*words, "-o", str(folder), "--", "--scale", "1.5"]) == 0
    return folder


def test_tuned_is_no_worse_and_keeps_every_clearance(compared: Path) -> None:
    delays = {}
    for name in ("fixed", "tuned"):
        place = compared / "runs" / name / "1"
        delays[name] = read_metrics(place / "tripinfo.xml", place / "statistics.xml").delay_s
    assert delays["tuned"] <= delays["fixed"] * 1.02
    net = Path(read_study(compared / "prepared" / "study.json").scenario.net_file)
    reports = verify(net, compared / "runs" / "tuned" / "1" / "tlsstates.xml")
    assert not any(report.violations for report in reports), [report.examples for report in reports]


def test_plain_sumo_loads_the_plan(compared: Path, small_world: Path, tmp_path: Path) -> None:
    plan = compared / "prepared" / "tuned.add.xml"
    saved = tmp_path / "states.xml"
    record = tmp_path / "record.add.xml"
    events = "".join(f'<timedEvent type="SaveTLSProgram" source="{i}" dest="{saved}"/>' for i in ("1x1", "2x1"))
    record.write_text(f"<additional>{events}</additional>", encoding="utf-8")
    command = [binary("sumo"), "-c", str(small_world), "-a", f"{plan},{record}", "-e", "60"]
    subprocess.run(command, check=True, capture_output=True)
    tuned = read_programs([plan])
    assert tuned, "nothing was found to tune on the small world"
    for signal_id, program in tuned.items():
        own = load(read_study(compared / "prepared" / "study.json")).programs[signal_id]
        assert [row.state for row in program.intervals] == [row.state for row in own.intervals]
        assert f'id="{signal_id}" type="static" programID="tuned"' in saved.read_text(encoding="utf-8")


def test_seconds_too_few_to_try_a_plan_are_said(
    small_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "tuned.add.xml"
    assert main(["plan", str(small_world), "--budget", "1", "--times", "one", "-o", str(place)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "no plan was tried" in said
    assert "2 simulations" in said


def test_nowhere_to_write_is_said_at_once(small_world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(small_world), "-o", "/no/such/place/tuned.add.xml"]) == 2
    assert "no such directory" in capsys.readouterr().err
