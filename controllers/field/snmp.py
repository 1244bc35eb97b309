"""SNMP to one controller: values by OID, each exchange bounded in time.

Version 1 knows no exceptions: one unknown object refuses the whole message. So callers ask only for what `probe` found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from controllers.field.errors import FieldError, Refused
from controllers.field.exchange import Answer, Asked, Exchanger, Value
from controllers.field.oids import Oid, may_write, name_of


@dataclass(frozen=True)
class Address:
    """Where a controller is and how it is spoken to. Secrets are not shown."""

    host: str
    port: int
    version: str = "2c"
    community: str = field(default="public", repr=False)
    user: str = ""
    authentication: str = "SHA256"
    authentication_key: str = field(default="", repr=False)
    privacy: str = "AES"
    privacy_key: str = field(default="", repr=False)
    timeout_s: float = 0.25
    retries: int = 1
    objects_per_message: int = 40


class SnmpClient:
    """GET and SET. Use it within one event loop, and `close` it there."""

    def __init__(self, address: Address, exchanger: Exchanger | None = None) -> None:
        self.address = address
        self._exchanger = exchanger or exchanger_of(address)

    async def get(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Values; None for an object that is not there (2c, 3). Raises FieldError."""
        found: dict[Oid, Value] = {}
        size = self.address.objects_per_message
        for first in range(0, len(oids), size):
            asked = oids[first:first + size]
            found |= await self._exchange(False, [(oid, None) for oid in asked])
        return found

    async def set(self, values: Mapping[Oid, int]) -> None:
        """All of `values` in one message, or nothing. Raises FieldError; PermissionError for what is not allowed."""
        for oid in values:
            if not may_write(oid):
                raise PermissionError(f"{name_of(oid)} is not among the objects that may be written")
        await self._exchange(True, list(values.items()))

    async def probe(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Those of `oids` that are there, asked one by one where the controller refuses them together."""
        try:
            return {oid: value for oid, value in (await self.get(oids)).items() if value is not None}
        except Refused:
            if len(oids) <= 1:
                return {}
        half = len(oids) // 2
        return await self.probe(oids[:half]) | await self.probe(oids[half:])

    async def _exchange(self, write: bool, rows: Sequence[Asked]) -> dict[Oid, Value]:
        """Asked again where no answer comes; what is SET twice is the same."""
        for attempt in range(self.address.retries + 1):
            try:
                return await self._once(write, rows)
            except Refused:
                raise
            except FieldError:
                if attempt == self.address.retries:
                    raise
        raise AssertionError("unreachable")

    async def _once(self, write: bool, rows: Sequence[Asked]) -> dict[Oid, Value]:
        place = f"{self.address.host}:{self.address.port}"
        try:
            async with asyncio.timeout(self.address.timeout_s):
                found = await self._exchanger.exchange(write, rows)
        except Exception as error:  # a decoder's as well as the network's: an answer that is none
            raise FieldError(f"{place}: {_said(error)}") from error
        if found.refused:
            what = name_of(rows[found.index - 1][0]) if 1 <= found.index <= len(rows) else "the message"
            raise Refused(f"{what}: refused, {found.refused}")
        return _values([oid for oid, _ in rows], found)

    def close(self) -> None:
        """Give the socket back."""
        self._exchanger.close()


def exchanger_of(address: Address) -> Exchanger:
    """The library of version 3 takes its time to load, so it is loaded where it is needed alone."""
    if address.version != "3":
        from controllers.field.plain import PlainExchanger

        return PlainExchanger(address.host, address.port, address.version, address.community)
    from controllers.field.secure import LibraryExchanger, user

    credentials = user(address.user, address.authentication, address.authentication_key, address.privacy,
                       address.privacy_key)
    return LibraryExchanger(address.host, address.port, credentials)


def _values(asked: Sequence[Oid], found: Answer) -> dict[Oid, Value]:
    values = dict(found.values)
    if any(oid not in values for oid in asked):
        raise FieldError("the answer is to another question")
    return {oid: values[oid] for oid in asked}


def _said(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
