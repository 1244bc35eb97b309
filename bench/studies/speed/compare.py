"""``signal-core bench compare``: what got slower between two files, beyond their noise."""

from __future__ import annotations

from pathlib import Path

from bench.runs.stored import read_json
from bench.studies.speed.measure import SCHEMA, Row
from network.errors import ScenarioError

LEAST_PCT = 10.0
TIMES_NOISE = 3.0


def verdict(old: Row, new: Row) -> str:
    """'slower' or 'faster' beyond noise, otherwise nothing."""
    if min(old["value"], new["value"]) <= 0.0:
        return "" if new["value"] <= old["value"] else "slower"
    limit = 1.0 + max(LEAST_PCT / 100.0, TIMES_NOISE * max(old["noise"], new["noise"]))
    if new["value"] > limit * old["value"]:
        return "slower" if _less_is_better(new) else "faster"
    if old["value"] > limit * new["value"]:
        return "faster" if _less_is_better(new) else "slower"
    return ""


def _less_is_better(row: Row) -> bool:
    return bool(row.get("less_is_better", True))


def change(old: Row, new: Row) -> str:
    return f"{100 * (new['value'] / old['value'] - 1):+.1f} %" if old["value"] > 0.0 else ""


def read(path: str) -> Row:
    content: Row = read_json(Path(path), "give a file made with --json")
    if not isinstance(content, dict) or content.get("schema") != SCHEMA or "figures" not in content:
        raise ScenarioError(f"{path}: not a file made by signal-core bench ... --json")
    return content
