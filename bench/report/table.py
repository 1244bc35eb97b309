"""The comparison as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from bench.runs.results import COUNTED

Row = dict[str, Any]
SEEDS_NAMED = 3


def comparison_table(content: Row) -> Table:
    """The summary of a results.json, changes against the first controller."""
    rows: Sequence[Row] = content["summary"]
    baseline = content["baseline"]
    walked = any(row["walks"] for row in rows)
    walking = ("walk loss s", "change", "walks finished") if walked else ()
    table = Table()
    table.add_column("controller", no_wrap=True)
    for heading in ("delay s", "change", "speed km/h", "change", "finished", "jams", *walking):
        table.add_column(heading, justify="right")
    counted = [key for key in COUNTED if any(row[key] for row in rows)]
    for key in counted:
        table.add_column(key.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(
            row["controller"],
            f"{row['delay_s']:.1f}",
            _change(row["delay_change_pct"], row, baseline),
            f"{row['speed_kmh']:.1f}",
            _change(row["speed_change_pct"], row, baseline),
            _share(row["finished"], row["trips"]),
            str(row["jams"]),
            *(_walks(row, baseline) if walked else ()),
            *(str(row[key]) for key in counted),
        )
    return table


def _walks(row: Row, baseline: str) -> tuple[str, str, str]:
    if not row["walks"]:
        return "", "", ""
    return (
        f"{row['walk_loss_s']:.1f}",
        _change(row["walk_loss_change_pct"], row, baseline),
        _share(row["walks_finished"], row["walks"]),
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f} %"


def _change(value: float | None, row: Row, baseline: str) -> str:
    if row["controller"] == baseline or value is None:
        return "" if value is not None else "no pair"
    return f"{value:+.1f} %"


def title(content: Row) -> str:
    """What was compared, in one line."""
    end = "until empty" if content["end_s"] is None else f"to {content['end_s']:g} s"
    order = ", fixed order of phases" if content.get("order") == "fixed" else ""
    phases = ", phases of the program alone" if content.get("phases") == "program" else ""
    return f"{content['scenario']}, {content['begin_s']:g} {end}, protocol {content['protocol']}{order}{phases}"


def caption(content: Row) -> str:
    """How to read the table, in one line."""
    seeds = sorted({row["seed"] for row in content["runs"]})
    named = ", ".join(map(str, seeds)) if len(seeds) < 8 else f"{seeds[0]} to {seeds[-1]}"
    counted = "not the same trips count under each" if other_trips(content) else "every scheduled trip counts"
    return (
        f"medians over seed{'s' * (len(seeds) > 1)} {named}; changes against {content['baseline']}, "
        f"seed by seed; {counted}{_walks_said(content['runs'])}; SUMO {content['versions']['sumo']}"
    )


def _walks_said(runs: Sequence[Row]) -> str:
    walks = [row["walks"] for row in runs if row["walks"]]
    if not walks:
        return ""
    least, most = min(walks), max(walks)
    counted = f"{most}" if least == most else f"{least} to {most}"
    return (
        f"; delay and speed are of vehicles; walk loss is the mean time loss of the {counted} walks of a run, "
        "unfinished ones with the time they stood"
    )


def other_trips(content: Row) -> str:
    """Which controllers were measured on how many trips, where that differs within a seed; else empty."""
    counts: dict[int, dict[str, int]] = {}
    for row in content["runs"]:
        counts.setdefault(row["seed"], {})[row["controller"]] = row["trips"]
    said = [
        f"seed {seed}: " + ", ".join(f"{name} {trips}" for name, trips in found.items())
        for seed, found in counts.items()
        if len(set(found.values())) > 1
    ]
    rest = f"; and {len(said) - SEEDS_NAMED} more seeds" if len(said) > SEEDS_NAMED else ""
    return f"trips counted differ, so delays do not compare: {'; '.join(said[:SEEDS_NAMED])}{rest}" if said else ""
