"""Questions by SNMP version 3, whose secrets are a library's affair. One engine for the life of the process."""

from __future__ import annotations

from collections.abc import Sequence
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

from controllers.field.exchange import Answer, Asked, Value

AUTHENTICATION = {"SHA": USM_AUTH_HMAC96_SHA, "SHA256": USM_AUTH_HMAC192_SHA256, "SHA512": USM_AUTH_HMAC384_SHA512}
PRIVACY = {"AES": USM_PRIV_CFB128_AES, "AES256": USM_PRIV_CFB256_AES}
LIBRARY_TIMEOUT_S = 5.0
"""When the library forgets a question; how long is waited for its answer is up to who asks."""


class NoAnswer(OSError):
    """What the library says there is instead of an answer."""


class LibraryExchanger:
    """One controller, spoken to as `credentials` says: `user` makes those of version 3."""

    def __init__(self, host: str, port: int, credentials: CommunityData | UsmUserData) -> None:
        self._place, self._auth = (host, port), credentials
        self._engine = SnmpEngine()
        self._target: UdpTransportTarget | None = None

    async def exchange(self, write: bool, rows: Sequence[Asked]) -> Answer:
        """Raises NoAnswer, or whatever the library makes of what came."""
        if self._target is None:
            self._target = await UdpTransportTarget.create(self._place, timeout=LIBRARY_TIMEOUT_S, retries=0)
        asked = [ObjectType(ObjectIdentity(oid)) if value is None else ObjectType(ObjectIdentity(oid), Integer32(value))
                 for oid, value in rows]
        failed, status, index, found = await (set_cmd if write else get_cmd)(
            self._engine, self._auth, self._target, ContextData(), *asked, lookupMib=False)
        if failed:
            raise NoAnswer(str(failed))
        refused = status.prettyPrint() if int(status) else ""
        return Answer(refused, int(index), [(tuple(name), plain(value)) for name, value in found])

    def close(self) -> None:
        self._engine.close_dispatcher()


def plain(value: Any) -> Value:
    """A value as a number or bytes, None for what is neither (no such object); never raises."""
    try:
        if isinstance(value, OctetString):
            return bytes(value)
        return int(value)
    except Exception:
        return None


def user(name: str, authentication: str, authentication_key: str, privacy: str, privacy_key: str) -> UsmUserData:
    """Credentials of version 3; without a privacy key what is said can be read."""
    keys: dict[str, Any] = {"authKey": authentication_key, "authProtocol": AUTHENTICATION[authentication]}
    if privacy_key:
        keys |= {"privKey": privacy_key, "privProtocol": PRIVACY[privacy]}
    return UsmUserData(name, **keys)


def community(name: str, version: str) -> CommunityData:
    """Credentials of versions 1 and 2c, for whoever wants a second opinion on them."""
    return CommunityData(name, mpModel=0 if version == "1" else 1)
