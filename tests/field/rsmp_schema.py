"""The public schemas of RSMP, where they are beside the checkout: packets as they went over the line against them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.conftest import ROOT

SCHEMAS = ROOT.parent / "shared" / "schemas" / "rsmp" / "schemas"
CORE, LIST = "core/3.2.2/rsmp.json", "tlc/1.2.1/rsmp.json"


class Checker:
    """A tape: keep it while messages pass, then ask what was wrong."""

    def __init__(self) -> None:
        self.packets: list[tuple[str, bytes]] = []

    def __call__(self, way: str, packet: bytes) -> None:
        self.packets.append((way, packet))

    @property
    def kinds(self) -> Counter[str]:
        return Counter(json.loads(packet)["type"] for _, packet in self.packets)

    def wrong(self) -> list[str]:
        """What the schemas find, a line each; the test is skipped where there are none."""
        core, exchange = validator(CORE), validator(LIST)
        found = []
        for way, packet in self.packets:
            content = json.loads(packet)
            for one in (core, exchange):
                found += [f"{way} {content['type']}: {error.message[:160]}" for error in one.iter_errors(content)]
        return found


def validator(name: str) -> Draft7Validator:
    """Of one of the schemas, with all that it refers to."""
    if not SCHEMAS.is_dir():
        pytest.skip("the schemas of RSMP are not beside the checkout (../shared/schemas/rsmp)")
    start = (SCHEMAS / name).as_uri()
    registry: Registry[Any] = Registry(retrieve=_retrieve)  # type: ignore[call-arg]
    return Draft7Validator({"$ref": start}, registry=registry)


def _retrieve(uri: str) -> Resource[Any]:
    path = Path(uri.removeprefix("file://"))
    return Resource.from_contents(_in_python(json.loads(path.read_text(encoding="utf-8"))), DRAFT7)


def _in_python(content: Any) -> Any:
    """Patterns as Python writes them: a group that is called again by its name is written out. And the type
    ``"string, null"`` of two fields, which is none of JSON schema's, as the two that are meant."""
    if isinstance(content, dict):
        return {key: _pattern(value) if key == "pattern" and isinstance(value, str) else
                value.split(", ") if key == "type" and isinstance(value, str) and ", " in value else _in_python(value)
                for key, value in content.items()}
    return [_in_python(one) for one in content] if isinstance(content, list) else content


def _pattern(text: str) -> str:
    named = re.search(r"\(\?<item>(.*?)\)\(,\\g<item>\)", text)
    return text.replace("?<item>", "").replace(r"\g<item>", named.group(1)) if named else text
