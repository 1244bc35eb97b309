"""RSMP over TLS with certificates of an authority of our own, and what a wrong one leads to."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from controllers.cabinet.tls import context
from controllers.cabinet.wire import require_mode
from controllers.field.errors import FieldError
from network.errors import ScenarioError
from tests.cabinet.rsmp_desk import CODES, RsmpDesk, rsmp_desk, rsmp_site


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_CODE", CODES[2])


def certificates(folder: Path, name: str) -> tuple[str, str, str]:
    """Files of an authority's certificate, and of a certificate for 127.0.0.1 and its key."""
    folder.mkdir(exist_ok=True)
    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} authority")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)

    def signed(of: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> bytes:
        return (x509.CertificateBuilder().subject_name(of).issuer_name(issuer).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
                .not_valid_after(now + timedelta(days=1)).add_extension(extension, critical=False)
                .sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    paths = [folder / f"{name}-{what}.pem" for what in ("ca", "cert", "key")]
    paths[0].write_bytes(signed(issuer, authority, x509.BasicConstraints(ca=True, path_length=None)))
    paths[1].write_bytes(signed(subject, own, x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])))
    paths[2].write_bytes(own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return str(paths[0]), str(paths[1]), str(paths[2])


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
