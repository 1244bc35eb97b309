"""What a switching plan (WAUT) of the scenario means for programs that are to run instead of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.runs.prepare import Prepared
from bench.runs.spec import Study
from controllers import registry
from controllers.laws.static import ADAPTED
from controllers.laws.static import ENTRY as STATIC_ENTRY
from controllers.laws.tuned import NAME as TUNED
from controllers.laws.tuned import PLAN_FILE
from network.program.day import Day
from scenarios.config import Scenario
from scenarios.switching import Switched, read_switched, signals_with_programs
from signal_core.settings import Settings

MOST_NAMED = 5
STATIC = STATIC_ENTRY.name
WIRED = "adaptive"
"""The controller that `Study.through` puts behind a wire."""


@dataclass(frozen=True)
class _Fate:
    """What becomes of a signal's programs by time of day: ``words``, then by which controllers, then ``more``."""

    followed: bool
    words: str
    more: str


def time_of_day(study: Study, prepared: Prepared, names: Sequence[str]) -> list[dict[str, Any]]:
    """Which controllers follow the programs by time of day, and which do without; tuned's plan must be there.

    A row per WAUT and fate: ``waut``, ``controllers``, ``followed`` and the sentence that tells it, ``said``.
    """
    rows: list[dict[str, Any]] = []
    for waut_id, signals in _by_waut(read_switched(study.scenario) if prepared.days else ()).items():
        days = {i: day for i, day in prepared.days.items() if i in signals}
        fates: dict[tuple[_Fate, str], list[str]] = {}
        for name in names:
            replaced = _replaced(study, prepared, name)
            for fate, alike in _fates(name, days, replaced, study.through if name == WIRED else "").items():
                fates.setdefault((fate, _named(alike)), []).append(name)
        rows += [{"waut": waut_id, "controllers": those, "followed": fate.followed,
                  "said": f"WAUT '{waut_id}': {where}: {fate.words} {', '.join(those)}{fate.more}"}
                 for (fate, where), those in fates.items()]
    return rows


def announce_time_of_day(study: Study, prepared: Prepared, names: Sequence[str], console: Console) -> None:
    """Print these sentences, those of an override so that they are seen."""
    where = f"{study.label}: " if study.label else ""
    for row in time_of_day(study, prepared, names):
        console.print(f"{where}{row['said']}", style=None if row["followed"] else "yellow", soft_wrap=True)


def _fates(name: str, days: Mapping[str, Day], replaced: frozenset[str], through: str) -> dict[_Fate, list[str]]:
    """Signals by what becomes of their programs; nothing is told of who runs them as they are."""
    owns = registry.get(name).make(Settings()).owns_signals
    found: dict[_Fate, list[str]] = {}
    for signal_id, day in days.items():
        if signal_id in replaced or (through and day.controlled):
            fate = _overridden(day, through)
        elif owns and day.controlled is None:
            fate = _Fate(True, "none of its programs can be controlled by, so it is left to them by", "")
        elif owns:
            fate = _Fate(True, f"{day.words()}: followed by", " at the second of each switch")
        elif name == STATIC and (adapted := _adapted(day)):
            fate = _Fate(False, f"{day.words()}: followed by", f", and {adapted} adapts itself all the same")
        else:
            continue
        found.setdefault(fate, []).append(signal_id)
    return found


def _overridden(day: Day, through: str) -> _Fate:
    made_of = next(iter(day.signals.values())) if day.controlled is None else day.controlled
    what = "a controller driven from begin to end by" if through else "one program from begin to end, made of"
    return _Fate(False, f"{day.words()}: NOT followed by",
                 f": {what} '{made_of.program.program_id}'; compare parts of the day with -b and -e")


def _adapted(day: Day) -> str:
    return ", ".join(f"'{i}'" for i, signal in day.signals.items() if signal.program.kind in ADAPTED)


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
