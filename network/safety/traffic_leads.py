"""How long traffic has green before a turn that gives way to it starts.

Where both start from rest, the queue against the turn has not moved yet, and looks like a gap to who turns. So
engineers delay the start of a permissive turn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from network.program.signals import BoolArray, FloatArray, Link
from network.safety.clearance import Protocol
from network.safety.walking import crossing_indices

LEAD_S = 2.0
"""Until the second vehicle of a queue moves, too."""


def traffic_leads(links: Sequence[Link], yields_to: BoolArray, protocol: Protocol) -> FloatArray:
    """float64[n, n], read-only: seconds that the row starts after the column, traffic that it gives way to; 0 for
    other pairs. Protocol ``resco`` has 3 s for a change, and nothing beyond.

    Turns and crossings have a rule of their own, see `network.safety.walking.walk_leads`.
    """
    drives = ~crossing_indices(links, len(yields_to))
    lead = np.where(yields_to & drives[:, None] & drives[None, :] & (protocol == "plan"), LEAD_S, 0.0)
    lead.flags.writeable = False
    return lead
