"""One look by RSMP as a `Reading`. It never raises: what is missing or no number is None, empty or NaN."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from controllers.field.oids import FlashStatus
from controllers.field.reading import Layout, Reading
from controllers.field.rsmp import sxl
from controllers.field.rsmp.supervisor import Known

FloatArray = NDArray[np.float64]
DETECTOR_ALARMS = frozenset({"A0301", "A0302", "A0303", "A0304"})


def read(layout: Layout, known: Known, clock_s: float | None) -> Reading:
    """What the site has told lately, its counts taken. It tells no phases.

    `up_s` is the seconds counted in this session, so that a new one looks like a restart.
    """
    letters = known.values.get(("S0001", "signalgroupstatus"))
    green, yellow = sxl.groups_in(letters, sxl.GREEN), sxl.groups_in(letters, sxl.YELLOW)
    own = frozenset(layout.channels)
    uncontrolled = sxl.groups_in(letters, sxl.FLASHING | sxl.DARK | sxl.STARTING) & own
    flash = FlashStatus.OTHER if uncontrolled else FlashStatus.NOT_FLASH
    bits = known.values.get(("S0002", "detectorlogicstatus"))
    vehicles, occupied = known.counts.cut()
    failed = failed_detectors(known)
    return Reading(
        greens=frozenset(), yellows=frozenset(), nexts=frozenset(),
        channel_greens=green & own, channel_yellows=yellow & own,
        active=sxl.groups_in(bits, frozenset("1")) & frozenset(layout.detectors),
        volume=_column(layout, vehicles, failed), occupancy=_column(layout, occupied, failed),
        up_s=float(known.counts.periods), clock_s=clock_s, control=None, flash=flash, alarms_1=0, alarms_2=0,
        short_alarm=0, pattern=sxl.whole(known.values.get(("S0014", "status"))), free=None, preempts={},
        sequence=known.counts.periods,
        buttons=_buttons(layout, bits))


def _buttons(layout: Layout, bits: object) -> frozenset[int] | None:
    """Buttons are detector logics among the others; None where there are none, or fewer bits than that."""
    numbers = {number for number, _ in layout.buttons}
    told = isinstance(bits, str) and len(bits) >= max(numbers, default=1)
    return sxl.groups_in(bits, frozenset("1")) & numbers if numbers and told else None


def failed_detectors(known: Known) -> frozenset[int]:
    """Detectors with an active alarm, by the number at the end of their component's name."""
    found = [re.search(r"(\d{1,5})$", component) for code, component in known.alarms if code in DETECTOR_ALARMS]
    return frozenset(int(one.group(1)) for one in found if one is not None)


def _column(layout: Layout, values: Mapping[int, float], failed: frozenset[int]) -> FloatArray:
    return np.array([values.get(d, np.nan) if d not in failed else np.nan for d in layout.detectors], dtype=np.float64)
