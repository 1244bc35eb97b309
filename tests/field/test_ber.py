"""Messages as bytes: back again, as a library of others has them, and rubbish is said to be rubbish."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api

from controllers.field import ber
from controllers.field.ber import BadMessage, Message, Row, decode, encode

parts = st.integers(0, 2**32 - 1)
oids = st.builds(lambda head, rest: (1, *head, *rest), st.tuples(st.integers(0, 39)), st.lists(parts, max_size=14))
values = st.one_of(
    st.just((ber.NULL, None)), st.tuples(st.just(ber.INTEGER), st.integers(-2**31, 2**31 - 1)),
    st.tuples(st.just(ber.OCTETS), st.binary(max_size=200)), st.tuples(st.just(ber.TICKS), st.integers(0, 2**32 - 1)))
rows = st.builds(lambda oid, value: Row(oid, *value), oids, values)
messages = st.builds(
    Message, st.integers(0, 1), st.binary(min_size=1, max_size=30), st.sampled_from([ber.GET, ber.RESPONSE, ber.SET]),
    st.integers(0, 2**31 - 1), st.lists(rows, max_size=9).map(tuple))


@given(messages)
def test_there_and_back(message: Message) -> None:
    assert decode(encode(message)) == message


@given(messages)
def test_as_the_library_reads_and_writes_it(message: Message) -> None:
    module: Any = api.PROTOCOL_MODULES[message.version]
    found, rest = decoder.decode(encode(message), asn1Spec=module.Message())
    assert rest == b""
    pdu = module.apiMessage.get_pdu(found)
    assert int(module.apiPDU.get_request_id(pdu)) == message.request
    read = [(tuple(name), value) for name, value in module.apiPDU.get_varbinds(pdu)]
    assert [name for name, _ in read] == [row.oid for row in message.rows]
    for row, (_, value) in zip(message.rows, read, strict=True):
        if isinstance(row.value, int):
            assert int(value) == row.value
        elif row.value is not None:
            assert bytes(value) == row.value
    assert decode(encoder.encode(found)) == message


@given(st.binary(max_size=120))
def test_rubbish_is_said_to_be_rubbish(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        decode(data)


@given(messages, st.data())
def test_a_message_spoilt_somewhere_is_a_message_or_rubbish(message: Message, draw: st.DataObject) -> None:
    data = bytearray(encode(message))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    end = draw.draw(st.integers(0, len(data)))
    for spoilt in (bytes(data), bytes(data[:end])):
        with contextlib.suppress(BadMessage):
            assert isinstance(decode(spoilt), Message)
