"""One process that listens, on IPv4 and IPv6; on this machine alone unless told otherwise."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Sequence

import uvicorn
from fastapi import FastAPI

from network.errors import ScenarioError

LOCAL = ("127.0.0.1", "::1")
LONGEST_KEEP_S = 5
SEND_BYTES = 1 << 17
"""The system keeps so much for who does not read."""
MOST_AT_ONCE = 512


def is_local(host: str) -> bool:
    """True for an address of this machine alone."""
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


def bind(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Sockets on all of ``hosts``, one port for all; port 0: a free one. Of two local hosts one may be missing.

    Raises ScenarioError where nothing can be had.
    """
    found: list[socket.socket] = []
    troubles = []
    for host in hosts:
        try:
            found.append(_one(host, port))
            port = found[-1].getsockname()[1]
        except OSError as error:
            troubles.append(f"{host} port {port}: {error.strerror or error}")
    if not found or (troubles and tuple(hosts) != LOCAL):
        for one in found:
            one.close()
        raise ScenarioError(f"cannot listen on {'; '.join(troubles)}; choose another with --port")
    return found


def _one(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell()


def serve(app: FastAPI, sockets: list[socket.socket], started: Callable[[], None] = lambda: None,
          tls: tuple[str, str] | None = None) -> None:
    """Until SIGINT or SIGTERM. tls: files of certificate and key."""
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, ws="none",
                            timeout_keep_alive=LONGEST_KEEP_S, limit_concurrency=MOST_AT_ONCE,
                            timeout_graceful_shutdown=1,
                            ssl_certfile=tls[0] if tls else None, ssl_keyfile=tls[1] if tls else None)  # fmt: skip
    _Server(config, started).run(sockets)


def niced() -> None:
    """Behind whatever controls on this machine."""
    if sys.platform != "win32":
        os.nice(5)
