"""Loops of a network as `signal_core.estimating.relations` relates them: lanes by road, movements by turn letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from signal_core.estimating.health import Relations
from signal_core.estimating.relations import LoopedLane, relate

if TYPE_CHECKING:  # a process beside a controller relates its loops without a network reader
    from network.loops.detectors import LaneLoops, Layout
    from network.program.signals import Signal


def relate_loops(signals: Sequence[Signal], layout: Layout) -> Relations:
    """Relations of all loops of the layout, over the lanes of ``signals`` in their order."""
    return relate([[_looped(own) for own in layout.lane_loops[signal.id]] for signal in signals], len(layout.loops))


def _looped(own: LaneLoops) -> LoopedLane:
    stop = {own.stop: 0.0} if own.stop >= 0 else {}
    further = ({loop: time_s for loop, _, time_s in level} for level in own.upstream)
    return LoopedLane((stop, *further), own.lane.id.rpartition("_")[0], frozenset(own.lane.directions))
