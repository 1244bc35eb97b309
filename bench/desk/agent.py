"""An SNMP agent in front of the virtual controller: v1, v2c and v3, answering in the event loop it was opened in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
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

UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
EVERYTHING = (1, 3, 6)


@dataclass(frozen=True)
class Access:
    """Who may talk to the agent; without a user there is no version 3."""

    community: str = field(default="public", repr=False)
    user: str = ""
    authentication_key: str = field(default="", repr=False)
    privacy_key: str = field(default="", repr=False)


class _Instrumentation(AbstractMibInstrumController):  # type: ignore[misc]  # the library has no types
    """Reads and writes of the library as those of `Objects`; a refused SET changes nothing."""

    def __init__(self, objects: Objects, before_read: Callable[[list[Oid]], None] | None) -> None:
        self.objects, self._before_read = objects, before_read

    def read_variables(self, *rows: Any, **_: Any) -> list[Any]:
        asked = [tuple(name) for name, _ in rows]
        if self._before_read is not None:
            self._before_read(asked)
        return [(name, self._value(oid)) for (name, _), oid in zip(rows, asked, strict=True)]

    def read_next_variables(self, *rows: Any, **_: Any) -> list[Any]:
        found = []
        for name, _value in rows:
            place = bisect_right(self.objects.order, tuple(name))
            if place < len(self.objects.order):
                oid = self.objects.order[place]
                found.append((type(name)(oid), self._value(oid)))
            else:
                found.append((name, endOfMibView))
        return found

    def write_variables(self, *rows: Any, **_: Any) -> list[Any]:
        before: list[tuple[Oid, int]] = []
        for k, (name, value) in enumerate(rows):
            oid = tuple(name)
            try:
                was = self.objects.get(oid)
                self.objects.set(oid, int(value))
            except KeyError:
                self._undo(before)
                raise error.NotWritableError(name=name, idx=k) from None
            except (BadValue, ValueError, TypeError):
                self._undo(before)
                raise error.WrongValueError(name=name, idx=k) from None
            assert isinstance(was, int)
            before.append((oid, was))
        return [(name, value) for name, value in rows]

    def _undo(self, before: list[tuple[Oid, int]]) -> None:
        for oid, value in reversed(before):
            self.objects.writes[oid](value)

    def _value(self, oid: Oid) -> Any:
        value = self.objects.get(oid)
        if value is None:
            return noSuchInstance
        if isinstance(value, bytes):
            return OctetString(value)
        return TimeTicks(value % (1 << 32)) if oid == UP_TIME else Integer32(value)


class Agent:
    """Open it in a running event loop. `before_read` hears what is about to be read."""

    def __init__(self, objects: Objects, access: Access, host: str = "127.0.0.1", port: int = 0,
                 before_read: Callable[[list[Oid]], None] | None = None) -> None:
        self._engine = SnmpEngine()
        transport = udp.UdpTransport()
        config.add_transport(self._engine, udp.DOMAIN_NAME, transport.open_server_mode((host, port)))
        config.add_v1_system(self._engine, "desk", access.community)
        for model in (1, 2):
            config.add_vacm_user(self._engine, model, "desk", "noAuthNoPriv", EVERYTHING, EVERYTHING)
        if access.user:
            self._add_user(access)
        own = context.SnmpContext(self._engine)
        own.unregister_context_name(b"")
        own.register_context_name(b"", _Instrumentation(objects, before_read))
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
