"""``signal-core bench faults``: adaptive control with something broken on purpose, against healthy and fixed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.cli.options import (
    add_control_options,
    add_order_option,
    add_run_options,
    add_scenario_options,
    make_runner,
    make_study,
    seeds,
)
from bench.report.notes import tell_remarks
from bench.runs.console import make_console
from bench.runs.identity import run_hash, study_identity
from bench.runs.prepare import Prepared, prepare
from bench.runs.progress import watch_runs
from bench.runs.results import versions, write_json
from bench.runs.spec import RunSpec, Study
from bench.studies.comparison import announce
from bench.studies.faults.classes import BY_NAME, CLASSES, FROM_S, FaultClass
from bench.studies.faults.table import markdown, screen
from bench.studies.faults.verdict import Key, Row, judge, violations
from bench.studies.faults.worlds import world
from network.errors import ScenarioError, offered
from scenarios.fitness import require_fit

HEALTHY, FIXED = "adaptive", "fixed"


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "faults",
        help="what broken detectors, engines and roads do to control",
        description="Runs adaptive control with one fault each, and healthy adaptive and fixed control with the same "
        "seeds. Every state SUMO shows is checked by code that shares nothing with the controller. Exit code 1 where "
        "a conflict or a time that is too short was shown.",
        epilog="faults: " + "; ".join(f"{each.name}: {each.says}" for each in CLASSES),
    )
    add_scenario_options(parser)
    parser.add_argument("--faults", default="", metavar="NAMES", help="by comma; default: all")
    parser.add_argument("--seeds", type=seeds, default=(1, 2, 3), metavar="SEEDS", help="default 1:3")
    add_control_options(parser)
    add_order_option(parser)
    add_run_options(parser)
    parser.set_defaults(command=command, report="none")


def command(given: argparse.Namespace) -> int:
    """Break things."""
    chosen = fault_classes(given.faults)
    study, folder = make_study(given)
    require_fit(study.scenario)
    end_s = study.scenario.end_s
    if end_s is None or end_s <= study.scenario.begin_s + FROM_S:
        raise ScenarioError(f"{study.scenario.source}: faults begin after {FROM_S:g} s and need an end after that; "
                            "give one with -e")
    console = make_console()
    with console.status("reading the network and its running programs"):
        prepared = prepare(study)
    announce(prepared, console)
    tell_remarks(study.scenario, console)
    specs = make_specs(study, prepared, folder, chosen, given.seeds)
    rows: dict[Key, Row] = {}
    bad: dict[Key, dict[str, int]] = {}
    died = []
    for outcome in watch_runs(specs, make_runner(given), console):
        key = (outcome.spec.fault, outcome.spec.controller, outcome.spec.seed)
        if outcome.row is None:
            died.append(f"{key[0] or 'no fault'}, {key[1]}, seed {key[2]}: {outcome.error}")
            continue
        rows[key] = outcome.row
        bad[key] = violations(outcome) if outcome.spec.controller == HEALTHY else {}
        content = table(study, chosen, given.seeds, rows, bad, died)
        write_json(content, folder / "faults.json")
    if not rows:
        raise ScenarioError(died[0])
    (folder / "faults.md").write_text(markdown(content), encoding="utf-8")
    console.print(screen(content))
    for line in died:
        console.print(f"died: {line}", style="red")
    console.print(f"files: {folder} (faults.json, faults.md, runs/)", soft_wrap=True)
    shown = any(sum(row["violations"].values()) for row in content["rows"])
    return int(bool(died) or shown)


def fault_classes(text: str) -> list[FaultClass]:
    """By comma, all for nothing; ScenarioError for one that is none."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise ScenarioError(f"--faults '{unknown[0]}': {offered(unknown[0], BY_NAME)}")
    return [each for each in CLASSES if not names or each.name in names]


def make_specs(study: Study, prepared: Prepared, folder: Path, chosen: Sequence[FaultClass],
               with_seeds: Sequence[int]) -> list[RunSpec]:
    """Seed by seed: both controllers without a fault, then the faults; in a world of its own, both controllers."""
    worlds = {each.world: world(each.world, study, prepared, folder) for each in chosen} | {"": study}
    shared = {name: study_identity(there) for name, there in worlds.items()}
    specs = []
    for seed in with_seeds:
        pairs = [("", "", FIXED), ("", "", HEALTHY)]
        for each in chosen:
            pairs += [(each.name, each.world, name) for name in ((FIXED, HEALTHY) if each.world else (HEALTHY,))]
        for fault, where, controller in pairs:
            place = folder / "runs" / (fault or "healthy") / controller / str(seed)
            spec = RunSpec(worlds[where], controller, seed, str(place), fault=fault)
            specs.append(replace(spec, identity=run_hash(spec, shared[where])))
    return specs


def table(study: Study, chosen: Sequence[FaultClass], with_seeds: Sequence[int], rows: dict[Key, Row],
          bad: dict[Key, dict[str, int]], died: Sequence[str]) -> Row:
    """The content of faults.json."""
    begin_s = study.scenario.begin_s
    healthy = FaultClass("", "nothing")
    found = [judge(each, rows, bad, with_seeds, begin_s) for each in (healthy, *chosen)]
    return {
        "schema": 1, "scenario": study.scenario.source, "begin_s": begin_s, "end_s": study.scenario.end_s,
        "protocol": study.protocol, "seeds": list(with_seeds), "identity": study_identity(study),
        "versions": versions(), "rows": [row for row in found if row is not None], "died": list(died),
    }  # fmt: skip
