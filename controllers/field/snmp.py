"""SNMP to one controller: values by OID, each exchange bounded in time. One engine for the life of the process.

Version 1 knows no exceptions: one unknown object refuses the whole message. So callers ask only for what `probe` found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pysnmp.hlapi.v3arch.asyncio import (
    USM_AUTH_HMAC96_SHA,
    USM_AUTH_HMAC192_SHA256,
    USM_AUTH_HMAC384_SHA512,
    USM_PRIV_CFB128_AES,
    USM_PRIV_CFB256_AES,
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    UsmUserData,
    get_cmd,
    set_cmd,
)
from pysnmp.proto.rfc1902 import Integer32, OctetString

from controllers.field.errors import FieldError, Refused
from controllers.field.oids import Oid, may_write, name_of

Value = int | bytes | None
AUTHENTICATION = {"SHA": USM_AUTH_HMAC96_SHA, "SHA256": USM_AUTH_HMAC192_SHA256, "SHA512": USM_AUTH_HMAC384_SHA512}
PRIVACY = {"AES": USM_PRIV_CFB128_AES, "AES256": USM_PRIV_CFB256_AES}
LIBRARY_TIMEOUT_S = 5.0
"""When the library forgets a question; how long is waited for its answer is up to the address."""


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

    @property
    def bound_s(self) -> float:
        """No exchange takes longer."""
        return self.timeout_s * (self.retries + 1)


class SnmpClient:
    """GET and SET. Use it within one event loop, and `close` it there."""

    def __init__(self, address: Address, engine: SnmpEngine | None = None) -> None:
        self.address = address
        self._engine = engine or SnmpEngine()
        self._auth = _credentials(address)
        self._target: UdpTransportTarget | None = None
        self.exchanges = self.failures = 0

    async def get(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Values; None for an object that is not there (2c, 3). Raises FieldError."""
        found: dict[Oid, Value] = {}
        size = self.address.objects_per_message
        for first in range(0, len(oids), size):
            asked = oids[first:first + size]
            found |= await self._exchange(get_cmd, asked, [ObjectType(ObjectIdentity(oid)) for oid in asked])
        return found

    async def set(self, values: Mapping[Oid, int]) -> None:
        """All of `values` in one message, or nothing. Raises FieldError; PermissionError for what is not allowed."""
        for oid in values:
            if not may_write(oid):
                raise PermissionError(f"{name_of(oid)} is not among the objects that may be written")
        rows = [ObjectType(ObjectIdentity(oid), Integer32(value)) for oid, value in values.items()]
        await self._exchange(set_cmd, list(values), rows)

    async def probe(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Those of `oids` that are there, asked one by one where the controller refuses them together."""
        try:
            return {oid: value for oid, value in (await self.get(oids)).items() if value is not None}
        except Refused:
            if len(oids) <= 1:
                return {}
        half = len(oids) // 2
        return await self.probe(oids[:half]) | await self.probe(oids[half:])

    async def _exchange(self, command: Any, asked: Sequence[Oid], rows: Sequence[ObjectType]) -> dict[Oid, Value]:
        """Asked again where no answer comes; what is SET twice is the same."""
        for attempt in range(self.address.retries + 1):
            try:
                return await self._once(command, asked, rows)
            except Refused:
                raise
            except FieldError:
                self.failures += 1
                if attempt == self.address.retries:
                    raise
        raise AssertionError("unreachable")

    async def _once(self, command: Any, asked: Sequence[Oid], rows: Sequence[ObjectType]) -> dict[Oid, Value]:
        self.exchanges += 1
        place = f"{self.address.host}:{self.address.port}"
        try:
            async with asyncio.timeout(self.address.timeout_s):
                if self._target is None:
                    self._target = await UdpTransportTarget.create(
                        (self.address.host, self.address.port), timeout=LIBRARY_TIMEOUT_S, retries=0)
                failed, status, index, found = await command(
                    self._engine, self._auth, self._target, ContextData(), *rows, lookupMib=False)
        except Exception as error:  # a decoder's as well as the network's: an answer that is none
            raise FieldError(f"{place}: {_said(error)}") from error
        if failed:
            raise FieldError(f"{place}: {failed}")
        if int(status):
            first = int(index) - 1
            what = name_of(asked[first]) if 0 <= first < len(asked) else "the message"
            raise Refused(f"{what}: refused, {getattr(status, 'prettyPrint', lambda: status)()}")
        return _values(asked, found)

    def close(self) -> None:
        """Give the socket back."""
        self._engine.close_dispatcher()


def _values(asked: Sequence[Oid], found: Sequence[Any]) -> dict[Oid, Value]:
    values = {tuple(name): decode(value) for name, value in found}
    if len(values) < len(set(asked)) or any(oid not in values for oid in asked):
        raise FieldError("the answer is to another question")
    return {oid: values[oid] for oid in asked}


def decode(value: Any) -> Value:
    """A value as a number or bytes, None for what is neither (no such object); never raises."""
    try:
        if isinstance(value, OctetString):
            return bytes(value)
        return int(value)
    except Exception:
        return None


def _credentials(address: Address) -> CommunityData | UsmUserData:
    if address.version == "3":
        keys: dict[str, Any] = {"authKey": address.authentication_key,
                                "authProtocol": AUTHENTICATION[address.authentication]}
        if address.privacy_key:
            keys |= {"privKey": address.privacy_key, "privProtocol": PRIVACY[address.privacy]}
        return UsmUserData(address.user, **keys)
    return CommunityData(address.community, mpModel=0 if address.version == "1" else 1)


def _said(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
