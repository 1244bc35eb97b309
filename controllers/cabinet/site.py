"""The site file: what a cabinet process knows of its signals. ``signal-core site`` writes it, an engineer edits it."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from controllers.cabinet.misfits import misfits
from controllers.cabinet.site_parts import Part, SignalParts
from network.errors import ScenarioError

MOST_BYTES = 4_000_000
OURS = {"extra_forbidden": "no such key; docs/reference/site-file.md has those there are", "missing": "is missing"}
"""What is said in place of pydantic's words."""


class SignalSite(SignalParts):
    """One signal."""

    @model_validator(mode="after")
    def _fits(self) -> SignalSite:
        faults = list(misfits(self))
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Service(Part):
    """What the process writes and where it listens; ``metrics`` and ``health`` are on one port, 0: nowhere."""

    folder: str = "signal-core"
    listen: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    file_mb: Annotated[int, Field(ge=1, le=1024)] = 16
    files: Annotated[int, Field(ge=1, le=64)] = 8


class Site(Part):
    """The whole file."""

    format: Literal[1] = 1
    name: str
    service: Service = Service()
    signals: Annotated[tuple[SignalSite, ...], Field(min_length=1)]

    @property
    def hash(self) -> str:
        """Of the content, whatever its layout: in every log line and result."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_site(path: str | Path) -> Site:
    """A site file; ScenarioError names the place of what is wrong."""
    place = Path(path)
    try:
        if not place.is_file() or place.stat().st_size > MOST_BYTES:
            raise ScenarioError(f"{place}: no site file; signal-core site writes one")
        content = tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError(f"{place}: not to be read as TOML: {error}") from error
    return parse_site(content, str(place))


def parse_site(content: dict[str, Any], where: str) -> Site:
    """A site out of the content of its file; ScenarioError names the place of what is wrong."""
    try:
        return Site.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        said = OURS.get(first["type"], str(first["msg"]).removeprefix("Value error, "))
        raise ScenarioError(f"{where}: {place or 'the file'}: {said}{more}") from error


def schema() -> dict[str, Any]:
    """The JSON schema of the site file."""
    return Site.model_json_schema()
