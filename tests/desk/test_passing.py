"""Who asks on a desk's street reaches the process: by a generator, and by a centre in clear and over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from bench.desk.passing import Passing, kinds_of
from controllers.cabinet.asking import Asking
from controllers.cabinet.site import SignalSite, parse_site
from controllers.cabinet.tls import context
from controllers.field.asked import FieldRequests
from signal_core.requests import PASSED, REQUEST, STANDS, RequestClass
from tests.cabinet.sites import crossing
from tests.cabinet.tls_files import certificates
from tests.field.desks import free_port, free_tcp_port

TRANSIT = (RequestClass.TRANSIT, RequestClass.TRAM)


def bus(eta_s: float, cancel: int = STANDS) -> Any:
    """A message of a street."""
    return np.array([(7, 2, -1, RequestClass.TRANSIT, 7, cancel, eta_s, eta_s, eta_s + 2.0, 20.0, math.nan, 10.0)],
                    dtype=REQUEST)[0]  # fmt: skip


def site_of(**requests: Any) -> SignalSite:
    """Phase 3 may be asked for."""
    content = crossing()
    content["signals"][0]["requests"] = {"transit": "always", "emergency": False, **requests}
    return parse_site(content, "site").signals[0]


async def heard(asking: Asking, enough: int) -> Any:
    """What is in the process's book once so many messages are there."""
    rows = []
    for _ in range(200):
        await asking.second(None)
        rows += list(asking.book.rows())
        if len(rows) >= enough:
            return rows
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(rows)} messages")


def _follows(book: FieldRequests) -> list[str]:
    return [one.status for one in book.known]


def test_who_may_ask_is_the_site_files_word() -> None:
    assert kinds_of(site_of()) == TRANSIT
    assert kinds_of(site_of(transit="off", emergency=True)) == (RequestClass.EMERGENCY,)
    assert kinds_of(parse_site(crossing(), "site").signals[0]) == ()


def test_by_a_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "desk")
    site = site_of(ntcip={"listen": "127.0.0.1", "port": free_port(), "strategies": {"4": 3},
                          "classes": {"3": "transit"}, "community": {"env": "DESK_COMMUNITY"}})

    async def all_of_it() -> None:
        said: list[str] = []
        asking = Asking(site, lambda: 0.0, lambda: 0.0, said.append)
        await asking.second(None)
        passing = Passing(site, object())  # type: ignore[arg-type]
        for row in (bus(12.0), bus(11.0), bus(0.0, PASSED)):
            passing.tell([(4, row)])
        rows = await heard(asking, 3)
        passing.close()
        asking.close()
        assert said == []
        assert [int(row["cancel"]) for row in rows] == [STANDS, STANDS, PASSED]
        assert [float(row["likely_s"]) for row in rows[:2]] == [12.0, 11.0]

    asyncio.run(all_of_it())


@pytest.mark.parametrize("line", ["in clear", "tls"])
def test_by_a_centre(line: Literal["in clear", "tls"], tmp_path: Path) -> None:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": free_tcp_port(), "site_id": "RN+SI0001"}
    tls = None
    if line == "tls":
        authority, certificate, key = certificates(tmp_path / "tls", "centre")
        own_authority, own_certificate, own_key = certificates(tmp_path / "tls", "site")
        given |= {"tls_authority": authority, "tls_certificate": own_certificate, "tls_key": own_key}
        tls = context(ssl.PROTOCOL_TLS_SERVER, certificate, key, own_authority)
    site = site_of(rsmp=given)

    async def all_of_it() -> None:
        passing = Passing(site, object(), tls)  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        asking = Asking(site, lambda: 0.0, lambda: 0.0, lambda _: None)
        await asking.second(None)
        centre = passing._centre
        assert centre is not None
        await centre.supervisor.ready()
        for row in (bus(12.0), bus(11.0), bus(5.0), bus(0.0, PASSED), bus(0.0, PASSED)):
            passing.tell([(3, row)])
        rows = await heard(asking, 3)
        assert [(int(row["cancel"]), int(row["kind"]), float(row["likely_s"])) for row in rows[:2]] == [
            (STANDS, RequestClass.TRANSIT, 12.0), (STANDS, RequestClass.TRANSIT, 5.0)]  # 11 s was to be expected
        assert int(rows[2]["cancel"]) == PASSED
        assert len(rows) == 3
        assert len(_follows(asking.book)) == 1
        asking.close()
        passing.close()
        await asyncio.sleep(0.05)

    asyncio.run(all_of_it())


def test_without_the_centres_certificate_nothing_is_heard(tmp_path: Path) -> None:
    """The process goes on and says nothing it must not: the centre is another one."""
    _, certificate, key = certificates(tmp_path / "tls", "centre")
    other, _, _ = certificates(tmp_path / "other", "other")
    site = site_of(rsmp={"host": "127.0.0.1", "port": free_tcp_port(), "tls_authority": other})

    async def all_of_it() -> None:
        passing = Passing(site, object(), context(ssl.PROTOCOL_TLS_SERVER, certificate, key, ""))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        asking = Asking(site, lambda: 0.0, lambda: 0.0, lambda _: None)
        await asking.second(None)
        with contextlib.suppress(AssertionError):
            await heard(asking, 1)
        centre = passing._centre
        assert centre is not None
        assert not centre.supervisor.up
        assert not asking._calls.done()  # type: ignore[union-attr]
        asking.close()
        passing.close()
        await asyncio.sleep(0.05)

    asyncio.run(all_of_it())


def test_a_certificate_that_cannot_be_read_is_said_and_tried_again() -> None:
    site = site_of(rsmp={"host": "127.0.0.1", "port": free_tcp_port(), "tls_authority": "nowhere.pem"})

    async def all_of_it() -> None:
        said: list[str] = []
        asking = Asking(site, lambda: 0.0, lambda: 0.0, said.append)
        for _ in range(12):
            await asking.second(None)
        assert len(said) == 2
        assert "nowhere.pem cannot be used" in said[0]

    asyncio.run(all_of_it())
