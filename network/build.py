"""Signals, ready for the engine, from a network and its running programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from network.phasing.added_phases import added_phases
from network.phasing.compatible import onward_links
from network.phasing.junctions import planned_alone
from network.program.day import Day, DayPrograms
from network.program.phases import find_phases, linked_only, phases_on_call, without_arrows
from network.program.rings import NEMA, RAILWAYS, Rings, rings_of
from network.program.signals import BoolArray, Link, Phase, Program, Signal, SignalLane
from network.roads.reader import Network
from network.safety.clearance import DEFAULTS, Clearance, ClearanceSettings, Protocol, intergreens
from network.safety.right_of_way import endless_turns_yield, foe_tables
from network.safety.traffic_leads import traffic_leads
from network.safety.walking import walk_leads
from network.safety.yellow_traps import ends_with

LAMPS = frozenset("GgyYrRusoO")


def build_signals(
    network: Network,
    programs: Mapping[str, Program],
    protocol: Protocol = "plan",
    settings: ClearanceSettings = DEFAULTS,
    right_on_red: bool = True,
) -> dict[str, Signal]:
    """Every signal of the network or of ``programs``, by id, sorted.

    A signal that cannot be controlled never stops the others: its ``left_alone`` says why. ``right_on_red``: arrows of
    the programs (``s``, go after a stop) are shown; otherwise they are red. Raises ValueError for an unknown protocol
    only.
    """
    if not right_on_red:
        programs = {signal_id: without_arrows(program) for signal_id, program in programs.items()}
    return {
        signal_id: _build(network, signal_id, programs.get(signal_id), protocol, settings)
        for signal_id in sorted(network.links.keys() | programs.keys())
    }


def build_day(
    network: Network,
    day: DayPrograms,
    protocol: Protocol = "plan",
    settings: ClearanceSettings = DEFAULTS,
    right_on_red: bool = True,
) -> Day:
    """One signal by each of its programs by time of day; one whose states are of another length is left alone."""
    shown = {i: program if right_on_red else without_arrows(program) for i, program in day.programs.items()}
    built = {i: _build(network, program.signal_id, program, protocol, settings) for i, program in shown.items()}
    n = next((signal.n_links for signal in built.values() if not signal.left_alone), 0)
    for i, signal in built.items():
        if not signal.left_alone and signal.n_links != n:
            built[i] = _idle(signal.program, signal.links, f"The states of program {i!r} are of another length.")
    return Day(day.waut_id, day.switches, built)


def _build(
    network: Network, signal_id: str, program: Program | None, protocol: Protocol, settings: ClearanceSettings
) -> Signal:
    """One signal by one of its programs: what may be green together, the times between, and the phases there are."""
    links = network.links.get(signal_id, ())
    if program is None:
        return _idle(Program(signal_id, "", "", 0.0, (), {}), links, _without_program(network, links))
    reason = _unreadable(program, links)
    if reason:
        return _idle(program, links, reason)
    n = len(program.intervals[0].state)
    conflicts, yields_to = foe_tables(links, network.requests, n)
    linked = linked_only(program, links)
    yields_to = endless_turns_yield(linked, links, conflicts, yields_to)
    phases = find_phases(linked, conflicts, yields_to)
    lanes = signal_lanes(network, links)
    reason = _nothing_to_choose(phases, lanes, conflicts, links)
    rings = rings_of(linked)
    on_call: tuple[Phase, ...] = ()
    if rings is not None:
        on_call = phases_on_call(rings, phases, conflicts, yields_to)
        conflicts = _kept_apart(conflicts, rings)
    clearance = intergreens(linked, links, conflicts, yields_to, protocol, settings)
    built = _signal(program, links, conflicts, yields_to, phases, clearance, lanes, reason)
    lead_s = walk_leads(linked, links, conflicts, yields_to, settings.walking)
    built = replace(built, walk_lead_s=lead_s, traffic_lead_s=traffic_leads(links, yields_to, protocol),
                    ends_with=ends_with(linked, (*phases, *on_call), links, yields_to, protocol))
    junctions = planned_alone(network, built, turns_go_on=protocol == "plan")
    if junctions:  # each with phases of its own; those of the whole are never shown
        return replace(built, junctions=junctions)
    shown = (*phases, *on_call)
    turns_go_on = protocol == "plan" and rings is None  # rings show their pairs, and nothing else
    beyond = added_phases(shown, links, conflicts, yields_to, onward_links(network, links), turns_go_on,
                          in_parts=program.kind != NEMA)
    return replace(built, added=(*on_call, *(_at_home(phase, shown) for phase in beyond)))


def _kept_apart(conflicts: BoolArray, rings: Rings) -> BoolArray:
    """What rings and barriers keep apart conflicts by the program's word: nothing ever shows it together."""
    found: BoolArray = conflicts | rings.apart()
    found.flags.writeable = False
    return found


