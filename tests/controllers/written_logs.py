"""Event logs for tests: two phases and their detectors, written the way each agency writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from controllers.logs.event_log import Event

CYCLE_S = 40.0
START = datetime(2026, 3, 14, 7, 0, 0)


def two_phases(length_s: float, hole: tuple[float, float] = (0.0, 0.0), device: int = 1) -> list[Event]:
    """Phases 2 and 4 take turns; each has a detector at the stop line (12, 14) and one before it (22, 24)."""
    events = []
    for phase, first_s in ((2, 1.0), (4, 21.0)):
        for k in range(int(length_s // CYCLE_S)):
            at_s = first_s + k * CYCLE_S
            for code, after_s in ((1, 0.0), (8, 14.0), (10, 17.0), (11, 19.0)):
                events.append(Event(at_s + after_s, device, code, phase))
            for car in range(4):
                for detector, ahead_s in ((10 + phase, 0.0), (20 + phase, 6.0)):
                    on_s = at_s + 3.0 * car + 1.0 - ahead_s
                    if on_s > 0.0:
                        events += [Event(on_s, device, 82, detector), Event(on_s + 0.5, device, 81, detector)]
    return sorted(event for event in events if not hole[0] <= event.time_s < hole[1])


def written(events: Iterable[Event], stamp: Callable[[datetime], str],
            head: str = "TimeStamp,DeviceId,EventId,Parameter",
            order: tuple[int, ...] = (0, 1, 2, 3), between: str = ",") -> str:
    """A log as text; order: which of time, device, event, parameter stands where."""
    lines = [head]
    for event in events:
        time = stamp(START + timedelta(seconds=event.time_s))
        cells = (time, str(event.device), str(event.event), str(event.parameter))
        lines.append(between.join(cells[k] for k in order))
    return "\n".join(lines) + "\n"


DETECTORS = "DeviceId,Phase,Parameter,Function\n1,2,12,Presence\n1,4,14,Presence\n1,2,22,Advance\n1,4,24,Advance\n"
