"""Collisions inside junctions: read, told apart, what is said of them, and the sentence to quote."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.measures.incidents import (
    LOOKED_AT,
    can_look,
    count,
    had_consequences,
    per_1000,
    read_collisions,
)
from bench.measures.meetings import may_follow
from bench.report.notes import more_collisions
from bench.report.quote import quote
from bench.report.table import more_tables

Point = tuple[float, float]
# West to east and north to south; :c_2_0 turns from the north to the east, and waits at :c_1_0's end before.
NET = """<net>
    <edge id=":c_0" function="internal">
        <lane id=":c_0_0" index="0" length="20.00" shape="-10.00,0.00 10.00,0.00"/>
    </edge>
    <edge id=":c_1" function="internal">
        <lane id=":c_1_0" index="0" length="9.00" shape="1.00,10.00 1.00,1.00"/>
    </edge>
    <edge id=":c_2" function="internal">
        <lane id=":c_2_0" index="0" length="11.00" shape="1.00,1.00 2.00,0.00 10.00,0.00"/>
    </edge>
    <edge id=":c_3" function="internal">
        <lane id=":c_3_0" index="0" length="20.00" shape="0.00,10.00 0.00,-10.00"/>
    </edge>
    <connection from="w" to="e" fromLane="0" toLane="0" via=":c_0_0"/>
    <connection from="n" to="e" fromLane="0" toLane="0" via=":c_1_0"/>
    <connection from=":c_0" to="e" fromLane="0" toLane="0"/>
    <connection from=":c_1" to="e" fromLane="0" toLane="0" via=":c_2_0"/>
    <connection from=":c_2" to="e" fromLane="0" toLane="0"/>
    <connection from=":c_3" to="s" fromLane="0" toLane="0"/>
