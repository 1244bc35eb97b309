"""What control does to anybody: flicker, late waits, losers and the table of harm, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from bench.measures.harm import flicker
from bench.measures.overdue import lanes_before
from bench.measures.raw import Shown
from bench.runs.results import COUNTED, summary
from bench.studies.control.figures import case
from bench.studies.control.harm import alarms, harm, losers
from network.loops.detectors import LaneLoops, Layout, Loop
from network.program.signals import SignalLane

Row = dict[str, Any]


@pytest.mark.parametrize(("course", "found"), [
    ("GGGrrrGG", 1), ("GGGrrrrGG", 0), ("GyrrGG", 1), ("rrGGGG", 0), ("GrGrG", 2), ("GgsssG", 0), ("GsrrG", 1),
    ("GyyyG", 0), ("GrooGG", 0), ("oorrGG", 0),
])  # fmt: skip
def test_a_red_of_three_seconds_between_two_greens_flickers(course: str, found: int) -> None:
    changes = [k for k, letter in enumerate(course) if k == 0 or letter != course[k - 1]]
    shown = Shown(tuple(float(k) for k in changes), tuple(course[k] + "G" for k in changes), float(len(course)))
    assert flicker(shown) == found


def _run(name: str, seed: int, delay_s: float, moved: dict[str, tuple[float, float]], **more: Any) -> Row:
    movements = [{"from_edge": way, "to_edge": "out", "signal": "t", "vehicles": 9, "flow_vph": vph, "delay_s": lost}
                 for way, (vph, lost) in moved.items()]  # fmt: skip
    zeros = dict.fromkeys(COUNTED, 0)
    return {"controller": name, "seed": seed, "run": "", "delay_s": delay_s, "speed_kmh": 9.0, "trips": 100,
            "finished": 90, "undeparted": 0, "movements": movements, "late_s": 0.0, **zeros, **more}  # fmt: skip


def test_losers_are_above_both_limits_over_the_seeds_that_both_have() -> None:
    light, busy = 29.0, 31.0
    runs = [
        _run("fixed", 1, 50.0, {"a": (busy, 70.0), "b": (busy, 100.0), "c": (light, 10.0), "d": (busy, 40.0)}),
        _run("fixed", 2, 50.0, {"a": (busy, 90.0), "b": (busy, 100.0), "c": (light, 10.0), "d": (busy, 40.0)}),
        _run("adaptive", 1, 40.0, {"a": (busy, 120.0), "b": (busy, 149.0), "c": (light, 999.0), "d": (busy, 119.0)}),
        _run("adaptive", 2, 60.0, {"a": (busy, 130.0), "b": (busy, 149.0), "c": (light, 999.0), "d": (busy, 119.0)}),
        _run("adaptive", 3, 60.0, {"d": (busy, 999.0)}),
    ]
    found = losers(runs, "adaptive", "fixed")
    assert [(one["from"], one["before_s"], one["delay_s"]) for one in found] == [("a", 80.0, 125.0)]
    assert losers(runs, "fixed", "fixed") == []


def test_the_table_of_harm_says_what_the_runs_gave() -> None:
    said = {"alarms": [(1.0, "loop", "DEAD"), (2.0, "loop", "HEALTHY"), (3.0, "other", "BIASED")]}
    runs = [
        _run("fixed", 1, 50.0, {}, collisions=2),
        _run("fixed", 2, 40.0, {}),
        _run("adaptive", 1, 25.0, {}, emergency_brakings=1, flicker=3, late_s=7.0, troubles=said, collisions=2),
        _run("adaptive", 2, 42.0, {}, late_s=4.0, locks=[{"place": "x"}]),
    ]
    content = {"runs": [{**run, "walks": 0} for run in runs], "baseline": "fixed", "scenario": "", "options": {},
               "begin_s": 0.0, "end_s": None, "protocol": "plan", "order": "free", "failed": [],
               "summary": summary([{**run, "walks": 0} for run in runs], ["fixed", "adaptive"])}  # fmt: skip
    of = harm([case("made up-x1", content)], ["fixed", "adaptive"])
    assert of[0]["worst_pct"] is None
    one = of[1]
    assert (one["worse_runs"], one["pairs"], one["worst_run"]) == (1, 2, "made up-x1, seed 2")
    assert one["worst_pct"] == pytest.approx(5.0)
    assert one["of_best_rival"] == pytest.approx(33.5 / 45.0)
    assert (one["locked"], one["late_s"], one["flicker"], one["alarms"]) == (1, 7.0, 3, 2)
    assert (one["more_emergency_brakings"], one["more_collisions"]) == (["made up-x1"], [])
    assert alarms(runs) == {"BIASED": 1, "DEAD": 1}


def test_who_waits_for_a_stub_stands_inside_the_junction_before_it() -> None:
    loops = (Loop("a", ":j_0_0", 9.0, 0.0, ((":j_1_0", 8.0), ("far_0", 3.0))), Loop("b", "long_0", 90.0, 0.0))
    lanes = [SignalLane(lane, (0,), 9.0, 13.0, ("s",)) for lane in ("stub_0", "long_0")]
    layout = Layout(loops, {"t": tuple(LaneLoops(lane, k, ()) for k, lane in enumerate(lanes))})
    assert lanes_before(layout) == {"stub_0": (":j_0_0", ":j_1_0")}

