"""A signal that controls two junctions, under control and in SUMO."""

from __future__ import annotations

from pathlib import Path

from network.program.phases import green_links
from network.program.programs import read_programs
from scenarios.joined import DiamondPlan, write_diamond

from .streets import drive_on


def test_each_junction_goes_its_own_way(tmp_path: Path) -> None:
    street = drive_on(write_diamond(tmp_path, DiamondPlan(end_s=400)), "adaptive", 400.0)
    one, other = street.site.signals
    assert {one.part_of, other.part_of} == {"signal"}
    assert street.record.interlock_trips == 0
    assert not street.record.notes
    assert {t for t, _ in street.changes(0)} - {t for t, _ in street.changes(1)}
    together = {green_links(one.phases[p].state) | green_links(other.phases[q].state) for p, q in street.wanted}
    (program,) = read_programs([tmp_path / "diamond.net.xml"]).values()
    assert together - {green_links(row.state) for row in program.intervals}
    assert street.trips > 100


def test_in_a_fixed_order_it_stays_one_signal(tmp_path: Path) -> None:
    street = drive_on(write_diamond(tmp_path, DiamondPlan(end_s=200)), "adaptive_fixed_order", 200.0)
    (signal,) = street.site.signals
    assert signal.id == "signal"
    assert not signal.part_of
    assert len(signal.junctions) == 2
