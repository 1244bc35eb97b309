"""The public JSON schemas of ITS messages, kept beside the checkout, and what every message has to be without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "schemas" / "its" / "schema"
PREFIX = "https://Orange-OpenSource.github.io/its-client/"
BY_ABSOLUTE = "https://Orange-OpenSource.github.io/schema/"
"""One reference in them begins with a slash, which leads out of the folder."""


def validator(kind: str) -> Any:
    """A validator of ``mapem`` or ``spatem``; skips the test where the schemas are not there."""
    if not FOLDER.is_dir():
        pytest.skip("the schemas of ITS messages are not beside the checkout (../shared/schemas/its)")
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    of_kind = json.loads((FOLDER / kind / f"{kind}_schema_2-0-0.json").read_text(encoding="utf-8"))
    terms = json.loads((FOLDER / "dsrc" / "dsrc_schema_2-0-0.json").read_text(encoding="utf-8"))
    shared = Resource.from_contents(terms)
    places = (f"{PREFIX}dsrc/dsrc_schema_2-0-0.json", f"{BY_ABSOLUTE}dsrc/dsrc_schema_2-0-0.json",
              f"{BY_ABSOLUTE.removesuffix('schema/')}dsrc/dsrc_schema_2-0-0.json")  # fmt: skip
    registry = Registry().with_resources([(place, shared) for place in places])
    return Draft202012Validator(of_kind, registry=registry)


def intersections(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All of some messages."""
    return [one for message in messages for one in message["message"]["intersections"]]
