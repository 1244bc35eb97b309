"""Who asked for green in a run, and what came of it: a file beside the run, and sums by class."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from network.errors import ScenarioError
from signal_core.requests import RequestEvent, RequestRecord, Requests

REQUESTS = "requests.json"
AGAIN = "not the requests of a run; run the comparison again"
ENDS = ("REJECTED", "USED", "EXPIRED")
Sums: TypeAlias = dict[str, dict[str, float]]
SUMMED = ("persons", "extension_s", "used_s", "early_s", "cost_s")


def write_requests(asked: Requests, vehicle_of: Callable[[int], str], path: Path) -> None:
    """Every request with its vehicle, those that still stand, too, all events, and sums; nothing where nobody asked."""
    write_records([*asked.ended, *asked.alive], asked.events, vehicle_of, path)


def write_records(records: Sequence[RequestRecord], events: Iterable[RequestEvent], vehicle_of: Callable[[int], str],
                  path: Path) -> None:
    """The same of requests from anywhere, numbered alike in records and events."""
    if not records:
        return
    content = {"requests": [{**_plain(one), "vehicle": vehicle_of(one.id)} for one in records],
               "events": [event._asdict() for event in events], "sums": sums(records)}  # fmt: skip
    path.write_text(json.dumps(content) + "\n", encoding="utf-8")


def read_events(path: Path) -> list[dict[str, Any]]:
    """Events of a run, oldest first; none where nobody asked."""
    try:
        return [{"time_s": float(each["time_s"]), "signal": str(each["signal"]), "link": int(each["link"]),
                 "kind": str(each["kind"]), "status": str(each["status"]), "id": int(each["id"])}
                for each in _read(path, "events", [])]  # fmt: skip
    except (ValueError, TypeError, KeyError) as error:
        raise ScenarioError(f"{path}: {AGAIN}") from error


def read_sums(path: Path) -> Sums:
    """By class, as `sums`; none where nobody asked."""
    found = _read(path, "sums", {})
    if not isinstance(found, dict):
        raise ScenarioError(f"{path}: {AGAIN}")
    return found


def _read(path: Path, part: str, nothing: Any) -> Any:
    if not path.is_file():
        return nothing
    try:
        return json.loads(path.read_text(encoding="utf-8"))[part]
    except (ValueError, TypeError, KeyError) as error:
        raise ScenarioError(f"{path}: {AGAIN}") from error


def sums(records: Iterable[RequestRecord]) -> Sums:
    """By class: how many, on board together, how many of each fate, seconds given and used, and what they cost."""
    found: Sums = {}
    for one in records:
        of_kind = found.setdefault(one.kind.lower(), {"asked": 0.0})
        of_kind["asked"] += 1
        fate = one.status.lower() if one.status in ENDS else "standing"
        of_kind[fate] = of_kind.get(fate, 0.0) + 1
        for name in SUMMED:
            value = float(getattr(one, name))
            of_kind[name] = of_kind.get(name, 0.0) + (value if math.isfinite(value) else 0.0)
    return found


def added(runs: Iterable[Sums]) -> Sums:
    """The same over several runs."""
    found: Sums = {}
    for run in runs:
        for kind, figures in run.items():
            into = found.setdefault(kind, {})
            for name, value in figures.items():
                into[name] = into.get(name, 0.0) + value
    return found


def _plain(record: RequestRecord) -> dict[str, Any]:
    """JSON knows no number that is none."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in asdict(record).items()}
