"""What a user is told beside the figures."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from scenarios.config import Scenario
from scenarios.fitness import stretched_second
from scenarios.launch import left_out


def remarks(scenario: Scenario) -> list[str]:
    """What about the scenario's options the user should know before the runs."""
    return list(filter(None, [*left_out(scenario), stretched_second(scenario)]))


def tell_left_out(scenario: Scenario, console: Console) -> None:
    """Print which options of the user's plain runs do without."""
    _tell(left_out(scenario), console)


def tell_remarks(scenario: Scenario, console: Console, label: str = "") -> None:
    """Print them, a line each."""
    _tell([f"{label}: {line}" if label else line for line in remarks(scenario)], console)


def _tell(lines: Sequence[str], console: Console) -> None:
    for said in lines:
        console.print(said, style="yellow", soft_wrap=True, highlight=False, markup=False)
