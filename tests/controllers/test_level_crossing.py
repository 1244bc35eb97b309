"""A railway before a signal: the way off the track is clear when the gate closes, and nobody stands on the track."""

from __future__ import annotations

from pathlib import Path

from signal_core.settings import Settings
from tests.controllers.gates import drive_gates


def test_the_track_is_cleared_before_the_gate_closes(tmp_path: Path) -> None:
    without = drive_gates(tmp_path / "off", Settings(emergency_priority=0), 1200.0)
    cleared = drive_gates(tmp_path / "on", Settings(), 1200.0)
    assert len(cleared.standing) >= 4
    assert sum(without.standing) > 0  # the queue does reach back
    assert sum(cleared.standing) == 0
    assert cleared.on_track == 0
    assert cleared.trips == without.trips == 0
    assert {one.kind for one in cleared.requests} == {"RAIL"}
    assert not without.requests
