"""What a user is told beside the figures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console

from bench.report.table import other_trips
from bench.runs.worker import WARNED
from controllers.registry import base_name, folder_of
from scenarios.config import Scenario
from scenarios.fitness import stretched_second
from scenarios.launch import LOG, left_out


def remarks(scenario: Scenario) -> list[str]:
    """What about the scenario's options the user should know before the runs."""
    return list(filter(None, [*left_out(scenario), stretched_second(scenario)]))


def tell_left_out(scenario: Scenario, console: Console) -> None:
    """Print which options of the user's plain runs do without."""
    _tell(left_out(scenario), console)


def tell_remarks(scenario: Scenario, console: Console, label: str = "") -> None:
    """Print them, a line each."""
    _tell(remarks(scenario), console, label)


def sumo_warning(content: dict[str, Any]) -> str:
    """The first warning of lost demand in a results.json, and where it stands; else empty."""
    return next(
        (
            f"{note}; runs/{folder_of(row['controller'])}/{row['seed']}/{LOG}"
            for row in content["runs"]
            for note in row["notes"]
            if note.startswith(WARNED)
        ),
        "",
    )


def longer_walks(content: dict[str, Any]) -> str:
    """What to do where people on foot lose more under phases beyond the program than in the baseline; else empty."""
    worse = [
        row["controller"]
        for row in content["summary"]
        if base_name(row["controller"]) == "adaptive" and (row["walk_loss_change_pct"] or 0.0) > 0.0
    ]
    if not worse or content.get("phases") == "program" or content.get("order") == "fixed":
        return ""
    return (
        f"people on foot lose more time under {', '.join(worse)} than under {content['baseline']}: "
        "--phases program gives crossings green with each green of their street"
    )


def failing_laws(content: dict[str, Any]) -> list[str]:
    """A line per controller that raised while it decided: its signals ran on by other plans then."""
    found = {row["controller"]: row for row in content["runs"] if row.get("troubles", {}).get("errors")}
    return [
        f"{name} failed in {row['troubles']['errors']} seconds of seed {row['seed']}, and its signals ran on "
        f"without it: {row['troubles']['last_error']}"
        for name, row in found.items()
    ]


def tell_after(content: dict[str, Any], console: Console, label: str = "") -> None:
    """Print what stands against taking the figures at their word."""
    lines = [other_trips(content), sumo_warning(content), longer_walks(content), *failing_laws(content)]
    _tell(filter(None, lines), console, label)


def _tell(lines: Iterable[str], console: Console, label: str = "") -> None:
    for line in lines:
        said = f"{label}: {line}" if label else line
        console.print(said, style="yellow", soft_wrap=True)
