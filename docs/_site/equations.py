"""TeX in the pages becomes MathML while the site is built, so that it needs no script and no network."""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
BLOCK = re.compile(r'<div class="arithmatex">\\\[(.*?)\\\]</div>', re.DOTALL)


def on_page_content(content: str, page: Any, config: Any, files: Any) -> str:
    """The same page with every equation as MathML."""
    content = INLINE.sub(lambda found: convert(html.unescape(found[1]).strip()), content)
    return BLOCK.sub(lambda found: convert(html.unescape(found[1]).strip(), display="block"), content)
