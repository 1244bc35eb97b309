"""Options that several commands share, and how they become a study."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path

from bench.plan.write import BUDGET_S
from bench.runs.cluster import run_on_cluster
from bench.runs.folders import output_folder
from bench.runs.jobs import Runner, run_all
from bench.runs.options import Options
from bench.runs.rows import read_row
from bench.runs.spec import (
    DETECTORS,
    LEAST_SEEN_S,
    OBJECTIVES,
    ORDERS,
    PHASES,
    Study,
    distances,
    on_crossing,
    priority,
    walk_lead,
    walking,
)
from bench.runs.stored import stay_inside
from bench.runs.worker import RESULT
from controllers.sumo.port import Backend
from network.errors import ScenarioError
from network.safety.clearance import PROTOCOLS
from network.safety.walking import DEFAULTS as WALKING
from scenarios.config import Scenario, load_scenario
from scenarios.recording import LEVELS

SUMO_OPTIONS = "Everything behind -- goes to SUMO unchanged, as in: ... CFG -- --scale 1.2 --time-to-teleport -1"
MOST_SEEDS, LARGEST_SEED, MOST_PORT = 10_000, 2**31 - 1, 65_535
PRIORITY = "transit=conditional,emergency=on"
BACKENDS: tuple[Backend, ...] = ("libsumo", "traci")


def add_scenario_options(parser: argparse.ArgumentParser, needed: bool = True) -> None:
    """CFG and what belongs to it."""
    parser.epilog = " ".join(filter(None, (parser.epilog, SUMO_OPTIONS)))
    group = parser.add_argument_group("scenario")
    group.add_argument(
        "cfg", metavar="CFG", nargs=None if needed else "?", help="a .sumocfg, or a .net.xml with -r; .gz too"
    )
    group.add_argument(
        "-r", "--routes", action="append", default=[], metavar="FILE", help="routes for a .net.xml"
    )
    group.add_argument(
        "-a",
        "--additional",
        action="append",
        default=[],
        metavar="FILE",
        help="additional files for a .net.xml",
    )
    group.add_argument("-b", "--begin", metavar="TIME", help="first second (also h:m:s); default: as in CFG")
    group.add_argument(
        "-e", "--end", metavar="TIME", help="last second; default: as in CFG, else until it is empty"
    )


def add_control_options(parser: argparse.ArgumentParser) -> None:
    """How signals are controlled."""
    group = parser.add_argument_group("control")
    group.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        default="plan",
        help="plan: yellow and red clearance as in the network's own program (default); "
        "resco: 3 s yellow, no red clearance, minimum green 5 s",
    )
    group.add_argument(
        "--detectors",
        default=DETECTORS,
        metavar="SPEC",
        help=f"distances of the loops from the stop line in metres (default {DETECTORS})",
    )
    group.add_argument(
        "--right-on-red",
        choices=("program", "never"),
        default="program",
        help="links that a program lets go after a stop while red (s): program: in all phases where none of the "
        "program shows them red (default); never: red until they have green",
    )
    group.add_argument(
        "--limits",
        metavar="FILE",
        help="least and longest times and forbidden phases beyond those of the programs, per signal and link (TOML, "
        "see the documentation)",
    )
    _add_walking_options(group)


def _add_walking_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--walk",
        default=f"{WALKING.walk_s:g},{WALKING.walking_mps:g}",
        metavar="S,MPS",
        help="least green of a crossing in s and walking speed in m/s, from which follows how long it is kept clear "
        f"(default {WALKING.walk_s:g},{WALKING.walking_mps:g}; {WALKING.walk_s:g},1.0 where many are slow)",
    )
    group.add_argument(
        "--walk-lead",
        default="0",
        metavar="S",
        help="leading pedestrian interval: a walk begins so many seconds before the turns that give way to it, usually "
        "3 to 7 (default 0: as long as in the program, where it has one)",
    )
    group.add_argument(
        "--on-crossing",
        nargs="?",
        default="0",
        const=f"{LEAST_SEEN_S:g}",
        metavar="S",
        help="there are detectors on the crossings, as a Puffin has them: a clearance ends once they see nobody, no "
        f"sooner than S s after the walk ({LEAST_SEEN_S:g} where S is left out; default 0: none)",
    )


def add_priority_options(parser: argparse.ArgumentParser) -> None:
    """Who may ask for green under adaptive control."""
    parser.add_argument(
        "--priority",
        default=PRIORITY,
        metavar="SPEC",
        help="whose requests for green count under adaptive control: transit=conditional: buses and trams that are "
        "late, by half those without a timetable (default), always, off; emergency=on: vehicles with blue lights "
        "(default), off; both by comma",
    )
    parser.add_argument(
        "--objective",
        choices=OBJECTIVES,
        default="persons",
        help="what requests weigh by: persons on board (default), or vehicles",
    )
    add_rest_option(parser)


def add_rest_option(parser: argparse.ArgumentParser) -> None:
    """Whether walks last longer than those who called need."""
    parser.add_argument(
        "--rest-in-walk",
        action="store_true",
        help="adaptive control counts on people still to come on foot, by how many came: a walk beside its street "
        "rests until somebody needs more (default: it ends once those who called are served, if traffic gains by it)",
    )


def add_order_option(parser: argparse.ArgumentParser) -> None:
    """What adaptive control may do with the order of phases."""
    parser.add_argument(
        "--order",
        choices=ORDERS,
        default="free",
        help="phases under adaptive control: free: any may follow any (default); fixed: as in the program, none "
        "skipped, for signals that cannot do otherwise",
    )
    parser.add_argument(
        "--phases",
        choices=PHASES,
        default="all",
        help="phases under adaptive control in free order: all: those of the program, and beyond them others of its "
        "movements: priority for an approach that would yield, while what conflicts with it has red; lanes together "
        "that do not meet; and where one signal controls several junctions each with its own (default); program: those "
        "of the program alone, for signals that cannot show others",
    )


def add_recorded_run_options(parser: argparse.ArgumentParser) -> None:
    """Which run of a results folder is meant; see `recorded_run`."""
    parser.add_argument("folder", metavar="DIR", help="what compare or run wrote into")
    parser.add_argument("-c", "--controller", default="adaptive", metavar="NAME", help="default: adaptive")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="default: 1")


def recorded_run(given: argparse.Namespace, partial: bool = False) -> Path:
    """The folder of the run that the options name; ScenarioError, naming the runs there are, where there is none.

    ``partial``: also of a run that has not come to its end, which run.json is written after.
    """
    from controllers.registry import folder_of, named  # the engine; most commands need no run

    controller = named(given.controller) if ":" in given.controller else given.controller
    runs = Path(given.folder).absolute() / "runs"
    folder = stay_inside(runs.parent, runs / folder_of(controller) / str(given.seed))
    if folder.is_dir():
        if not partial:
            read_row(folder / RESULT)
        return folder
    there = [f"{name.name} seed {', '.join(sorted(seed.name for seed in name.iterdir()))}"
             for name in sorted(runs.iterdir()) if name.is_dir()] if runs.is_dir() else []  # fmt: skip
    if not there:
        raise ScenarioError(f"{runs.parent}: no runs here; give the folder that signal-core compare or run wrote into")
    raise ScenarioError(
        f"{runs.parent}: no run of {given.controller} with seed {given.seed}; choose with -c and --seed from: "
        + "; ".join(there)
    )


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """How runs are made and where their files go."""
    group = parser.add_argument_group("runs")
    group.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="where the files go; default: a directory here named after the scenario",
    )
    group.add_argument(
        "--backend", choices=BACKENDS, default="libsumo", help="how SUMO is driven (default libsumo)"
    )
    group.add_argument(
        "--report",
        choices=LEVELS,
        default="basic",
        help="what SUMO writes for the report: full adds conflicts between vehicles (runs take two to four times "
        "as long) and positions of every vehicle in the first seed; none writes no report (default basic)",
    )
    group.add_argument("--gui", action="store_true", help="show the runs in sumo-gui")
    group.add_argument(
        "--jobs",
        type=positive,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="runs at a time (default: one per core)",
    )
    group.add_argument(
        "--dask", metavar="ADDRESS", help="make the runs on a Dask cluster: address of its scheduler, tcp://host:8786"
    )


def make_study(given: argparse.Namespace) -> tuple[Study, Path]:
    """The study that the options describe, and the folder for everything it makes."""
    transit, emergency = priority(getattr(given, "priority", PRIORITY))
    options = Options(
        routes=given.routes, additional=given.additional, begin=given.begin, end=given.end,
        sumo_options=given.sumo_options, protocol=given.protocol, detectors_m=distances(given.detectors),
        right_on_red=given.right_on_red == "program", walk=walking(given.walk),
        walk_lead_s=walk_lead(given.walk_lead), on_crossing_s=on_crossing(given.on_crossing),
        rest_in_walk=getattr(given, "rest_in_walk", False), limits=given.limits, order=given.order,
        phases=given.phases, transit=transit, emergency=emergency, objective=getattr(given, "objective", "persons"),
        through=getattr(given, "through", ""), backend=given.backend, gui=given.gui, report=given.report)
    scenario = options.scenario(given.cfg)
    folder = output_folder(given.output, scenario)
    return options.study(scenario, folder / "prepared"), folder


def make_runner(given: argparse.Namespace) -> Runner:
    """Where the runs are made: here, or on the cluster the options name."""
    if given.dask is None:
        return lambda specs, hear: run_all(specs, given.jobs, hear)
    if given.gui:
        raise ScenarioError("--gui and --dask: a window on another machine helps nobody; leave one out")
    return lambda specs, hear: run_on_cluster(given.dask, specs, hear)


def make_scenario(given: argparse.Namespace) -> Scenario:
    """The scenario that the options describe."""
    return load_scenario(
        given.cfg, given.routes, given.additional, given.begin, given.end, given.sumo_options
    )


def seed(text: str) -> int:
    """One of SUMO's random seeds."""
    found = seeds(text)
    if len(found) != 1:
        raise argparse.ArgumentTypeError(f"'{text[:60]}' is not one seed; write 1")
    return found[0]


