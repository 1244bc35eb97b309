"""The site file of a controller with two rings, for tests."""

from __future__ import annotations

from typing import Any

from tests.cabinet.sites import crossing
from tests.desk.lamp_reader import LampReader

SERVED = {1: (6,), 2: (1, 2), 3: (8,), 4: (3, 4), 5: (2,), 6: (5, 6), 7: (4,), 8: (7, 8)}
"""Channels by phase: 1, 3, 5, 7 go straight on from north, east, south, west; 2, 4, 6, 8 turn left."""
LEFT_ALONE = {5: 2, 7: 4, 1: 6, 3: 8}
"""Phases of a left turn that has priority; with the straight ones of its approach it gives way."""
PAIRS = ((1, 5), (2, 6), (3, 7), (4, 8), (1, 6), (2, 5), (3, 8), (4, 7))
CHANNELS = range(1, 9)
CROSS = {c: frozenset(d for d in CHANNELS if ((c - 1) // 2 + (d - 1) // 2) % 2) for c in CHANNELS}
"""Channels of the other street."""
OPPOSED = {2: 5, 5: 2, 4: 7, 7: 4, 6: 1, 1: 6, 8: 3, 3: 8}
RATES = {"G": 0.5, "g": 0.25, "r": 0.0}
UPSTREAM = 8


def dual_ring(**link: Any) -> dict[str, Any]:
    """1 2 | 3 4 over 5 6 | 7 8; a lane for each channel, with a loop at the line and one upstream."""
    shows = [_shown(pair) for pair in PAIRS]
    content = crossing(**link)
    content["signals"][0] |= {
        "groups": [{"channel": c, "name": f"way {c}", "links": [c - 1], "yellow_s": 3.0, "min_green_s": 5.0,
                    "conflicts": sorted({*CROSS[c], OPPOSED[c]})} for c in CHANNELS],
        "phases": [{"number": n, "ring": 1 + (n > 4), "side": 1 + (n in (3, 4, 7, 8)), "channels": channels,
                    "min_green_s": 5.0, "max_green_s": 30.0, "yellow_s": 3.0, "red_clear_s": 2.0}
                   for n, channels in SERVED.items()],
        "stages": [{"number": k, "phases": pair, "show": show, "usual_green_s": 15.0 if k < 5 else 0.0}
                   for k, (pair, show) in enumerate(zip(PAIRS, shows, strict=True), start=1)],
        "lanes": [{"id": f"in{c}_0", "channels": [c], "road": (c - 1) // 2, "stop": c, "middle_storage": 6.0,
                   "service_vps": [RATES[show[c - 1]] for show in shows],
                   "middle": [{"detector": c + UPSTREAM, "share": 1.0, "lag_s": 4}]} for c in CHANNELS],
        "detectors": [{"number": n, "name": f"d{n}", "phase": _called(n)} for n in range(1, 2 * UPSTREAM + 1)],
        "preempts": [], "plan": {"cycle_s": 80, "coordinated": 2, "splits": {str(n): 20 for n in SERVED}}}
    return content


def reader() -> LampReader:
    """Of its lamps: nobody is green with the other street; left turns may, giving way, with who comes against them."""
    return LampReader(CROSS, 3, dict.fromkeys(CHANNELS, 5), 5)


def _called(detector: int) -> int:
    """A left turn calls the phase that it has alone."""
    return next((n for n, channels in SERVED.items() if detector == channels[0]), 0)


def _shown(pair: tuple[int, int]) -> str:
    lit = {c: "g" if c % 2 == 0 and c not in (LEFT_ALONE.get(p) for p in pair) else "G"
           for p in pair for c in SERVED[p]}
    return "".join(lit.get(c, "r") for c in CHANNELS)
