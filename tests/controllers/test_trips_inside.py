"""Trips that start beyond all loops, on the last metres before the line, and the hour after the last of them."""

from __future__ import annotations

from pathlib import Path

from scenarios.hard import END_S, write_lots
from tests.controllers.streets import drive_on


def test_a_street_of_unknown_queues_is_no_full_one_and_the_end_of_traffic_no_failure(tmp_path: Path) -> None:
    street = drive_on(write_lots(tmp_path), "adaptive", END_S + 900, "plan")
    assert street.trips > 1000
    assert [change for change in street.record.troubles.mode_changes if change.reason in ("PLAN_BETTER", "BLIND")] == []
    assert [alarm for alarm in street.record.troubles.alarms if alarm.status != "HEALTHY"] == []
