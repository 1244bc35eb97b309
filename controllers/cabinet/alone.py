"""One process to a folder and to a controller: two would order it about in turns, and break the audit log's chain."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from controllers.cabinet.site import SignalSite
from network.errors import ScenarioError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep ``folder`` from other processes until the block ends; one that is killed lets go of it.

    Raises ScenarioError where another has it. A folder that cannot be made or locked costs lines, never control.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ScenarioError(f"{folder}: another cabinet process runs and writes there; end it first, or give this "
                                "one a service.folder of its own if it is for another controller") from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(held)


@contextmanager
def alone_at(signals: Iterable[SignalSite]) -> Iterator[None]:
    """Keep the controllers of ``signals`` from other processes of this machine until the block ends.

    Raises ScenarioError where another has one of them, whatever folder it writes to. It is held by a name of Linux's
    abstract sockets, which leaves no file behind and goes with its process. Another machine is not seen by this.
    """
    held: list[socket.socket] = []
    try:
        for controller in sorted({f"{one.link.protocol} {one.link.host.lower()}:{one.link.port}" for one in signals}):
            held.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            try:
                held[-1].bind("\0signal-core-" + hashlib.sha256(controller.encode()).hexdigest())
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise ScenarioError(f"{controller}: another cabinet process of this machine gives orders to this "
                                        "controller; end it first, or run this one with --mode observe") from error
        yield
    finally:
        for one in held:
            one.close()
