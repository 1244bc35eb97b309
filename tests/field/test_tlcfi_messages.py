"""TLC-FI below its sessions: objects cut from a stream, calls and errors, ticks, detectors; nothing raises."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.desk.edges import edges
from controllers.field.errors import FieldError
from controllers.field.tlcfi import model
from controllers.field.tlcfi.application import ApplicationSession, At, ids_by_number
from controllers.field.tlcfi.model import Application, Fault, Kind, taken
from controllers.field.tlcfi.rpc import INVALID, MOST_BYTES, NO_METHOD, PARSE, Lost, Objects, Rpc, RpcError
from controllers.field.tlcfi.watched import Clock, Watched

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
                    max_leaves=12)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)
KINDS = (model.Registration, model.Updates, model.Reference, model.Meta, model.Data, model.AliveSign)


@given(st.lists(OBJECTS, max_size=5), st.integers(1, 9), st.sampled_from((b"", b"\n", b" \r\n\t", b"noise]")))
def test_objects_come_whole_however_they_are_cut(objects: list[dict[str, Any]], size: int, between: bytes) -> None:
    data = between.join(json.dumps(one, ensure_ascii=False).encode() for one in objects)
    cutter = Objects()
    found = [json.loads(one) for k in range(0, len(data), size) for one in cutter.feed(data[k:k + size])]
    assert found == objects


@given(st.binary(max_size=300))
def test_any_bytes_are_cut(data: bytes) -> None:
    for one in Objects().feed(data):
        assert one.startswith(b"{")
        assert one.endswith(b"}")


def test_an_object_without_end_is_thrown_away_and_the_next_is_read() -> None:
    cutter = Objects()
    assert list(cutter.feed(b'{"a":"' + b"x" * MOST_BYTES)) == []
    assert list(cutter.feed(b'{"b":1}')) == [b'{"b":1}']


@given(st.sampled_from(KINDS), JSON)
def test_what_is_no_object_of_the_protocol_is_an_error_of_the_protocol(kind: type[model.Part], content: Any) -> None:
    found = None
    try:
        taken(kind, content)
    except RpcError as error:
        found = error
    assert found is None or found.code in (Fault.MISSING_ATTRIBUTE, Fault.INVALID_ATTRIBUTE_VALUE)


@given(st.sampled_from(("UpdateState", "Alive", "NotifyEvent", "Register")), JSON,
       st.lists(st.tuples(st.sampled_from(Kind), st.text(max_size=3), OBJECTS), max_size=4))
def test_an_application_is_told_anything(method: str, content: Any, rows: list[tuple[Kind, str, Any]]) -> None:
    session = ApplicationSession(At("127.0.0.1", 1, "u"), Application.CONTROL)
    told = {"ticks": 5, "update": [{"objects": {"ids": [name], "type": int(kind)},
                                    "states": [{**state, "state": state.get("a"), "controlState": state.get("b"),
                                                "stateticks": state.get("c"), "faultstate": state.get("d")}]}
                                   for kind, name, state in rows]}
    for params in (content, told):
        with contextlib.suppress(RpcError):
            session._serve(method, params)


@given(st.lists(st.integers(0, 2**30), min_size=1, max_size=20), st.integers(0, 2**32 - 1))
def test_ticks_that_come_round_go_on(steps: list[int], start: int) -> None:
    clock, whole = Clock(), start
    first = clock.ms(start)
    for step in steps:
        whole += step
        assert clock.ms(whole % model.TICKS) - first == whole - start


def test_a_tick_from_just_before_the_round_is_earlier() -> None:
    clock = Clock()
    clock.ms(model.TICKS - 10)
    after = clock.ms(5)
    assert after - clock.ms(model.TICKS - 3) == 8


@given(st.booleans(), st.booleans(), st.integers(0, 5), st.floats(0.0, 1.0))
def test_a_second_of_a_detector_comes_back_as_it_was(before: bool, after: bool, vehicles: int, share: float) -> None:
    changes = edges(before, after, vehicles, share)
    watched = Watched()
    if before:
        watched.take({"state": 1}, 0)
        watched.cut(0)
    for at, on in changes:
        assert 0 <= at <= 1000
        watched.take({"state": int(on)}, at)
    came, occupied_ms = watched.cut(1000)
    if vehicles or before:
        assert came == vehicles
        assert watched.on == after
        gaps = vehicles + before - 1 + (not before) + (not after)
        if gaps and 0.01 < share < 0.98:
            assert abs(occupied_ms - 1000 * share) <= 2
    assert [at for at, _ in changes] == sorted(at for at, _ in changes)


def test_a_fault_and_a_gap_are_kept() -> None:
    watched = Watched()
    watched.take({"state": 1}, 100)
    watched.take({"faultstate": 4}, 200)
    assert watched.faulty
    assert watched.cut(1000) == (1, 900)
    assert watched.cut(2000) == (0, 1000)
    watched.take({"state": 0, "faultstate": 0}, 2500)
    assert not watched.faulty
    assert watched.cut(3000) == (0, 500)


def test_ids_are_told_apart_by_their_numbers() -> None:
    assert ids_by_number(["02", "fc05", "D011", "x"]) == {2: "02", 5: "fc05", 11: "D011"}
    with pytest.raises(FieldError, match="02 and fc02 have the same number"):
        ids_by_number(["02", "fc02"])


def over_a_line(work: Any) -> None:
    """`work(rpc, raw)`: an end that echoes, and the raw stream to it."""
    def serve(method: str, params: Any) -> Any:
        if method == "Echo":
            return params
        raise RpcError(NO_METHOD, f"no method {method} here")

    async def all_of_it() -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await Rpc(reader, writer, serve).run()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            await work(reader, writer)
        finally:
            writer.close()
            server.close()

    asyncio.run(all_of_it())


@pytest.mark.parametrize(("sent", "code"), [
    (b'{"jsonrpc": "2.0", "method": "Other", "id": 1}', NO_METHOD), (b'{"method": 5, "id": 1}', INVALID),
    (b'{"method": Echo}', PARSE), (b'{"a":' * 3000 + b"{}" + b"}" * 3000, PARSE)])
def test_bad_calls_are_answered_with_the_error_of_the_standard(sent: bytes, code: int) -> None:
    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        async with asyncio.timeout(5.0):
            answer = json.loads(await reader.read(4096))
        assert answer["error"]["code"] == code

    over_a_line(work)


def test_calls_are_answered_errors_raised_and_a_lost_line_told() -> None:
    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rpc = Rpc(reader, writer, lambda method, params: None)
        run = asyncio.create_task(rpc.run())
        assert await rpc.call("Echo", {"a": [1]}, 5.0) == {"a": [1]}
        assert await rpc.call("Echo", [{"a": 2}], 5.0) == {"a": 2}
        with pytest.raises(RpcError, match="no method Other"):
            await rpc.call("Other", {}, 5.0)
        rpc.tell("Other", {})
        rpc.close()
        with pytest.raises(Lost):
            await rpc.call("Echo", {}, 5.0)
        await run

    over_a_line(work)
