"""The page: every section's figures and tables into one HTML file that needs nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from bench.measures.classes import PERSONS
from bench.measures.corridor import (
    Corridor,
    Track,
    fastest_way,
    find_corridor,
    lay_corridor,
    tracks_from_positions,
    tracks_from_routes,
)
from bench.measures.costs import read_unit_costs
from bench.measures.paired import Change, verdict
from bench.report import draw
from bench.report.crossings import SHOWN_AT_MOST, crossing_rows
from bench.report.draw_coordination import draw_coordination
from bench.report.draw_map import draw_map
from bench.report.draw_signals import draw_splits, draw_time_space
from bench.report.gather import Run, World, signal_levels
from bench.report.health import watches
from bench.report.losers import WORSE_PCT, WORSE_S, losers
from bench.report.notes import adapted_programs, harmed_classes, locks_said, more_collisions, trips_said
from bench.report.phase_diagram import draw_signal
from bench.report.requests import asked_rows
from bench.report.table import other_trips
from bench.report.tables import (
    COSTS,
    EMISSIONS,
    HEADLINE,
    MEASURES,
    PROGRAMME,
    PROGRAMME_SOURCE,
    SAFETY,
    coordination_rows,
    lost_shares,
    mean_of,
    movement_rows,
    paired_change,
    recorded,
    table,
)
from scenarios import recording

PAGE, FIGURES = "report.html", "figures"
SIGNAL_PAGES, MANY_SIGNALS = "signals", 8
ALWAYS_DRAWN = 3
SHARE_OF_RUNS, LEAST_S = 0.18, 14.0
"""Of the time the runs took, what a report may take until the last drawing begins, and what it may take at least."""
TIME_SPACE_S = 600.0
TURNS = {"s": "straight", "l": "left", "r": "right", "L": "half left", "R": "half right", "t": "U-turn", "T": "U-turn"}
Runs = Mapping[str, Sequence[Run]]
Say = Callable[[str], None]


def write_page(world: World, runs: Runs, ends: tuple[str, str] | None, say: Say, names: bool = False,
               until_s: float = inf) -> Path:
    """Write the page and its figures into the folder of the comparison; returns the page.

    Of more than `MANY_SIGNALS`, each has a page of its own. ``names``: maps say which signal is which. ``until_s``:
    the second of the monotonic clock from which on no signal is drawn any more, but for the first few.
    """
    figures, main = world.folder / FIGURES, main_controller(world, runs)
    content = _told(world, runs, main)
    say("drawing the network")
    content["headline_figure"] = _figure(draw.draw_headline(runs), figures, "headline")
    content["time_figure"] = _figure(draw.draw_over_time(runs), figures, "over-time") if _has_series(runs) else ""
    content["maps"] = _maps(world, runs, main, figures, names)
    say("drawing time and space")
    content.update(_time_space(world, runs, main, ends, figures))
    losing = {one.signal: one.lost_h for one in reversed(content["losers"].get(main, []))}
    content["signals"] = _signals(world, runs, main, figures, say, losing, until_s)
    content["many"] = len(content["signals"]) > MANY_SIGNALS
    environment = _environment()
    if content["many"]:
        _signal_pages(environment, content, world.folder)
    page = world.folder / PAGE
    page.write_text(environment.get_template("report.html.j2").render(content), encoding="utf-8")
    return page


def _told(world: World, runs: Runs, main: str) -> dict[str, Any]:
    """What the page says in words and numbers."""
    return {
        "world": world,
        "runs": runs,
        "main": main,
        "turns": TURNS,
        "seeds": sorted({run.seed for of_name in runs.values() for run in of_name}),
        "lead": lead(world, runs, main),
        "verdicts": _verdicts(world, runs),
        "programme_source": PROGRAMME_SOURCE,
        "programme": _programme(runs, world.baseline, main),
        "headline": table(runs, world.baseline, HEADLINE),
        "safety": table(runs, world.baseline, SAFETY),
        "emissions": table(runs, world.baseline, EMISSIONS),
        "inside": any(row.get("collisions_in_junctions") is not None for row in world.content["runs"]),
        "placeholders": world.unit == read_unit_costs(),
        "costs": table(runs, world.baseline, COSTS),
        "other_trips": other_trips(world.content),
        "walks": any(row.get("walks") for row in world.content["summary"]),
        "jams": {row["controller"]: row for row in world.content["summary"]},
        "adapted": adapted_programs(world.content),
        "trips": trips_said(world.content),
        "harm": [*harmed_classes(world.content), *more_collisions(world.content)],
        "classes": list(dict.fromkeys(name for row in world.content["summary"] for name in row.get("classes", {}))),
        "persons": ", ".join(f"{name} {number:g}" for name, number in PERSONS.items()),
        "losers": {name: losers(world, runs, name) for name in runs if name != world.baseline},
        "limits": f"more than {WORSE_S:g} s and {WORSE_PCT:g} %",
        "locks": locks_said(world.content),
        "requests": asked_rows(world.content["summary"]),
        "crossings": crossing_rows(world.prepared.signals, world.content["summary"]),
        "crossings_shown": SHOWN_AT_MOST,
        "watches": watches(world.content["runs"]),
        "has_conflicts": any(run.conflicts is not None for of_name in runs.values() for run in of_name),
    }


def budget_s(runs: Runs) -> float:
    """Seconds that a report may take: a share of what the runs took."""
    return max(LEAST_S, SHARE_OF_RUNS * sum(float(run.row["wall_s"]) for of_name in runs.values() for run in of_name))


def _signal_pages(environment: Environment, content: Mapping[str, Any], folder: Path) -> None:
    """One page for each signal, linked from the report."""
    (folder / SIGNAL_PAGES).mkdir(exist_ok=True)
    template = environment.get_template("signal_page.html.j2")
    for entry in content["signals"]:
        (folder / entry["page"]).write_text(template.render({**content, "entry": entry}), encoding="utf-8")


def main_controller(world: World, runs: Runs) -> str:
    """The controller the details are about: adaptive where it ran, otherwise the one with the least delay."""
    others = [name for name in runs if name != world.baseline]
    if "adaptive" in others:
        return "adaptive"
    delays = {row["controller"]: row["delay_s"] for row in world.content["summary"]}
    return min(others, key=lambda name: delays[name], default=world.baseline)


def _figure(figure: Any, folder: Path, name: str, png: bool = True) -> Markup:
    return Markup(draw.save(figure, folder, name, png))


def _of_signal(figure: Any, folder: Path, name: str, alone: bool) -> Markup:
    """A drawing of one signal: in the page itself, or named by the page that the signal has ``alone``."""
    svg = draw.save(figure, folder, name, png=False)
    return Markup('<img src="../{}/{}.svg" alt="">').format(FIGURES, name) if alone else Markup(svg)


def _has_series(runs: Runs) -> bool:
    return any(run.series for of_name in runs.values() for run in of_name)


def _verdicts(world: World, runs: Runs) -> dict[str, list[str]]:
    kept = recorded(runs, HEADLINE)
    return {
        name: [verdict(m.label, paired_change(of_name, runs[world.baseline], m), m.better_is_less) for m in kept]
        for name, of_name in runs.items()
        if name != world.baseline and world.baseline in runs
    }


def lead(world: World, runs: Runs, main: str) -> str:
    """The result in words, before any table."""
    base = world.baseline
    means = {name: mean_of(of_name, MEASURES["delay_s"]) or 0.0 for name, of_name in runs.items()}
    if main == base or base not in runs:
        return f"Under {main} a trip loses {means[main]:.1f} s. There is nothing to compare it with."
    delay = paired_change(runs[main], runs[base], MEASURES["delay_s"])
    speed = [mean_of(runs[name], MEASURES["speed_kmh"]) or 0.0 for name in (base, main)]
    said = (
        f"Under {main} a trip loses {means[main]:.1f} s, under {base} {means[base]:.1f} s; "
        f"the network's speed is {speed[1]:.1f} instead of {speed[0]:.1f} km/h. "
    )
    if delay.is_clear and delay.mean_pct is not None and delay.low_pct is not None and delay.high_pct is not None:
        word = "less" if delay.mean_pct < 0 else "MORE"
        least, most = sorted((abs(delay.low_pct), abs(delay.high_pct)))
        said += (
            f"That is {abs(delay.mean_pct):.0f} % {word} delay (95 % interval {least:.0f} to {most:.0f} %, "
            f"{delay.pairs} paired seeds): the data supports the claim. "
        )
    else:
        said += f"With {delay.pairs} paired seed{'s' * (delay.pairs != 1)} the data does not support a claim. "
    if len(runs) > 2:
        order = sorted(means, key=lambda name: means[name])
        said += "From least to most delay: " + ", ".join(f"{name} {means[name]:.1f} s" for name in order) + "."
    return said


def _programme(runs: Runs, baseline: str, main: str) -> list[dict[str, Any]]:
    if main == baseline:
        return []
    return [
        {
            "what": what,
            "theirs": theirs,
            "ours": paired_change(runs[main], runs[baseline], MEASURES[key]),
            "counted": _counted(runs, baseline, main, key, unit),
            "meaning": meaning,
        }
        for what, theirs, key, unit, meaning in PROGRAMME
    ]


def _counted(runs: Runs, baseline: str, main: str, key: str, unit: str) -> str:
    both = [[MEASURES[key].of(run) for run in runs[name]] for name in (baseline, main)]
    if any(value is None for values in both for value in values):
        return "not recorded"
    before, after = (sum(value or 0.0 for value in values) / len(values) for values in both)
    digits = MEASURES[key].digits
    return f"{before:,.{digits}f} to {after:,.{digits}f} {unit}"


def _maps(world: World, runs: Runs, main: str, figures: Path, with_names: bool) -> list[dict[str, Any]]:
    names = [main, *(name for name in runs if name not in (main, world.baseline))]
    if main == world.baseline or not any(run.edges for run in runs[main]):
        return []
    base = runs[world.baseline]
    return [
        {"controller": name, "svg": _figure(draw_map(world, base, runs[name], with_names), figures, f"map-{name}")}
        for name in names
    ]


def _time_space(world: World, runs: Runs, main: str, ends: tuple[str, str] | None, figures: Path) -> dict[str, Any]:
    first = {name: runs[name][0] for name in dict.fromkeys((world.baseline, main)) if name in runs}
    routes = next(iter(first.values())).routes
    edges = fastest_way(world.network, *ends) if ends else find_corridor(routes, world.movements)
    if not edges or not routes:
        return {"corridor": None, "corridor_figure": ""}
    corridor = lay_corridor(edges, world.network, world.movements)
    run = next(iter(first.values()))
    middle = (run.begin_s + run.end_s) / 2.0
    begin_s = max(run.begin_s, middle - TIME_SPACE_S / 2.0)
    end_s = min(run.end_s, begin_s + TIME_SPACE_S)
    drawn = {name: (of_name, _tracks(of_name, corridor, begin_s, end_s)) for name, of_name in first.items()}
    figure = draw_time_space(corridor, drawn, begin_s, end_s)
    exact = all((of_name.place / recording.POSITIONS).exists() for of_name in first.values())
    return {
        "corridor": corridor,
        "corridor_exact": exact,
        "corridor_figure": _figure(figure, figures, "time-space"),
    }


def _tracks(run: Run, corridor: Corridor, begin_s: float, end_s: float) -> list[Track]:
    positions = run.place / recording.POSITIONS
    if positions.exists():
        return tracks_from_positions(positions, corridor, begin_s, end_s)
    return tracks_from_routes(corridor, run.routes)


def _signals(
    world: World, runs: Runs, main: str, figures: Path, say: Say, losing: Mapping[str, float], until_s: float
) -> list[dict[str, Any]]:
    """Those where somebody is worse off first, then by delay; drawn as long as there is time."""
    shown_names = list(dict.fromkeys(name for name in (world.baseline, main) if name in runs))
    rows = {name: movement_rows(runs[name]) for name in shown_names}
    levels = {name: signal_levels(runs[name][0]) for name in shown_names}
    base = levels[shown_names[0]]
    order = sorted(base, key=lambda i: (-losing.get(i, 0.0), -base[i][0]))
    alone = len(order) > MANY_SIGNALS
    found = []
    for k, signal_id in enumerate(order):
        say(f"drawing signal {k + 1} of {len(order)}")
        drawn = k < ALWAYS_DRAWN or time.monotonic() < until_s
        ways = [way for way in rows[shown_names[0]] if world.movements[way].signal_id == signal_id]
        found.append(
            {
                "id": signal_id,
                "signal": world.prepared.signals[signal_id],
                "levels": {name: levels[name].get(signal_id) for name in shown_names},
                "used": {name: _mean([run.used_green.get(signal_id) for run in runs[name]]) for name in shown_names},
                "lost_time": {name: lost_shares(runs[name], signal_id) for name in shown_names},
                "movements": [{name: rows[name].get(way) for name in shown_names} for way in sorted(ways)],
                "page": f"{SIGNAL_PAGES}/{k + 1}.html",
                "drawn": drawn,
                "lost_h": losing.get(signal_id, 0.0),
                "phases": _phases(world, signal_id, figures, k, alone) if drawn else "",
                "svg": _splits(world, runs, signal_id, figures, k, alone) if drawn else "",
                "coordination": coordination_rows(runs, shown_names, signal_id),
                "diagram": _diagram(runs, shown_names, signal_id, figures, k, alone) if drawn else "",
            }
        )
    return found


def _phases(world: World, signal_id: str, figures: Path, k: int, alone: bool) -> Markup:
    signal = world.prepared.signals[signal_id]
    if not signal.phases:
        return Markup("")
    parts = signal.junctions or (signal,)
    return Markup("").join(
        _of_signal(draw_signal(part, world.network), figures, f"phases-{k + 1}" + (f"-{j}" if j else ""), alone)
        for j, part in enumerate(parts)
        if part.phases
    )


def _splits(world: World, runs: Runs, signal_id: str, figures: Path, k: int, alone: bool) -> Markup:
    first = {name: of_name[0] for name, of_name in runs.items()}
    drawn = [
        _of_signal(draw_splits(part, first), figures, f"signal-{k + 1}" + (f"-{j}" if j else ""), alone)
        for j, part in enumerate(world.prepared.signals[signal_id].in_free_order())
        if any(run.splits.get(part.id) for run in first.values())
    ]
    return Markup("").join(drawn)


def _diagram(runs: Runs, names: Sequence[str], signal_id: str, figures: Path, k: int, alone: bool) -> Markup:
    """The lane with most arrivals under the baseline, in the first seed."""
    first = {name: runs[name][0] for name in names}
    if not all(run.lanes.get(signal_id) for run in first.values()):
        return Markup("")
    base = next(iter(first.values())).lanes[signal_id]
    at = max(range(len(base)), key=lambda i: base[i].arrived)
    if base[at].arrived < 1:
        return Markup("")
    run = next(iter(first.values()))
    lanes = {name: of_name.lanes[signal_id][at] for name, of_name in first.items()}
    return _of_signal(draw_coordination(lanes, run.begin_s, run.end_s), figures, f"coordination-{k + 1}", alone)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bench.report", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    environment.filters["change"] = _change
    environment.filters["changed"] = _changed
    return environment


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _changed(cell: Mapping[str, Any]) -> Markup:
    """The change in per cent, or from and to where one of them is nothing: of that, per cent say nothing."""
    before, now, digits = cell["before"], cell["mean"], cell["measure"].digits
    if before is None or now is None or (before and now) or before == now:
        return _change(cell["change"])
    return Markup(f"{_number(before, digits)} → {_number(now, digits)}")


def _change(found: Change) -> Markup:
    if found.mean_pct is None:
        return Markup("")
    if found.low_pct is None or found.high_pct is None:
        return Markup(f"{found.mean_pct:+.1f} % <small>one seed</small>")
    mark = "b" if found.is_clear else "span"
    return Markup(
        f"<{mark}>{found.mean_pct:+.1f} %</{mark}> <small>{found.low_pct:+.1f} … {found.high_pct:+.1f}</small>"
    )
