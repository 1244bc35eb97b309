"""``signal-core bench routes``: what route advice saves under adaptive control, by the share of equipped vehicles."""

from __future__ import annotations

import argparse
from typing import Any

from rich.table import Table

from bench.cli.experiments.glosa import add_options, shares_of, study_of
from bench.runs.console import make_console
from bench.runs.stored import write_json
from bench.studies.comparison import compile_kernels
from bench.studies.routes import means, measure

COLUMNS = (("travel", "all s"), ("equipped", "equipped s"), ("others", "others s"))


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "routes",
        help="route advice for connected vehicles: how long trips take by the share that is equipped",
        description="Run a scenario with a share of its vehicles told how long roads take, by queues, flows and reds, "
        "who take another way where that is clearly shorter, and compare how long trips take: of all vehicles, of "
        "those equipped, of the others.",
    )
    add_options(parser, "adaptive")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure, print, keep."""
    shares, study, folder = shares_of(given.shares), *study_of(given)
    console = make_console()
    compile_kernels(console)
    with console.status("") as status:
        rows = means(measure(study, given.controller, shares, given.seeds, lambda text: status.update(text)))
    table = Table(caption=f"{given.controller}; means over {len(given.seeds)} seeds from scheduled departure to "
                  "arrival; changes against the same vehicles where nobody is equipped")
    for heading in ("equipped", *(text for _, name in COLUMNS for text in (name, ""))):
        table.add_column(heading, justify="right")
    for row in rows:
        cells = [f"{100 * row['share']:.0f} %"]
        for name, _ in COLUMNS:
            value, change = row[f"{name}_s"], row[f"{name}_change"]
            cells += ["" if value is None else f"{value:.1f}",
                      "" if change is None or not row["share"] else f"{100 * change:+.1f} %"]
        table.add_row(*cells)
    console.print(table)
    if warning := _guided(rows):
        console.print(warning, soft_wrap=True)
    write_json({"schema": 1, "controller": given.controller, "rows": rows}, folder / "routes.json")
    console.print(f"{folder / 'routes.json'}", soft_wrap=True)
    return 0


def _guided(rows: list[dict[str, Any]]) -> str:
    """Advice is compared with nobody's, which is not where SUMO guides: said where it does. Empty where it does not."""
    runs = [run for row in rows if not row["share"] for run in row["runs"]]
    guided, departed = (sum(run[name] for run in runs) for name in ("guided", "departed"))
    return "" if not guided else (
        f"warning: SUMO itself sent {guided} of {departed} vehicles the way that was quickest as they departed, so "
        "\"nobody\" is guided already: every trip without a route of its own is, and who has the device 'rerouting'. "
        "For drivers who know no more than the map, add: -- --device.rerouting.adaptation-interval 0")
