"""A second implementation of calls on foot, one link at a time, with dictionaries. Shares no code with the kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Button:
    """One link somebody may walk at: None where nobody can tell, otherwise persons and the clock of their wait."""

    known: bool = False
    persons: float = 0.0
    clock_s: int = 0
    came: float = 0.0
    watched_s: float = 0.0

    def second(self, may_walk_here: bool, reported: float, is_green: bool, head_start_s: int) -> None:
        """One second: what was reported, and whether the link has green."""
        self.known = may_walk_here and not math.isnan(reported) and reported >= 0.0
        if not self.known or is_green:
            self.persons, self.clock_s = 0.0, 0
            if not self.known:
                self.came = self.watched_s = 0.0
            return
        more = reported - self.persons
        self.came = 0.998 * self.came + (more if more > 0.0 else 0.0)
        self.watched_s = 0.998 * self.watched_s + 1.0
        if reported > 0.0 or self.persons > 0.0:
            self.clock_s = self.clock_s + 1 if self.persons > 0.0 else head_start_s + 1
            self.persons = reported if reported > 1.0 else 1.0


def coming_vps(came: float, watched_s: float, share: float) -> float:
    """Persons a second who are still to come, that share of them; nobody where it is less than one in 200 s."""
    vps = share * came / (60.0 + watched_s)
    return vps if vps >= 1 / 200 else 0.0


def lag_s(serves: list[bool], a: int, b: int, split_s: int, least_s: int) -> int:
    """Seconds until a walker has green in phase b after a; 255 for never."""
    if not serves[b]:
        return 255
    return 0 if serves[a] else max(0, split_s - least_s)


def weight(base: float, waited_s: int, longest_s: int) -> float:
    """What a second on foot counts after such a wait: twice at half of the longest, five times at its end."""
    return base + 4.0 * base * (waited_s / longest_s) ** 2
