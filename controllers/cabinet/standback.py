"""When a cabinet process keeps its hands off: pure rules over what was read, and when they let it back.

Any reason stands it back at once. It may act again when none has been found for a healthy while; an interlock trip and
a changed configuration wait for an engineer besides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from controllers.cabinet.site_parts import Limits
from controllers.field import oids
from controllers.field.oids import ControlStatus, FlashStatus, PreemptState
from controllers.field.reading import Reading


class Reason(Enum):
    """Why it stands back."""

    STARTING = "not healthy for long enough yet"
    COMPILING = "the engine is being loaded, on a new machine compiled"
    NO_ANSWER = "the controller does not answer"
    RESTARTED = "the controller has restarted"
    CHANGED = "the controller's times have changed"
    PREEMPTED = "preemption"
    MANUAL = "manual control, police"
    FLASH = "flash"
    LOCAL = "local or free by a switch at the controller"
    STOPPED = "stop time"
    ALARM = "a critical alarm of the controller"
    CLOCK = "the controller's clock differs"
    TRIPPED = "the interlock found an unsafe change"
    READ_BACK = "another value was read back than written"
    REFUSED = "the controller refused an order"
    BLIND = "nothing can be made of the detectors"
    NOBODY = "nobody comes: a quiet street, or detectors that fail"
    PLAN_BETTER = "the controller's own plan lets more go, or is tried"
    LATE = "decisions come too late"
    FAILED = "the engine failed"
    PROVING = "whether orders expire is being tried"
    NOT_EXPIRING = "the controller does not drop orders that stop"


NOTHING_WRONG = frozenset({Reason.COMPILING, Reason.PROVING, Reason.NOBODY, Reason.PLAN_BETTER})
"""Nothing is wrong with the controller while they last, so the healthy while runs on."""
OF_DETECTORS = frozenset({Reason.BLIND, Reason.NOBODY, Reason.PLAN_BETTER})
"""What is on the street, which says nothing of the controller."""
LATCHED = frozenset({Reason.TRIPPED, Reason.CHANGED, Reason.NOT_EXPIRING})
AT_WORK = frozenset({ControlStatus.SYSTEM, ControlStatus.TIME_BASE, ControlStatus.BACKUP, ControlStatus.STANDBY,
                     ControlStatus.INTERCONNECT, ControlStatus.INTERCONNECT_BACKUP, ControlStatus.OTHER})
PREEMPTED = frozenset(PreemptState) - {PreemptState.NOT_ACTIVE, PreemptState.OTHER}
INPUT_FREE = 5
"""`localFreeStatus`: a switch or input at the controller has set it free."""


def found_in(reading: Reading, limits: Limits, clock_s: float) -> set[Reason]:
    """Reasons in one look. clock_s: our own wall time, seconds since 1970."""
    found: set[Reason] = set()
    if any(state in PREEMPTED for state in reading.preempts.values()):
        found.add(Reason.PREEMPTED)
    if reading.flash not in (None, FlashStatus.NOT_FLASH) or reading.alarms_1 & (oids.MMU_FLASH | oids.LOCAL_FLASH):
        found.add(Reason.PREEMPTED if reading.flash == FlashStatus.PREEMPT else Reason.FLASH)
    if reading.control is not None and reading.control not in AT_WORK:
        found.add(Reason.MANUAL)
    if reading.free == INPUT_FREE or reading.alarms_1 & oids.LOCAL_FREE:
        found.add(Reason.LOCAL)
    if reading.alarms_2 & oids.STOP_TIME:
        found.add(Reason.STOPPED)
    if reading.short_alarm & oids.CRITICAL_ALARM:
        found.add(Reason.ALARM)
    if reading.clock_s is not None and clock_differs(reading.clock_s, clock_s, limits):
        found.add(Reason.CLOCK)
    return found


def clock_differs(theirs_s: float, ours_s: float, limits: Limits) -> bool:
    """Whether the clocks are further apart than allowed."""
    return abs(ours_s - theirs_s) > limits.clock_offset_s + CLOCK_READ_S


CLOCK_READ_S = 1.0
"""The controller's clock is read in whole seconds."""
UP_TIME_WRAP_S = 2.0**32 / 100.0
WRAP_MARGIN_S = 60.0


def restarted(before_s: float | None, now_s: float | None) -> bool:
    """Whether the time since the start went back, which is no restart where it came round at its end (497 days)."""
    if before_s is None or now_s is None or now_s >= before_s:
        return False
    return not (before_s > UP_TIME_WRAP_S - WRAP_MARGIN_S and now_s < WRAP_MARGIN_S)


@dataclass(frozen=True)
class Verdict:
    """may_act: orders may be given; reasons: why not, empty where they may; began: those that are new."""

    may_act: bool
    reasons: frozenset[Reason]
    began: frozenset[Reason]


class StandBack:
    """The memory of the rules. Times are monotonic."""

    def __init__(self, healthy_s: float) -> None:
        self.healthy_s = healthy_s
        self._latched: set[Reason] = set()
        self._last: frozenset[Reason] = frozenset()
        self._healthy_since: float | None = None

    def judge(self, now_s: float, found: Iterable[Reason]) -> Verdict:
        """One second: what was found in it."""
        reasons = set(found)
        self._latched |= reasons & LATCHED
        reasons |= self._latched
        if reasons - NOTHING_WRONG:
            self._healthy_since = None
        elif self._healthy_since is None:
            self._healthy_since = now_s
        if not reasons and self._healthy_since is not None and now_s - self._healthy_since < self.healthy_s:
            reasons.add(Reason.STARTING)
        began = frozenset(reasons) - self._last
        self._last = frozenset(reasons)
        return Verdict(not reasons, self._last, began)

    def acknowledge(self) -> None:
        """An engineer has looked: what was latched may pass, if it is not found again."""
        self._latched.clear()
