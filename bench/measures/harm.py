"""What control must not do to anybody, whoever controls, by SUMO's own record of one run.

Lamps that flicker (a red of up to `SHORT_RED_S` between two greens of one light), and what each movement's vehicles
lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from bench.measures.movements import Clock, Way, find_movements, passages
from bench.measures.raw import Shown, read_routes, read_shown, read_trips
from network.program.signals import Signal
from network.roads.reader import Network
from scenarios.launch import SHOWN_STATES, TRIPINFO
from scenarios.recording import ROUTES

SHORT_RED_S = 3.0
COLOURS = {"green": "Gg", "yellow": "yY", "off": "oO", "arrow": "s"}


@dataclass(frozen=True, slots=True)
class MovementDelay:
    """Vehicles that reached the stop line or are on their way to it, and the mean seconds each lost; who never departed
    is not among them."""

    from_edge: str
    to_edge: str
    signal: str
    vehicles: int
    flow_vph: float
    delay_s: float


def count_flicker(run_dir: Path, signals: Mapping[str, Signal]) -> int:
    """Short reds between two greens, summed over lights, in the run in ``run_dir``; 0 where nothing was recorded.

    Of the signals that can be controlled: what is left alone flickers by its own program under everybody.
    """
    path = run_dir / SHOWN_STATES
    shown = read_shown(path) if path.is_file() else {}
    return sum(flicker(of_one) for i, of_one in shown.items() if i in signals and not signals[i].left_alone)


def flicker(shown: Shown) -> int:
    """Reds of up to `SHORT_RED_S` between two greens, over all lights of a signal. An arrow on red ('s') is none: it
    lets them go."""
    found = 0
    colours = [_colours(state) for state in shown.states]
    for i in range(len(shown.states[0]) if shown.states else 0):
        since_s, was, ever_green = shown.times_s[0], colours[0][i], colours[0][i] == "green"
        for time_s, now in zip(shown.times_s, (each[i] for each in colours), strict=True):
            if now == was:
                continue
            found += was == "red" and now == "green" and ever_green and time_s - since_s <= SHORT_RED_S
            since_s, was = time_s, now
            ever_green = now != "off" and (ever_green or now == "green")
    return found


def _colours(state: str) -> list[str]:
    return [next((name for name, letters in COLOURS.items() if letter in letters), "red") for letter in state]


def movement_delays(
    run_dir: Path, network: Network, signals: Mapping[str, Signal], begin_s: float, end_s: float | None
) -> list[MovementDelay]:
    """Of every movement with traffic in the run in ``run_dir``; empty where routes were not recorded. Buses that stop
    on the way are left out."""
    if not (run_dir / ROUTES).is_file():
        return []
    trips = {trip.id: trip for trip in read_trips(run_dir / TRIPINFO)}
    movements = find_movements(network, signals)
    until_s = end_s if end_s is not None else max((t.depart_s + t.duration_s for t in trips.values()), default=begin_s)
    found = passages(read_routes(run_dir / ROUTES, trips), trips, movements, Clock(network), until_s)
    lost_s: dict[Way, list[float]] = defaultdict(list)
    for passage in found:
        if trips[passage.vehicle].stop_s <= 0.0:
            lost_s[passage.way].append(passage.delay_s)
    hours = max(1.0, until_s - begin_s) / 3600.0
    return [MovementDelay(*way, movements[way].signal_id, len(lost), len(lost) / hours, fmean(lost))
            for way, lost in sorted(lost_s.items())]  # fmt: skip
