"""A virtual controller on a free port for tests of ports, without a street."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bench.desk.agent import Access, Agent
from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects
from controllers.cabinet.site import SignalSite

ACCESS = Access("desk", "engineer", "a long enough key", "another long key")


def free_tcp_port() -> int:
    """A TCP port nobody has now."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


def free_port() -> int:
    """A UDP port nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


@contextmanager
def standing_desk(site: SignalSite, library_alone: bool = False) -> Iterator[tuple[Controller, Objects, int]]:
    """The controller, its objects and its port; open it in a running event loop."""
    controller = Controller(setup_of(site))
    objects, port = Objects(controller), free_port()
    agent = Agent(objects, ACCESS, port=port, library_alone=library_alone)
    try:
        yield controller, objects, port
    finally:
        agent.close()
