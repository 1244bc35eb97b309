"""The engine as one object: what it shows is safe whatever it is given, and it says how it is."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import signal_core as sc
from signal_core.ladder.ladder import Names
from signal_core.sequencing.plan_rows import PlanOf
from tests.engine.traffic import CONFLICTS, INTERGREEN_S, MIN_GREEN_S, MOVEMENTS, YELLOW_S, Traffic, crossing

ROOT = Path(__file__).resolve().parents[2]
FOES = [(MOVEMENTS.index(a), MOVEMENTS.index(b)) for a, b in CONFLICTS]


def engine(**more: Any) -> sc.Engine:
    return sc.Engine([crossing()], "rrrr", **more)


def drive(one: sc.Engine, flow_vps: list[float], seconds: int, seed: int = 1) -> tuple[list[str], Traffic]:
    """What was shown every second."""
    traffic, shown = Traffic(flow_vps, seed), ["rrrr"]
    for t in range(seconds):
        shown.append(sc.decode(one.step(*traffic.second(shown[-1]), float(t))))
    return shown, traffic


def assert_safe(shown: list[str]) -> None:
    """By counting over the letters alone."""
    ended = [-1000] * 4
    began = [-1000] * 4
    for t, (before, now) in enumerate(zip(shown, shown[1:], strict=False)):
        for i in range(4):
            if before[i] in "Gg" and now[i] not in "Gg":
                assert now[i] == "y"
                assert t - began[i] >= MIN_GREEN_S
                ended[i] = t
            if before[i] == "y" and now[i] != "y":
                assert now[i] == "r"
                assert t - ended[i] >= YELLOW_S
            if before[i] not in "Gg" and now[i] in "Gg":
                assert before[i] == "r"
                began[i] = t
                assert all(t - ended[k] >= INTERGREEN_S for j, k in _both(i) if j == i)
        assert not any(now[i] in "Gg" and now[j] in "Gg" for i, j in FOES)


def _both(i: int) -> list[tuple[int, int]]:
    return [(a, b) for pair in FOES for a, b in (pair, pair[::-1]) if a == i]


def test_it_serves_who_comes_and_is_safe() -> None:
    shown, traffic = drive(engine(), [0.12, 0.1, 0.1, 0.05], 600)
    assert_safe(shown)
    assert traffic.queue.sum() < 20
    assert traffic.served.sum() > 180
    assert len(set(shown)) > 3


def test_who_has_nobody_waiting_gets_less() -> None:
    shown, _ = drive(engine(), [0.3, 0.3, 0.0, 0.0], 400)
    green = [sum(row[i] in "Gg" for row in shown) for i in range(4)]
    assert green[0] > 5 * max(green[2], 1)


def test_the_same_again() -> None:
    assert drive(engine(), [0.2] * 4, 300)[0] == drive(engine(), [0.2] * 4, 300)[0]


def test_a_street_in_another_batch_is_served_the_same() -> None:
    alone, pair = engine(), sc.Engine([crossing(), sc.Intersection.from_phases(
        ["Gr", "rG"], [(0, 1)], loops=[4, 5])], ["rrrr", "rr"])
    traffic, shown = Traffic([0.2] * 4), "rrrr"
    for t in range(200):
        sample = traffic.second(shown)
        wide = [np.append(values, [0.0, 0.0]) for values in sample]
        shown = sc.decode(alone.step(*sample, float(t)))
        assert sc.decode(pair.step(*wide, float(t)))[:4] == shown


ODD = st.sampled_from([None, "text", [], [1.0], [[1.0] * 4], [np.nan] * 4, [np.inf] * 4, [-1.0] * 4, [1e9] * 4,
                       [1.0] * 4, np.ones(4), np.ones(4, dtype=np.int32), np.ones(8)[::2], object()])
ODD_TIME = st.sampled_from([None, float("nan"), float("inf"), -5.0, 0.0, 10.0, 1e12])


@settings(max_examples=25)
@given(st.lists(st.tuples(ODD, ODD, ODD, ODD_TIME), min_size=5, max_size=60))
def test_whatever_it_is_given_it_goes_on_and_stays_safe(seconds: list[tuple[Any, Any, Any, Any]]) -> None:
    one, shown = engine(), ["rrrr"]
    for entered, left, occupancy, time_s in seconds:
        shown.append(sc.decode(one.step(entered, left, occupancy, time_s)))
    for now in shown:
        assert not any(now[i] in "Gg" and now[j] in "Gg" for i, j in FOES)
    for before, now in zip(shown, shown[1:], strict=False):
        assert all(b != "G" or a in "Gy" for b, a in zip(before, now, strict=True))
        assert all(b != "y" or a in "yr" for b, a in zip(before, now, strict=True))


def test_what_the_lamps_really_show_is_followed() -> None:
    one = engine()
    drive(one, [0.2] * 4, 30)
    ordered = one.signals()[0].shown
    assert one.observe(ordered)
    dark = "OOOO"
    assert not one.observe(dark)
    shown = [sc.decode(one.step(np.zeros(4), np.zeros(4), np.ones(4))) for _ in range(INTERGREEN_S - 1)]
    assert all(set(row) <= set("rO") for row in shown)
    with pytest.raises(ValueError, match=r"shown: states of \[3\] links, \[4\] needed"):
        one.observe("rrr")
    with pytest.raises(ValueError, match="letters of each signal"):
        one.observe([1, 2, 3, 4])  # type: ignore[list-item]


@pytest.mark.parametrize(("given", "said"), [
    ({"plans": []}, "plans: of 0 signals, 1 needed"),
    ({"walk_clear_s": [0.0, 0.0]}, "walk_clear_s: of 2 signals, 1 needed"),
    ({"names": Names((), (), ())}, "names: of 0 signals, 1 needed"),
    ({"names": Names(("a",), ("loop",) * 4, ())}, "names: of 4 loops and 0 lanes, 4 and 4 needed"),
    ({"names": Names(("a",), ("loop",) * 3, ("lane",) * 4)}, "names: of 3 loops and 4 lanes, 4 and 4 needed"),
    ({"plans": [PlanOf(np.full((1, 4), 3, np.uint8), np.full(1, np.nan), 0.0)]}, "a time above 0 needed"),
    ({"plans": [PlanOf(np.full((2, 4), 3, np.uint8), np.array([-1.0, 9.0]), 0.0)]}, "a time above 0 needed"),
])  # fmt: skip
def test_what_is_not_of_these_signals_is_refused_as_it_begins(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sc.Engine([crossing()], "rrrr", **given)


def test_what_a_trial_of_the_plan_gave_is_told_once() -> None:
    one = engine()
    trials = one.law.health.exits.trials  # type: ignore[union-attr]
    trials.tried_s[:], trials.before_vps[:] = 479, 0.5
    drive(one, [0.0] * 4, 3)
    (told,) = one.events().trials
    assert (told.signal, told.left, told.against, told.stays) == ("cross", 0, 150, False)
    drive(one, [0.0] * 4, 3)
    assert one.events().trials == []


def test_a_dead_signal_goes_to_its_plan_and_says_so() -> None:
    one = engine()
    drive(one, [0.1] * 4, 600)
    assert [(loop.name, loop.status.name) for loop in one.loops()] == [(f"loop {k}", "HEALTHY") for k in range(4)]
    assert one.signals()[0].mode is sc.Mode.ADAPTIVE
    assert one.events().mode_changes == []
    shown = [sc.decode(one.step(None, None, None, 600.0 + t)) for t in range(300)]
    report = one.signals()[0]
    assert (report.name, report.sight, report.trouble) == ("cross", sc.Sight.BLIND, sc.Trouble.BLIND)
    assert report.mode is not sc.Mode.ADAPTIVE
    events = one.events()
    assert {alarm.status for alarm in events.alarms} == {"MISSING"}
    assert events.mode_changes[0].signal == "cross"
    assert one.events() == sc.Events([], [], [], [], [])
    assert one.report().samples_missing > 1000
    assert {"GGrr", "rrGG"} <= set(shown)


class Stubborn:
    """A law that is wrong in every way, in turns."""

    health = None

    def __init__(self) -> None:
        self.asked = 0

    def decide(self, seen: sc.Observation, wanted: Any) -> int:
        self.asked += 1
        if self.asked % 3 == 0:
            raise RuntimeError("no")
        wanted[:] = self.asked * 10**6
        return 1


def test_queues_are_told() -> None:
    one = engine()
    for t in range(60):  # somebody stands in the north for a minute, and nobody anywhere else
        one.step([0.0] * 4, [0.0] * 4, [1.0, 0.0, 0.0, 0.0], float(t))
    lanes = one.lanes()
    assert [lane.name for lane in lanes] == [f"cross lane {k}" for k in range(4)]
    assert lanes[0].queue >= 1.0
    assert max(lane.queue for lane in lanes[1:]) < 1.0


def test_a_law_of_ones_own_is_asked_and_survived() -> None:
    law = Stubborn()
    one = engine(law=lambda tables, state: law)
    shown, _ = drive(one, [0.2] * 4, 300)
    assert_safe(shown)
    assert law.asked == 300
    assert one.report().errors == 100
    assert one.report().last_error == "RuntimeError: no"
    assert one.signals()[0].mode is not sc.Mode.ADAPTIVE
    assert one.loops() == one.lanes() == []
    assert sc.decode(one.step(None, None, None)) is not None


def test_a_step_takes_no_memory() -> None:
    one = engine()
    traffic = Traffic([0.2] * 4)
    sample = traffic.second("rrrr")

    def run(seconds: int) -> None:
        for _ in range(seconds):
            one.step(*sample)

    run(300)
    tracemalloc.start()
    run(50)
    before = tracemalloc.get_traced_memory()[0]
    run(1000)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 4096


def test_codes_cannot_be_written_by_who_gets_them() -> None:
    codes = engine().step(np.zeros(4), np.zeros(4), np.zeros(4))
    with pytest.raises(ValueError, match="read-only"):
        codes[0] = 3


def test_it_needs_numpy_and_numba_alone() -> None:
    told = """
import sys
sys.modules.update(dict.fromkeys(("networkx", "sumolib", "libsumo", "traci", "scipy", "rich", "matplotlib")))
import signal_core as sc
from signal_core.ladder.ladder import Names
from signal_core.sequencing.plan_rows import PlanOf
x = sc.Intersection.from_phases(["Gr", "rG"], [(0, 1)])
print(sc.decode(sc.Engine([x], "rr").step([0, 0], [0, 0], [0, 1])))
assert not {"network", "controllers", "scenarios", "bench"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "rr\n"
