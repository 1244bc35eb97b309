"""Programs of a signal by time of day: what a switching plan (WAUT) puts in force when, and the signal by each of them.

A program that nothing can be controlled by, such as one that is off, is left to itself while it is in force.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from network.program.signals import Program, Signal

ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True)
class Switch:
    """From this second on a program is in force."""

    from_s: float
    program_id: str


@dataclass(frozen=True, slots=True)
class DayPrograms:
    """The programs a WAUT switches a signal between; of ``switches``, ascending, the first holds at the begin."""

    waut_id: str
    switches: tuple[Switch, ...]
    programs: Mapping[str, Program]


@dataclass(frozen=True, slots=True)
class Day:
    """The same with the signal as each program has it; `left_alone` of one says why it cannot be controlled then."""

    waut_id: str
    switches: tuple[Switch, ...]
    signals: Mapping[str, Signal]

    def at(self, time_s: float) -> Signal:
        """The signal by the program that is in force."""
        place = bisect_right([switch.from_s for switch in self.switches], time_s + ROUNDING_S) - 1
        return self.signals[self.switches[max(place, 0)].program_id]

    @property
    def controlled(self) -> Signal | None:
        """The signal by the first program that it can be controlled by; None where there is none."""
        found = (self.signals[switch.program_id] for switch in self.switches)
        return next((signal for signal in found if not signal.left_alone), None)

    def words(self) -> str:
        """The programs and when they come into force."""
        first, *later = ((switch, _of(self.signals[switch.program_id])) for switch in self.switches)
        return ", ".join([first[1], *(f"{program} from {switch.from_s:g} s" for switch, program in later)])


def _of(signal: Signal) -> str:
    return f"'{signal.program.program_id}'" + (" (left alone)" if signal.left_alone else "")
