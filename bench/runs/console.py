"""Where commands print: ids and paths come out as they are, nothing in them is taken for markup."""

from __future__ import annotations

from typing import Any

from rich.console import Console, RenderableType
from rich.status import Status
from rich.text import Text

WIDTH_IN_FILES = 140


class PlainStatus(Status):
    """A line that says what is being done."""

    def update(self, status: RenderableType | None = None, **more: Any) -> None:
        """Say something else."""
        super().update(_as_it_is(status), **more)


class PlainConsole(Console):
    """A console without markup, emoji and guesses at what to colour."""

    def __init__(self, width: int | None = None) -> None:
        super().__init__(width=width, markup=False, highlight=False, emoji=False)

    def status(self, status: RenderableType, **more: Any) -> Status:
        """Say what is being done while it lasts, on a terminal."""
        return PlainStatus(_as_it_is(status), console=self, **more)


def make_console() -> Console:
    """As wide as the terminal; wide enough for tables where output goes to a file or a pipe."""
    console = PlainConsole()
    return console if console.is_terminal else PlainConsole(WIDTH_IN_FILES)


def say(console: Console, sentences: str, style: str = "") -> None:
    """Print what is read and not copied: in lines of whole words on a terminal, in one line in a file."""
    console.print(sentences, style=style or None, soft_wrap=not console.is_terminal)


def _as_it_is(said: Any) -> Any:
    return Text(said) if isinstance(said, str) else said