</net>
"""
EASTBOUND = ((-1.0, 0.0), (-6.0, 0.0))
SOUTHBOUND = ((0.0, -2.0), (0.0, 3.0))
TURNING = ((4.0, 0.0), (1.5, 0.5))
FOLLOWING = ((-2.0, 0.1), (-7.0, 0.1))
ASTRAY = ((3.0, 5.0), (3.0, 9.0))


def _row(lane: str, one: str, other: str, kind: str = "junction", bodies: tuple[tuple[Point, Point], ...] = ()) -> str:
    ends = [f'{who}{end}="{x},{y}"' for who, body in zip(("collider", "victim"), bodies, strict=False)
            for end, (x, y) in zip(("Front", "Back"), body, strict=True)]  # fmt: skip
    return (f'    <collision time="3.00" type="{kind}" lane="{lane}" pos="3.1" collider="{one}" victim="{other}" '
            f'colliderType="car" {" ".join(ends)}/>\n')  # fmt: skip


def _record(folder: Path, *rows: str, name: str = "collisions.xml") -> Path:
    path = folder / name
    path.write_text("<collisions>\n" + "".join(rows) + "</collisions>\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("options", "looks"), [
    ({}, True), ({"collision.check-junctions": "true"}, False), ({"collision.check-junctions": "false"}, True),
    ({"mesosim": "true"}, False)])  # fmt: skip
def test_sumo_is_asked_to_look_where_the_scenario_does_not(options: dict[str, str], looks: bool) -> None:
    assert can_look(options) is looks


def test_each_pair_counts_once_and_people_apart(tmp_path: Path) -> None:
    rows = (_row("ab_0", "x", "y", "collision"), _row(":c_3_0", "x", "z"), _row(":c_4_0", "z", "x"),
            _row(":c_3_0", "x", "p", "crossing"))  # fmt: skip
    _record(tmp_path, *rows)
    looked = count(tmp_path, 4, {}, True)
    assert (looked.collisions, looked.collisions_in_junctions, looked.collisions_on_foot) == (1, 2, 1)
    assert count(tmp_path, 4, {"collision.action": "none"}, True).collisions == 0
    own = count(tmp_path, 4, {"collision.check-junctions": "1"}, False)
    assert (own.collisions, own.collisions_in_junctions) == (2, 2)
    assert count(tmp_path, 1, {}, False).collisions_in_junctions is None
    _record(tmp_path, rows[1], name=LOOKED_AT)
    again = count(tmp_path, 1, {}, False)
    assert (again.collisions, again.collisions_in_junctions) == (1, 1)


@pytest.mark.parametrize(("lane", "one", "other", "follows"), [
    (":c_0_0", EASTBOUND, SOUTHBOUND, False),
    (":c_3_0", EASTBOUND, SOUTHBOUND, False),
    (":c_0_0", EASTBOUND, TURNING, True),
    (":c_2_0", TURNING, EASTBOUND, True),
    (":c_0_0", EASTBOUND, FOLLOWING, True),
    (":c_0_0", EASTBOUND, ASTRAY, True),
    (":d_0_0", EASTBOUND, SOUTHBOUND, True),
])  # fmt: skip
def test_who_crosses_does_not_follow_and_who_merges_may(
    tmp_path: Path, lane: str, one: tuple[Point, Point], other: tuple[Point, Point], follows: bool
) -> None:
    (tmp_path / "net.xml").write_text(NET, encoding="utf-8")
    assert may_follow([(lane, one, other)], tmp_path / "net.xml") is follows


CROSSED = _row(":c_0_0", "x", "y", "junction", (EASTBOUND, SOUTHBOUND))
MERGED = _row(":c_0_0", "x", "y", "junction", (EASTBOUND, TURNING))
WALKED = _row(":c_0_0", "x", "p", "crossing")


@pytest.mark.parametrize(("row", "options", "again"), [
    (CROSSED, {}, False),
    (MERGED, {}, True),
    (MERGED, {"collision.action": "warn"}, False),
    (MERGED, {"collision.action": "none"}, False),
    (MERGED, {"collision.action": "warn", "collision.stoptime": "5"}, True),
    (_row("ab_0", "x", "y", "collision"), {}, True),
    (_row(":c_0_0", "x", "y"), {}, True),
    (WALKED, {}, False),
    (WALKED, {"intermodal-collision.action": "remove"}, True),
    (WALKED, {"intermodal-collision.stoptime": "1"}, True),
])  # fmt: skip
def test_a_run_is_made_again_where_sumo_would_have_acted(
    tmp_path: Path, row: str, options: dict[str, str], again: bool
) -> None:
    (tmp_path / "net.xml").write_text(NET, encoding="utf-8")
    found = read_collisions(_record(tmp_path, row))
    assert had_consequences(found, options, str(tmp_path / "net.xml")) is again


def test_incidents_stand_beside_the_vehicles_they_are_of() -> None:
    assert (per_1000(3, 1500), per_1000(3, 0)) == (2.0, 0.0)
    row = {"controller": "fixed", "trips": 2000, "teleports": 0, "collisions": 4, "emergency_brakings": 10,
           "interlock_trips": 0, "overdue_s": 61.0, "flicker": 0, "collisions_in_junctions": 1, "walks": 0}  # fmt: skip
    (table,) = more_tables({"summary": [row], "baseline": "fixed"})
    cells = {str(column.header): next(iter(column.cells)) for column in table.columns}
    assert cells == {"controller": "fixed", "collisions": "4 (2.0)", "hard brakings": "10 (5.0)", "overdue s": "61",
                     "hit in junctions": "1 (0.5)"}  # fmt: skip


def test_more_of_them_than_under_the_first_is_said() -> None:
    rows = [{"controller": name, "trips": 1000, "collisions_in_junctions": met, "collisions_on_foot": on_foot}
            for name, met, on_foot in (("fixed", 2, 0), ("adaptive", 3, 1), ("splits", 2, 0), ("own", None, None))]
    assert more_collisions({"baseline": "fixed", "summary": rows}) == [
        "more collisions inside junctions under adaptive than under fixed: 3 (3.0 per 1000 trips, 1 with people on "
        "foot) against 2 (2.0 per 1000 trips)"]  # fmt: skip
    assert more_collisions({"baseline": "own", "summary": rows}) == []


def _content(*delays: tuple[float, float]) -> dict[str, object]:
    runs = [{"controller": name, "seed": seed, "delay_s": delay}
            for seed, both in enumerate(delays)
            for name, delay in zip(("fixed", "adaptive"), both, strict=True)]  # fmt: skip
    means = {"fixed": {"delay_s": 40.0, "speed_kmh": 25.0}, "adaptive": {"delay_s": 20.0, "speed_kmh": 33.0}}
    return {"baseline": "fixed", "runs": runs, "summary": [{"controller": k, "means": v} for k, v in means.items()]}


def test_the_sentence_to_quote_has_the_interval_and_the_seeds() -> None:
    said = quote(_content((40, 20), (41, 20), (39, 20)), "adaptive")
    assert said.startswith("Under adaptive control a trip loses 20 s instead of 40 s and the network's speed is 33 ")
    assert "50 % less delay than under fixed (95 % interval 47 to 53 %, 3 seeds" in said


def test_there_is_nothing_to_quote_from_one_seed_or_from_noise() -> None:
    assert quote(_content((40, 20)), "adaptive").endswith("with 1 paired seed that is no claim.")
    assert quote(_content((40, 20), (40, 60), (40, 41)), "adaptive").endswith("with 3 paired seeds that is no claim.")
    assert quote(_content((40, 20)), "fixed") == ""
