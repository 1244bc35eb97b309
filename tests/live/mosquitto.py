"""A broker of its own for a test, and certificates for it."""

from __future__ import annotations

import datetime
import ipaddress
import signal
import socket
import subprocess
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Broker:
    """Mosquitto on a free port; ends with the block."""

    def __init__(self, program: str, folder: Path, made: tuple[Path, Path, Path] | None = None) -> None:
        """made: files of an authority, a certificate and its key, for TLS."""
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = int(one.getsockname()[1])
        self.ca = made[0] if made else None
        tls = "" if made is None else f"cafile {made[0]}\ncertfile {made[1]}\nkeyfile {made[2]}\n"
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\n{tls}allow_anonymous true\nuser root\n")
        self._process = subprocess.Popen([program, "-c", str(config)], stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)  # fmt: skip

    def __enter__(self) -> Broker:
        until = time.monotonic() + 10.0
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.5).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("mosquitto does not listen")

    def __exit__(self, *_: object) -> None:
        self.go_on()
        self._process.terminate()
        self._process.wait(10.0)

    def stop(self) -> None:
        """Have it stand still."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Files of an authority, and of a certificate for localhost and its key."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    ca = _certificate(issuer, issuer, ca_key, ca_key, is_ca=True)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    own = _certificate(name, issuer, key, ca_key, is_ca=False)
    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    for path, found in zip(paths, (ca, own), strict=False):
        path.write_bytes(found.public_bytes(serialization.Encoding.PEM))
    paths[2].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))  # fmt: skip
    return paths


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey,
                 signer: ec.EllipticCurvePrivateKey, is_ca: bool) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2)).add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .sign(signer, hashes.SHA256()))  # fmt: skip
