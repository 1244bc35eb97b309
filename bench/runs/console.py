"""Where commands print."""

from __future__ import annotations

from rich.console import Console

WIDTH_IN_FILES = 140


def make_console() -> Console:
    """As wide as the terminal; wide enough for tables where output goes to a file or a pipe."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH_IN_FILES)
