"""A plan for the coming cycles out of what the engine has measured: cycle and splits of least delay.

A split of the controller is a phase's green with the yellow and red clearance after it; the engine's is the change
before a phase with its green. The cycle is the same. Where the site leaves the cycle free, its offset is chosen so that
the plan goes on from where the one before it stands: else every new cycle would jump to another place of its clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from controllers.cabinet.arrays import change_s
from controllers.cabinet.site import SignalSite
from signal_core.arrays import FloatArray, IntArray
from signal_core.kernels.splits import Task
from signal_core.splits import SplitStatus, plan_splits

SHORTEST_S, LONGEST_S = 45, 120
LEAST_VPS = 0.005
DAY_S = 86_400
START_LOSS_S = 1


@dataclass(frozen=True)
class Advice:
    """splits_s: of the controller, by phase; saturation: the largest of any lane.

    begins: this second is the begin of its cycle; else it keeps cycle and offset of the controller's own plan.
    """

    cycle_s: int
    splits_s: dict[int, int]
    saturation: float
    begins: bool

    def offset_s(self, own_s: int, clock_s: float) -> int:
        """Seconds of the cycle's begin after the controller's midnight; clock_s: seconds of its local time, now.

        own_s: that of its own plan. At midnight a cycle that does not divide the day is cut short, as any plan's.
        """
        return int(clock_s) % DAY_S % self.cycle_s if self.begins else own_s


def cannot_advise(site: SignalSite) -> str:
    """Why no plan can be made for this site; empty where one can."""
    if any(len(stage.phases) > 1 for stage in site.stages):
        return "advise needs phases in one ring; this site has two"
    return "" if len(_planned(site)) > 1 else "the plan has fewer than two phases"


def advise(site: SignalSite, demand_vps: FloatArray) -> Advice | None:
    """demand_vps: float64[lanes], what comes and what was left over. None where nothing can be made of it."""
    stages = _planned(site)
    change = change_s(site)
    before = [stages[k - 1] for k in range(len(stages))]
    lost = np.array([change[a, b] for a, b in zip(before, stages, strict=True)])
    of = {phase.number: phase for phase in site.phases}
    least_s = np.array([int(np.ceil(of[site.stages[k].phases[0]].min_green_s)) for k in stages]) + lost
    service = np.array([[lane.service_vps[k] for lane in site.lanes] for k in stages])
    task = Task(service, _lost(service, lost), np.maximum(demand_vps, LEAST_VPS), service.max(axis=0),
                least_s.astype(np.int64), np.full(len(stages), int(site.limits.max_red_s), dtype=np.int64))
    free, own_s = site.plan.free_cycle, site.plan.cycle_s
    found = plan_splits(task, max(SHORTEST_S, int(least_s.sum())) if free else own_s, LONGEST_S if free else own_s)
    if found.status in (SplitStatus.BAD_INPUT, SplitStatus.TIGHT):
        return None
    after = np.roll(lost, -1)
    splits = {site.stages[k].phases[0]: int(split - own + following)
              for k, split, own, following in zip(stages, found.split_s, lost, after, strict=True)}
    return Advice(int(found.cycle_s), splits, float(found.saturation), free)


def _planned(site: SignalSite) -> list[int]:
    """Stages of the controller's plan, in its order."""
    named = {int(p) for p in site.plan.splits}
    return [k for k, stage in enumerate(site.stages) if stage.phases[0] in named]


def _lost(service: FloatArray, lost: IntArray) -> FloatArray:
    """Seconds of every split a lane does not discharge: the change and its start, unless it had green before."""
    running = np.roll(service, 1, axis=0) > 0.0
    return np.where(running, 0.0, lost[:, None].astype(np.float64) + START_LOSS_S)
