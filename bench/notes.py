"""What a user is told beside the figures."""

from __future__ import annotations

from rich.console import Console

from scenarios.config import Scenario
from scenarios.launch import left_out


def tell_left_out(scenario: Scenario, console: Console, label: str = "") -> None:
    """Say which options of the user's the runs do without, and why."""
    for line in left_out(scenario):
        said = f"{label}: {line}" if label else line
        console.print(said, style="yellow", soft_wrap=True, highlight=False, markup=False)