def seeds(text: str) -> tuple[int, ...]:
    """``1:3`` is 1, 2, 3; ``1,5,9`` is what it says; both can be mixed.

    >>> seeds("1:3,7")
    (1, 2, 3, 7)
    """
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        try:
            wanted = range(int(first), int(last or first) + 1)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text[:60]}' is not a list of seeds; write 1:3 or 1,5,9") from None
        if wanted and (wanted[-1] > LARGEST_SEED or len(found) + wanted[-1] - wanted[0] >= MOST_SEEDS):
            raise argparse.ArgumentTypeError(
                f"'{text[:60]}' is more than {MOST_SEEDS} seeds, or one above {LARGEST_SEED}; write 1:3 or 1,5,9"
            )
        found += wanted
    if not found or len(set(found)) != len(found) or min(found) < 0:
        raise argparse.ArgumentTypeError(
            f"'{text}' names no seed, one twice or a negative one; write 1:3 or 1,5,9"
        )
    return tuple(found)


def positive(text: str) -> int:
    """A whole number above 0."""
    if re.fullmatch("[0-9]{1,9}", text) is None or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text[:60]}' is not a whole number above 0 and below 1,000,000,000")
    return int(text)


def amount(text: str) -> float:
    """A finite number above 0."""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) is None or not float(text):
        raise argparse.ArgumentTypeError(f"'{text[:60]}' is not a number above 0 and below 1,000,000,000")
    return float(text)


def port(text: str) -> int:
    """A number of a port."""
    if re.fullmatch("[0-9]{1,5}", text) is None or not 1 <= int(text) <= MOST_PORT:
        raise argparse.ArgumentTypeError(f"'{text[:60]}' is not a whole number from 1 to {MOST_PORT}")
    return int(text)


def add_study_options(parser: argparse.ArgumentParser) -> None:
    """What holds for every scenario and scale."""
    parser.add_argument("--scales", default="1", metavar="SCALES", help="of the demand, by comma (default 1)")
    parser.add_argument("-b", "--begin", metavar="TIME", help="first second of all; default: as in CFG")
    parser.add_argument("-e", "--end", metavar="TIME", help="last second of all; default: as in CFG")
    parser.add_argument("--plan-budget", type=positive, default=BUDGET_S, metavar="S", help="as for compare")
    add_control_options(parser)
    add_order_option(parser)
    add_run_options(parser)


def add_file_option(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", metavar="FILE", help="keep the figures here; pictures go beside it")
