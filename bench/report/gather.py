"""From the folder of a comparison to the figures of every run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.measures import queues, raw
from bench.measures.coordination import LaneCourse, lane_courses, read_passages
from bench.measures.costs import Cost, UnitCosts, cost_per_hour
from bench.measures.greens import Split, splits
from bench.measures.headline import Headline, headline, over_time
from bench.measures.lost_time import LostTime, lost_times
from bench.measures.movements import (
    Clock,
    Movement,
    MovementFigures,
    Way,
    figures,
    find_movements,
    level_of_service,
    passages,
    used_green,
)
from bench.measures.safety import count_conflicts, red_runs
from bench.runs.prepare import NETWORK, Prepared, load
from bench.runs.results import read_results
from bench.runs.rows import read_row
from bench.runs.spec import Study, read_study
from bench.runs.stored import stay_inside
from bench.runs.worker import RESULT
from controllers.registry import folder_of
from network.errors import ScenarioError
from network.program.phases import lamps_of
from network.roads.reader import Network, read_network
from scenarios import recording
from scenarios.launch import SHOWN_STATES, TRIPINFO

BINS = 40
SHORTEST_BIN_S = 60.0
Row = dict[str, Any]


@dataclass(frozen=True)
class World:
    """What all runs share."""

    folder: Path
    content: Row
    study: Study
    prepared: Prepared
    network: Network
    movements: Mapping[Way, Movement]
    clock: Clock
    unit: UnitCosts

    @property
    def baseline(self) -> str:
        """The controller that the others are compared with."""
        return str(self.content["baseline"])

    @property
    def controllers(self) -> list[str]:
        """Those with runs, baseline first."""
        return [str(row["controller"]) for row in self.content["summary"]]


@dataclass
class Run:
    """Figures of one run. What was not recorded is empty or None."""

    controller: str
    seed: int
    place: Path
    row: Row
    begin_s: float
    end_s: float
    headline: Headline
    series: list[tuple[float, float, float]] = field(default_factory=list)
    edges: dict[str, raw.EdgeTotal] = field(default_factory=dict)
    grams: dict[str, float] = field(default_factory=dict)
    cost: Cost | None = None
    conflicts: dict[str, int] | None = None
    red_runs: int | None = None
    movements: list[MovementFigures] = field(default_factory=list)
    queues_m: dict[Way, float] = field(default_factory=dict)
    used_green: dict[str, float] = field(default_factory=dict)
    splits: dict[str, list[Split]] = field(default_factory=dict)
    lost_times: dict[str, dict[str, LostTime]] = field(default_factory=dict)
    shown: dict[str, raw.Shown] = field(default_factory=dict)
    routes: list[raw.Route] = field(default_factory=list)
    lanes: dict[str, list[LaneCourse]] = field(default_factory=dict)


def read_world(folder: Path, unit: UnitCosts) -> World:
    """Read what the comparison in ``folder`` was made of; ScenarioError where there is none."""
    content = read_results(stay_inside(folder, folder / "results.json"))
    study = read_study(stay_inside(folder, folder / "prepared" / "study.json"))
    prepared = load(study)
    network = read_network(Path(study.prepared) / NETWORK)
    return World(
        folder, content, study, prepared, network, find_movements(network, prepared.signals), Clock(network), unit
    )


def read_run(world: World, row: Row) -> Run:
    """Figures of one run from its raw outputs."""
    place = stay_inside(world.folder, world.folder / "runs" / folder_of(row["controller"]) / str(row["seed"]))
    read_row(place / RESULT)  # its figures are those of results.json; it says that the run came to its end
    try:
        trips = raw.read_trips(place / TRIPINFO)
    except OSError as error:
        raise ScenarioError(f"{place / TRIPINFO}: {error.strerror}; run the comparison again") from error
    begin_s = world.study.scenario.begin_s
    run = Run(row["controller"], row["seed"], place, row, begin_s, _end_s(world, trips), headline(trips))
    if (place / SHOWN_STATES).exists():
        run.shown = raw.read_shown(place / SHOWN_STATES)
        for signal_id, shown in run.shown.items():
            signal = world.prepared.signals[signal_id]
            run.lost_times[signal_id] = lost_times(signal, shown)
            for part in signal.in_free_order():
                own = {link.index for link in part.links}
                states = [lamps_of(phase.state, own) for phase in part.phases]
                run.splits[part.id] = splits(_shown_of(shown, own), states)
    if run.shown and (place / recording.PASSAGES).exists():
        found = read_passages(place / recording.PASSAGES, run.end_s)
        run.lanes = lane_courses(world.prepared.layout, run.shown, found)
    _network_figures(world, run)
    if (place / recording.ROUTES).exists():
        _signal_figures(world, run, {trip.id: trip for trip in trips})
    return run


def _shown_of(shown: raw.Shown, own: Collection[int]) -> raw.Shown:
    """What was shown with all lamps red but those at ``own``: others hang on no link, or on another junction's."""
    return replace(shown, states=tuple(lamps_of(state, own) for state in shown.states))


