"""The life of a request: received, queued, granted, used; or rejected, or forgotten. Whatever is sent is survived."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import signal_core as sc
from signal_core.requests import PASSED, REQUEST, WITHDRAWN, RequestClass, Rows
from signal_core.settings import Settings
from tests.engine.traffic import Traffic, crossing

pytestmark = pytest.mark.kernel

SOUTH_EAST = 2
BUSY = [0.3, 0.3, 0.02, 0.02]


def message(due_s: float = 20.0, **changed: Any) -> Rows:
    """One message of a bus to the third link."""
    fields = {"id": 7, "link": SOUTH_EAST, "lane": -1, "kind": RequestClass.TRANSIT, "level": 7, "cancel": 0,
              "earliest_s": due_s, "likely_s": due_s, "latest_s": due_s, "persons": 60.0, "lateness_s": math.nan,
              "timeout_s": 10.0} | changed  # fmt: skip
    return np.array([tuple(fields[name] for name in REQUEST.names or ())], dtype=REQUEST)


def drive(sent: dict[int, Any], seconds: int = 120, settings: Settings | None = None) -> tuple[sc.Engine, list[str]]:
    """Messages by second; returns the engine and what was shown."""
    engine = sc.Engine([crossing()], "GGrr", settings=settings or Settings())
    traffic, shown = Traffic(BUSY), ["GGrr"]
    for now in range(seconds):
        codes = engine.step(*traffic.second(shown[-1]), time_s=float(now), requests=sent.get(now))
        shown.append(sc.decode(codes))
    return engine, shown


def told(due_s: int, until_s: int, **changed: Any) -> dict[int, Any]:
    """A bus that tells every second how long it still has to go, and then that it is over the line."""
    sent: dict[int, Any] = {now: message(float(due_s - now), **changed) for now in range(30, until_s)}
    sent[until_s] = message(cancel=PASSED, **changed)
    return sent


def statuses(engine: sc.Engine) -> list[str]:
    return [event.status for event in engine.requests.events]


def test_it_is_received_queued_granted_and_used() -> None:
    engine, shown = drive(told(50, 53))
    assert [each for each in statuses(engine) if each not in ("EARLY", "KEPT")] == [
        "RECEIVED", "QUEUED", "GRANTED", "USED"]  # fmt: skip
    (record,) = engine.requests.ended
    assert record.status == "USED"
    assert record.kind == "TRANSIT"
    assert shown[51][SOUTH_EAST] == "G"  # in the second in which it is there
    assert not engine.sequencer.state.asked["active"].any()


def test_without_requests_and_with_rejected_ones_plans_are_the_same() -> None:
    nothing, plain = drive({})
    off, rejected = drive(told(50, 60), settings=Settings(transit_priority=0))
    assert plain == rejected
    assert off.requests.ended[0].status == "REJECTED"
    assert nothing.requests.events == []


@pytest.mark.parametrize(("late_s", "priority", "fate"), [
    (-60.0, 1, "REJECTED"), (0.0, 1, "USED"), (30.0, 1, "USED"), (math.nan, 1, "USED"), (-60.0, 2, "USED"),
    (30.0, 0, "REJECTED")])  # fmt: skip
def test_who_is_on_time_asks_for_nothing(late_s: float, priority: int, fate: str) -> None:
    engine, _ = drive(told(50, 53, lateness_s=late_s), settings=Settings(transit_priority=priority))
    assert engine.requests.ended[0].status == fate


@pytest.mark.parametrize(("late_s", "priority", "share"), [
    (math.nan, 1, 0.5), (30.0, 1, 1.0), (0.0, 1, 1.0), (-15.0, 1, math.exp(-1.0)), (-30.0, 1, math.exp(-2.0)),
    (-30.0, 2, 1.0), (math.nan, 2, 1.0)])  # fmt: skip
def test_a_bus_counts_by_its_chance_of_being_late(late_s: float, priority: int, share: float) -> None:
    engine, _ = drive(told(50, 120, lateness_s=late_s), seconds=45, settings=Settings(transit_priority=priority))
    (weight,) = engine.sequencer.state.asked["weight"][engine.sequencer.state.asked["active"] > 0]
    assert weight == pytest.approx(share * (60.0 / 1.5 - 1.0))


def test_who_becomes_late_counts_from_then_on() -> None:
    sent = told(60, 62)
    for now in range(30, 40):
        sent[now] = message(float(60 - now), lateness_s=-50.0)
    engine, _ = drive(sent)
    assert statuses(engine)[:3] == ["RECEIVED", "REJECTED", "QUEUED"]
    assert engine.requests.ended[0].status == "USED"


def test_it_is_forgotten_where_nothing_is_heard_of_it() -> None:
    engine, _ = drive({30: message(20.0, timeout_s=15.0)})
    (record,) = engine.requests.ended
    assert (record.status, record.ended_s) == ("EXPIRED", 46.0)


def test_withdrawn_is_expired() -> None:
    engine, _ = drive({30: message(50.0), 32: message(cancel=WITHDRAWN)})
    assert engine.requests.ended[0].why == "withdrawn"


def test_a_lane_may_be_named_instead_of_a_link() -> None:
    engine, shown = drive(told(50, 53, link=-1, lane=SOUTH_EAST))
    assert engine.requests.ended[0].status == "USED"
    assert shown[51][SOUTH_EAST] == "G"


def test_after_a_grant_others_wait() -> None:
    sent = told(50, 53)
    for now in range(54, 75):
        sent[now] = message(float(70 - now), id=8)
    free, _ = drive(sent, settings=Settings(request_lockout_s=0))
    locked, _ = drive(sent, settings=Settings(request_lockout_s=60))
    given = [max(one.extension_s + one.early_s for one in (*engine.requests.ended, *engine.requests.alive)
                 if one.id == 8) for engine in (free, locked)]  # fmt: skip
    assert given[1] == 0.0 < given[0]


def test_more_than_there_is_room_for_wait_for_their_turn() -> None:
    rows = np.concatenate([message(20.0, id=k, persons=float(k), lateness_s=30.0) for k in range(20)])
    engine, _ = drive({30: rows}, seconds=35)
    assert len(engine.requests.alive) == 20
    assert engine.sequencer.state.asked["active"].sum() == 6
    assert engine.sequencer.state.asked["weight"].max() == pytest.approx(19 / 1.5 - 1)


@pytest.mark.parametrize("rows", ["no", 7, np.zeros(3), np.zeros((2, 2), REQUEST), message(math.nan), message(link=99),
                                  message(link=-1, lane=-1), message(kind=55), message(timeout_s=math.inf)])
def test_what_is_no_request_is_counted_and_left_out(rows: Any) -> None:
    engine, shown = drive({30: rows}, seconds=60)
    assert engine.requests.missed == 1
    assert shown == drive({}, seconds=60)[1]


def test_the_last_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal_core.requests.MOST", 3)
    sent = {now: message(cancel=WITHDRAWN if now % 2 else 0, id=now // 2) for now in range(30, 50)}
    engine, _ = drive(sent, seconds=60)
    assert [one.id for one in engine.requests.ended] == [22, 23, 24]
    assert len(engine.requests.events) == 3
