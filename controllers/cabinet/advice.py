"""A plan for the coming cycles out of what the engine has measured: cycle and splits of least delay.

A split of the controller is a phase's green with the yellow and red clearance after it; the engine's is the change
before a phase with its green. The cycle is the same. Who walks counts as who drives: a crossing is a lane on which
nobody queues for long, and no cycle is longer than anybody on foot may wait. Where the site leaves the cycle free, its
offset is chosen so that the plan goes on from where the one before it stands: else every new cycle would jump to
another place of its clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from controllers.cabinet.decider import CHANGING
from controllers.cabinet.site import SignalSite
from controllers.cabinet.stage_orders import StageOrder, began_s, order_of, phase_splits, too_short, ways
from signal_core.kernels.splits import Task
from signal_core.planning.splits import SplitPlan, SplitStatus, plan_splits
from signal_core.settings import Settings
from signal_core.tables.arrays import FloatArray, IntArray

SHORTEST_S, LONGEST_S = 45, 120
LEAST_VPS = 0.005
DAY_S = 86_400
START_LOSS_S = 1
STEP_S = 3
"""Between cycles that are tried."""
WALK_VPS = 0.5
"""A crossing's rate, as of a lane: so a person on foot weighs what one in a vehicle does."""


@dataclass(frozen=True)
class Advice:
    """splits_s: of the controller, by phase; saturation: the largest of any lane.

    begins: it goes on from this second, into_s after the begin of its cycle; else it keeps cycle and offset of the
    controller's own plan.
    """

    cycle_s: int
    splits_s: dict[int, int]
    saturation: float
    begins: bool
    into_s: int = 0

    def offset_s(self, own_s: int, clock_s: float) -> int:
        """Seconds of the cycle's begin after the controller's midnight; clock_s: seconds of its local time, now.

        own_s: that of its own plan. At midnight a cycle that does not divide the day is cut short, as any plan's.
        """
        return (int(clock_s) % DAY_S - self.into_s) % self.cycle_s if self.begins else own_s


def advise(site: SignalSite, demand_vps: FloatArray, walks_vps: FloatArray | None = None,
           stage: int = CHANGING) -> Advice | None:
    """demand_vps: float64[lanes], what comes and what was left over; walks_vps: float64[groups], persons that come to
    each on foot, NaN where nobody can tell; stage: which has just begun. None where nothing can be made of it."""
    found = _least_delay(site, demand_vps, walks_vps)
    if found is None:
        return None
    plan, splits = found
    into_s = (began_s(site, splits, stage) or 0) if stage != CHANGING else 0
    return Advice(int(plan.cycle_s), splits, float(plan.saturation), site.plan.free_cycle, into_s)


def _least_delay(site: SignalSite, demand_vps: FloatArray,
                 walks_vps: FloatArray | None) -> tuple[SplitPlan, dict[int, int]] | None:
    """Side by side of the barrier the way of least delay, the others as they are; with the splits of phases."""
    sides = ways(site)
    if not sides or not all(sides):
        return None
    chosen, best = [side[0] for side in sides], None
    for place, side in enumerate(sides):
        for way in side if best is None else side[1:]:
            trial = [*chosen[:place], way, *chosen[place + 1:]]
            order = order_of(site, trial)
            plan = _plan(site, order, demand_vps, walks_vps)
            if plan is None or (best is not None and plan.cost >= best[0].cost):
                continue
            splits = phase_splits(site, order, plan.split_s)
            if not too_short(site, splits):
                best, chosen = (plan, splits), trial
    return best


