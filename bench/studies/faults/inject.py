"""Faults put between the street and the controller of one run; the controller itself is the one that always runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.runs.prepare import Prepared
from bench.studies.faults.classes import BY_NAME, FaultClass
from controllers.base import Controller, IntArray, Observation, Wrapper
from controllers.port import FloatArray, PassingSimulation, VehiclePort
from network.loops.detectors import Layout

DEADLINE_S = 0.5
Readings = tuple[FloatArray, FloatArray, FloatArray]
Sample = list[FloatArray]
Lie = Callable[[np.random.Generator, Sample, NDArray[np.int64]], None]


@dataclass
class Injection:
    """What the drive gets instead of the port and the controller; ``targets``: ids of the loops that lie."""

    fault: FaultClass
    port: VehiclePort
    controller: Controller
    from_s: float
    targets: list[str] = field(default_factory=list)
    deadline_s: float | None = None
    clock_ns: Callable[[], int] = time.perf_counter_ns


def inject(name: str, port: VehiclePort, controller: Controller, prepared: Prepared, seed: int,
           begin_s: float) -> Injection:
    """Port and controller with the fault ``name`` between them."""
    fault = BY_NAME[name]
    from_s = begin_s + fault.from_s
    rng = np.random.default_rng([seed, sorted(BY_NAME).index(name)])
    found = Injection(fault, port, controller, from_s)
    if name in LIES:
        choose = _chooser(fault, prepared.layout, seed)
        ids = [loop.id for loop in prepared.layout.loops]
        liar = LyingPort(port, LIES[name], choose, from_s, rng, found.targets, ids)
        found.port = liar
    elif name == "late_data":
        found.port = LatePort(port, from_s, rng)
    elif name == "slow_engine":
        slow = SlowEngine(controller, from_s)
        found.controller, found.deadline_s, found.clock_ns = slow, DEADLINE_S, slow.clock_ns
    elif name == "nonsense":
        found.controller = MadEngine(controller, from_s, rng)
    return found


# --- loops that lie ------------------------------------------------------------------------------


class LyingPort(PassingSimulation):
    """A port whose loops lie from a moment on; which ones is chosen by what they counted until then."""

    def __init__(self, port: VehiclePort, lie: Lie, choose: Callable[[NDArray[np.float64]], list[int]], from_s: float,
                 rng: np.random.Generator, targets: list[str], ids: list[str]) -> None:
        super().__init__(port)
        self._lie, self._choose, self._from_s = lie, choose, from_s
        self._rng, self._targets, self._ids = rng, targets, ids
        self._places: NDArray[np.int64] | None = None
        self._counted = np.zeros(len(ids))

    def read_loops(self) -> Readings:
        """What the loops say."""
        entered, left, occupancy = (values.copy() for values in self.port.read_loops())
        if self.time_s < self._from_s:
            self._counted += entered
            return entered, left, occupancy
        if self._places is None:
            self._places = np.array(self._choose(self._counted), dtype=np.int64)
            self._targets += [self._ids[k] for k in self._places]
        self._lie(self._rng, [entered, left, occupancy], self._places)
        return entered, left, occupancy


def _set(entered: float, left: float, occupancy: float) -> Lie:
    def lie(_rng: np.random.Generator, sample: Sample, places: NDArray[np.int64]) -> None:
        for values, value in zip(sample, (entered, left, occupancy), strict=True):
            values[places] = value

    return lie


def _chatter(rng: np.random.Generator, sample: Sample, places: NDArray[np.int64]) -> None:
    count = rng.integers(0, 3, len(places)).astype(np.float64)
    sample[0][places], sample[1][places], sample[2][places] = count, count, rng.random(len(places))


def _lose(share: float) -> Lie:
    def lie(rng: np.random.Generator, sample: Sample, places: NDArray[np.int64]) -> None:
        for values in sample[:2]:
            values[places] = rng.binomial(values[places].astype(np.int64), 1.0 - share)

    return lie


def _double(share: float) -> Lie:
    def lie(rng: np.random.Generator, sample: Sample, places: NDArray[np.int64]) -> None:
        for values in sample[:2]:
            values[places] += rng.binomial(values[places].astype(np.int64), share)

    return lie


def _drop_samples(share: float) -> Lie:
    def lie(rng: np.random.Generator, sample: Sample, places: NDArray[np.int64]) -> None:
        gone = places[rng.random(len(places)) < share]
        for values in sample:
            values[gone] = np.nan

    return lie


LIES: Mapping[str, Lie] = {
    "stuck": _set(0.0, 0.0, 1.0), "dead": _set(0.0, 0.0, 0.0), "nan": _set(np.nan, np.nan, 0.0), "chatter": _chatter,
    "bias_high": _double(0.3), "bias_low": _lose(0.3), "missing": _drop_samples(0.6),
    "approach_dead": _set(0.0, 0.0, 0.0), "approach_never": _set(0.0, 0.0, 0.0), "all_dead": _set(0.0, 0.0, 0.0),
    "never_alive": _set(0.0, 0.0, 0.0), "lost_5": _lose(0.05), "lost_20": _lose(0.2),
}


def _chooser(fault: FaultClass, layout: Layout, seed: int) -> Callable[[NDArray[np.float64]], list[int]]:
    """Which loops lie, by what each has counted so far: the busiest ones.

    A single loop is at the stop line with the first seed, in the middle with the second, far out with the third, and
    so on. An approach that has counted nobody yet is any, by the seed.
    """
    lane_loops = [a for group in layout.lane_loops.values() for a in group]
    if fault.target == "loop":
        level = (seed - 1) % 3
        pool = sorted({a.stop for a in lane_loops if a.stop >= 0} if level == 0 else {
            entry[0] for a in lane_loops for entry in a.upstream[level - 1]})
        return lambda counted: [max(pool, key=lambda k: float(counted[k]))]
    if fault.target == "all":
        return lambda counted: list(range(len(counted)))
    roads: dict[str, set[int]] = {}
    for a in lane_loops:
        loops = {a.stop, *(entry[0] for level in a.upstream for entry in level)} - {-1}
        roads.setdefault(a.lane.id.rpartition("_")[0], set()).update(loops)
    if fault.from_s == 0.0:
        ways = sorted(roads)
        return lambda counted: sorted(roads[ways[seed % len(ways)]])
    stops = {road: [a.stop for a in lane_loops if a.lane.id.rpartition("_")[0] == road] for road in roads}
    return lambda counted: sorted(roads[max(roads, key=lambda road: float(counted[stops[road]].sum()))])


class LatePort(PassingSimulation):
    """Samples that come 0 to 4 s after they were taken, some of them twice and some after younger ones."""

    def __init__(self, port: VehiclePort, from_s: float, rng: np.random.Generator) -> None:
        super().__init__(port)
        self._from_s, self._rng = from_s, rng
        self._kept: list[tuple[float, Readings]] = []
        self._sampled_s = port.time_s

    @property
    def sampled_s(self) -> float:
        """When what came last was taken."""
        return self._sampled_s

    def read_loops(self) -> Readings:
        """The sample that happens to arrive now."""
        self._kept = [*self._kept[-4:], (self.time_s, self.port.read_loops())]
        late = self.time_s >= self._from_s
        back = int(self._rng.choice(5, p=[0.85, 0.06, 0.04, 0.03, 0.02])) if late else 0
        self._sampled_s, (entered, left, occupancy) = self._kept[-1 - min(back, len(self._kept) - 1)]
        return entered.copy(), left.copy(), occupancy.copy()


# --- engines that fail ---------------------------------------------------------------------------


class SlowEngine(Wrapper):
    """Takes two seconds for an answer now and then, on a clock of its own."""

    def __init__(self, inner: Controller, from_s: float) -> None:
        super().__init__(inner)
        self.from_s = from_s
        self.now_ns = 0

    def clock_ns(self) -> int:
        return self.now_ns

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        slow = seen.time_s >= self.from_s and (seen.time_s - self.from_s) % 300.0 < 30.0
        self.now_ns += 2_000_000_000 if slow else 1_000_000
        return self.inner.decide(seen, wanted)


class MadEngine(Wrapper):
    """Wants anything, or raises, now and then."""

    def __init__(self, inner: Controller, from_s: float, rng: np.random.Generator) -> None:
        super().__init__(inner)
        self.from_s, self._rng = from_s, rng

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        decisions = self.inner.decide(seen, wanted)
        if seen.time_s >= self.from_s and (seen.time_s - self.from_s) % 200.0 < 20.0:
            if self._rng.random() < 0.2:
                raise ZeroDivisionError("the optimizer divided by zero")
            wanted[:] = self._rng.integers(-(2**62), 2**62, len(wanted))
        return decisions
