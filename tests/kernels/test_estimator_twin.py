"""The estimator against its plain twin: any lanes, any loops, any samples and greens, second by second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signal_core.estimating.estimator import Estimator
from signal_core.kernels import arrivals, heads, queues
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, OFF, PERMISSIVE, RED, YELLOW, CodeArray, FloatArray
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from tests.kernels.feeds import feeds_of, pointers
from tests.kernels.twins_estimator import Lane, Sample, Signal
from tests.kernels.twins_loops import Feed, Loops

pytestmark = pytest.mark.kernel

SOON = Settings(stall_s=3, empty_s=2, standing_s=2, packing=0.7, unseen_from=0.05, unseen_span=0.3,
                unseen_factor=2.0, flow_memory_s=20.0, horizon_s=70)
"""Everything of the defaults, sooner, and a horizon beyond what is known of arrivals."""
LOOPS = 8
STILL, CALM, BUSY, STANDING, CRAWLING = "still", "calm", "busy", "standing", "crawling"
FIELDS = {"queue": ("near", "beyond", "fresh", "wait_s", "aside"),
          "arrivals": ("flow_vps", "ratio", "far_seen", "mid_seen"),
          "line": ("over_line",)}
WHOLE = {"line": ("idle_s", "slow_ago_s"), "head": ("standing_s", "unserved_s"), "runs": ("stop_standing_s",)}


@dataclass
class Town:
    """The same signals for the kernel and for the twin."""

    limits: Settings
    engine: Estimator
    sequencer: Sequencer
    signals: list[Signal]

    def second(self, samples: list[FloatArray], codes: CodeArray) -> None:
        self.sequencer.show(codes)
        self.engine.observe(samples[0], samples[1], samples[2])
        entered, left, occupied = [values.tolist() for values in samples]
        ends = self.engine.tables.link_ptr
        for i, signal in enumerate(self.signals):
            signal.second(Sample(entered, left, occupied, codes[ends[i]:ends[i + 1]].tolist()))

    def forget(self, i: int) -> None:
        ends = self.engine.tables.lane_ptr
        for k in range(ends[i], ends[i + 1]):
            for part in (queues, arrivals, heads):
                part.forget(self.engine.lanes, k)
        for lane in self.signals[i].lanes:
            lane.forget()

    def links_at_line(self, at_s: int) -> list[int]:
        """Numbered over all signals: those of every road with somebody at its line."""
        found, before = set[int](), 0
        for signal in self.signals:
            roads = {lane.road for lane in signal.lanes if lane.has_somebody(at_s)}
            found |= {before + j for lane in signal.lanes if lane.road in roads for j in lane.links}
            before += len(signal.lamp_s)
        return sorted(found)

    @property
    def lanes(self) -> list[Lane]:
        return [lane for signal in self.signals for lane in signal.lanes]


def some_feeds(draw: np.random.Generator, loops: list[int], most_lag_s: int, chance: float) -> list[Feed]:
    """None, one or two of the loops."""
    number = int(draw.integers(1, 3)) if draw.random() < chance else 0
    return [Feed(int(loop), float(draw.choice([1.0, 0.5, 0.3, 0.0])), int(draw.integers(0, most_lag_s + 1)))
            for loop in draw.permutation(loops)[:number]]


def lanes_of(draw: np.random.Generator, limits: Settings, count: int) -> list[Lane]:
    """Lanes of a signal. Loops 0 to 3 are at stop lines, 4 and 5 in the middle, 6 and 7 far: siblings share them."""
    sizes = draw.integers(1, 4, count)
    places = [int(j) for j in draw.permutation(int(sizes.sum()))]
    lanes = []
    for size in sizes:
        mid, far = some_feeds(draw, [4, 5], 12, 0.7), some_feeds(draw, [6, 7], draw.choice([20, 63]), 0.8)
        mid_storage = float(draw.uniform(1.0, 8.0)) if draw.random() < (0.9 if mid else 0.3) else 0.0
        far_storage = float(draw.uniform(0.5, 20.0)) if far and draw.random() < 0.9 else 0.0
        links, places = places[:size], places[size:]
        stop = int(draw.integers(0, 4)) if draw.random() < 0.85 else None
        road = int(draw.integers(0, 2))
        lanes.append(Lane(stop, Loops(mid), Loops(far), mid_storage, far_storage, links, limits, road))
    return lanes


def intersection(lanes: list[Lane]) -> Intersection:
    """As the engine has it, with a single phase: nothing is planned here."""
    links = [lane.links for lane in lanes]
    n = sum(len(row) for row in links)
    return Intersection(
        id="any", phase_codes=np.full((1, n), GREEN, dtype=np.uint8), conflicts=np.zeros((n, n), dtype=np.bool_),
        yellow_s=np.full(n, 3), intergreen_s=np.zeros((n, n), np.int64), min_green_s=np.full(n, 5),
        service_vps=np.full((1, len(lanes)), 0.5), start_lag_s=np.zeros((1, 1, len(lanes)), np.int64),
        min_split_s=np.ones((1, 1), np.int64), lane_link_ptr=pointers(links),
        lane_links=np.array([j for row in links for j in row], np.int64),
        stop_loop=np.array([-1 if lane.stop is None else lane.stop for lane in lanes]),
        mid=feeds_of([lane.mid.feeds for lane in lanes]), far=feeds_of([lane.far.feeds for lane in lanes]),
        mid_storage=np.array([lane.mid_storage for lane in lanes]),
        far_storage=np.array([lane.far_storage for lane in lanes]), shown_s=np.array([30.0]),
        road=np.array([lane.road for lane in lanes]))


def town_of(draw: np.random.Generator, sizes: list[int], limits: Settings) -> Town:
    streets = [lanes_of(draw, limits, size) for size in sizes]
    tables = pack([intersection(lanes) for lanes in streets])
    sequencer = Sequencer(tables, np.zeros(tables.link_ptr[-1], dtype=np.uint8))
    signals = [Signal(lanes, [0] * sum(len(lane.links) for lane in lanes)) for lanes in streets]
    return Town(limits, Estimator(tables, sequencer.state, limits), sequencer, signals)


def traffic(draw: np.random.Generator, links: int, seconds: int) -> Iterator[tuple[list[FloatArray], CodeArray]]:
    """Counts, occupancies and codes; every loop and every link stays in a mood for a while."""
    moods = [str(mood) for mood in draw.choice([STILL, CALM, BUSY, STANDING, CRAWLING], LOOPS)]
    codes = draw.integers(RED, OFF, links).astype(np.uint8)
    for _ in range(seconds):
        samples = [np.zeros(LOOPS) for _ in range(3)]
        for i in range(LOOPS):
            if draw.random() < 0.08:
                moods[i] = str(draw.choice([STILL, CALM, BUSY, STANDING, CRAWLING]))
            often = {STILL: 0.0, STANDING: 0.0, CALM: 0.1, BUSY: 0.5, CRAWLING: 0.2}[moods[i]]
            for values in samples[:2]:
                values[i] = draw.choice([1.0, 1.0, 2.0, 0.4]) if draw.random() < often else 0.0
            passing = draw.choice([0.3, 0.7]) if samples[0][i] + samples[1][i] > 0.0 else 0.0
            samples[2][i] = 1.0 if moods[i] in (STANDING, CRAWLING) else passing
        change = draw.random(links) < 0.06
        codes[change] = draw.choice([RED, GREEN, GREEN, PERMISSIVE, YELLOW], int(change.sum()))
        yield samples, codes.copy()


def run(town: Town, draw: np.random.Generator, seconds: int) -> None:
    """Kernel and twin through the same seconds."""
    for now, (samples, codes) in enumerate(traffic(draw, int(town.engine.tables.link_ptr[-1]), seconds), 1):
        town.second(samples, codes)
        same(town, now)
        if draw.random() < 0.01:
            town.forget(int(draw.integers(len(town.signals))))


def same(town: Town, now: int) -> None:
    state, lanes = town.engine.lanes, town.lanes
    for record, names in FIELDS.items():
        for name in names:
            close(getattr(getattr(state, record), name), [getattr(lane, name) for lane in lanes], f"{name} at {now}")
    close(state.runs.mid_occupancy, [lane.mid.occupancy for lane in lanes], f"middle occupancy at {now}")
    close(state.runs.far_occupancy, [lane.far.occupancy for lane in lanes], f"far occupancy at {now}")
    for record, names in WHOLE.items():
        for name in names:
            found = getattr(getattr(state, record), name).tolist()
            assert found == [getattr(lane, name) for lane in lanes], f"{name} at {now}"
    assert state.head.refused.tolist() == [lane.refused_mask for lane in lanes], now
    assert state.head.stalled.tolist() == [lane.stalled for lane in lanes], now
    assert np.flatnonzero(town.engine.signals.at_line).tolist() == town.links_at_line(now + 1), now
    tables, horizon_s = town.engine.tables, town.limits.horizon_s
    queue, coming = np.full(len(lanes), np.nan), np.full((len(lanes), horizon_s), np.nan)
    for k, lane in enumerate(lanes):
        lag_s = int(tables.far_lag_s[tables.far_ptr[k]:tables.far_ptr[k + 1]].max(initial=0))
        queue[k] = queues.to_serve(tables, state, k, town.limits)
        arrivals.predict(state, k, now, horizon_s, lag_s, coming[k])
        expected_queue, expected = lane.demand(now, horizon_s)
        close(queue[k:k + 1], [expected_queue], f"queue of lane {k} at {now}")
        close(coming[k], expected, f"arrivals of lane {k} at {now}")


def close(mine: FloatArray, other: list[float], what: str) -> None:
    wanted = np.array(other)
    assert (np.abs(mine - wanted) <= 1e-6 * (1.0 + np.abs(wanted))).all(), f"{what}: {mine}, the twin has {wanted}"


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 4), min_size=1, max_size=2), st.integers(60, 150),
       st.sampled_from([SOON, Settings()]))
@example(seed=3, sizes=[4, 3], seconds=150, limits=SOON)
@settings(max_examples=40)
def test_the_estimator_and_its_twin_say_the_same(seed: int, sizes: list[int], seconds: int, limits: Settings) -> None:
    draw = np.random.default_rng(seed)
    run(town_of(draw, sizes, limits), draw, seconds)


def test_what_is_drawn_above_hears_every_rule() -> None:
    heard: set[str] = set()
    for seed in range(8):
        draw = np.random.default_rng(seed)
        town = town_of(draw, [3, 4], SOON if seed % 2 else Settings())
        run(town, draw, 150)
        heard |= {rule for lane in town.lanes for rule in lane.heard}
    assert heard == {
        "sibling", "beside", "late", "left from beyond", "ratio", "room", "middle standing", "far standing",
        "middle empty, near", "middle empty", "far empty", "nobody", "somebody", "stalled", "some refused", "hindered",
        "unserved", "unseen", "over the line", "gains priority", "start unseen", "aside"}
