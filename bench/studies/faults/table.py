"""The fault table, for the terminal and for a document."""

from __future__ import annotations

from typing import Any

from rich.table import Table

Row = dict[str, Any]
HEADINGS = ("fault", "runs", "delay s", "healthy", "fixed", "noticed", "after s", "alarms", "exits", "modes", "trips",
            "violations", "others'", "jams")  # fmt: skip


def cells(row: Row) -> tuple[str, ...]:
    """One row as text."""
    return (
        row["fault"] or "none",
        str(row["runs"]),
        f"{row['delay_s']:.1f}",
        _change(row["against_healthy_pct"] if row["fault"] else None),
        _change(row["against_fixed_pct"]),
        f"{row['noticed']} of {row['runs']}" if row["fault"] else "",
        "" if row["flagged_after_s"] is None else f"{row['flagged_after_s']:.0f}",
        *(str(row[key]) for key in ("alarms", "exits", "mode_changes", "interlock_trips")),
        str(sum(row["violations"].values())),
        str(row["by_others"]),
        str(row["jams"]),
    )


def _change(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f} %"


def screen(content: Row) -> Table:
    """For the terminal."""
    table = Table(title=None, caption="medians over seeds; healthy, fixed: change of delay against them, seed by seed")
    for k, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if k == 0 else "right", no_wrap=k == 0)
    for row in content["rows"]:
        table.add_row(*cells(row))
    return table


def markdown(content: Row) -> str:
    """For a document."""
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in content["rows"]]
    return "\n".join(lines) + "\n"
