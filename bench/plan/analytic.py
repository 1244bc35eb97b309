"""The analytic start: the splits of a cycle that cost least delay by the HCM's formula for signals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.measures.movements import Movement, Way, lane_groups, saturation_flow_vph
from network.program.signals import Signal
from network.program.timing import Knobs, Timing, own_timing

# What a green that has to give way is worth, against one with priority.
GIVING_WAY = 0.5
STEP_S = 1.0
CYCLES_S = (40, 50, 60, 70, 80, 90, 100, 120)
FloatArray = NDArray[np.float64]


class Signalled(Protocol):
    """Whatever belongs to a signal."""

    @property
    def signal(self) -> Signal:
        """Which one."""
        ...


class DelayModel:
    """Delay at one signal as a function of its splits: uniform and incremental delay of every lane group.

    ``flow_vph`` and ``saturation_vph`` (all lanes together) are float64[groups], ``open_share`` is
    float64[rows, groups]: how much of a row a group can use.
    """

    def __init__(
        self, knobs: Signalled, movements: Mapping[Way, Movement], demand_vph: Mapping[Way, float],
        lost_s: Sequence[float] = (),
    ) -> None:  # fmt: skip
        """``lost_s``: what of each row's duration is no green, where that is not a row of its own."""
        own = {way: m for way, m in movements.items() if m.signal_id == knobs.signal.id}
        self._lost_s = np.array(lost_s or [0.0] * len(knobs.signal.program.intervals))
        groups = [group for group in lane_groups(own) if sum(demand_vph.get(way, 0.0) for way in group) > 0]
        states = [row.state for row in knobs.signal.program.intervals]
        self.flow_vph = np.array([sum(demand_vph.get(way, 0.0) for way in group) for group in groups])
        self.saturation_vph = np.array([_group_flow(own, group, demand_vph) for group in groups])
        self.open_share = np.array(
            [[_open_share(state, own, group, demand_vph) for group in groups] for state in states]
        ).reshape(len(states), len(groups))

    def delay_h(self, timing: Timing) -> float:
        """Vehicle-hours of delay per hour."""
        cycle_s = timing.cycle_s
        greens_s = np.maximum(0.0, np.asarray(timing.durations_s) - self._lost_s)
        share = np.clip(greens_s @ self.open_share / cycle_s, 1e-3, 1.0)
        capacity = self.saturation_vph * share
        x = self.flow_vph / capacity
        uniform = 0.5 * cycle_s * (1.0 - np.minimum(share, 1.0)) ** 2 / (1.0 - np.minimum(1.0, x) * share + 1e-6)
        extra = 900.0 * ((x - 1.0) + np.sqrt((x - 1.0) ** 2 + 4.0 * x / capacity))
        return float(np.sum(self.flow_vph * (uniform + extra)) / 3600.0)


def _group_flow(own: Mapping[Way, Movement], group: Sequence[Way], demand: Mapping[Way, float]) -> float:
    lanes = {lane for way in group for lane in own[way].lanes}
    total = sum(demand.get(way, 0.0) for way in group)
    per_lane = sum(saturation_flow_vph(own[way]) * demand.get(way, 0.0) for way in group) / total
    return per_lane * len(lanes)


def _open_share(state: str, own: Mapping[Way, Movement], group: Sequence[Way], demand: Mapping[Way, float]) -> float:
    worth = sum(demand.get(way, 0.0) * max(_worth(state[i]) for i in own[way].links) for way in group)
    return worth / sum(demand.get(way, 0.0) for way in group)


def _worth(lamp: str) -> float:
    return {"G": 1.0, "g": GIVING_WAY, "s": 0.3}.get(lamp, 0.0)


def best_splits(knobs: Knobs, model: DelayModel, cycle_s: float) -> Timing | None:
    """The splits of a cycle at which moving a second costs delay; None where the minimums do not fit into it."""
    base = own_timing(knobs.signal.program)
    left_s = cycle_s - knobs.fixed_s - sum(knobs.least_s)
    if left_s < 0:
        return None
    values = list(knobs.least_s)
    for _ in range(int(left_s // STEP_S)):
        values = min(_grown(values), key=lambda each: model.delay_h(knobs.with_rows(base, each)))
    values[0] += left_s % STEP_S
    while True:
        best = min(_exchanged(knobs, values), key=lambda each: model.delay_h(knobs.with_rows(base, each)))
        if model.delay_h(knobs.with_rows(base, best)) >= model.delay_h(knobs.with_rows(base, values)) - 1e-9:
            return knobs.with_rows(base, values)
        values = best


def _grown(values: Sequence[float]) -> Iterable[list[float]]:
    return ([v + STEP_S * (k == row) for k, v in enumerate(values)] for row in range(len(values)))


def _exchanged(knobs: Knobs, values: Sequence[float]) -> Iterable[list[float]]:
    yield list(values)
    for gives in range(len(values)):
        if values[gives] - STEP_S >= knobs.least_s[gives]:
            for takes in range(len(values)):
                yield [v + STEP_S * ((k == takes) - (k == gives)) for k, v in enumerate(values)]
