"""Certificates of an authority of our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


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
