"""A controller that starts over where another one ended: what is on the street, and since when the journal says."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from controllers.base import Observation
from controllers.logs.journal import JournalEntry
from signal_core.engine import Engine
from signal_core.interlock.interlock import Interlock
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.arrays import OFF, RED, CodeArray

REPLAYED_S = 600
"""As much of the journal is worked through again; greens and queues are not older."""
ONE_LOST_S = 2.0 - 1e-3
"""A second may last nearly that long, where SUMO's steps do not divide it."""
ROUNDING_S = 1e-6
LONGEST_GAP_S = 60
"""After a longer one nobody knows who has switched what meanwhile."""


def replay(entries: Sequence[JournalEntry], time_s: float, shown: CodeArray, engine: Engine) -> int:
    """Bring a fresh engine to `time_s`, with `shown` (uint8[links]) on the street; returns the seconds replayed.

    Timers follow what was ordered. A link that shows something else than ordered last counts as just begun, and so does
    everything where the journal has a gap or comes from another clock. The controller sees the counts again, but what
    it wants is not done.
    """
    sequencer, interlock, ladder = engine.sequencer, engine.interlock, engine.ladder
    links, loops = int(engine.tables.link_ptr[-1]), len(ladder.names.loops)
    usable = [entry for entry in entries if entry.time_s < time_s and _fits(entry, links, loops)]
    usable = usable[len(usable) - _unbroken(usable):]
    if not usable or time_s - usable[-1].time_s > LONGEST_GAP_S:
        return 0
    wanted = sequencer.state.phase.copy()
    nobody_waits = np.zeros(len(shown), dtype=np.bool_)
    for entry, following in zip(usable, [*usable[1:], None], strict=True):
        seen = Observation(entry.time_s, entry.entered, entry.left, entry.occupancy, None, None, entry.time_s)
        if entry.asked is not None:
            engine.requests.take(entry.asked, entry.time_s)
        ladder.law.decide(seen, wanted)
        interlock.check(int(entry.time_s), entry.codes, nobody_waits)  # as an order: it knows then when yellow began
        until_s = time_s if following is None else following.time_s
        interlock.observe(int(until_s), entry.codes)  # what it would not have ordered counts as just begun
        sequencer.show(entry.codes, int(until_s - entry.time_s + ROUNDING_S))
    _trust_what_is_seen(sequencer, interlock, shown, time_s)
    ladder.adopt(usable[-1].mode)
    sequencer.begin_phases()
    return len(usable)


def _fits(entry: JournalEntry, links: int, loops: int) -> bool:
    """Whether an entry can be worked through: of this street, with times and codes that there are."""
    of_this_street = len(entry.codes) == links and len(entry.entered) == loops
    return of_this_street and math.isfinite(entry.time_s) and entry.codes.max(initial=RED) <= OFF


def _unbroken(entries: Sequence[JournalEntry]) -> int:
    """How many of the last entries follow each other second by second."""
    count = min(len(entries), 1)
    most = min(len(entries), REPLAYED_S)
    while count < most and 0.0 < entries[-count].time_s - entries[-count - 1].time_s < ONE_LOST_S:
        count += 1
    return count


def _trust_what_is_seen(sequencer: Sequencer, interlock: Interlock, shown: CodeArray, time_s: float) -> None:
    """Links that show something else than was ordered last have just begun to."""
    interlock.observe(int(time_s), shown)
    sequencer.found(shown)
