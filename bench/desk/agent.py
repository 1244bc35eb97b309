"""An SNMP agent in front of the virtual controller: v1, v2c and v3, answering in the event loop it was opened in.

GET and SET of versions 1 and 2c, all that comes every second, are answered at once; walks and version 3 by the library.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto.rfc1902 import Integer32, OctetString, TimeTicks
from pysnmp.proto.rfc1905 import endOfMibView, noSuchInstance
from pysnmp.smi import error
from pysnmp.smi.instrum import AbstractMibInstrumController

from bench.desk.objects import BadValue, Objects, Oid
from controllers.field import ber

UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
EVERYTHING = (1, 3, 6)
NO_SUCH_NAME, BAD_VALUE, WRONG_VALUE, NOT_WRITABLE = (ber.ERRORS.index(name) for name in (
    "noSuchName", "badValue", "wrongValue", "notWritable"))


@dataclass(frozen=True)
class Access:
    """Who may talk to the agent; without a user there is no version 3."""

    community: str = field(default="public", repr=False)
    user: str = ""
    authentication_key: str = field(default="", repr=False)
    privacy_key: str = field(default="", repr=False)


class _Refused(Exception):
    """A SET that changes nothing. place: of the row it is about, from 0; there: whether there is such an object."""

    def __init__(self, place: int, there: bool) -> None:
        super().__init__(place)
        self.place, self.there = place, there


@dataclass(frozen=True)
class _Served:
    """The objects as the network asks for them."""

    objects: Objects
    before_read: Callable[[list[Oid]], None] | None

    def values(self, asked: list[Oid]) -> list[int | bytes | None]:
        if self.before_read is not None:
            self.before_read(asked)
        return [self.objects.get(oid) for oid in asked]

    def write(self, rows: Sequence[tuple[Oid, Any]]) -> None:
        """All of them or none; raises _Refused."""
        before: list[tuple[Oid, int]] = []
        for k, (oid, value) in enumerate(rows):
            try:
                was = self.objects.get(oid)
                self.objects.set(oid, int(value))
            except (KeyError, BadValue, ValueError, TypeError) as fault:
                for done, old in reversed(before):
                    self.objects.writes[done](old)
                raise _Refused(k, not isinstance(fault, KeyError)) from fault
            assert isinstance(was, int)
            before.append((oid, was))

    def answer(self, asked: ber.Message) -> ber.Message:
        """To a GET or SET of version 1 or 2c."""
        first = asked.version == 0
        if asked.kind == ber.SET:
            try:
                self.write([(row.oid, row.value) for row in asked.rows])
            except _Refused as refused:
                bad, absent = (BAD_VALUE, NO_SUCH_NAME) if first else (WRONG_VALUE, NOT_WRITABLE)
                return self._reply(asked, asked.rows, bad if refused.there else absent, refused.place + 1)
            return self._reply(asked, asked.rows)
        found = self.values([row.oid for row in asked.rows])
        if first and None in found:
            return self._reply(asked, asked.rows, NO_SUCH_NAME, found.index(None) + 1)
        return self._reply(asked, [_row(row.oid, value) for row, value in zip(asked.rows, found, strict=True)])

    @staticmethod
    def _reply(asked: ber.Message, rows: Sequence[ber.Row], status: int = 0, index: int = 0) -> ber.Message:
        return ber.Message(asked.version, asked.community, ber.RESPONSE, asked.request, rows, status, index)


def _row(oid: Oid, value: int | bytes | None) -> ber.Row:
    if value is None:
        return ber.Row(oid, ber.NO_INSTANCE)
    if isinstance(value, bytes):
        return ber.Row(oid, ber.OCTETS, value)
    return ber.Row(oid, ber.TICKS, value % (1 << 32)) if oid == UP_TIME else ber.Row(oid, ber.INTEGER, value)


class _Transport(udp.UdpTransport):  # type: ignore[misc]  # the library has no types
    """Answers by itself what it can, and leaves the rest to the library."""

    def __init__(self, served: _Served, community: str) -> None:
        super().__init__()
        self._served, self._community = served, community.encode()

    def datagram_received(self, datagram: bytes, transport_address: Any) -> None:
        try:
            asked = ber.decode(datagram)
        except ber.BadMessage:
            asked = None
        if asked is None or asked.community != self._community or asked.kind not in (ber.GET, ber.SET):
            super().datagram_received(datagram, transport_address)
        else:
            self.transport.sendto(ber.encode(self._served.answer(asked)), transport_address)


class _Instrumentation(AbstractMibInstrumController):  # type: ignore[misc]  # the library has no types
    """Reads and writes of the library."""

    def __init__(self, served: _Served) -> None:
        self.served = served

    def read_variables(self, *rows: Any, **_: Any) -> list[Any]:
        found = self.served.values([tuple(name) for name, _ in rows])
        return [(name, _typed(tuple(name), value)) for (name, _), value in zip(rows, found, strict=True)]

    def read_next_variables(self, *rows: Any, **_: Any) -> list[Any]:
        found, objects = [], self.served.objects
        for name, _value in rows:
            place = bisect_right(objects.order, tuple(name))
            if place < len(objects.order):
                oid = objects.order[place]
                found.append((type(name)(oid), _typed(oid, objects.get(oid))))
            else:
                found.append((name, endOfMibView))
        return found

    def write_variables(self, *rows: Any, **_: Any) -> list[Any]:
        try:
            self.served.write([(tuple(name), value) for name, value in rows])
        except _Refused as refused:
            kind = error.WrongValueError if refused.there else error.NotWritableError
            raise kind(name=rows[refused.place][0], idx=refused.place) from None
        return [(name, value) for name, value in rows]


def _typed(oid: Oid, value: int | bytes | None) -> Any:
    if value is None:
        return noSuchInstance
    if isinstance(value, bytes):
        return OctetString(value)
    return TimeTicks(value % (1 << 32)) if oid == UP_TIME else Integer32(value)


class Agent:
    """Open it in a running event loop. `before_read` hears what is about to be read."""

    def __init__(self, objects: Objects, access: Access, host: str = "127.0.0.1", port: int = 0,
                 before_read: Callable[[list[Oid]], None] | None = None, library_alone: bool = False) -> None:
        """library_alone: nothing is answered but by the library, as a second opinion on those who ask."""
        self._engine = SnmpEngine()
        served = _Served(objects, before_read)
        transport = udp.UdpTransport() if library_alone else _Transport(served, access.community)
        config.add_transport(self._engine, udp.DOMAIN_NAME, transport.open_server_mode((host, port)))
        config.add_v1_system(self._engine, "desk", access.community)
        for model in (1, 2):
            config.add_vacm_user(self._engine, model, "desk", "noAuthNoPriv", EVERYTHING, EVERYTHING)
        if access.user:
            self._add_user(access)
        own = context.SnmpContext(self._engine)
        own.unregister_context_name(b"")
        own.register_context_name(b"", _Instrumentation(served))
        for responder in (cmdrsp.GetCommandResponder, cmdrsp.SetCommandResponder, cmdrsp.NextCommandResponder,
                          cmdrsp.BulkCommandResponder):
            responder(self._engine, own)

    def _add_user(self, access: Access) -> None:
        keys: dict[str, Any] = {"authProtocol": config.USM_AUTH_HMAC192_SHA256, "authKey": access.authentication_key}
        if access.privacy_key:
            keys |= {"privProtocol": config.USM_PRIV_CFB128_AES, "privKey": access.privacy_key}
        config.add_v3_user(self._engine, access.user, **keys)
        level = "authPriv" if access.privacy_key else "authNoPriv"
        config.add_vacm_user(self._engine, 3, access.user, level, EVERYTHING, EVERYTHING)

    def close(self) -> None:
        """Give the socket back."""
        self._engine.close_dispatcher()