def _plan(site: SignalSite, order: StageOrder, demand_vps: FloatArray,
          walks_vps: FloatArray | None) -> SplitPlan | None:
    stages = list(order.stages)
    crossings = [g for g, group in enumerate(site.groups) if group.kind == "pedestrian"]
    service = np.array([[lane.service_vps[k] for lane in site.lanes]
                        + [WALK_VPS * (site.stages[k].show[g] in "Gg") for g in crossings] for k in stages])
    came_vps = np.full(len(site.groups), np.nan) if walks_vps is None else walks_vps
    demand_vps = np.concatenate([demand_vps, np.nan_to_num(came_vps[crossings], nan=LEAST_VPS)])
    task = Task(service, _lost(service, order.lost_s), np.maximum(demand_vps, LEAST_VPS), service.max(axis=0),
                order.least_s, np.full(len(stages), int(site.limits.max_red_s), dtype=np.int64))
    found = _best(site, stages, task, *_cycles(site, stages, int(order.least_s.sum()), bool(crossings)))
    return None if found.status in (SplitStatus.BAD_INPUT, SplitStatus.TIGHT) else found


def _cycles(site: SignalSite, stages: list[int], least_s: int, walked: bool) -> tuple[int, int]:
    """The shortest and the longest cycle; short ones come by themselves, from greens that end early, but not for who
    waits for a phase of crossings alone."""
    if not site.plan.free_cycle:
        return site.plan.cycle_s, site.plan.cycle_s
    longest_s = min(LONGEST_S, Settings().walk_wait_s) if walked else LONGEST_S
    shortest_s = least_s if _on_call(site, stages) else max(SHORTEST_S, least_s)
    return shortest_s, max(shortest_s, longest_s)


def _on_call(site: SignalSite, stages: list[int]) -> list[int]:
    """Places in the plan of phases of crossings alone that have buttons: they come when somebody has called."""
    pressed = {channel for button in site.buttons for channel in button.channels}

    def asked(k: int) -> bool:
        lit = [g for g, letter in zip(site.groups, site.stages[k].show, strict=True) if letter in "Gg"]
        return all(g.kind == "pedestrian" and g.channel in pressed for g in lit)

    return [place for place, k in enumerate(stages) if asked(k)]


def _best(site: SignalSite, stages: list[int], task: Task, shortest_s: int, longest_s: int) -> SplitPlan:
    """The plan of least delay. A phase that comes on call costs the others nothing in a cycle without a call."""
    on_call = _on_call(site, stages)
    if not on_call or shortest_s == longest_s:
        return plan_splits(task, shortest_s, longest_s)
    lanes = len(site.lanes)
    came_vps = float(task.demand_vps[lanes:][(task.service_vps[on_call, lanes:] > 0.0).any(axis=0)].sum())
    coordinated = next(place for place, k in enumerate(stages) if site.plan.coordinated in site.stages[k].phases)
    best, least_cost = plan_splits(task, shortest_s, shortest_s), np.inf
    for cycle_s in range(shortest_s, longest_s + 1, STEP_S):
        plan = plan_splits(task, cycle_s, cycle_s)
        spared = _cost(task, plan.split_s, lanes) - _cost_uncalled(task, plan.split_s, lanes, on_call, coordinated)
        cost = plan.cost - np.exp(-came_vps * cycle_s) * spared
        if cost < least_cost:
            best, least_cost = plan, cost
    return best


def _cost(task: Task, split_s: IntArray, lanes: int) -> float:
    """Of these splits, for the first so many lanes."""
    own = Task(task.service_vps[:, :lanes].copy(), task.lost_s[:, :lanes].copy(), task.demand_vps[:lanes],
               task.best_vps[:lanes], split_s, split_s)
    return plan_splits(own, int(split_s.sum()), int(split_s.sum())).cost


def _cost_uncalled(task: Task, split_s: IntArray, lanes: int, on_call: list[int], coordinated: int) -> float:
    """The same in a cycle in which nobody called: what is left is the coordinated phase's."""
    stay = [place for place in range(len(split_s)) if place not in on_call]
    if len(stay) < 2:
        return 0.0
    splits = split_s.copy()
    splits[coordinated] += split_s[on_call].sum()
    return _cost(task._replace(service_vps=task.service_vps[stay], lost_s=task.lost_s[stay]), splits[stay], lanes)


def _lost(service: FloatArray, lost: IntArray) -> FloatArray:
    """Seconds of every split a lane does not discharge: the change and its start, unless it had green before."""
    running = np.roll(service, 1, axis=0) > 0.0
    return np.where(running, 0.0, lost[:, None].astype(np.float64) + START_LOSS_S)
