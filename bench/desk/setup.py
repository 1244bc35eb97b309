"""What a virtual controller is set up with: phases in rings and sides of barriers, channels, plans, preemptions.

Times are whole tenths of a second. Words and rules are those of NEMA TS 2 for actuated controllers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TENTHS = 10


@dataclass(frozen=True)
class PhaseSetup:
    """One phase. ``side``: which part between barriers it belongs to; phases of one ring are never on together."""

    number: int
    ring: int
    side: int
    min_green: int
    passage: int
    max_green: int
    yellow: int
    red_clear: int
    walk: int = 0
    ped_clear: int = 0
    recall: str = "none"
    """none, min, or max: called whenever it is not on; with max it also stays for its maximum."""
    locking: bool = True


@dataclass(frozen=True)
class PatternSetup:
    """A coordinated plan: seconds of every phase's split, yellow and red clearance included."""

    cycle_s: int
    offset_s: int
    splits_s: Mapping[int, int]
    coordinated: int
    actuated: frozenset[int] = frozenset()
    """Phases with a split that come on a call and may end by gap; what they leave is the coordinated phase's. The
    others are called each cycle and stay for their split; with none actuated it is a fixed-time plan."""


@dataclass(frozen=True)
class PreemptSetup:
    """While it is called its phases are served and held; greens in the way keep their minimum."""

    phases: frozenset[int]
    min_dwell: int = 100


@dataclass(frozen=True)
class ControllerSetup:
    """order: phases of each ring in their sequence; channels: the phases with which each channel is green; detectors:
    the phase each one calls, 0 for none; own_pattern: the plan by time of day."""

    phases: Mapping[int, PhaseSetup]
    order: Mapping[int, tuple[int, ...]]
    channels: Mapping[int, frozenset[int]]
    detectors: Mapping[int, int]
    patterns: Mapping[int, PatternSetup] = field(default_factory=dict)
    own_pattern: int = 0
    preempts: Mapping[int, PreemptSetup] = field(default_factory=dict)
    start_red: int = 30
    unit_backup_s: int = 0
    buttons: Mapping[int, int] = field(default_factory=dict)
    """Phase whose pedestrian call each one makes."""
    concurrent: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Where given, phases of other rings that may be on with each, whatever their sides."""
    serves_calls_of: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Phases whose pedestrian calls are served with another's green, as it serves the same crossings."""

    def check(self) -> None:
        """Raises ValueError where rings, sides and channels do not fit together."""
        for ring, order in self.order.items():
            for number in order:
                if self.phases[number].ring != ring:
                    raise ValueError(f"phase {number} is not of ring {ring}")
        listed = sorted(number for order in self.order.values() for number in order)
        if listed != sorted(self.phases):
            raise ValueError("every phase must be in the sequence of its ring once")
        for phase in self.phases.values():
            if phase.yellow < 3 * TENTHS and phase.walk == 0:
                raise ValueError(f"phase {phase.number}: yellow below 3 s")


@dataclass(frozen=True)
class Directives:
    """What is asked of the rings for the coming moment, from whoever is in charge; sets of phases.

    hold: stay green; force: end once the minimum is over; omit: do not begin; call: somebody wants it; omit_red: of
    these rings, no red clearance, or no more of it. rest_red: of these rings, greens end though nobody waits.
    no_maximum: greens end by force or gap alone.
    """

    hold: frozenset[int] = frozenset()
    force: frozenset[int] = frozenset()
    omit: frozenset[int] = frozenset()
    call: frozenset[int] = frozenset()
    ped_omit: frozenset[int] = frozenset()
    ped_call: frozenset[int] = frozenset()
    omit_red: frozenset[int] = frozenset()
    rest_red: frozenset[int] = frozenset()
    no_maximum: bool = False
