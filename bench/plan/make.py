"""From a scenario's demand, or from counts, to the file with its plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean

from rich.console import Console

from bench.measures.movements import Movement, Way, find_movements
from bench.plan import rings
from bench.plan.analytic import CYCLES_S, DelayModel
from bench.plan.counts import Demand, demand_from, read_counts
from bench.plan.day import (
    BIN_S,
    DayPlan,
    arrivals_over_time,
    between,
    find_periods,
    write_day,
    write_plan,
)
from bench.plan.elements import nema_element
from bench.plan.search import JUDGING_SEEDS, LEAST_GAIN_JUDGED, TUNING_SEEDS, Search
from bench.plan.trial import Trials
from bench.plan.tunable import Rows, Tunable
from bench.runs.prepare import Prepared
from bench.runs.spec import Study
from network.program.rings import NEMA
from network.program.timing import Plan, Timing, find_knobs
from network.roads.reader import read_network
from scenarios.config import Scenario

Tell = Callable[[str], None]


@dataclass
class Made:
    """What was found. ``day`` is None unless several plans came out better than one; delays in s per trip."""

    plan: Plan
    day: DayPlan | None = None
    before_s: list[float] = field(default_factory=list)
    after_s: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    simulations: int = 0
    signals: int = 0

    @property
    def changed(self) -> set[str]:
        """Signals with another program."""
        return set(self.plan) if self.day is None else {i for plan in self.day.plans for i in plan}


def find_tunables(study: Study, prepared: Prepared) -> tuple[dict[str, Tunable], list[str]]:
    """What can be tuned by signal, and one sentence for each that cannot."""
    found: dict[str, Tunable] = {}
    left = []
    for i, signal in prepared.signals.items():
        knobs, reason = find_knobs(signal)
        if knobs is not None:
            rows = Rows(knobs, prepared.programs[i])
            reason = f"Its rows cannot keep the limits: {rows.broken}."
            if not rows.broken:
                found[i] = rows
        elif signal.program.kind == NEMA and not signal.left_alone:
            element = nema_element(study.scenario, signal)
            reason = "Its NEMA program stands in none of the scenario's files."
            try:
                if element is not None:
                    found[i] = rings.Rings(signal, element)
            except (ValueError, KeyError) as error:
                reason = str(error)
        if i not in found:
            left.append(f"{i} keeps its program: {reason}")
    return found, left


def search_plan(
    study: Study, prepared: Prepared, path: Path, budget_s: float, console: Console, jobs: int,
    times: list[float] | None,
) -> Made:  # fmt: skip
    """Search in simulation and write what changed. ``times``: begins of the periods, None to find them."""
    tunables, left = find_tunables(study, prepared)
    movements = find_movements(read_network(study.scenario.net_file), prepared.signals)
    trials = Trials(study.scenario, partial(write_plan, tunables), jobs)
    with console.status("searching a plan") as status:

        def tell(text: str) -> None:
            status.update(f"searching a plan: {text}")

        begins = _begins(study.scenario, trials, movements, times)
        share_s = budget_s / (len(begins) + 1) if len(begins) > 1 else budget_s
        found = Search(trials, list(tunables.values()), movements, share_s, tell).run()
        made = Made(found.plan, None, found.before_s, found.after_s, found.notes + left, 0, len(tunables))
        write_plan(tunables, found.plan, path)
        if len(begins) > 1:
            rows = {i: each for i, each in tunables.items() if isinstance(each, Rows)}
            plans = [_plan_of(part, rows, movements, share_s, jobs, _of_period(tell, k), made)
                     for k, part in enumerate(_parts(study.scenario, begins), start=1)]
            if any(plans):
                _judge_day(study.scenario, tunables, DayPlan(tuple(begins), tuple(plans)), jobs, made, path)
            else:
                made.notes.append(f"{len(begins)} periods: no plan of its own pays for any")
    made.simulations += trials.simulations
    return made


def _begins(
    scenario: Scenario, trials: Trials, movements: Mapping[Way, Movement], times: list[float] | None
) -> list[float]:
    if times is not None:
        return [scenario.begin_s, *(time for time in times if time > scenario.begin_s)]
    end_s = scenario.end_s
    if end_s is not None and end_s - scenario.begin_s < 2 * 3600.0:
        return [scenario.begin_s]
    _, routes = trials.with_routes(TUNING_SEEDS[0])
    end_s = end_s or max((route.depart_s for route in routes), default=scenario.begin_s)
    return find_periods(arrivals_over_time(routes, list(movements), scenario.begin_s, end_s), scenario.begin_s)


def _parts(scenario: Scenario, begins: Sequence[float]) -> Iterator[Scenario]:
    """The scenario from each begin to the next."""
    for begin_s, end_s in zip(begins, (*begins[1:], scenario.end_s), strict=True):
        yield between(scenario, begin_s, end_s)


def _plan_of(part: Scenario, rows: Mapping[str, Rows], movements: Mapping[Way, Movement], share_s: float, jobs: int,
             tell: Tell, made: Made) -> Plan:
    """The best plan of one period."""
    trials = Trials(part, partial(write_plan, rows), jobs)
    found = Search(trials, list(rows.values()), movements, share_s, tell).run()
    made.simulations += trials.simulations
    return found.plan


def _judge_day(scenario: Scenario, tunables: Mapping[str, Tunable], day: DayPlan, jobs: int, made: Made,
               path: Path) -> None:
    """Keep the plans of a day where they beat both the network's own and the one plan for all of the time."""
    rows = {i: each for i, each in tunables.items() if isinstance(each, Rows)}
    days = Trials(scenario, lambda _, place: write_day(rows, day, place), jobs)
    own = Trials(scenario, partial(write_plan, tunables), jobs)
    judged = [days.delay_s({"day": Timing((), 0.0)}, seed) for seed in JUDGING_SEEDS]
    before = made.before_s or [own.delay_s({}, seed) for seed in JUDGING_SEEDS]
    against = made.after_s if made.plan else before
    made.simulations += days.simulations + own.simulations
    every = all(a < b for a, b in zip(judged, against, strict=True))
    if every and fmean(judged) < fmean(against) * (1.0 - LEAST_GAIN_JUDGED):
        made.day, made.before_s, made.after_s = day, before, judged
        write_day(rows, day, path)
    else:
        said = f"{fmean(judged):.1f} s against {fmean(against):.1f} s with one plan"
        made.notes.append(f"{len(day.plans)} periods are no better: {said}")


