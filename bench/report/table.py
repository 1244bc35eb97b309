"""The comparison as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from bench.measures.crossings import LONGEST, together
from bench.measures.incidents import per_1000
from bench.measures.locks import LOCKED_S
from bench.runs.results import COUNTED, INSIDE

Row = dict[str, Any]
SEEDS_NAMED = 3
WIDEST_NAME = 24
HEADINGS = {"overdue_s": "overdue s", "emergency_brakings": "hard brakings", "interlock_trips": "interlock trips",
            "collisions_in_junctions": "hit in junctions", "collisions_on_foot": "on foot"}
REQUEST_FATES = ("asked", "used", "expired", "rejected")
REQUEST_SECONDS = {"extension_s": "kept s", "used_s": "of it used", "early_s": "early s", "cost_s": "cost"}
PER_TRIP = frozenset({"emergency_brakings", "collisions", *INSIDE})


def comparison_table(content: Row) -> Table:
    """The summary of a results.json, changes against the first controller; no wider than a terminal of old."""
    baseline = content["baseline"]
    table = _table("delay s", "change", "speed km/h", "change", "finished", "jams", "locked")
    for row in content["summary"]:
        means = row["means"]
        table.add_row(
            row["controller"],
            f"{means['delay_s']:.1f}",
            _change(means["delay_s_change_pct"], row, baseline),
            f"{means['speed_kmh']:.1f}",
            _change(means["speed_kmh_change_pct"], row, baseline),
            _share(row["finished"], row["trips"]),
            str(row["jams"]),
            str(row["locked"]),
        )
    return table


def more_tables(content: Row) -> list[Table]:
    """What else was counted, where anything was: requests for green, incidents, people on foot."""
    return [table for table in (_classes(content), _requests(content), _incidents(content),
                              _walks(content), _crossings(content)) if table is not None]


def _classes(content: Row) -> Table | None:
    """Delay of each class of road user; nothing where there is but one."""
    rows: Sequence[Row] = content["summary"]
    names = list(dict.fromkeys(name for row in rows for name in row.get("classes", {})))
    if len(names) < 2:
        return None
    table = _table(*names, "per person")
    table.title, table.title_justify = "delay in s by class of road user", "left"
    for row in rows:
        found = row["classes"]
        table.add_row(
            row["controller"],
            *(f"{found[name]['delay_s']:.1f}" if name in found else "" for name in names),
            f"{row['delay_person_s']:.1f}",
        )
    return table


def _requests(content: Row) -> Table | None:
    """Requests for green by class and fate; nothing where nobody asked."""
    rows: Sequence[Row] = content["summary"]
    asked = [(row["controller"], kind, of) for row in rows for kind, of in row.get("requests", {}).items()]
    if not asked:
        return None
    table = _table("class", *REQUEST_FATES, *REQUEST_SECONDS.values())
    for name, kind, of_kind in asked:
        table.add_row(name, kind, *(f"{of_kind.get(key, 0.0):.0f}" for key in (*REQUEST_FATES, *REQUEST_SECONDS)))
    table.title, table.title_justify = "requests for green, all runs; s of green, veh s that others waited", "left"
    return table


def _incidents(content: Row) -> Table | None:
    rows: Sequence[Row] = content["summary"]
    counted = [key for key in COUNTED if any(row[key] for row in rows)]
    counted += [key for key in INSIDE[:1] if any(row.get(key) is not None for row in rows)]
    counted += [key for key in INSIDE[1:] if any(row.get(key) for row in rows)]
    if not counted:
        return None
    table = _table(*(HEADINGS.get(key, key.replace("_", " ")) for key in counted))
    for row in rows:
        table.add_row(row["controller"], *(_counted(row, key) for key in counted))
    table.title, table.title_justify = "over all runs; in brackets per 1000 trips", "left"
    return table


def _counted(row: Row, key: str) -> str:
    count = row.get(key)
    if count is None:
        return "–"
    rated = key in PER_TRIP and count
    return f"{count:.0f}" + (f" ({per_1000(count, row['trips']):.1f})" if rated else "")


def _walks(content: Row) -> Table | None:
    walked = [row for row in content["summary"] if row["walks"]]
    if not walked:
        return None
    table = _table("walk loss s", "change", "walks finished")
    for row in walked:
        table.add_row(
            row["controller"],
            f"{row['means']['walk_loss_s']:.1f}",
            _change(row["means"]["walk_loss_s_change_pct"], row, content["baseline"]),
            _share(row["walks_finished"], row["walks"]),
        )
    return table


def _crossings(content: Row) -> Table | None:
    """Waits at crossings with signals, all together; nothing where nobody was recorded there."""
    found = [(row["controller"], together(row.get("crossings", {}).values())) for row in content["summary"]]
    if not any(of_all.get("people") for _, of_all in found):
        return None
    table = _table("people", "mean wait s", "longest s", "not stopped", "on green", "caught")
    for name, of_all in found:
        people = max(1.0, of_all.get("people", 0.0))
        shares = (f"{100.0 * of_all.get(key, 0.0) / people:.1f} %" for key in ("not_stopped", "on_green"))
        table.add_row(name, f"{of_all.get('people', 0.0):.0f}", f"{of_all.get('waited_s', 0.0) / people:.1f}",
                      f"{of_all.get(LONGEST, 0.0):.0f}", *shares, f"{of_all.get('caught', 0.0):.0f}")  # fmt: skip
    table.title = "on foot at crossings, all runs; caught: still on it at a start against it"
    table.title_justify = "left"
    return table


def _table(*headings: str) -> Table:
    table = Table()
    table.add_column("controller", overflow="fold", max_width=WIDEST_NAME)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


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
        f"means over seed{'s' * (len(seeds) > 1)} {named}; changes against {content['baseline']}, "
        f"seed by seed; a jam is a run above twice its controller's median, a locked run has a place that nobody left "
        f"for {LOCKED_S:g} s though it was its turn; {counted}{_walks_said(content['runs'])}; "
        f"SUMO {content['versions']['sumo']}"
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
