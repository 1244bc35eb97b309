"""A plan for the coming cycles out of what the engine has measured: cycle and splits of least delay.

A split of the controller is a phase's green with the yellow and red clearance after it; the engine's is the change
before a phase with its green. The cycle is the same.
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
SPREAD_S = 180.0
LEAST_VPS = 0.005
START_LOSS_S = 1


@dataclass(frozen=True)
class Advice:
    """splits_s: of the controller, by phase; saturation: the largest of any lane."""

    cycle_s: int
    splits_s: dict[int, int]
    saturation: float


def cannot_advise(site: SignalSite) -> str:
    """Why no plan can be made for this site; empty where one can."""
    if any(len(stage.phases) > 1 for stage in site.stages):
        return "advise needs phases in one ring; this site has two"
    return "" if len(_planned(site)) > 1 else "the plan has fewer than two phases"


def advise(site: SignalSite, flow_vps: FloatArray, queue: FloatArray) -> Advice | None:
    """flow_vps, queue: float64[lanes], measured. None where nothing can be made of them."""
    stages = _planned(site)
    change = change_s(site)
    before = [stages[k - 1] for k in range(len(stages))]
    lost = np.array([change[a, b] for a, b in zip(before, stages, strict=True)])
    of = {phase.number: phase for phase in site.phases}
    least_s = np.array([int(np.ceil(of[site.stages[k].phases[0]].min_green_s)) for k in stages]) + lost
    service = np.array([[lane.service_vps[k] for lane in site.lanes] for k in stages])
    task = Task(service, _lost(service, lost), np.maximum(flow_vps + queue / SPREAD_S, LEAST_VPS), service.max(axis=0),
                least_s.astype(np.int64), np.full(len(stages), int(site.limits.max_red_s), dtype=np.int64))
    found = plan_splits(task, max(SHORTEST_S, int(least_s.sum())), LONGEST_S)
    if found.status in (SplitStatus.BAD_INPUT, SplitStatus.TIGHT):
        return None
    after = np.roll(lost, -1)
    splits = {site.stages[k].phases[0]: int(split - own + following)
              for k, split, own, following in zip(stages, found.split_s, lost, after, strict=True)}
    return Advice(int(found.cycle_s), splits, float(found.saturation))


def _planned(site: SignalSite) -> list[int]:
    """Stages of the controller's plan, in its order."""
    named = {int(p) for p in site.plan.splits}
    return [k for k, stage in enumerate(site.stages) if stage.phases[0] in named]


def _lost(service: FloatArray, lost: IntArray) -> FloatArray:
    """Seconds of every split a lane does not discharge: the change and its start, unless it had green before."""
    running = np.roll(service, 1, axis=0) > 0.0
    return np.where(running, 0.0, lost[:, None].astype(np.float64) + START_LOSS_S)
