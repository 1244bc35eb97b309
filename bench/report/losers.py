"""Who is worse off: movements, streets and classes of road users that lose more than under the first controller, by
more than `WORSE_S` and `WORSE_PCT`, the most time lost first, each with what the engine thought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from bench.measures.movements import Movement
from bench.report.gather import Run, World
from bench.report.tables import movement_rows
from bench.runs.seen import read_seen
from network.loops.detectors import LaneLoops

WORSE_S, WORSE_PCT = 20.0, 25.0
FEWEST_VPH = 6.0
FEWEST = 5
"""Of fewer vehicles an hour, or in all runs, a mean says nothing."""
NAMED = 8
TURNS = {"s": "straight", "l": "left", "r": "right", "L": "half left", "R": "half right", "t": "U-turn", "T": "U-turn"}
Runs = Mapping[str, Sequence[Run]]


@dataclass(frozen=True, slots=True)
class Loser:
    """``kind``: movement, street or class. Mean seconds per vehicle before and now; ``lost_h``: vehicle-hours an hour
    that it loses more; ``thought``: what was seen and done there, in words; ``signal``: where it waits, if at one."""

    kind: str
    name: str
    before_s: float
    now_s: float
    lost_h: float
    thought: str
    signal: str = ""

    @property
    def said(self) -> str:
        """In one line."""
        change = f" ({100.0 * (self.now_s / self.before_s - 1.0):+.0f} %)" if self.before_s >= 0.5 else ""
        return f"{self.kind} {self.name}: {self.before_s:.0f} -> {self.now_s:.0f} s{change}" + (
            f"; {self.thought}" if self.thought else "")  # fmt: skip


def is_worse(before_s: float, now_s: float) -> bool:
    """By more than both limits."""
    return now_s - before_s > WORSE_S and now_s > before_s * (1.0 + WORSE_PCT / 100.0)


def losers(world: World, runs: Runs, name: str) -> list[Loser]:
    """Under controller ``name``, those who lose most in all first."""
    if name == world.baseline or world.baseline not in runs:
        return []
    before, now = runs[world.baseline], runs[name]
    movements = _movements(world, before, now)
    streets = {movement.from_edge for movement, _ in movements}
    found = [loser for _, loser in movements] + _streets(before, now, streets) + _classes(world, name)
    return sorted(found, key=lambda loser: -loser.lost_h)


def _movements(world: World, before: Sequence[Run], now: Sequence[Run]) -> list[tuple[Movement, Loser]]:
    rows, base = movement_rows(now), movement_rows(before)
    found = []
    for way, row in rows.items():
        if way not in base or row["vehicles"] < FEWEST or base[way]["vehicles"] < FEWEST:
            continue
        before_s, now_s = max(0.0, base[way]["delay_s"]), row["delay_s"]
        if row["flow_vph"] >= FEWEST_VPH and is_worse(before_s, now_s):
            movement = world.movements[way]
            name = f"{way[0]} -> {way[1]} ({TURNS.get(row['turn'], row['turn'])}) at {row['signal']}"
            thought = _thought(world, movement, now, base[way], row)
            lost_h = (now_s - before_s) * row["flow_vph"] / 3600.0
            found.append((movement, Loser("movement", name, before_s, now_s, lost_h, thought, row["signal"])))
    return found


def _thought(
    world: World, movement: Movement, now: Sequence[Run], base: Mapping[str, Any], row: Mapping[str, Any]
) -> str:
    """Green it got, the queue SUMO had and the one the engine saw, waits above the maximum red, doubts about loops."""
    greens = 100.0 * base["green_share"], 100.0 * row["green_share"]
    said = [f"green {greens[0]:.0f} -> {greens[1]:.0f} %", f"queue {row['queue_m']:.0f} m"]
    seen = [lanes[lane] for run in now for lanes in (read_seen(run.place),) for lane in movement.lanes if lane in lanes]
    if seen:
        mean = sum(one["mean_veh"] for one in seen) / len(seen)
        most = max(one["most_veh"] for one in seen)
        said.append(f"the engine saw {mean:.1f} vehicles a lane, {most:.0f} at most")
    said.append(f"overdue {sum(_overdue_s(run, movement) for run in now) / len(now):.0f} s")
    doubts = sum(_alarms(world, run, movement) for run in now)
    said.append(f"{doubts} alarm{'s' * (doubts != 1)} of its loops and exits" if doubts else "no alarm")
    return ", ".join(said)


def _overdue_s(run: Run, movement: Movement) -> float:
    return sum(float(one["overdue_s"]) for one in run.row.get("overdue", ()) if one["lane"] in movement.lanes)


def _alarms(world: World, run: Run, movement: Movement) -> int:
    """Of the loops of its lanes, and of the exit it goes to."""
    layout, troubles = world.prepared.layout, run.row.get("troubles", {})
    mine = [approach for found in layout.lane_loops.values() for approach in found
            if approach.lane.id in movement.lanes]  # fmt: skip
    loops = {layout.loops[k].id for approach in mine for k in _loops(approach)}
    alarms, exits = troubles.get("alarms", ()), troubles.get("exits", ())
    doubted = [loop for _, loop, status in alarms if loop in loops and status != "HEALTHY"]
    blocked = [lane for _, lane, status in exits if lane.rpartition("_")[0] == movement.to_edge and status != "FREE"]
    return len(doubted) + len(blocked)


def _loops(approach: LaneLoops) -> list[int]:
    """Indices of its loops, at the stop line and upstream."""
    return [k for k in (approach.stop, *(k for level in approach.upstream for k, _, _ in level)) if k >= 0]


def _streets(before: Sequence[Run], now: Sequence[Run], told: set[str]) -> list[Loser]:
    """Edges by the time lost on them, but those of which a movement has been named; no waits outside the network."""
    base, mine = _per_edge(before), _per_edge(now)
    return [
        Loser("street", edge, base[edge][0], now_s, (now_s - base[edge][0]) * vph / 3600.0, "")
        for edge, (now_s, vph) in mine.items()
        if edge in base and edge not in told and vph >= FEWEST_VPH and is_worse(base[edge][0], now_s)
    ]


def _per_edge(runs: Sequence[Run]) -> dict[str, tuple[float, float]]:
    """(seconds lost per vehicle, vehicles per hour) of every edge outside junctions, over all runs."""
    edges = {edge for run in runs for edge in run.edges if not edge.startswith(":")}
    hours = sum(run.end_s - run.begin_s for run in runs) / 3600.0
    found = {}
    for edge in edges:
        totals = [run.edges[edge] for run in runs if edge in run.edges]
        vehicles = sum(total.entered for total in totals)
        if vehicles:
            found[edge] = sum(total.time_loss_s for total in totals) / vehicles, vehicles / hours
    return found


def _classes(world: World, name: str) -> list[Loser]:
    summary = {row["controller"]: row for row in world.content["summary"]}
    before, now = (summary[one].get("classes", {}) for one in (world.baseline, name))
    hours = max(1.0, (world.content["end_s"] or 3600.0) - world.content["begin_s"]) / 3600.0
    return [
        Loser("class", one, before[one]["delay_s"], now[one]["delay_s"],
              (now[one]["delay_s"] - before[one]["delay_s"]) * now[one]["trips"] / hours / 3600.0, "")
        for one in now
        if one in before and is_worse(before[one]["delay_s"], now[one]["delay_s"])
    ]  # fmt: skip


def tell_losers(world: World, runs: Runs, console: Console) -> None:
    """Print them for every controller but the first, a line each; that there are none is said, too."""
    for name in runs:
        if name == world.baseline:
            continue
        found = losers(world, runs, name)
        limits = f"by more than {WORSE_S:g} s and {WORSE_PCT:g} %"
        if not found:
            console.print(f"nobody is worse off under {name} than under {world.baseline} {limits}", highlight=False)
            continue
        lines = [f"worse off under {name} than under {world.baseline} {limits}: {len(found)}"]
        lines += [f"  {loser.said}" for loser in found[:NAMED]]
        lines += [f"  and {len(found) - NAMED} more, in the report and tables/losers.csv"] if len(found) > NAMED else []
        for line in lines:
            console.print(line, style="yellow", soft_wrap=True, highlight=False, markup=False)
