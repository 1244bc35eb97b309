"""Requests as kernels see them: so many records per signal, most of them empty."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels.codes import SLOTS
from signal_core.settings import Settings

SLOT = np.dtype([
    ("active", "i8"), ("preempts", "i8"), ("link", "i8"), ("lane", "i8"), ("weight", "f8"), ("earliest_s", "f8"),
    ("likely_s", "f8"), ("latest_s", "f8"), ("held_s", "i8"), ("early_s", "f8"),
    ("cost_s", "f8")])  # fmt: skip
"""active: 1 where a request is in it. preempts: 1 where it counts before long waits. link, lane: what has to have
green, numbered over the batch; -1 for any link of the lane, or where no lane leads to the link. weight: what a second
of its waiting counts, in vehicles. earliest_s, likely_s, latest_s: until it is at the stop line, nobody in its way.
Written by the kernel `requests`: held_s: seconds that green was kept for it. early_s: seconds that green came
earlier. cost_s: what both cost, in seconds of waiting vehicles."""
Slots: TypeAlias = NDArray[np.void]


def no_requests(signals: int) -> Slots:
    """Empty slots of so many signals."""
    return np.zeros(signals * SLOTS, dtype=SLOT)


def counting(asked: Slots, i: int, settings: Settings) -> Slots:
    """Copies of the slots of signal i that count now, see `deadlines.counts`."""
    own = asked[i * SLOTS:(i + 1) * SLOTS]
    kept = own["held_s"] >= settings.request_extension_s
    found: Slots = own[(own["active"] == 1) & ((own["preempts"] == 1) | ~kept)]
    return found
