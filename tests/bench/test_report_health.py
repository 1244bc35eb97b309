"""The report's words about detectors and modes."""

from __future__ import annotations

from typing import Any

from bench.report.health import MOST_LINES, watches


def row(controller: str, **troubles: Any) -> dict[str, Any]:
    nothing = {"alarms": [], "exits": [], "mode_changes": [], "late": 0, "errors": 0, "samples_missing": 0,
               "samples_odd": 0, "samples_stale": 0, "mode_s": {"ADAPTIVE": 90, "LAST_GOOD": 0, "FIXED": 0}}
    return {"controller": controller, "seed": 1, "troubles": nothing | troubles}


def test_what_happened_is_counted_and_told_in_order() -> None:
    rows = [
        row("adaptive", alarms=[[50.0, "l1", "STUCK_ON"], [80.0, "l1", "HEALTHY"]],
            exits=[[55.0, "road_0", "EXIT_BLOCKED"], [75.0, "road_0", "FREE"]], locks=[[65.0, "s1", "LOCKED"]],
            mode_changes=[[60.0, "s1", "ADAPTIVE", "LAST_GOOD", "LATE"], [70.0, "s1", "LAST_GOOD", "ADAPTIVE", ""]],
            mode_s={"ADAPTIVE": 80, "LAST_GOOD": 10, "FIXED": 10}, late=5, samples_odd=3),
        row("fixed", mode_s={})]
    found = watches(rows)
    assert set(found) == {"adaptive"}
    watch = found["adaptive"]
    assert (watch.alarms, watch.exits, watch.mode_changes, watch.samples, watch.decisions) == (1, 1, 2, 3, 5)
    assert abs(watch.away_pct - 20.0) < 1e-9
    assert watch.lines == (
        "seed 1, 50 s: loop l1: stuck on", "seed 1, 55 s: lane road_0: exit blocked",
        "seed 1, 60 s: signal s1: adaptive to last good, late", "seed 1, 65 s: signal s1: locked",
        "seed 1, 70 s: signal s1: last good to adaptive",
        "seed 1, 75 s: lane road_0: free", "seed 1, 80 s: loop l1: healthy")


def test_trials_of_the_plan_are_told_with_what_they_gave() -> None:
    watch = watches([row("adaptive", trials=[[50.0, "s1", 80, 70, True], [60.0, "s2", 60, 70, False]])])["adaptive"]
    assert watch.lines == ("seed 1, 50 s: signal s1: plan tried, 80 left against 70 before, so it stays",
                           "seed 1, 60 s: signal s2: plan tried, 60 left against 70 before, so it ends")


def test_long_stories_are_cut() -> None:
    watch = watches([row("adaptive", alarms=[[float(t), "l1", "DEAD"] for t in range(50)])])["adaptive"]
    assert len(watch.lines) == MOST_LINES
    assert watch.more == 50 - MOST_LINES


def test_seconds_left_to_a_program_by_time_of_day_are_not_the_controllers() -> None:
    note = "signal C: program 'night' from 80 s: left to it: Its program is off."
    watch = watches([row("adaptive") | {"left_s": 45, "notes": [note, "tape ends"]}])["adaptive"]
    assert abs(watch.away_pct - 50.0) < 1e-9
    assert watch.lines == (f"seed 1, {note}",)
