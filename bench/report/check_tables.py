"""What ``signal-core check`` prints: signals, phases, movements, lanes and findings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.measures.crossings import crossings_of
from network.loops.detectors import LaneLoops, Layout
from network.program.phases import GREEN
from network.program.rings import cycle_words
from network.program.signals import Signal
from network.review.findings import LEVELS, Finding
from network.safety.sources import Sourced, times_of
from network.safety.walking import green_runs, walked_clearances

LONGEST_ID = 32


COLOURS = {"unsafe": "bold red", "warning": "yellow", "note": "dim"}


def show_signal(signal: Signal, layout: Layout, others: Sequence[str], console: Console) -> None:
    program = signal.program
    nodes = sorted({link.node_id for link in signal.links})
    console.rule(Text(f"signal {signal.id}", style="bold"), align="left")
    console.print(
        f"runs program '{program.program_id}' ({program.kind}), {len(program.intervals)} rows, "
        f"{cycle_words(program)}; controls {', '.join(nodes) or 'no junction'}"
        + (f"; not running: {', '.join(others)}" if others else ""),
    )
    if signal.left_alone:
        console.print(f"left alone: {signal.left_alone}")
        return
    for part in signal.in_free_order():
        if part.part_of:
            console.print(Text(f"planned on its own where the order is free: {part.id}", style="bold"))
        console.print(_phase_table(part))
        console.print(_movement_table(part))
    console.print(_times_table(signal))
    if any(link.is_crossing for link in signal.links):
        console.print(_crossing_table(signal))
    console.print(_lane_table(layout.lane_loops[signal.id], layout))


def _phase_table(signal: Signal) -> Table:
    table = _table("phase", "green movements", "state", "in the program", "shortest")
    for k, phase in enumerate(signal.phases):
        green = [str(i) for i, lamp in enumerate(phase.state) if lamp in "Ggs"]
        shortest_s = max((signal.min_green_s[int(i)] for i in green), default=0.0)
        shown = f"{phase.shown_s:g} s" if phase.part_of < 0 else f"not shown; part of phase {phase.part_of}"
        shown = "when called" if phase.on_call else shown
        table.add_row(str(k), " ".join(green), Text(phase.state), shown, f"{shortest_s:g} s")
    return table


def _movement_table(signal: Signal) -> Table:
    table = _table("link", "from", "to", "turn", "phases", "conflicts", "yellow", "intergreen to them")
    for link in signal.links:
        i = link.index
        foes = [j for j in range(signal.n_links) if signal.conflicts[i, j]]
        phases = [str(k) for k, phase in enumerate(signal.phases) if phase.state[i] in "Ggs"]
        table.add_row(
            str(i),
            link.from_lane,
            link.to_lane,
            "crossing" if link.is_crossing else link.direction,
            " ".join(phases) or "none",
            " ".join(map(str, foes)),
            f"{signal.yellow_s[i]:g} s",
            _range([float(signal.intergreen_s[i, j]) for j in foes]),
        )
    return table


def _crossing_table(signal: Signal) -> Table:
    """What is kept for those on foot beside what the program gives, and the turns that begin after them."""
    table = _table("crossing", "way", "walk", "in the program", "clearance", "in the program", "turns that wait for it")
    for crossing in crossings_of([signal]):
        links = list(crossing.links)
        way_m = max(link.length_m for link in signal.links if link.is_crossing and link.index in links)
        shown_s = min((run for i in links for run in green_runs(signal.program, i, longest=False)), default=0.0)
        left_s = [left for i in links
                  for left in walked_clearances(signal.program, i, signal.conflicts, signal.yields_to)]
        clear_s = signal.walk_clear_s[links].max() if signal.walk_clear_s.size else 0.0
        turns = [_led(signal, j, links) for j in _turns_beside(signal, links)]
        table.add_row(
            "+".join(map(str, links)), f"{way_m:.1f} m", f"{signal.min_green_s[links].max():g} s",
            f"{shown_s:g} s" if shown_s else "none", f"{clear_s:g} s{_if_seen(signal, links)}",
            f"{min(left_s):g} s" if left_s else "unknown",
            ", ".join(turns) or "none",
        )  # fmt: skip
    return table


def _if_seen(signal: Signal, crossings: list[int]) -> str:
    """What is left of a clearance at least where a detector sees nobody on the crossing."""
    least_s = signal.least_clear_s[crossings].max() if signal.least_clear_s.size else 0.0
    return f", {least_s:g} s if seen empty" if least_s else ""


def _turns_beside(signal: Signal, crossings: list[int]) -> list[int]:
    """Links that wait for one of the crossings, and that some phase shows with it."""
    stopped = np.flatnonzero(signal.walk_lead_s[:, crossings].any(axis=1)).tolist() if signal.walk_lead_s.size else []
    green = [{i for i, lamp in enumerate(phase.state) if lamp in GREEN} for phase in (*signal.phases, *signal.added)]
    return [j for j in stopped if any(j in each and not each.isdisjoint(crossings) for each in green)]


def _led(signal: Signal, turn: int, crossings: list[int]) -> str:
    """A turn, and by how much those on foot lead it."""
    return f"{turn} ({signal.walk_lead_s[turn, crossings].max():g} s)"


def _times_table(signal: Signal) -> Table:
    """Links with the same times share a row."""
    table = _table("times of link", "least green, walk", "yellow", "red clearance, clear", "longest green",
                   "longest red")
    alike: dict[tuple[str, ...], list[int]] = {}
    for times in times_of(signal):
        alike.setdefault(tuple(map(_sourced, times[2:])), []).append(times.link)
    for cells, links in alike.items():
        table.add_row(" ".join(map(str, links)), *cells)
    return table


def _sourced(found: Sourced) -> str:
    return "none" if math.isinf(found.seconds) else f"{found.seconds:g} s ({found.source})"


def _lane_table(lane_loops: Sequence[LaneLoops], layout: Layout) -> Table:
    table = _table("lane", "links", "length", "speed", "loops before the stop line", "and behind")
    for own in lane_loops:
        loops = [own.stop] if own.stop >= 0 else []
        loops += [loop for level in own.upstream for loop, _, _ in level]
        places = ", ".join(f"{layout.loops[k].distance_m:g} m" for k in dict.fromkeys(loops))
        lane = own.lane
        table.add_row(
            lane.id,
            " ".join(map(str, lane.links)),
            f"{lane.length_m:.1f} m",
            f"{3.6 * lane.speed_mps:.0f} km/h",
            places or "none",
            str(len(own.exits)) if own.exits else "none",
        )
    return table


def overview(signals: Sequence[Signal], layout: Layout, findings: Sequence[Finding]) -> Table:
    table = _table("signal", "program", "type", "cycle", "phases", "movements", "lanes", *LEVELS)
    table.columns[0].overflow, table.columns[0].max_width = "ellipsis", LONGEST_ID
    for signal in signals:
        counts = [sum(f.signal_id == signal.id and f.level == level for f in findings) for level in LEVELS]
        table.add_row(
            signal.id,
            signal.program.program_id,
            signal.program.kind,
            cycle_words(signal.program),
            str(len(signal.with_on_call().phases)),
            str(len(signal.links)),
            str(len(layout.lane_loops.get(signal.id, ()))),
            *(str(count or "") for count in counts),
        )
    return table


def list_findings(findings: Sequence[Finding], console: Console) -> None:
    """Worst first; what several signals share is said once."""
    shared: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        shared.setdefault((finding.level, finding.what, finding.fix), []).append(finding.signal_id)
    for (level, what, fix), ids in sorted(shared.items(), key=lambda entry: LEVELS.index(entry[0][0])):
        named = ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
        console.print(Text(f"{level:8}", style=COLOURS[level]), Text(f"{named}: {what}"), soft_wrap=True)
        if fix:
            console.print(Text(f"         {fix}", style="dim"), soft_wrap=True)
    if not findings:
        console.print("nothing found to mend")


def _table(*headings: str) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _range(values: Sequence[float]) -> str:
    if not values:
        return ""
    low, high = min(values), max(values)
    return f"{low:g} s" if low == high else f"{low:g} to {high:g} s"
