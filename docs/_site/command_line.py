"""`<!-- help: compare -->` in a page becomes what `signal-core compare --help` says, asked while the site is built."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

MARK = re.compile(r"<!-- help:([a-z ]*)-->")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with every mark replaced."""
    return MARK.sub(lambda found: f"```text\n{_help(found[1].split())}```", markdown)


def _help(words: list[str]) -> str:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONPATH": os.pathsep.join(["."])}
    command = [sys.executable, "-m", "bench", *words, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
