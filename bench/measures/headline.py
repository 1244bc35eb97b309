"""The figures of one run as a whole, from its trips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.measures.raw import NetworkSecond, Trip


@dataclass(frozen=True, slots=True)
class Headline:
    """Per scheduled trip where it is a mean; ``delay_h`` is the sum over all trips in vehicle-hours."""

    delay_s: float
    speed_kmh: float
    stops: float
    travel_s: float
    delay_h: float
    driven_km: float


def headline(trips: Sequence[Trip]) -> Headline:
    """Every scheduled trip counts, with its wait before departure; an unfinished one with its time so far."""
    n = max(1, len(trips))
    lost_s = sum(trip.time_loss_s + trip.depart_delay_s for trip in trips)
    spent_s = sum(trip.duration_s + trip.depart_delay_s for trip in trips)
    driven_m = sum(trip.driven_m for trip in trips)
    return Headline(
        delay_s=lost_s / n,
        speed_kmh=3.6 * driven_m / spent_s if spent_s else 0.0,
        stops=sum(trip.stops for trip in trips) / n,
        travel_s=spent_s / n,
        delay_h=lost_s / 3600.0,
        driven_km=driven_m / 1000.0,
    )


def over_time(moments: Sequence[NetworkSecond], bin_s: float) -> list[tuple[float, float, float]]:
    """(middle of the bin in s, speed on the road in km/h, vehicles on the road and waiting to get onto it)."""
    bins: dict[int, list[NetworkSecond]] = {}
    for moment in moments:
        bins.setdefault(int(moment.time_s // bin_s), []).append(moment)
    rows = []
    for k, inside in sorted(bins.items()):
        vehicles = sum(moment.running for moment in inside)
        moved = sum(moment.running * moment.speed_mps for moment in inside)
        present = sum(moment.running + moment.waiting for moment in inside) / len(inside)
        rows.append(((k + 0.5) * bin_s, 3.6 * moved / vehicles if vehicles else float("nan"), present))
    return rows
