"""Word to systemd (sd_notify): nothing where nobody listens, never an error."""

from __future__ import annotations

import contextlib
import os
import socket


def tell_systemd(*lines: str) -> bool:
    """Send lines such as READY=1 to NOTIFY_SOCKET; False where there is none or it does not take them."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as end:
        end.sendto("\n".join(lines).encode(), "\0" + address[1:] if address.startswith("@") else address)
        return True
    return False
