"""The order of the site: folders by ORDER, pages by the `order` in their first lines, then by name."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.structure.files import File
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

ORDER = {
    "getting-started": "Getting started",
    "how-to": "How to",
    "how-it-works": "How it works",
    "reference": "Reference",
    "experiments": "Experiments",
}
LAST = 1000


def on_nav(nav: Navigation, config: Any, files: Any) -> Navigation:
    """Sort what MkDocs found in the folders."""
    pages = [item for item in nav.items if isinstance(item, Page)]
    sections = [item for item in nav.items if isinstance(item, Section)]
    sections.sort(key=lambda section: _place(section))
    for section in sections:
        section.title = ORDER[_folder(section)]
        section.children.sort(key=_rank)
        if section.title == ORDER["experiments"]:  # newest first, after the summary and the list of maps
            section.children[2:] = section.children[:1:-1]
    nav.items[:] = pages + sections
    nav.pages[:] = pages + [page for section in sections for page in section.children if isinstance(page, Page)]
    _chain(nav.pages)
    return nav


def _folder(section: Section) -> str:
    page = next(child for child in section.children if isinstance(child, Page))
    return page.file.src_uri.split("/")[0]


def _place(section: Section) -> int:
    return list(ORDER).index(_folder(section))


def _rank(page: Any) -> tuple[int, str]:
    return _order(page.file), page.file.src_uri


def _order(file: File) -> int:
    if file.name == "index":
        return -1
    found = re.match(r"---\n(?:.*\n)*?order: (\d+)\n", file.content_string)
    return int(found[1]) if found else LAST


def _chain(pages: list[Page]) -> None:
    for before, after in zip([None, *pages[:-1]], pages, strict=True):
        after.previous_page = before
        if before is not None:
            before.next_page = after
    pages[-1].next_page = None
