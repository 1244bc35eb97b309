"""One process to a folder: two would both order the controller about, and break the chain of the audit log."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
