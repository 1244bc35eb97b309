"""TLS contexts of the certificates a site file names."""

from __future__ import annotations

import ssl

from controllers.cabinet.site_parts import Link
from network.errors import ScenarioError


def server_context(link: Link) -> ssl.SSLContext | None:
    """For who waits for the controller; None where no certificate is named. Raises ScenarioError."""
    return context(ssl.PROTOCOL_TLS_SERVER, link.tls_certificate, link.tls_key, link.tls_authority)


def client_context(link: Link) -> ssl.SSLContext | None:
    """For who connects; None where no authority is named. Raises ScenarioError."""
    return context(ssl.PROTOCOL_TLS_CLIENT, link.tls_certificate, link.tls_key, link.tls_authority)


def context(side: int, certificate: str, key: str, authority: str) -> ssl.SSLContext | None:
    """The other end has to show a certificate of `authority` where that is named. Raises ScenarioError."""
    serves = side == ssl.PROTOCOL_TLS_SERVER
    if not (certificate if serves else authority):
        return None
    found = ssl.SSLContext(side)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    named = certificate
    try:
        if certificate:
            found.load_cert_chain(certificate, key or None)
        named = authority
        if authority:
            found.load_verify_locations(authority)
            found.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise ScenarioError(f"tls: {named} cannot be used ({error})") from error
    return found
