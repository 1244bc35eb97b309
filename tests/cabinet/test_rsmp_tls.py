"""RSMP over TLS with certificates of an authority of our own, and what a wrong one leads to."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from controllers.cabinet.tls import context
from controllers.cabinet.wire import require_mode
from controllers.field.errors import FieldError
from network.errors import ScenarioError
from tests.cabinet.rsmp_desk import CODES, RsmpDesk, rsmp_desk, rsmp_site
from tests.cabinet.tls_files import certificates


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_CODE", CODES[2])


def link_of(folder: Path) -> tuple[dict[str, str], ssl.SSLContext | None]:
    """The supervisor's part of the site file, and the context of a site that has its own certificate."""
    authority, certificate, key = certificates(folder, "supervisor")
    site_authority, site_certificate, site_key = certificates(folder, "site")
    link = {"tls_certificate": certificate, "tls_key": key, "tls_authority": site_authority}
    return link, context(ssl.PROTOCOL_TLS_CLIENT, site_certificate, site_key, authority)


def test_a_site_with_a_certificate_is_read_over_tls(tmp_path: Path) -> None:
    link, tls = link_of(tmp_path / "tls")

    async def all_of_it() -> None:
        async with rsmp_desk(tmp_path, "observe", tls=tls, **link) as desk:
            await desk.wire.connect()
            assert (await desk.wire.poll()).clock_s is not None

    asyncio.run(all_of_it())


@pytest.mark.parametrize("secure", [False, True], ids=["in clear", "of another authority"])
def test_a_site_without_the_right_certificate_is_not_let_in(tmp_path: Path, secure: bool) -> None:
    link, _ = link_of(tmp_path / "tls")
    authority, certificate, key = certificates(tmp_path / "other", "other")
    other = context(ssl.PROTOCOL_TLS_CLIENT, certificate, key, link["tls_certificate"]) if secure else None

    async def all_of_it(desk: RsmpDesk) -> None:
        with pytest.raises(FieldError, match="has not connected"):
            await desk.wire.connect()

    async def on_a_desk() -> None:
        async with rsmp_desk(tmp_path, "observe", tls=other, timeout_s=0.5, **link) as desk:
            await all_of_it(desk)

    asyncio.run(on_a_desk())


def test_a_certificate_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.pem cannot be used"):
        context(ssl.PROTOCOL_TLS_SERVER, "nowhere.pem", "", "")


def test_rsmp_does_not_drive() -> None:
    require_mode(rsmp_site(), "advise")
    with pytest.raises(ScenarioError, match="signal C: RSMP supervises .* use --mode advise"):
        require_mode(rsmp_site(), "drive")
