"""Messages of RSMP: what is written is valid by the public schemas, what is read never raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.cabinet.rsmp_wire import reasons
from controllers.field.reading import Layout
from controllers.field.rsmp import sxl
from controllers.field.rsmp.counts import Counts
from controllers.field.rsmp.messages import (
    END,
    MOST_BYTES,
    Ack,
    Alarm,
    Odd,
    Packets,
    SiteId,
    StatusUpdate,
    Version,
    seconds_of,
    stamp,
    take,
)
from controllers.field.rsmp.reading import read
from controllers.field.rsmp.supervisor import Known
from tests.field.rsmp_schema import LIST, SCHEMAS, validator

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
                    max_leaves=12)
TYPES = ("Version", "Alarm", "StatusUpdate", "StatusResponse", "CommandResponse", "AggregatedStatus", "MessageAck")
SHAPED = st.dictionaries(st.sampled_from(("mId", "cId", "sS", "rvs", "se", "aSp", "oMId", "RSMP", "SXL", "siteId")),
                         JSON)
LAYOUT = Layout((1, 2), (1, 2, 3), (1, 2, 3, 4))


@given(st.binary(max_size=400))
def test_bytes_that_are_no_message_are_odd(data: bytes) -> None:
    for packet in Packets().feed(data + END):
        assert isinstance(take(packet), Odd)


@given(st.sampled_from(TYPES), SHAPED)
def test_messages_with_anything_in_them_never_raise(kind: str, content: dict[str, object]) -> None:
    packet = json.dumps({"mType": "rSMsg", "type": kind, **content}).encode()
    found = take(packet)
    assert isinstance(found, Odd) or found.type == kind


def test_deeply_nested_json_is_odd() -> None:
    assert isinstance(take(b"[" * 100_000 + b"]" * 100_000), Odd)
    assert isinstance(take(b'{"mType":' * 50_000), Odd)


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda one: END not in one and one.strip()), max_size=8),
       st.integers(1, 11))
def test_packets_come_whole_however_they_are_cut(packets: list[bytes], size: int) -> None:
    data = END + END.join(packets) + END + END
    cutter = Packets()
    found = [one for k in range(0, len(data), size) for one in cutter.feed(data[k:k + size])]
    assert found == packets


def test_a_packet_without_end_is_thrown_away_and_the_next_is_read() -> None:
    cutter = Packets()
    assert list(cutter.feed(b"x" * (MOST_BYTES + 1))) == []
    assert list(cutter.feed(b"y" * 10 + END + b"{}" + END)) == [b"{}"]


@given(st.floats(0, 4_000_000_000))
def test_times_come_back(seconds: float) -> None:
    found = seconds_of(stamp(seconds))
    assert found is not None
    assert abs(found - seconds) < 1e-3


def test_what_is_no_time_is_none() -> None:
    for text in ("", "2026-13-41T25:61:61.000Z", "2026-11-28 21:00:00", None, 3, "2026-02-30T00:00:00.000Z"):
        assert seconds_of(text) is None


@given(JSON)
def test_texts_of_the_exchange_list_never_raise(value: object) -> None:
    assert isinstance(sxl.bands(value), dict)
    assert isinstance(sxl.pairs(value), dict)
    assert isinstance(sxl.wholes(value), list)
    sxl.any_true(value)
    sxl.groups_in(value, sxl.GREEN)
    sxl.clock({"year": value, "month": value})


NAMES = ("status", "signalgroupstatus", "vehicles", "occupancy", "start", "controlmode", "user", "emergencyroutes")


@given(st.dictionaries(st.tuples(st.sampled_from(sorted(sxl.STATUSES)), st.sampled_from(NAMES)), JSON),
       st.sets(st.tuples(st.text(max_size=6), st.text(max_size=6)), max_size=3))
def test_a_look_never_raises(told: dict[tuple[str, str], object], alarms: set[tuple[str, str]]) -> None:
    known = Known(values=dict(told), alarms=alarms)
    known.counts.take(told)
    found = read(LAYOUT, known, None)
    assert len(found.volume) == len(LAYOUT.detectors)
    reasons(known)


def test_bands_and_tables_are_read() -> None:
    assert sxl.bands("48-1-10,48-2-0,3-1-7") == {48: {1: 10, 2: 0}, 3: {1: 7}}
    assert sxl.pairs("1-50,48-70") == {1: 50, 48: 70}
    assert sxl.band_text({2: 5, 1: 12}) == "1-12,2-5"
    when = datetime(2026, 11, 28, 21, 5, 9, tzinfo=UTC)
    assert sxl.clock({n: str(getattr(when, n)) for n in sxl.STATUSES["S0096"]}) == when.timestamp()


def test_a_period_counts_once_and_unknown_detectors_are_told_apart() -> None:
    counts = Counts()
    for second, vehicles in ((0, "1,0,-1"), (0, "1,0,-1"), (1, "2,0,0")):
        counts.take({("S0205", "start"): stamp(second), ("S0205", "vehicles"): vehicles})
    vehicles_seen, _ = counts.cut()
    assert counts.periods == 2
    assert vehicles_seen[1] == 3
    assert vehicles_seen[2] == 0
    assert vehicles_seen[3] != vehicles_seen[3]
    assert counts.cut() == ({}, {})


def test_an_update_with_the_wrong_kind_of_value_is_odd_and_keeps_its_identity() -> None:
    good = Version(siteId=(SiteId(sId="RN+SI0001"),))
    broken = good.packet()[:-1].replace(b'"SXL":"1.2.1"', b'"SXL":7')
    found = take(broken)
    assert isinstance(found, Odd)
    assert found.id == good.mId
    assert "SXL" in found.why


def test_every_code_and_name_is_that_of_the_public_list() -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the schemas of RSMP are not beside the checkout (../shared/schemas/rsmp)")
    exchange = validator(LIST)
    for code, names in sxl.STATUSES.items():
        for name in names:
            message = {"type": "StatusRequest", "sS": [{"sCI": code, "n": name}]}
            assert not list(exchange.iter_errors(message)), (code, name)
    for code, (command, names) in sxl.COMMANDS.items():
        for name in names:
            found = exchange.iter_errors({"type": "CommandRequest", "arg": [{"cCI": code, "n": name, "cO": command}]})
            assert not list(found), (code, name)


def test_what_more_stands_in_a_message_is_passed_over() -> None:
    content = json.loads(Ack(oMId=Version(siteId=(SiteId(sId="x"),)).mId).packet()[:-1]) | {"new": [1, 2]}
    assert isinstance(take(json.dumps(content).encode()), Ack)
    assert isinstance(take(b'{"mType":"rSMsg","type":"Alarm","mId":"' + Version(siteId=(SiteId(sId="x"),)).mId.encode()
                           + b'","cId":"a","aCId":"A0001","aSp":"Issue"}'), Alarm)
    assert isinstance(take(b'{"mType":"rSMsg","type":"StatusUpdate","cId":"a"}'), Odd)
    assert StatusUpdate.model_fields["sS"].is_required()
