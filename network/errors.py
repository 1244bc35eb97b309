"""Problems the user can fix."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ScenarioError(Exception):
    """Something in the user's input is missing or broken.

    ``str()`` is one line that names the file and says what to do.
    """


def offered(word: str, names: Iterable[str]) -> str:
    """What to say where ``word`` is none of ``names``: those it may have been meant for, otherwise all."""
    known = list(names)
    close = get_close_matches(word, known)
    return f"perhaps {' or '.join(close)} is meant" if close else f"choose from {', '.join(known)}"
