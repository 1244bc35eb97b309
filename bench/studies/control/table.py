"""The benchmark's table, for the terminal and for a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table

from bench.measures.locks import LOCKED_S
from bench.runs.results import COUNTED
from bench.studies.control.figures import OURS

Row = dict[str, Any]
HEADINGS = ("controller", "runs", "delay s", "speed km/h", "jams", "locked", "against {}", "against best other",
            "finished", *(key.replace("_", " ") for key in COUNTED))  # fmt: skip


def markdown(content: Row) -> str:
    """control.md: one row per map and scale, then a table for each."""
    names, cases = content["controllers"], content["cases"]
    lines = ["# Control benchmark", "", about(content), "", "## Median delay in s", ""]
    lines += _rows(["map", "scale", "protocol", *names], (overview(each, names) for each in cases))
    for each in cases:
        end = "until empty" if each["end_s"] is None else f"to {each['end_s']:g} s"
        lines += ["", f"## {each['case']}", "", f"{each['begin_s']:g} {end}, protocol {each['protocol']}", ""]
        lines += _rows([heading.format(content["baseline"]) for heading in HEADINGS], map(cells, each["rows"]))
        lines += [f"\ndied: {one['controller']}, seed {one['seed']}: {one['message']}" for one in each["died"]]
    return "\n".join(lines) + "\n"


def screen(content: Row) -> Table:
    """The overview, for the terminal."""
    table = Table(caption=about(content), caption_justify="left")
    names = content["controllers"]
    for k, heading in enumerate(("map", "scale", "protocol", *names)):
        table.add_column(heading, justify="left" if k == 0 else "right")
    for each in content["cases"]:
        table.add_row(*overview(each, names))
    return table


def overview(each: Row, names: Sequence[str]) -> list[str]:
    """One row: a map at a scale, the median delay of every controller, and its jams where there are any."""
    found = {row["controller"]: row for row in each["rows"]}
    name = each["case"].rpartition("-x")[0]
    return [name, f"{each['scale']:g}", each["protocol"], *(_delay(found.get(one)) for one in names)]


def about(content: Row) -> str:
    """How to read it."""
    seeds = content["seeds"]
    which = f"{len(seeds)} seeds ({seeds[0]} to {seeds[-1]})" if len(seeds) > 1 else f"seed {seeds[0]}"
    return (
        f"Median delay per trip in s over {which}; "
        f"a jam is a run above twice its controller's median, a locked run has a place nobody left for {LOCKED_S:g} s "
        f"though it was its turn; differences are means over paired seeds with 95 % "
        f"intervals, {content['baseline']} is the baseline; others are all but {', '.join(sorted(OURS))}. "
        f"SUMO {content['versions']['sumo']}."
    )


def cells(row: Row) -> list[str]:
    """One controller on one map and scale."""
    return [
        row["controller"],
        str(row["runs"]),
        f"{row['delay_s']:.1f}",
        f"{row['speed_kmh']:.1f}",
        str(row["jams"]),
        str(row["locked"]),
        _difference(row["against_baseline"]),
        f"{row['best_other']}: {_difference(row['against_best_other'])}" if row["best_other"] else "",
        f"{100 * row['finished'] / max(1, row['trips']):.1f} %",
        *(f"{row[key]:.0f}" for key in COUNTED),
    ]


def _delay(row: Row | None) -> str:
    if row is None:
        return "–"
    jams, locked = row["jams"], row["locked"]
    said = ([f"{jams} jam{'s' * (jams > 1)}"] if jams else []) + ([f"{locked} locked"] if locked else [])
    return f"{row['delay_s']:.1f}" + (f" ({', '.join(said)})" if said else "")


def _difference(found: Row | None) -> str:
    """Of delay: mean and interval."""
    if found is None or found["delay_s"]["mean_pct"] is None:
        return ""
    delay = found["delay_s"]
    if delay["low_pct"] is None:
        return f"{delay['mean_pct']:+.1f} % (one pair)"
    return f"{delay['mean_pct']:+.1f} % ({delay['low_pct']:+.1f} to {delay['high_pct']:+.1f})"


def _rows(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [headings, ["---"] * len(headings), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
