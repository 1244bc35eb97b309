"""`<!-- api: signal_core Engine Lane -->` in a page becomes an entry for everything that package lists in `__all__`.

The names given come first, in that order; what is added to a package later is in the reference without an edit.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

MARK = re.compile(r"<!-- api: (\w+)((?: \w+)*) -->")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with every mark replaced."""
    return MARK.sub(lambda found: _entries(found[1], found[2].split()), markdown)


def _entries(package: str, first: list[str]) -> str:
    offered: list[str] = list(import_module(package).__all__)
    if not set(first) <= set(offered):
        raise ValueError(f"{package} does not offer {sorted(set(first) - set(offered))}")
    names = [*first, *sorted(set(offered) - set(first))]
    return "\n\n".join(f"::: {package}.{name}" for name in names)