def _of_period(tell: Tell, number: int) -> Tell:
    return lambda text: tell(f"period {number}: {text}")


def plan_from_counts(
    study: Study, prepared: Prepared, path: Path, counts: Path, times: list[float] | None
) -> tuple[Made, float, float]:
    """By the delay formula alone: what was found, and predicted vehicle-hours per hour before and after."""
    tunables, left = find_tunables(study, prepared)
    movements = find_movements(read_network(study.scenario.net_file), prepared.signals)
    demand = demand_from(counts, read_counts(counts, prepared.layout), movements)
    begins = [demand.begin_s, *(t for t in times if t > demand.begin_s)] if times is not None else _counted(demand)
    rows = {i: each for i, each in tunables.items() if len(begins) == 1 or isinstance(each, Rows)}
    edges = [round((begin_s - demand.begin_s) / BIN_S) for begin_s in begins]
    plans, before_h, after_h = [], 0.0, 0.0
    for first, last in zip(edges, [*edges[1:], None], strict=True):
        plan, before, after = formula_plan(rows, movements, demand.vph(first, last))
        part = (last or len(demand.vehicles)) - first
        before_h += before * part / len(demand.vehicles)
        after_h += after * part / len(demand.vehicles)
        plans.append(plan)
    made = Made(plans[0], notes=left, signals=len(tunables))
    if len(plans) > 1:
        made.day = DayPlan(tuple(begins), tuple(plans))
        write_day(rows, made.day, path)
    else:
        write_plan(rows, plans[0], path)
    return made, before_h, after_h


def _counted(demand: Demand) -> list[float]:
    if demand.hours < 2.0:
        return [demand.begin_s]
    return find_periods(demand.vehicles, demand.begin_s)


def formula_plan(
    tunables: Mapping[str, Tunable], movements: Mapping[Way, Movement], demand: Mapping[Way, float]
) -> tuple[Plan, float, float]:
    """The best of: new splits in the own cycles, and in one cycle for all. With its delay before and after."""
    models = {i: DelayModel(each, movements, demand, each.lost_s) for i, each in tunables.items()}
    own = {i: each.start for i, each in tunables.items()}
    candidates = [own, {i: each.best_splits(models[i], own[i].cycle_s) or own[i] for i, each in tunables.items()}]
    for cycle_s in CYCLES_S:
        whole = {i: each.best_splits(models[i], float(cycle_s)) for i, each in tunables.items()}
        if all(timing is not None for timing in whole.values()):
            candidates.append({i: timing for i, timing in whole.items() if timing is not None})

    def delay_h(plan: Mapping[str, Timing]) -> float:
        return sum(models[i].delay_h(timing) for i, timing in plan.items())

    best = min(candidates, key=delay_h)
    before, after = delay_h(own), delay_h(best)
    if after > before * (1.0 - LEAST_GAIN_JUDGED):
        best, after = own, before
    return {i: timing for i, timing in best.items() if timing != tunables[i].own}, before, after


def summary(made: Made) -> str:
    """In words."""
    tried = f"{made.simulations} simulations"
    if not made.changed:
        judged = (
            f" (best found: {fmean(made.after_s):.1f} s against {fmean(made.before_s):.1f} s on fresh seeds)"
            if made.after_s
            else ""
        )
        return f"no better plan found{judged}: the network's own plan stays, {tried}"
    before, after = fmean(made.before_s), fmean(made.after_s)
    times = "" if made.day is None else f" in {len(made.day.plans)} periods from " + ", ".join(
        f"{begin_s:g}" for begin_s in made.day.begins_s) + " s"  # fmt: skip
    return (
        f"{len(made.changed)} of {made.signals} programs changed{times}: delay {before:.1f} s to {after:.1f} s "
        f"({100 * (after / before - 1):+.1f} %) on {len(made.after_s)} seeds it was not tuned on, {tried}"
    )
