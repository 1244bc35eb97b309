"""``signal-core explain``: why a signal did what it did at a moment of a recorded run."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.report.moment import SOON_S, TURNS, Action, Moment, describe_phase, name_action, verdict
from bench.runs.console import say
from network.errors import ScenarioError
from network.roads.reader import read_network

NOTE = (
    "Predicted cost: vehicle-seconds of waiting within the next {horizon} s (a lane counts up to 1.5 times while its "
    "first vehicle waits long), and what the queues left then will still cost. Every action is followed by the best "
    "way to go on. The planner follows one course per second and phase, so an action looked at alone may come out a "
    "little cheaper than what it chose."
)


def write(moment: Moment, path: Path) -> None:
    """The moment as JSON or as a picture, by the ending of ``path``."""
    try:
        if path.suffix == ".json":
            path.write_text(json.dumps(as_json(moment), indent=1) + "\n", encoding="utf-8")
            return
        from bench.report.draw_moment import draw_moment

        draw_moment(moment, read_network(moment.net_file)).savefig(path, dpi=150)
    except ImportError as error:
        raise ScenarioError("a picture needs matplotlib: pip install 'signal-core[report]'") from error
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error


def tell(moment: Moment, console: Console) -> None:
    """Print it."""
    say(console, f"signal {moment.signal.id} at {moment.time_s:g} s, {moment.controller}, seed {moment.seed}")
    say(console, f"shows {moment.shown}: {verdict(moment)}")
    if moment.plan:
        say(console, moment.plan)
    console.print(_lane_table(moment))
    if moment.asking:
        console.print(_asking_table(moment))
    if moment.on_foot:
        console.print(_on_foot_table(moment))
    if moment.actions:
        console.print(_action_table(moment))
        say(console, NOTE.format(horizon=moment.horizon_s))
    for phase in range(len(moment.signal.phases)):
        say(console, f"phase {phase}: {describe_phase(moment, phase)}")


def _lane_table(moment: Moment) -> Table:
    table = Table(title="what it saw", title_justify="left")
    for heading in ("lane", "turns", "shows"):
        table.add_column(heading, overflow="fold")
    due = (f"due\n{SOON_S} s", f"due\n{moment.horizon_s} s")
    for heading in ("queue", "first\nwaits s", *due, "leaves\nveh/h", "weight"):
        table.add_column(heading, justify="right")
    table.add_column("note", overflow="fold")
    for lane in moment.lanes:
        table.add_row(
            lane.lane, " ".join(TURNS.get(turn, turn) for turn in lane.turns), lane.shown, f"{lane.queue:.1f}",
            f"{lane.waited_s:.0f}", f"{lane.arriving_soon:.1f}", f"{lane.arriving:.1f}",
            f"{lane.discharge_vph:.0f}", f"{lane.weight:.2f}", lane.note,
        )  # fmt: skip
    return table


def _asking_table(moment: Moment) -> Table:
    table = Table(title="who asked for green", title_justify="left")
    for heading in ("link", "due s", "weighs veh", "green kept s", "green earlier s"):
        table.add_column(heading, justify="right")
    for one in moment.asking:
        table.add_row("any" if one.link < 0 else str(one.link), f"{one.due_s:.0f}", f"{one.weight:.1f}",
                      str(one.kept_s), f"{one.early_s:.0f}")  # fmt: skip
    return table


def _on_foot_table(moment: Moment) -> Table:
    table = Table(title="who waits on foot", title_justify="left")
    for heading in ("link", "persons", "since s"):
        table.add_column(heading, justify="right")
    for one in moment.on_foot:
        table.add_row(str(one.link), f"{one.persons:.0f}", str(one.waited_s))
    return table


def _action_table(moment: Moment) -> Table:
    table = Table(title="what it weighed", title_justify="left")
    table.add_column("first action")
    table.add_column("predicted cost", justify="right")
    table.add_column("against the chosen", justify="right")
    for action in moment.actions:
        difference = "chosen" if action.chosen else f"{action.cost - chosen_cost(moment.actions):+.1f}"
        table.add_row(name_action(action), f"{action.cost:.1f}", difference)
    return table


def chosen_cost(found: Sequence[Action]) -> float:
    """Predicted cost of the chosen action."""
    return next((action.cost for action in found if action.chosen), min(action.cost for action in found))


def as_json(moment: Moment) -> dict[str, Any]:
    """Everything, with the cost of each phase by the second in which the present one is left."""
    weighed = moment.weighed
    return {
        "signal": moment.signal.id, "controller": moment.controller, "seed": moment.seed, "time_s": moment.time_s,
        "shown": moment.shown, "phase": moment.phase, "since_s": moment.since_s, "horizon_s": moment.horizon_s,
        "why": weighed.why, "words": verdict(moment), "plan": moment.plan, "next_decision_s": moment.free_s,
        "wanted_phase": weighed.phase, "next_phase": weighed.next_phase, "next_change_in_s": weighed.next_s,
        "predicted_cost": _number(weighed.cost), "cost_of_keeping": _number(weighed.keep),
        "phases": {str(p): describe_phase(moment, p) for p in range(len(moment.signal.phases))},
        "lanes": [
            {
                "lane": lane.lane, "links": list(lane.links), "turns": lane.turns, "shown": lane.shown,
                "queue_veh": lane.queue, "first_waits_s": lane.waited_s, "weight": lane.weight,
                f"arriving_{SOON_S}_s_veh": lane.arriving_soon, "arriving_horizon_veh": lane.arriving,
                "discharge_vph": lane.discharge_vph, "note": lane.note,
            }
            for lane in moment.lanes
        ],
        "requests": [
            {"link": one.link, "due_s": one.due_s, "weight": one.weight, "kept_s": one.kept_s, "early_s": one.early_s}
            for one in moment.asking
        ],
        "on_foot": [
            {"link": one.link, "persons": one.persons, "waited_s": one.waited_s} for one in moment.on_foot
        ],
        "actions": [
            {"phase": a.phase, "after_s": a.after_s, "keep": a.keep, "cost": _number(a.cost), "chosen": a.chosen}
            for a in moment.actions
        ],
        "cost_by_second_of_leaving": {
            str(p): [_number(float(cost)) for cost in row]
            for p, row in enumerate(weighed.leave) if p != moment.phase
        } if moment.actions else {},
    }  # fmt: skip


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
