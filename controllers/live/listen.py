"""Frames from a cabinet process on this machine: datagrams to a socket in its folder, until nobody listens any more."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from controllers.announce.watch import Frame
from controllers.live.hub import Hub
from network.errors import ScenarioError

LONGEST = 4 << 20
HEAR_EVERY_S = 1.0


class Listening:
    """Owns the socket, and takes it away again."""

    def __init__(self, path: Path, begin_s: float) -> None:
        """begin_s: moment of second 0, since 1970. Raises ScenarioError where the socket cannot be made."""
        if not path.parent.is_dir():
            raise ScenarioError(f"{path.parent.absolute()}: no such folder; start this where the cabinet process was "
                                "started, as service.folder counts from there, or give its whole path in the site file")
        self._path, self._begin_s = path, begin_s
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ends = threading.Event()
        try:
            if path.is_socket() and _is_taken(path):
                raise ScenarioError(f"{path}: somebody looks on already; end that first")
            path.unlink(missing_ok=True)
            self._socket.bind(str(path))
            path.chmod(0o660)
        except OSError as error:
            self._socket.close()
            raise ScenarioError(f"{path}: {error.strerror or error}; run it as a user who may write there") from error
        except ScenarioError:
            self._socket.close()
            raise
        self._socket.settimeout(HEAR_EVERY_S)

    def follow(self, hub: Hub, hear: Callable[[Frame], None], see: Callable[[Frame], Frame]) -> None:
        """Every frame goes through ``see``, then to the hub and to ``hear``, in a thread."""
        threading.Thread(target=self._listen, args=(hub, hear, see), name="frames", daemon=True).start()

    def _listen(self, hub: Hub, hear: Callable[[Frame], None], see: Callable[[Frame], Frame]) -> None:
        while not self._ends.is_set():
            try:
                data = self._socket.recv(LONGEST)
            except TimeoutError:
                continue
            except OSError:
                return  # closed
            with contextlib.suppress(Exception):  # whatever somebody else sends there
                frame = json.loads(data)
                frame["time_s"] = float(frame["time_s"]) - self._begin_s
                if frame["signals"]:
                    frame = see(frame)
                    hub.publish(frame)
                    hear(frame)

    def close(self) -> None:
        """Listen no more."""
        self._ends.set()
        self._socket.close()
        self._path.unlink(missing_ok=True)


def _is_taken(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
