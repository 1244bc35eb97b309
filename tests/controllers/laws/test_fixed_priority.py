"""The plain rule of priority: the program's greens without requests, kept or ended for who asks."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from statistics import median

from controllers.laws.fixed_priority import EXTENSION_S
from scenarios.generated import STREET
from scenarios.transit import write_busline
from tests.controllers.streets import drive, drive_on

CHANGE_S = (5.0, 3.0)
SMALL = replace(STREET, columns=2, row_vph=300.0, column_vph=120.0, end_s=600)
MORE = replace(SMALL, columns=4, end_s=900, cycle_s=80)


def test_without_requests_phases_last_as_long_as_in_the_program(tmp_path: Path) -> None:
    street = drive(tmp_path, "fixed_priority", SMALL, "plan")
    changes = street.changes()
    lasted = [(changes[k][1], changes[k + 1][0] - changes[k][0]) for k in range(1, len(changes) - 1)]
    phases = street.site.signals[0].phases
    for p, phase in enumerate(phases):
        split_s = median(seconds for q, seconds in lasted if q == p)
        assert split_s == phase.shown_s + CHANGE_S[p % 2]  # its green, and yellow and red clearance before it
    assert {(b - a) % len(phases) for (_, a), (_, b) in zip(changes, changes[1:], strict=False)} == {1}


def test_who_asks_has_green_kept_and_brought_forward(tmp_path: Path) -> None:
    config = write_busline(tmp_path, MORE)
    routes = config.with_suffix(".rou.xml")
    routes.write_text(re.sub(r' until="[0-9]+"', "", routes.read_text(encoding="utf-8")), encoding="utf-8")
    street = drive_on(config, "fixed_priority", MORE.end_s, "plan")
    early, kept = 0, 0
    for i in range(MORE.columns):
        changes, phases = street.changes(i), street.site.signals[i].phases
        assert {(b - a) % len(phases) for (_, a), (_, b) in zip(changes, changes[1:], strict=False)} == {1}
        for (since, p), (until, _) in zip(changes[1:], changes[2:], strict=False):
            over_s = until - since - phases[p].shown_s - CHANGE_S[p % 2]
            assert over_s <= EXTENSION_S
            early, kept = early + (over_s < 0), kept + (over_s > 0)
    assert early > 0
    assert kept > 0
    assert street.record.interlock_trips == 0
