"""Requests by RSMP: M0022 in, an engine that decides, S0033 out, both by the public schema."""

from __future__ import annotations

from typing import Any

import pytest

import signal_core as sc
from controllers.field.rsmp.messages import Argument, CommandRequest, Status, StatusUpdate, stamp
from controllers.field.rsmp.priority import FORGOTTEN_S, PriorityRequests
from tests.engine.traffic import Traffic, crossing
from tests.field.rsmp_schema import Checker

GROUPS = {"RN+SI0001=001SG001": 0, "RN+SI0001=001SG003": 2}
BUSY = [0.3, 0.3, 0.02, 0.02]


def m0022(kind: str = "new", **given: str) -> dict[str, str]:
    """A bus to the third group."""
    own = {"signalGroupId": "RN+SI0001=001SG003", "vehicleType": "bus"} if kind == "new" else {}
    return {"requestId": "bus 7", "type": kind, "level": "7", **own, **given}


def drive(sent: dict[int, dict[str, str]], seconds: int = 90, **settings: Any) -> list[list[dict[str, str]]]:
    """S0033 of each second of an engine that is sent these."""
    engine = sc.Engine([crossing()], "GGrr", settings=sc.Settings(**settings))
    traffic, shown, book, told = Traffic(BUSY), "GGrr", PriorityRequests(GROUPS, {5: 3}), []
    for now in range(seconds):
        if now in sent:
            assert book.take(sent[now], float(now)) == ""
        codes = engine.step(*traffic.second(shown), time_s=float(now), requests=book.rows())
        book.follow(engine.requests, float(now))
        shown = sc.decode(codes)
        told.append(book.status())
    return told


def states(told: list[list[dict[str, str]]]) -> list[str]:
    """Without repetition."""
    every = [one["s"] for each in told for one in each]
    return [state for k, state in enumerate(every) if k == 0 or every[k - 1] != state]


def test_a_request_lives_as_the_exchange_list_has_it() -> None:
    told = drive({30: m0022(eta="20"), 40: m0022("update", eta="12"), 54: m0022("cancel")})
    assert states(told) == ["queued", "activated", "completed"]
    (last,) = told[54]
    assert int(last["e"]) + int(last["d"]) > 0
    assert told[55] == []  # an end is told once


def test_one_that_nobody_cancels_ends() -> None:
    told = drive({30: m0022(eta="20")}, seconds=round(30 + 20 + FORGOTTEN_S + 5))
    assert states(told) == ["queued", "activated", "stale"]


def test_one_that_is_not_given_priority_is_rejected() -> None:
    told = drive({30: m0022(eta="20")}, seconds=40, transit_priority=0)
    assert states(told) == ["rejected"]
    assert sum(map(len, told)) == 1


def test_an_incoming_lane_does_as_well_as_a_group() -> None:
    sent = {name: value for name, value in m0022(eta="20").items() if name != "signalGroupId"}
    assert states(drive({30: {**sent, "laneInId": "5"}}, seconds=60)) == ["queued", "activated"]


@pytest.mark.parametrize("given", [
    {}, m0022(requestId=""), m0022(level="15"), m0022(level="x"), m0022(eta="256"), m0022(eta="-1"), m0022("update"),
    m0022("cancel"), m0022("old"), m0022(signalGroupId="RN+SI0001=001SG009"), m0022(signalGroupId="", laneInId="9"),
    m0022(signalGroupId="", laneInId="five")])  # fmt: skip
def test_what_is_no_request_is_refused_with_a_reason(given: dict[str, str]) -> None:
    book = PriorityRequests(GROUPS, {5: 3})
    assert book.take(given, 0.0)
    assert len(book.rows()) == 0
    assert book.status() == []


def test_a_second_new_one_of_the_same_id_is_refused() -> None:
    book = PriorityRequests(GROUPS)
    assert book.take(m0022(), 0.0) == ""
    assert "already" in book.take(m0022(), 1.0)


def test_what_an_engine_that_begins_anew_does_not_know_ends() -> None:
    book, told = PriorityRequests(GROUPS), []
    assert book.take(m0022(eta="20"), 0.0) == ""
    for now in range(15):
        book.follow(sc.Engine([crossing()], "GGrr").requests, float(now))
        told.append(book.status())
    assert states(told) == ["received", "rejected"]
    assert book.take(m0022(eta="20"), 15.0) == ""  # its id is free again


def test_messages_are_valid_by_the_public_schemas() -> None:
    tape = Checker()
    for kind, given in (("new", {"eta": "20"}), ("cancel", {})):
        asked = tuple(Argument(cCI="M0022", n=n, cO="requestPriority", v=v) for n, v in m0022(kind, **given).items())
        tape("out", CommandRequest(cId="RN+SI0001", ntsOId="RN+SI0001", arg=asked).packet()[:-1])
    for each in drive({30: m0022(eta="20"), 54: m0022("cancel")}):
        status = Status(sCI="S0033", n="status", s=each)
        tape("in", StatusUpdate(cId="RN+SI0001", ntsOId="RN+SI0001", sTs=stamp(0.0), sS=(status,)).packet()[:-1])
    assert tape.wrong() == []
