"""``signal-core report``: the report of a comparison, again or with another corridor."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench.measures.costs import DEFAULT, read_unit_costs
from bench.report.crossings import crossing_rows, write_crossings
from bench.report.gather import Run, read_run, read_world
from bench.report.losers import losers, tell_losers
from bench.report.tables import write_rows, write_tables
from bench.runs.folders import REPORT, require_own
from network.files import writing


def write_report(
    folder: Path, console: Console, ends: tuple[str, str] | None = None, costs: Path = DEFAULT, names: bool = False,
    bounded: bool = False,
) -> Path | None:
    """Write the report into ``folder`` and say where it is; None where the extra `report` is not installed.

    ``bounded``: it may take a part of the time that the runs took. ``names``: maps say which signal is which.
    """
    started_s = time.monotonic()
    try:
        from bench.report.page import budget_s, write_page
    except ImportError:
        return None
    with console.status("reading the results") as status:
        world = read_world(folder, read_unit_costs(costs))
        runs: dict[str, Sequence[Run]] = {}
        for name in world.controllers:
            status.update(f"reading the runs of {name}")
            runs[name] = [read_run(world, row) for row in world.content["runs"] if row["controller"] == name]
        require_own(folder, REPORT)
        with writing(folder):
            write_tables(folder / "tables", runs, world.baseline)
            write_rows(folder / "tables" / "losers.csv", [
                {"controller": name, **asdict(loser)} for name in runs for loser in losers(world, runs, name)
            ])  # fmt: skip
            write_crossings(folder / "tables" / "crossings.csv",
                            crossing_rows(world.prepared.signals, world.content["summary"]))
            tell_losers(world, runs, console)
            until_s = started_s + budget_s(runs) if bounded else math.inf
            page = write_page(world, runs, ends, status.update, names, until_s)
    console.print(f"report: {page}", soft_wrap=True)
    return page
