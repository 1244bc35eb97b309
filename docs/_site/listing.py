"""`<!-- pages -->` in a page becomes the list of the other pages of its folder by their titles."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.structure.files import File

MARK = "<!-- pages -->"
HEAD = re.compile(r"\A(?:---\n(?:.*\n)*?---\n)?# ([^\n]+)\n")
ORDER = re.compile(r"\A---\n(?:.*\n)*?order: (\d+)\n")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with the mark replaced."""
    if MARK not in markdown:
        return markdown
    folder = page.file.src_uri.rpartition("/")[0]
    beside = [f for f in files.documentation_pages() if f.src_uri.rpartition("/")[0] == folder and f.name != "index"]
    return markdown.replace(MARK, "\n".join(_line(file) for file in sorted(beside, key=_place)))


def _place(file: File) -> tuple[int, str]:
    found = ORDER.match(file.content_string)
    return int(found[1]) if found else 1000, file.src_uri


def _line(file: File) -> str:
    title = HEAD.match(file.content_string)
    return f"- [{title[1] if title else file.name}]({file.src_uri.rpartition('/')[2]})"
