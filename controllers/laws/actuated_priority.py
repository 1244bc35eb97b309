"""SUMO's own means of transit priority, as a peer: `actuated` programs whose greens also ask detectors for buses.

As SUMO's documentation has it under *custom switching rules*: a detector that counts nothing but buses (`vTypes`), and
an `earlyTarget` that looks at it. A green with a bus on its way to it is kept, within `maxDur`; one that keeps a bus
waiting ends, after `minDur`; otherwise gaps decide, as by SUMO's own rules, which an `earlyTarget` replaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from xml.sax.saxutils import quoteattr

from controllers.entry import Entry
from controllers.laws.actuated import MIN_GREEN_S, bounded, retyped
from controllers.laws.fixed import SumoRuns
from network.program.signals import Interval, Program, Signal, SignalLane

NAME = "actuated_priority"
WATCHED_M = 90.0
"""As far before the line as in SUMO's example."""
GAP_S, BEFORE_S, PASSING_S, VEHICLE_M = 3.0, 2.0, 2.0, 7.5
"""SUMO's defaults of max-gap, detector-gap and passing-time, and the space of a vehicle it takes."""


class ActuatedPriority(SumoRuns):
    """The same rows under SUMO's type `actuated`; with its rules for buses once they are known, see `bus_rules`."""

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        """Every fixed-time program, retyped, and every actuated one."""
        ours = {name: replace(program, program_id=NAME, intervals=tuple(map(bounded, program.intervals)))
                for name, program in programs.items() if program.kind == "actuated"}  # fmt: skip
        return (*(replace(program, program_id=NAME) for program in retyped(programs, "actuated")), *ours.values())


def watched(programs: Iterable[Program], signals: Mapping[str, Signal]) -> dict[str, str]:
    """The detector of each lane before these signals; numbers, as expressions read some letters of a lane's id."""
    lanes = [lane.id for program in programs for lane in signals[program.signal_id].lanes]
    return {lane: f"{NAME}.{k}" for k, lane in enumerate(lanes)}


def bus_rules(programs: Iterable[Program], signals: Mapping[str, Signal],
              detectors: Mapping[str, str]) -> tuple[Program, ...]:
    """The same programs with an `earlyTarget` in the row after each green that may last; detectors: see `watched`."""
    return tuple(replace(program, intervals=_with_rules(program, signals[program.signal_id].lanes, detectors))
                 for program in programs)  # fmt: skip


def detector_lines(detectors: Mapping[str, str], signals: Mapping[str, Signal], types: Sequence[str]) -> Iterator[str]:
    """Lines of XML: for each lane a detector that sees vehicles of these types alone, and a loop for gaps."""
    lanes = {lane.id: lane for signal in signals.values() for lane in signal.lanes}
    for lane, name in detectors.items():
        yield (f'    <inductionLoop id="{name}.gap" lane={quoteattr(lane)} pos="{-_before_m(lanes[lane]):.1f}" '
               'friendlyPos="true" file="NUL" period="100000"/>')  # fmt: skip
        yield (f'    <laneAreaDetector id="{name}" lane={quoteattr(lane)} endPos="-0.1" length="{WATCHED_M:g}" '
               f'friendlyPos="true" vTypes={quoteattr(" ".join(types))} file="NUL" period="100000"/>')  # fmt: skip


def _before_m(lane: SignalLane) -> float:
    """Where SUMO has its own detectors: so that whoever is before them leaves within the shortest green."""
    most_m = (MIN_GREEN_S / PASSING_S + 0.5) * VEHICLE_M
    return max(0.0, min(BEFORE_S * lane.speed_mps, most_m, lane.length_m - 0.1))


def _with_rules(program: Program, lanes: Sequence[SignalLane], detectors: Mapping[str, str]) -> tuple[Interval, ...]:
    """Rows; where one says itself what follows it, SUMO's own rules stay."""
    rows = list(program.intervals)
    for k, row in enumerate(program.intervals):
        after = (k + 1) % len(rows)
        if row.min_s < row.max_s and not any(each.next for each in rows):
            rows[after] = replace(rows[after], early_target=_rule(row, lanes, detectors))
    return tuple(rows)


def _rule(row: Interval, lanes: Sequence[SignalLane], detectors: Mapping[str, str]) -> str:
    """When the green of a row is over: somebody else's bus waits, or no bus of its own is coming and gaps say so.

    Gaps of lanes with priority for all that they serve, as by SUMO's own rule; where there are none, of all with green.
    """
    served = [lane for lane in lanes if any(row.state[i] in "Gg" for i in lane.links)]
    asked = [lane for lane in served if all(row.state[i] == "G" for i in lane.links)] or served
    own, others = (_buses(detectors[lane.id] for lane in lanes if (lane in served) is mine) for mine in (True, False))
    gaps = "".join(f" and z:{detectors[lane.id]}.gap > {GAP_S:g}" for lane in asked)
    return f"{others} > 0 or ( 1 > {own}{gaps} )"


def _buses(detectors: Iterable[str]) -> str:
    return f"( {' + '.join(['0', *(f'a:{name}' for name in detectors)])} )"


ENTRY = Entry(NAME, "SUMO's own actuated control with its conditions for buses and trams", ActuatedPriority)