def _at_home(phase: Phase, shown: Sequence[Phase]) -> Phase:
    """A phase that is part of one shown on call is part of that one's in the cycle."""
    home = shown[phase.part_of].part_of
    return phase if home < 0 else replace(phase, part_of=home)


def _signal(
    program: Program,
    links: tuple[Link, ...],
    conflicts: BoolArray,
    yields_to: BoolArray,
    phases: tuple[Phase, ...],
    clearance: Clearance,
    lanes: tuple[SignalLane, ...],
    left_alone: str,
) -> Signal:
    return Signal(
        program.signal_id,
        program,
        links,
        len(conflicts),
        conflicts,
        yields_to,
        phases,
        clearance.yellow_s,
        clearance.intergreen_s,
        clearance.min_green_s,
        lanes,
        left_alone,
        yielded_s=clearance.yielded_s,
        walk_clear_s=clearance.walk_clear_s,
        least_clear_s=clearance.least_clear_s,
    )


def _without_program(network: Network, links: Sequence[Link]) -> str:
    """Rail signals and crossings run without a program of their own."""
    kinds = {str(network.graph.nodes[link.node_id]["kind"]) for link in links}
    for kind in sorted(kinds & RAILWAYS):
        return f"It is a {kind.replace('_', ' ')}."
    return "It has no program."


def _idle(program: Program, links: tuple[Link, ...], reason: str) -> Signal:
    """A signal that is left to its own program; its tables are empty."""
    n = max((len(row.state) for row in program.intervals), default=0)
    conflicts, yields_to = foe_tables((), {}, n)
    row, table = np.zeros(n), np.zeros((n, n))
    row.flags.writeable = table.flags.writeable = False
    clearance = Clearance(row, table, row, table, row, row)
    return _signal(program, links, conflicts, yields_to, (), clearance, (), reason)


def _unreadable(program: Program, links: Sequence[Link]) -> str:
    """Why the rows cannot be read as phases; empty where they can."""
    if program.kind in RAILWAYS:
        return f"It is a {program.kind.replace('_', ' ')}."
    if not program.intervals:
        return f"Its program {program.program_id!r} has no rows."
    if not links:
        return "It controls nothing in this network."
    lengths = {len(row.state) for row in program.intervals}
    if len(lengths) > 1:
        return f"The states of program {program.program_id!r} differ in length."
    needed = max(link.index for link in links) + 1
    if min(lengths) < needed:
        return f"The states of program {program.program_id!r} are shorter than its {needed} links."
    unknown = {lamp for row in program.intervals for lamp in row.state} - LAMPS
    if unknown:
        return f"Program {program.program_id!r} uses unknown lamps {''.join(sorted(unknown))!r}."
    return ""


def _nothing_to_choose(phases: Sequence[Phase], lanes: Sequence[SignalLane], conflicts: BoolArray,
                       links: Sequence[Link]) -> str:
    if not phases:
        return "Its program is off, blinking or has no green without yellow."
    if len(phases) == 1:
        return "It has one green phase only."
    if not lanes:
        return "No vehicle lane leads to it."
    if not (conflicts & ~_of_one_way(links, len(conflicts))).any():
        return "None of its movements conflict: it meters traffic, and how much is its own program's to say."
    return ""


def _of_one_way(links: Sequence[Link], n: int) -> BoolArray:
    """bool[n, n]: links from one edge to one edge. Lanes of a meter may merge behind it: their ways do not cross."""
    ways: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for link in links:
        ways[link.index].add((link.from_lane.rpartition("_")[0], link.to_lane.rpartition("_")[0]))
    names = {way: k for k, way in enumerate(dict.fromkeys(way for own in ways.values() for way in own))}
    number = np.array([names[min(ways[i])] if len(ways[i]) == 1 else -1 - i for i in range(n)], dtype=np.int64)
    return np.asarray(number[:, None] == number[None, :])


def signal_lanes(network: Network, links: Sequence[Link]) -> tuple[SignalLane, ...]:
    """Incoming lanes that carry vehicles, sorted by id; inside the junction there are none."""
    turns: dict[str, dict[int, str]] = defaultdict(dict)
    for link in links:
        lane = network.lanes.get(link.from_lane)
        if link.is_crossing or link.from_lane.startswith(":") or lane is None or not lane.classes:
            continue
        turns[link.from_lane].setdefault(link.index, link.direction)
    return tuple(
        SignalLane(
            lane_id,
            tuple(found),
            network.lanes[lane_id].length_m,
            network.lanes[lane_id].speed_mps,
            tuple(found.values()),
        )
        for lane_id, found in sorted(turns.items())
    )
