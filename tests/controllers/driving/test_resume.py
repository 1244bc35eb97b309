"""A controller that takes up a journal knows to the second what may come next, no sooner and no later."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from controllers.driving.resume import replay
from controllers.logs.journal import JournalEntry
from signal_core.engine import Engine
from signal_core.interlock.interlock import Interlock, Status
from signal_core.interlock.rules import SignalRules
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.arrays import GREEN, RED, YELLOW, CodeArray
from signal_core.tables.packed import pack
from tests.kernels.approaches import two_approaches

CLEAR_S, YELLOW_S = 6, 3


class Nobody:
    """A controller that wants nothing; what it was asked is kept."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def decide(self, seen: Any, wanted: Any) -> int:
        self.asked.append(seen.time_s)
        return 0


def taken_up(history: list[tuple[int, int]], shown: tuple[int, int], dead_s: int) -> tuple[Interlock, Sequencer, int]:
    """Interlock and sequencer after a journal of one code pair per second from 100 s on and `dead_s` of nothing."""
    street = two_approaches()
    tables = pack([street])
    now = np.array(shown, dtype=np.uint8)
    time_s = 100 + len(history) - 1 + dead_s
    sequencer = Sequencer(tables, now)
    rules = SignalRules(street.conflicts, float(YELLOW_S), float(CLEAR_S), street.min_green_s, 1000.0)
    interlock = Interlock([rules], now, time_s)
    ladder = SimpleNamespace(law=Nobody(), names=SimpleNamespace(loops=()), adopt=lambda mode: None)
    engine = SimpleNamespace(sequencer=sequencer, interlock=interlock, ladder=ladder, tables=tables)
    nothing = np.zeros(0)
    entries = [JournalEntry(100.0 + k, nothing, nothing, nothing, np.zeros(1, np.int64), np.zeros(1, np.uint8),
                     np.array(codes, dtype=np.uint8)) for k, codes in enumerate(history)]
    seconds = replay(entries, float(time_s), now, cast(Engine, engine))
    return interlock, sequencer, seconds


def judge(interlock: Interlock, time_s: int, codes: tuple[int, int]) -> Status:
    proposed: CodeArray = np.array(codes, dtype=np.uint8)
    return Status(int(interlock.check(time_s, proposed, np.zeros(2, np.bool_)).status[0]))


HISTORY = [(GREEN, RED)] * 60 + [(YELLOW, RED)] * YELLOW_S + [(RED, RED)]


@pytest.mark.parametrize("dead_s", [1, 2, 3, 5])
def test_clearance_counts_from_the_end_of_green_and_not_of_yellow(dead_s: int) -> None:
    interlock, sequencer, seconds = taken_up(HISTORY, (RED, RED), dead_s)
    assert seconds == len(HISTORY)
    green_ended_s, time_s = 160, 100 + len(HISTORY) - 1 + dead_s
    assert sequencer.state.clearing_s.tolist()[0] == time_s - green_ended_s
    expected = Status.OK if time_s - green_ended_s >= CLEAR_S else Status.SHORT_CLEARANCE
    assert judge(interlock, time_s, (RED, GREEN)) is expected


def test_a_link_found_in_another_state_counts_as_just_begun() -> None:
    interlock, sequencer, _ = taken_up(HISTORY[:50], (RED, RED), 2)
    time_s = 100 + 50 - 1 + 2
    assert sequencer.state.green_s.tolist() == [0, 0]
    assert [judge(interlock, time_s + k, (RED, GREEN)) for k in range(CLEAR_S)] == [Status.SHORT_CLEARANCE] * CLEAR_S
    assert judge(interlock, time_s + CLEAR_S, (RED, GREEN)) is Status.OK


def test_after_a_long_silence_nothing_is_taken_up() -> None:
    assert taken_up(HISTORY, (RED, RED), 61)[2] == 0
