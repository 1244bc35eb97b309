"""Several plans over a day: when demand changes, and the file that switches between them.

SUMO switches by a WAUT. Its procedure GSP changes a program only where both the old and the new one start their cycle,
so a switch is like any other end of a cycle: no yellow is cut, no clearance is shorter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from bench.measures.movements import Way
from bench.measures.raw import Route
from bench.plan.tunable import Tunable
from network.program.timing import PROGRAM_ID, Plan
from scenarios.config import Scenario
from scenarios.plan_file import write_elements

BIN_S = 900.0
SHORTEST_S = 3600.0
LEAST_CHANGE = 0.2
"""Share of the traffic that has to be another one for a plan of its own."""
PENALTY = 2.0
"""Per movement and period; chance alone gains about 1."""
WAUT = "tuned-day"


@dataclass(frozen=True)
class DayPlan:
    """Plans by the second they begin at; the first holds from the start."""

    begins_s: tuple[float, ...]
    plans: tuple[Plan, ...]


def arrivals_over_time(
    routes: Sequence[Route], ways: Sequence[Way], begin_s: float, end_s: float
) -> NDArray[np.float64]:
    """float64[bins, movements]: vehicles that want each movement, by departure, in bins of `BIN_S`."""
    place = {way: k for k, way in enumerate(ways)}
    counts = np.zeros((max(1, int((end_s - begin_s) // BIN_S)), len(ways)))
    for route in routes:
        row = int((route.depart_s - begin_s) // BIN_S)
        if 0 <= row < len(counts):
            for way in zip(route.edges, route.edges[1:], strict=False):
                if way in place:
                    counts[row, place[way]] += 1.0
    return counts


def find_periods(counts: NDArray[np.float64], begin_s: float) -> list[float]:
    """Begins of the periods of a day: cut where the mix of ``counts`` changes more than by chance, and by enough.

    The cuts minimise the sum over periods of chi-squared within them plus a penalty per period, by dynamic
    programming; then neighbours that are too alike are joined. Periods last `SHORTEST_S` at least.
    """
    n, movements = counts.shape
    least = max(1, int(SHORTEST_S // BIN_S))
    cost = np.full(n + 1, np.inf)
    cost[0], cut = 0.0, [0] * (n + 1)
    for end in range(least, n + 1):
        for start in [0, *range(least, end - least + 1)]:
            total = cost[start] + _spread(counts[start:end]) + PENALTY * movements
            if end - start >= least and total < cost[end]:
                cost[end], cut[end] = total, start
    starts, at = [], n
    while at > 0:
        at = cut[at]
        starts.append(at)
    return [begin_s + k * BIN_S for k in _joined(counts, starts[::-1] or [0])]


def _spread(counts: NDArray[np.float64]) -> float:
    mean = counts.mean(axis=0)
    return float(((counts - mean) ** 2 / np.maximum(mean, 1.0)).sum())


def _joined(counts: NDArray[np.float64], starts: list[int]) -> list[int]:
    """Without the cuts between periods that are too alike, the most alike first."""
    while len(starts) > 1:
        means = [part.mean(axis=0) for part in np.split(counts, starts[1:])]
        changes = [float(np.abs(a - b).sum() / max(1e-9, np.maximum(a, b).sum()))
                   for a, b in zip(means, means[1:], strict=False)]  # fmt: skip
        k = int(np.argmin(changes))
        if changes[k] >= LEAST_CHANGE:
            break
        del starts[k + 1]
    return starts


def between(scenario: Scenario, begin_s: float, end_s: float | None) -> Scenario:
    """The scenario from one time to another; whoever departs earlier is left out."""
    times = {"begin": f"{begin_s:g}"} | ({"end": f"{end_s:g}"} if end_s is not None else {})
    return replace(scenario, options={**scenario.options, **times})


def write_plan(tunables: Mapping[str, Tunable], plan: Plan, path: Path) -> None:
    """One plan as an additional file."""
    write_elements((line for i, timing in plan.items() for line in tunables[i].lines(timing)), path)


def write_day(tunables: Mapping[str, Tunable], day: DayPlan, path: Path) -> None:
    """Several plans and their switching. A signal that any period changes has a program for each."""
    names = [f"{PROGRAM_ID}-{k + 1}" for k in range(len(day.plans))]
    changed = [i for i in tunables if any(i in plan for plan in day.plans)]
    lines = [
        line
        for name, plan in reversed(list(zip(names, day.plans, strict=True)))  # the last one read is the one that runs
        for i in changed
        for line in tunables[i].lines(plan.get(i, tunables[i].start), name)
    ]
    lines.append(f'    <WAUT id="{WAUT}" refTime="0" startProg="{names[0]}">')
    lines += [f'        <wautSwitch time="{begin_s:g}" to="{name}"/>'
              for begin_s, name in zip(day.begins_s[1:], names[1:], strict=True)]  # fmt: skip
    lines.append("    </WAUT>")
    lines += [f'    <wautJunction wautID="{WAUT}" junctionID={quoteattr(i)} procedure="GSP" synchron="true"/>'
              for i in changed]  # fmt: skip
    write_elements(lines, path)
