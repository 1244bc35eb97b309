"""`<!-- help: compare -->` in a page becomes what `signal-core compare --help` says, asked while the site is built."""

from __future__ import annotations

import io
import os
import re
from contextlib import redirect_stdout, suppress
from typing import Any
from unittest.mock import patch

from bench.cli.main import main

MARK = re.compile(r"<!-- help:([a-z ]*)-->")
WIDTH = {"COLUMNS": "100", "NO_COLOR": "1"}


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with every mark replaced."""
    return MARK.sub(lambda found: f"```text\n{_help(found[1].split())}```", markdown)


def _help(words: list[str]) -> str:
    said = io.StringIO()
    with patch.dict(os.environ, WIDTH), redirect_stdout(said), suppress(SystemExit):
        main([*words, "--help"])
    if not said.getvalue():
        raise ValueError(f"signal-core {' '.join(words)} --help says nothing")
    return said.getvalue()
