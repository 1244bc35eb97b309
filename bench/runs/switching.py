"""What a switching plan (WAUT) of the scenario means for programs that are to run instead of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from bench.runs.prepare import Prepared
from bench.runs.spec import Study
from controllers import registry
from controllers.tuned import NAME as TUNED
from controllers.tuned import PLAN_FILE
from network.day import Day
from scenarios.config import Scenario
from scenarios.switching import Switched, read_switched, signals_with_programs
from signal_core.settings import Settings

MOST_NAMED = 5


def announce_left_out(study: Study, prepared: Prepared, names: Sequence[str], console: Console) -> None:
    """Say which WAUTs the runs of some controllers go without, and how ours follow them; tuned's plan must be there."""
    switched = read_switched(study.scenario)
    replaced = {name: _replaced(study, prepared, name) for name in names} if switched else {}
    where = f"{study.label}: " if study.label else ""
    for waut_id, signals in _by_waut(switched).items():
        without = [name for name, own in replaced.items() if own & signals]
        if without:
            console.print(
                f"{where}WAUT '{waut_id}' is left out for {', '.join(without)}: "
                "it would switch their programs off again", soft_wrap=True,
            )  # fmt: skip
        ours = [name for name in names if registry.get(name).make(Settings()).owns_signals]
        if ours:
            _tell_day(f"{where}WAUT '{waut_id}'", {i: day for i, day in prepared.days.items() if i in signals}, ours,
                      console)


def _tell_day(what: str, days: Mapping[str, Day], ours: Sequence[str], console: Console) -> None:
    """Say how our controllers follow the programs by time of day, once for signals that are switched alike."""
    alike: dict[str, list[str]] = {}
    for signal_id, day in days.items():
        if day.controlled is None:
            said = "left to its programs, by none of which it can be controlled"
        else:
            said = f"{day.words()}: followed by {', '.join(ours)} at the second of each switch"
        alike.setdefault(said, []).append(signal_id)
    for said, signals in alike.items():
        console.print(f"{what}: {_named(signals)}: {said}", soft_wrap=True)


def _replaced(study: Study, prepared: Prepared, name: str) -> frozenset[str]:
    if name == TUNED:
        return signals_with_programs([Path(study.prepared) / PLAN_FILE])
    controller = registry.get(name).make(Settings())
    return frozenset(program.signal_id for program in controller.replaced_programs(prepared.programs))


def _by_waut(switched: Sequence[Switched]) -> dict[str, frozenset[str]]:
    ids = dict.fromkeys(each.waut_id for each in switched)
    return {i: frozenset(each.signal_id for each in switched if each.waut_id == i) for i in ids}


def undone_by(scenario: Scenario, changed: Collection[str]) -> list[str]:
    """One line per WAUT and file that would switch programs of the signals in ``changed`` off again."""
    found: dict[tuple[str, str], list[str]] = {}
    for waut_id, signal_id, path in read_switched(scenario):
        if signal_id in changed:
            found.setdefault((waut_id, path), []).append(signal_id)
    return [
        f"WAUT '{waut_id}' would switch the plan of {_named(signals)} off again: "
        f"take its wautJunction for {'each of them' if len(signals) > 1 else 'it'} out of {path}"
        for (waut_id, path), signals in found.items()
    ]


def _named(signals: Sequence[str]) -> str:
    more = len(signals) - MOST_NAMED
    return ", ".join(signals[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
