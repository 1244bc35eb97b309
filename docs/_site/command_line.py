"""`<!-- help: bench -->` in a page becomes what `signal-core bench --help` says, asked while the site is built.

`<!-- help of every command -->` becomes a section for each command there is, with one for each of its parts.
"""

from __future__ import annotations

import io
import os
import re
from contextlib import redirect_stdout, suppress
from typing import Any
from unittest.mock import patch

from bench.cli.main import COMMANDS, main

MARK = re.compile(r"<!-- help:([a-z ]*)-->")
EVERY = "<!-- help of every command -->"
WIDTH = {"COLUMNS": "100", "NO_COLOR": "1"}


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with every mark replaced."""
    if EVERY in markdown:
        markdown = markdown.replace(EVERY, "\n\n".join(section for name, *_ in COMMANDS for section in _sections(name)))
    return MARK.sub(lambda found: f"```text\n{_help(found[1].split())}```", markdown)


def _sections(name: str) -> list[str]:
    """A command and its parts, where it has any (`cabinet run`): those that its help lists below WHAT."""
    _, _, parts = _help([name]).partition("\n  WHAT\n")
    parted = [f"{name} {part}" for part in re.findall(r"^    ([a-z]+) ", parts, re.MULTILINE)]
    return [f"{'##' if words == name else '###'} {words}\n\n<!-- help: {words} -->" for words in [name, *parted]]


def _help(words: list[str]) -> str:
    said = io.StringIO()
    with patch.dict(os.environ, WIDTH), redirect_stdout(said), suppress(SystemExit):
        main([*words, "--help"])
    if not said.getvalue():
        raise ValueError(f"signal-core {' '.join(words)} --help says nothing")
    return said.getvalue()
