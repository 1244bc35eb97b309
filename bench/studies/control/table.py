"""The benchmark's table, for the terminal and for a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table

from bench.measures.harm import SHORT_RED_S
from bench.measures.locks import LOCKED_S
from bench.runs.results import COUNTED
from bench.studies.control.figures import OURS
from bench.studies.control.harm import INCIDENTS, LEAST_VPH, LOSES_S, LOSES_TIMES, RIVALS

Row = dict[str, Any]
HEADINGS = ("controller", "runs", "delay s", "speed km/h", "jams", "locked", "losers", "late s", "against {}",
            "against best other", "finished", "inside junctions", "alarms",
            *(key.replace("_", " ") for key in COUNTED))  # fmt: skip


HARM_HEADINGS = ("controller", "runs worse than {} by 3 %", "worst run", "of best rival", "locked", "losers", "late s",
                 "flicker", "alarms", "more brakings", "more collisions", "more inside junctions")  # fmt: skip
HARM = (
    f"of best rival: geometric mean of the median delay as a share of the least of {', '.join(sorted(RIVALS))}; "
    f"losers: movements of {LEAST_VPH:g} veh/h or more above {LOSES_S:g} s and {LOSES_TIMES:g} times the baseline; "
    f"late: longest wait beyond the maximum red; flicker: reds of up to {SHORT_RED_S:g} s between two greens; "
    "alarms: of loops, all of them false; "
    "more: maps with more per vehicle than the baseline."
)


def markdown(content: Row) -> str:
    """control.md: one row per map and scale, then a table for each."""
    names, cases = content["controllers"], content["cases"]
    lines = ["# Control benchmark", "", about(content), "", "## Median delay in s", ""]
    lines += _rows(["map", "scale", "protocol", *names], (overview(each, names) for each in cases))
    lines += ["", "## Harm", "", HARM, ""]
    lines += _rows([h.format(content["baseline"]) for h in HARM_HEADINGS], map(harm_cells, content["harm"]))
    for each in cases:
        end = "until empty" if each["end_s"] is None else f"to {each['end_s']:g} s"
        lines += ["", f"## {each['case']}", "", f"{each['begin_s']:g} {end}, protocol {each['protocol']}", ""]
        lines += _rows([heading.format(content["baseline"]) for heading in HEADINGS], map(cells, each["rows"]))
        lines += [said for row in each["rows"] for said in _losers(row, content["baseline"])]
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


def harm_screen(content: Row) -> Table:
    """How far every controller is from doing no harm, for the terminal."""
    table = Table(caption=HARM, caption_justify="left")
    for k, heading in enumerate(HARM_HEADINGS):
        table.add_column(heading.format(content["baseline"]), justify="left" if k == 0 else "right")
    for row in content["harm"]:
        table.add_row(*harm_cells(row))
    return table


def harm_cells(row: Row) -> list[str]:
    """One controller, over all maps and scales."""
    worst, share = row["worst_pct"], row["of_best_rival"]
    return [
        row["controller"],
        f"{row['worse_runs']} of {row['pairs']}" if row["pairs"] else "",
        f"{worst:+.1f} % ({row['worst_run']})" if worst is not None else "",
        f"{share:.2f}" if share is not None else "",
        *(str(row[key]) for key in ("locked", "losers")),
        f"{row['late_s']:.0f}",
        *(str(row[key]) for key in ("flicker", "alarms")),
        *(", ".join(row[f"more_{key}"]) or "none" for key in INCIDENTS),
    ]


def _losers(row: Row, baseline: str) -> list[str]:
    return [f"\nloses under {row['controller']}: {one['from']} -> {one['to']} at {one['signal']}, "
            f"{one['flow_vph']:.0f} veh/h: {one['delay_s']:.0f} s, {baseline} {one['before_s']:.0f} s"
            for one in row["losers"]]  # fmt: skip


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
        str(len(row["losers"])),
        f"{row['late_s']:.0f}",
        _difference(row["against_baseline"]),
        f"{row['best_other']}: {_difference(row['against_best_other'])}" if row["best_other"] else "",
        f"{100 * row['finished'] / max(1, row['trips']):.1f} %",
        "–" if row["collisions_in_junctions"] is None else f"{row['collisions_in_junctions']:.0f}",
        ", ".join(f"{n} {status}" for status, n in row["alarms"].items()) or "0",
        *(f"{row[key]:.0f}" for key in COUNTED),
    ]


def _delay(row: Row | None) -> str:
    if row is None:
        return "–"
    jams, locked, losing = row["jams"], row["locked"], len(row["losers"])
    said = ([f"{jams} jam{'s' * (jams > 1)}"] if jams else []) + ([f"{locked} locked"] if locked else [])
    said += [f"{losing} loser{'s' * (losing > 1)}"] if losing else []
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