def _end_s(world: World, trips: list[raw.Trip]) -> float:
    if world.study.scenario.end_s is not None:
        return world.study.scenario.end_s
    return max((trip.depart_s + trip.duration_s for trip in trips), default=world.study.scenario.begin_s)


def bin_s(run: Run) -> float:
    """Length of the bins of everything drawn over time."""
    return max(SHORTEST_BIN_S, round((run.end_s - run.begin_s) / BINS / 30.0) * 30.0)


def _network_figures(world: World, run: Run) -> None:
    place, duration_s = run.place, run.end_s - run.begin_s
    if (place / recording.SUMMARY).exists():
        run.series = over_time(raw.read_summary(place / recording.SUMMARY), bin_s(run))
    if (place / recording.EDGES).exists():
        run.edges = raw.read_edges(place / recording.EDGES)
    if (place / recording.EMISSIONS).exists():
        run.grams = raw.read_emissions(place / recording.EMISSIONS)
        run.cost = cost_per_hour(run.headline.delay_h, run.grams, duration_s, world.unit)
    if (place / recording.CONFLICTS).exists():
        run.conflicts = count_conflicts(raw.read_conflicts(place / recording.CONFLICTS))


def _signal_figures(world: World, run: Run, trips: Mapping[str, raw.Trip]) -> None:
    run.routes = raw.read_routes(run.place / recording.ROUTES, trips)
    found = list(passages(run.routes, trips, world.movements, world.clock, run.end_s))
    stopping = frozenset(trip.id for trip in trips.values() if trip.stop_s > 0)
    run.movements = figures(world.movements, found, run.shown, stopping, run.end_s - run.begin_s)
    run.used_green = used_green(found, world.movements, run.shown)
    # where a connection without a signal leads the same way, edges do not tell who used it
    at_signals = [passage for passage in found if passage.passed and not world.movements[passage.way].has_free_way]
    run.red_runs = red_runs(at_signals, run.shown)
    path = run.place / recording.QUEUES
    if path.exists():
        standing = raw.read_queues(path)
        for entry in run.movements:
            run.queues_m[entry.movement.from_edge, entry.movement.to_edge] = _queue_m(world, run, entry, standing)


def _queue_m(world: World, run: Run, entry: MovementFigures, standing: Mapping[str, Mapping[float, float]]) -> float:
    program = world.prepared.signals[entry.movement.signal_id].program
    window_s = max(60.0, sum(row.duration_s for row in program.intervals))
    return max(
        queues.percentile(
            queues.window_maxima(queues.queue_before(world.network, standing, lane), run.begin_s, run.end_s, window_s)
        )
        for lane in entry.movement.lanes
    )


def signal_levels(run: Run) -> dict[str, tuple[float, str]]:
    """Per signal: mean delay over its movements, weighted by vehicles, and the letter for it."""
    sums: dict[str, list[float]] = {}
    for entry in run.movements:
        both = sums.setdefault(entry.movement.signal_id, [0.0, 0.0])
        both[0] += entry.delay_s * entry.vehicles
        both[1] += entry.vehicles
    return {i: (lost / n, level_of_service(lost / n)) for i, (lost, n) in sums.items() if n}
