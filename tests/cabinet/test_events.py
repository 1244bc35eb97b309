"""The event log of a cabinet process is what `signal-core shadow` and agencies' tools read, bounded and rotating."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from controllers.cabinet.events import HEAD, EventLog
from controllers.cabinet.records import Lines
from controllers.field.reading import Reading
from controllers.logs.event_log import read_log

NOON_S = 1_767_268_800.0


def look(greens: set[int], yellows: set[int], active: set[int], preempt: int = 2) -> Reading:
    nobody, none = frozenset[int](), np.zeros(0)
    given: dict[str, Any] = {"control": 2, "flash": 2, "alarms_1": 0, "alarms_2": 0, "short_alarm": 0, "pattern": 1,
                             "free": 2, "preempts": {1: preempt}}
    return Reading(frozenset(greens), frozenset(yellows), nobody, nobody, nobody, frozenset(active), none, none, 1.0,
                   NOON_S, **given)


LOOKS = (look({1}, set(), {4}), look(set(), {1}, {4, 5}), look(set(), set(), {5}), look({2}, set(), set(), 4),
         look({2}, set(), set()))


def _log(folder: Path, most_bytes: int = 100_000, files: int = 3) -> EventLog:
    return EventLog(7, Lines(folder, "events", most_bytes, files, "csv", HEAD))


def test_changes_between_looks_are_its_events(tmp_path: Path) -> None:
    log = _log(tmp_path)
    for k, reading in enumerate(LOOKS):
        log.see(reading, NOON_S + k)
    found = read_log(tmp_path / "events.0.csv").events
    first = found[0].time_s
    assert [(event.time_s - first, event.device, event.event, event.parameter) for event in found] == [
        (0.0, 7, 8, 1), (0.0, 7, 82, 5), (1.0, 7, 9, 1), (1.0, 7, 10, 1), (1.0, 7, 81, 4), (2.0, 7, 1, 2),
        (2.0, 7, 81, 5), (2.0, 7, 102, 1), (3.0, 7, 104, 1)]


def test_nothing_is_made_up_over_a_look_that_was_missed(tmp_path: Path) -> None:
    log = _log(tmp_path)
    log.see(LOOKS[0], NOON_S)
    log.lost_sight()
    log.see(LOOKS[3], NOON_S + 9)
    assert not (tmp_path / "events.0.csv").exists()


def test_files_are_bounded_and_each_can_be_read(tmp_path: Path) -> None:
    log = _log(tmp_path, 2_000)
    for k in range(2_000):
        log.see(LOOKS[k % len(LOOKS)], NOON_S + k)
    paths = sorted(tmp_path.glob("events.*.csv"))
    assert len(paths) == 3
    for path in paths:
        assert path.stat().st_size < 2_100
        assert len(read_log(path).events) > 10
    assert log.lost == 0
