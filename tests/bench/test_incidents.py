"""Collisions inside junctions, what is said of them, and the sentence to quote."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.measures.incidents import collisions_in_junctions, per_1000
from bench.report.quote import quote
from bench.report.table import more_tables

FOUND = """<collisions>
    <collision time="3.00" type="collision" lane="ab_0" pos="3.1" collider="x" victim="y"/>
    <collision time="5.00" type="junction" lane=":c_3_0" pos="3.1" collider="x" victim="z"/>
</collisions>
"""


@pytest.mark.parametrize(("said", "count"), [("true", 1), ("1", 1), ("false", None), ("", None)])
def test_only_where_sumo_looked_for_them(tmp_path: Path, said: str, count: int | None) -> None:
    path = tmp_path / "collisions.xml"
    path.write_text(FOUND, encoding="utf-8")
    assert collisions_in_junctions(path, {"collision.check-junctions": said}) == count
    assert collisions_in_junctions(tmp_path / "none.xml", {"collision.check-junctions": "true"}) is None


def test_incidents_stand_beside_the_vehicles_they_are_of() -> None:
    assert (per_1000(3, 1500), per_1000(3, 0)) == (2.0, 0.0)
    row = {"controller": "fixed", "trips": 2000, "teleports": 0, "collisions": 4, "emergency_brakings": 10,
           "interlock_trips": 0, "overdue_s": 61.0, "collisions_in_junctions": 1, "walks": 0}  # fmt: skip
    (table,) = more_tables({"summary": [row], "baseline": "fixed"})
    cells = {str(column.header): next(iter(column.cells)) for column in table.columns}
    assert cells == {"controller": "fixed", "collisions": "4 (2.0)", "hard brakings": "10 (5.0)", "overdue s": "61",
                     "inside junctions": "1 (0.5)"}  # fmt: skip


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
