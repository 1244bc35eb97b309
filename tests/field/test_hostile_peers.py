"""Peers that flood, name what nobody knows, or send numbers that are none: what is kept is bounded, and lines go on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from controllers.cabinet.tlcfi_wire import intergreens, timing
from controllers.field.asked import MOST_KNOWN, MOST_ROWS, MOST_STANDING, Due, FieldRequests
from controllers.field.errors import FieldError
from controllers.field.rsmp import sxl
from controllers.field.rsmp.counts import MOST_DETECTORS, Counts
from controllers.field.rsmp.messages import END, Alarm, Odd, Status, StatusUpdate, new_id, stamp, take
from controllers.field.rsmp.peer import Peer
from controllers.field.rsmp.priority import PriorityRequests
from controllers.field.rsmp.supervisor import MOST_ALARMS, MOST_STRANGERS, At, Supervisor
from controllers.field.tlcfi.application import ApplicationSession
from controllers.field.tlcfi.application import At as Facilities
from controllers.field.tlcfi.model import Application, Kind, Lamp
from controllers.field.tlcfi.rpc import INTERNAL, Rpc
from signal_core.requests import RequestClass

COMPONENT = "C=001TC000"


def _session() -> ApplicationSession:
    session = ApplicationSession(Facilities("127.0.0.1", 1, "u"), Application.CONTROL)
    session.meta = {Kind.SIGNAL_GROUP: {"01": {}}, Kind.DETECTOR: {"D1": {}}}
    return session


def _told(kind: Kind, names: list[str], ticks: object = 5) -> dict[str, Any]:
    states = [{"state": 6}] * len(names)
    return {"ticks": ticks, "update": [{"objects": {"ids": names, "type": int(kind)}, "states": states}]}


def test_groups_and_detectors_that_nobody_named_are_not_kept() -> None:
    session = _session()
    for kind in (Kind.SIGNAL_GROUP, Kind.DETECTOR):
        session._serve("UpdateState", _told(kind, ["01", "D1", *map(str, range(2000))]))
    assert session.known.lamps == {"01": Lamp.PROTECTED}
    assert set(session.known.detectors) == {"D1"}


def test_ticks_may_be_written_as_text() -> None:
    session = _session()
    session._serve("UpdateState", _told(Kind.DETECTOR, ["D1"], "77"))
    assert session.known.detectors["D1"].on


def test_a_wall_clock_beyond_all_time_is_refused() -> None:
    with pytest.raises(Exception, match="time"):
        _session()._serve("Alive", {"ticks": 1, "time": 10**400})


def test_times_of_groups_that_are_none_are_passed_over() -> None:
    rows = [{"state": 6, "min": 10**400}, {"state": 3, "min": -5}, {"state": [], "min": 7}, "x",
            {"state": 5, "min": 4000}]
    assert timing({"timing": rows}) == {Lamp.UNAVAILABLE: 0.007, Lamp.PERMISSIVE: 4.0}
    told = [{"signalgroup": "05", "intergreentime": ms} for ms in (2000, 10**400, -1, True)]
    assert intergreens({"intergreen": told}) == {5: 0.001}


def test_a_list_of_groups_that_is_none_is_no_list() -> None:
    async def work() -> None:
        session = _session()

        async def answer(method: str, params: Any, timeout_s: float) -> Any:
            if method == "ReadMeta":
                return {"objects": params, "meta": [{"signalgroups": 5, "detectors": {"a": 1}}], "ticks": 1}
            return {"objects": params, "data": [{}], "ticks": 1}

        session._rpc = type("Line", (), {"call": staticmethod(answer)})()  # type: ignore[assignment]
        await session._learn("X")
        assert Kind.SIGNAL_GROUP not in {kind for kind, ids in session.meta.items() if "X" in ids}

    asyncio.run(work())


class _Sink:
    """A writer that keeps what is written."""

    def __init__(self) -> None:
        self.data, self.closing = b"", False
        self.transport = self

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes) -> None:
        self.data += data

    def close(self) -> None:
        pass


def test_who_serves_a_call_and_fails_answers_with_an_error() -> None:
    async def work() -> bytes:
        def fails(method: str, params: Any) -> Any:
            return {"a": 1}[params]

        sink = _Sink()
        rpc = Rpc(asyncio.StreamReader(), sink, fails)  # type: ignore[arg-type]
        for number in (1, [[]], {"deep": []}):
            rpc._take(json.dumps({"method": "Any", "params": "b", "id": number}).encode())
        return sink.data

    answers = asyncio.run(work()).split(b'}{"jsonrpc"')
    assert len(answers) == 3
    assert all(str(INTERNAL).encode() in one and b"KeyError" in one for one in answers)


def test_who_hears_a_message_and_fails_does_not_acknowledge_it() -> None:
    async def work() -> bytes:
        sink = _Sink()
        peer = Peer(asyncio.StreamReader(), sink, lambda message: {}[message])  # type: ignore[arg-type]
        peer.agreed = True
        peer._take(StatusUpdate(cId="c", sTs=stamp(0.0), sS=(Status(sCI="S0001", n="stage", s="1"),)).packet()[:-1])
        assert peer.open
        peer._take(Alarm(cId="c", aCId="A0001", aSp="Issue").packet()[:-1])
        return sink.data

    said = [json.loads(one) for one in asyncio.run(work()).split(END)[:-1]]
    assert [one["type"] for one in said] == ["MessageNotAck"] * 2
    assert "KeyError" in said[0]["rea"]


def test_nothing_is_written_to_who_has_gone() -> None:
    """asyncio says so with a line in the log for each write."""
    async def work() -> bytes:
        sink = _Sink()
        peer = Peer(asyncio.StreamReader(), sink, lambda message: None)  # type: ignore[arg-type]
        rpc = Rpc(asyncio.StreamReader(), sink, lambda method, params: None)  # type: ignore[arg-type]
        peer.agreed = sink.closing = True
        peer._take(Alarm(cId="c", aCId="A0001", aSp="Issue").packet()[:-1])
        rpc._take(b'{"method":"Any","id":1}')
        return sink.data

    assert asyncio.run(work()) == b""


def test_a_rate_of_thousands_of_digits_is_no_rate() -> None:
    content = {"mType": "rSMsg", "type": "StatusSubscribe", "mId": new_id(), "cId": "c",
               "sS": [{"sCI": "S0033", "n": "status", "uRt": "9" * 5000, "sOc": False}]}
    assert isinstance(take(json.dumps(content).encode()), Odd)


def _supervisor() -> Supervisor:
    return Supervisor(At("127.0.0.1", 0, "C", COMPONENT))


def test_statuses_and_alarms_that_nobody_asked_for_are_bounded() -> None:
    async def work() -> Supervisor:
        supervisor = _supervisor()
        for k in range(3 * MOST_ALARMS):
            told = (Status(sCI=f"S{k:04d}", n="status", s="x"), Status(sCI="S0001", n=f"name {k}", s="x"))
            supervisor._hear(None, StatusUpdate(cId="c", sTs=stamp(0.0), sS=told))  # type: ignore[arg-type]
            supervisor._hear(None, Alarm(cId=f"D{k:05d}", aCId="A0301", aSp="Issue", aS="Active"))  # type: ignore[arg-type]
        return supervisor

    known = asyncio.run(work()).known
    assert known.values.keys() <= {(code, name) for code, names in sxl.STATUSES.items() for name in names}
    assert len(known.alarms) == MOST_ALARMS


def test_an_answer_that_leaves_a_status_out_has_none_for_it() -> None:
    async def work() -> dict[tuple[str, str], object]:
        supervisor = _supervisor()

        async def answer(message: Any) -> Any:
            return take(json.dumps({"mType": "rSMsg", "type": "StatusResponse", "mId": new_id(), "cId": "c",
                                    "sTs": stamp(0.0), "sS": [{"sCI": "S0096", "n": "other", "s": "1"}]}).encode())

        supervisor._ask = answer  # type: ignore[method-assign]
        return await supervisor.read(("S0096",))

    assert asyncio.run(work()) == {("S0096", name): None for name in sxl.STATUSES["S0096"]}


def test_strangers_who_connect_make_room_for_others() -> None:
    async def work() -> int:
        supervisor = _supervisor()
        await supervisor.listen()
        assert supervisor._server is not None
        address = supervisor._server.sockets[0].getsockname()
        ends = [await asyncio.open_connection(*address) for _ in range(5 * MOST_STRANGERS)]
        await asyncio.sleep(0.2)
        kept = len(supervisor._peers)
        with pytest.raises(FieldError, match="not connected"):
            await supervisor.subscribe({"S0001": 1})
        supervisor.close()
        for _, writer in ends:
            writer.close()
        await asyncio.sleep(0.1)
        return kept

    assert asyncio.run(work()) <= MOST_STRANGERS + 1


def test_detectors_beyond_those_there_may_be_are_not_counted() -> None:
    counts = Counts()
    counts.take({("S0205", "start"): stamp(1.0), ("S0205", "vehicles"): "1," * 5000,
                 ("S0207", "start"): stamp(1.0), ("S0207", "occupancy"): "50," * 5000})
    assert [len(one) for one in counts.cut()] == [MOST_DETECTORS, MOST_DETECTORS]


def test_requests_that_are_told_again_and_again_are_bounded_and_the_last_word_counts() -> None:
    book = FieldRequests()
    bus = book.new("bus", 1, -1, RequestClass.TRANSIT, 0.0)
    for k in range(10 * MOST_ROWS):
        book.tell(bus, Due(k % 49, k % 49, k % 49))
    book.end(bus, 2)
    rows = book.rows()
    assert len(rows) <= MOST_ROWS
    assert rows["earliest_s"].tolist()[-2:] == [(10 * MOST_ROWS - 1) % 49, 0.0]
    assert len(book.rows()) == 0


def test_requests_that_come_and_end_in_floods_are_forgotten_sooner() -> None:
    book = FieldRequests()
    for k in range(5 * MOST_KNOWN):
        one = book.new(k, 1, -1, RequestClass.TRANSIT, 0.0)
        one.status = "REJECTED"
    assert len(book.known) <= MOST_KNOWN
    assert not book.full
    for k in range(MOST_STANDING):
        book.new(("stands", k), 1, -1, RequestClass.TRANSIT, 0.0)
    assert book.full
    assert len(book.known) <= MOST_KNOWN


def test_a_request_whose_name_is_a_book_is_none() -> None:
    requests = PriorityRequests({"C=001SG003": 2})
    given = {"requestId": "x" * 100_000, "type": "new", "level": "7", "eta": "20", "signalGroupId": "C=001SG003"}
    assert "requestId" in requests.take(given, 0.0)
    assert requests.take(given | {"requestId": "x" * 255}, 0.0) == ""
    assert np.array_equal(requests.rows()["link"], [2])
