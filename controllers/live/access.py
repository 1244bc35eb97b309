"""Who may read what, and how often: tokens by scope, and a bucket of requests for each reader."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from network.errors import ScenarioError

SCOPES = ("signals", "detectors", "stream")
"""signals: lamps, plans, messages, the map; detectors: queues and alarms; stream: being sent every second."""
DIGEST = re.compile("[0-9a-f]{64}")
MOST_READERS = 4096


@dataclass(frozen=True)
class Token:
    """A reader known by the SHA-256 of his token."""

    name: str
    sha256: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Access:
    """tokens: nobody is asked for one where there are none. per_s, burst: requests of one reader; streams: at once."""

    tokens: tuple[Token, ...] = ()
    per_s: float = 20.0
    burst: int = 60
    streams: int = 64

    def scopes_of(self, authorization: str | None) -> tuple[str, frozenset[str]] | None:
        """Name and scopes of who sends this header; None for a stranger."""
        if not self.tokens:
            return "", frozenset(SCOPES)
        kind, _, secret = (authorization or "").partition(" ")
        if kind.lower() != "bearer":
            return None
        digest = hashlib.sha256(secret.strip().encode()).hexdigest()
        found = None
        for token in self.tokens:  # all of them: how long it takes tells nothing
            if hmac.compare_digest(token.sha256, digest):
                found = token.name, token.scopes
        return found


@dataclass
class Buckets:
    """Requests that each reader has left; those who were not here for longest are forgotten first."""

    access: Access
    clock: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, reader: str) -> float:
        """Take one; 0.0 where it was there, else the seconds until it is."""
        now, access = self.clock(), self.access
        left, then = self._left.pop(reader, (float(access.burst), now))
        left = min(float(access.burst), left + (now - then) * access.per_s)
        wait_s = 0.0 if left >= 1.0 else (1.0 - left) / access.per_s
        self._left[reader] = (left - 1.0 if left >= 1.0 else left, now)
        if len(self._left) > MOST_READERS:
            self._left.popitem(last=False)
        return wait_s


def read_access(path: Path | None) -> Access:
    """Tokens and limits from a TOML file. Raises ScenarioError naming what is wrong with it."""
    if path is None:
        return Access()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read as TOML ({error}); see docs/how-to/live.md") from error
    unknown = sorted(content.keys() - {"token", "limits"})
    if unknown:
        raise ScenarioError(f"{path}: unknown table '{unknown[0]}'; there are [token.NAME] and [limits]")
    tokens = content.get("token", {})
    limits = content.get("limits", {})
    if not isinstance(tokens, dict) or not isinstance(limits, dict):
        raise ScenarioError(f"{path}: [token.NAME] and [limits] are tables; see docs/how-to/live.md")
    return Access(tuple(_token(path, name, table) for name, table in tokens.items()), **_limits(path, limits))


def _token(path: Path, name: str, table: Any) -> Token:
    place = f"{path}: token.{name}"
    if not isinstance(table, dict) or set(table) - {"sha256", "scopes"}:
        raise ScenarioError(f"{place}: give sha256 and scopes, nothing else")
    digest, scopes = table.get("sha256"), table.get("scopes", list(SCOPES))
    if not isinstance(digest, str) or DIGEST.fullmatch(digest) is None:
        raise ScenarioError(f"{place}: sha256 is 64 hexadecimal digits: printf %s TOKEN | sha256sum")
    if not isinstance(scopes, list) or not set(map(str, scopes)) <= set(SCOPES):
        raise ScenarioError(f"{place}: scopes are a list of {', '.join(SCOPES)}")
    return Token(name, digest, frozenset(scopes))


def _limits(path: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        if name not in ("per_s", "burst", "streams"):
            raise ScenarioError(f"{path}: limits.{name}: unknown; there are per_s, burst and streams")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 100_000:
            raise ScenarioError(f"{path}: limits.{name}: a number from 1 to 100000 is needed")
        found[name] = float(value) if name == "per_s" else int(value)
    return found
