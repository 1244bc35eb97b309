"""What a user is told beside the figures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console

from bench.measures.incidents import per_1000
from bench.report.table import other_trips
from bench.runs.console import say
from bench.runs.results import INSIDE
from bench.runs.worker import WARNED
from controllers.laws.static import ADAPTED
from controllers.registry import base_name, folder_of
from network.program.signals import Signal
from network.safety.clearance import RESCO_S, Protocol, short_changes, yellow_below_speed
from scenarios.config import Scenario
from scenarios.fitness import stretched_second
from scenarios.launch import LOG, left_out

LOCKS_NAMED = 3
SHORT_NAMED = 3
TRIPS_NAMED = 3
HARM_PCT, HARM_S = 5.0, 2.0
"""A class is harmed from here on, in per cent and in s of its mean delay."""


def remarks(scenario: Scenario) -> list[str]:
    """What about the scenario's options the user should know before the runs."""
    return list(filter(None, [*left_out(scenario), stretched_second(scenario)]))


def hasty_yellow(signals: Iterable[Signal]) -> str:
    """One line where a protocol shows less yellow than the speed of an approach asks for; else empty."""
    found = yellow_below_speed(signals)
    if not found:
        return ""
    at = len({signal_id for signal_id, _, _ in found})
    return (
        f"yellow of {RESCO_S:g} s (protocol resco) on {len(found)} movements at {at} signals whose speed asks for up "
        f"to {max(needed_s for _, _, needed_s in found):g} s: it compares with RESCO's figures, and fits no street; "
        "--protocol plan shows what is needed"
    )


def hasty_changes(signals: Iterable[Signal]) -> str:
    """One line where a protocol leaves less between two movements than the program or the junction asks for; or empty.
    """
    found = short_changes(signals)
    if not found:
        return ""
    named = ", ".join(signal_id for signal_id, _, _ in found[:SHORT_NAMED])
    more = f" and {len(found) - SHORT_NAMED} more" if len(found) > SHORT_NAMED else ""
    return (
        f"{RESCO_S:g} s (protocol resco) do not suffice between {sum(pairs for _, pairs, _ in found)} pairs of "
        f"movements at {named}{more}, where the program or the ways through the junction ask for up to "
        f"{max(needed_s for _, _, needed_s in found):g} s: collisions inside junctions are to be expected"
    )


def tell_hasty(signals: Iterable[Signal], protocol: Protocol, console: Console, label: str = "") -> None:
    """Print these lines."""
    signals = list(signals)
    _tell(filter(None, [hasty_yellow(signals), hasty_changes(signals) if protocol == "resco" else ""]), console, label)


def tell_left_out(scenario: Scenario, console: Console) -> None:
    """Print which options of the user's plain runs do without."""
    _tell(left_out(scenario), console)


def tell_remarks(scenario: Scenario, console: Console, label: str = "") -> None:
    """Print them, a line each."""
    _tell(remarks(scenario), console, label)


def sumo_warning(content: dict[str, Any]) -> str:
    """The first warning of lost demand in a results.json, and where it stands; else empty."""
    return next(
        (
            f"{note}; runs/{folder_of(row['controller'])}/{row['seed']}/{LOG}"
            for row in content["runs"]
            for note in row["notes"]
            if note.startswith(WARNED)
        ),
        "",
    )


def adapted_programs(content: dict[str, Any]) -> list[str]:
    """That ``fixed`` is not fixed time where SUMO adapts the programs it runs."""
    kinds: dict[str, int] = content.get("programs", {})
    names = [row["controller"] for row in content["summary"]]
    adapted = [f"{number} {kind}" for kind, number in kinds.items() if kind in ADAPTED]
    if not adapted or "fixed" not in names:
        return []
    offer = "" if "static" in names else "; -c static,... compares with the same rows at fixed times"
    return [f"fixed is what the network runs, and that adapts itself: of {sum(kinds.values())} programs "
            f"{' and '.join(adapted)}{offer}"]  # fmt: skip


def trips_said(content: dict[str, Any]) -> list[str]:
    """Interlock trips: how many, when, at which signal and why, a line per run."""
    return [_trips_said(row) for row in content["runs"] if row["interlock_trips"]]


def _trips_said(row: dict[str, Any]) -> str:
    named = [f"{trip['signal']} at {trip['time_s']:g} s {'refused' if trip['refused'] else 'found'}: {trip['why']}"
             for trip in row.get("trips_of_interlock", [])[:TRIPS_NAMED]]  # fmt: skip
    more = "; more in results.json" if row["interlock_trips"] > len(named) else ""
    return (f"interlock trips under {row['controller']}, seed {row['seed']}: {row['interlock_trips']}"
            f" ({'; '.join(named)}{more})")  # fmt: skip


def locks_said(content: dict[str, Any]) -> list[str]:
    """Where and since when traffic was locked: a line per run, the first places of it."""
    return [_lock_said(row) for row in content["runs"] if row.get("locks")]


def _lock_said(row: dict[str, Any]) -> str:
    locks = row["locks"]
    places = ", ".join(f"{lock['place']} {lock['since_s']:g} to {lock['until_s']:g} s" for lock in locks[:LOCKS_NAMED])
    more = f" and {len(locks) - LOCKS_NAMED} more in results.json" if len(locks) > LOCKS_NAMED else ""
    return f"locked under {row['controller']}, seed {row['seed']}: nobody left {places}{more}"


def harmed_classes(content: dict[str, Any]) -> list[str]:
    """Classes of road users that lose more than under the first controller, a line each, of several."""
    summary, baseline = content["summary"], content["baseline"]
    before: dict[str, Any] = next((row.get("classes", {}) for row in summary if row["controller"] == baseline), {})
    return [
        f"{name} lose more under {row['controller']} than under {baseline}: {before[name]['delay_s']:.1f} -> "
        f"{found['delay_s']:.1f} s ({found['delay_change_pct']:+.0f} %)"
        for row in summary
        for name, found in row.get("classes", {}).items()
        if name in before
        and len(row["classes"]) > 1
        and (found["delay_change_pct"] or 0.0) > HARM_PCT
        and found["delay_s"] - before[name]["delay_s"] > HARM_S
    ]


def more_collisions(content: dict[str, Any]) -> list[str]:
    """Controllers under which more road users met inside junctions than under the first one, a line each."""
    counted = {row["controller"]: row for row in content["summary"] if row.get(INSIDE[0]) is not None}
    base = counted.get(content["baseline"])
    return [f"more collisions inside junctions under {name} than under {content['baseline']}: {_met(row)} against "
            f"{_met(base)}" for name, row in counted.items() if base and row[INSIDE[0]] > base[INSIDE[0]]]


def _met(row: dict[str, Any]) -> str:
    met, on_foot = (row.get(key) or 0 for key in INSIDE)
    people = f", {on_foot:.0f} with people on foot" if on_foot else ""
    return f"{met:.0f} ({per_1000(met, row['trips']):.1f} per 1000 trips{people})"


def longer_walks(content: dict[str, Any]) -> str:
    """What to do where people on foot lose more under phases beyond the program, if anything helps; else empty."""
    worse = [
        row["controller"]
        for row in content["summary"]
        if base_name(row["controller"]) == "adaptive" and (row["walk_loss_change_pct"] or 0.0) > 0.0
    ]
    signals: list[str] = content.get("walk_longer", [])
    if not worse or not signals or content.get("phases") == "program" or content.get("order") == "fixed":
        return ""
    return (
        f"people on foot lose more time under {', '.join(worse)} than under {content['baseline']}: "
        "--phases program gives crossings green with each green of their street, which it would more often at "
        f"{len(signals)} signal{'s' * (len(signals) > 1)}"
    )


def failing_laws(content: dict[str, Any]) -> list[str]:
    """A line per controller that raised while it decided: its signals ran on by other plans then."""
    found = {row["controller"]: row for row in content["runs"] if row.get("troubles", {}).get("errors")}
    return [
        f"{name} failed in {row['troubles']['errors']} seconds of seed {row['seed']}, and its signals ran on "
        f"without it: {row['troubles']['last_error']}"
        for name, row in found.items()
    ]


def tell_after(content: dict[str, Any], console: Console, label: str = "") -> None:
    """Print what stands against taking the figures at their word."""
    said = [*adapted_programs(content), *harmed_classes(content), *more_collisions(content), *locks_said(content)]
    said += [*trips_said(content), other_trips(content), sumo_warning(content), longer_walks(content)]
    said += failing_laws(content)
    _tell(filter(None, said), console, label)


def _tell(lines: Iterable[str], console: Console, label: str = "") -> None:
    for line in lines:
        said = f"{label}: {line}" if label else line
        say(console, said, "yellow")
