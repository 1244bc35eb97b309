"""What an engineer asks of signals beyond their programs, from a file (`network.safety.limits_file`): least and longest
times per signal and link, and what is never green together.

Where program, rule and file differ, the longest of least times holds, and the shortest of longest ones: a file makes
nothing less safe. What holds is told with what held before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from network.errors import ScenarioError, offered
from network.program.phases import green_links
from network.program.signals import FloatArray, Limit, Phase, Signal
from network.safety.limits_file import LINK, MAX_GREEN, MAX_RED, Sets, Tables, forbidden_of, limits_of, read_tables
from network.safety.walking import crossing_indices
from signal_core.settings import Settings

LONGEST = (MAX_GREEN, MAX_RED)


class Kept(NamedTuple):
    """What a limit changed: seconds that held before, by program or rule (infinite for none), and the limit."""

    signal_id: str
    limit: Limit
    before_s: float


def limited(signals: Mapping[str, Signal], text: str, name: str) -> tuple[dict[str, Signal], list[Kept]]:
    """The signals with the limits of a file, and what they changed; ScenarioError names file, place and fix.

    text: the file's content; name: what to call it.
    """
    tables = read_tables(text, name)
    unknown = sorted(set(tables["signal"]) - set(signals))
    if unknown:
        offer = offered(unknown[0], sorted(signals))
        raise ScenarioError(f"{name}: signal.{unknown[0]}: no such signal; {offer}")
    found, kept = {}, list[Kept]()
    for signal_id, signal in signals.items():
        if signal.left_alone and signal_id in tables["signal"]:
            raise ScenarioError(f"{name}: signal.{signal_id}: it is left alone ({signal.left_alone.rstrip('.')}), so "
                                "nothing of it can be limited; take it out")
        found[signal_id], changed = (signal, []) if signal.left_alone else _limited(signal, tables, name)
        kept += changed
    return found, kept


def limited_one(signal: Signal, text: str, name: str) -> Signal:
    """One signal with the limits of a file that `limited` has read already, by another of its programs, say."""
    return signal if signal.left_alone else _limited(signal, read_tables(text, name), name)[0]


def _limited(signal: Signal, tables: Tables, name: str) -> tuple[Signal, list[Kept]]:
    own, sets = tuple(limits_of(signal, tables, name)), forbidden_of(signal, tables, name)
    kept = list[Kept]()
    if own:
        signal, kept = _applied(replace(signal, limits=own), [each for each in own if each.key not in LONGEST])
        signal = _seen(signal, own)
        kept += _longest(signal)
    return (_without(signal, *sets, f"{name}: signal.{signal.id}.forbidden") if any(sets) else signal), kept


def _seen(signal: Signal, limits: Sequence[Limit]) -> Signal:
    """The clearance that the engineer asks for is never cut short, whatever a detector sees."""
    least = signal.least_clear_s.copy()
    for limit in limits:
        if limit.key == "walk_clear_s" and least[limit.link] > 0.0:
            least[limit.link] = max(least[limit.link], limit.seconds)
    least.flags.writeable = False
    return replace(signal, least_clear_s=least, junctions=tuple(_seen(part, limits) for part in signal.junctions))


def _longest(signal: Signal) -> Iterator[Kept]:
    """The longest times that hold; ScenarioError where a green would have to be shorter than its least."""
    for limit in signal.limits:
        if limit.key == MAX_GREEN and limit.seconds < signal.min_green_s[limit.link]:
            least_s = signal.min_green_s[limit.link]
            raise ScenarioError(f"{limit.place}: {limit.seconds:g} s is less than the {least_s:g} s that link "
                                f"{limit.link} has green at least; give that or more")
        before_s = float(Settings().max_red_s) if limit.key == MAX_RED else np.inf
        if limit.key in LONGEST and limit.seconds <= min(signal.longest_s(limit.key)[limit.link], before_s):
            yield Kept(signal.id, limit, before_s)


def _without(signal: Signal, forbidden: Sets, left_out: Sets, place: str) -> Signal:
    """The signal without the phases that show a forbidden set or are left out; junctions that share one are not planned
    alone."""
    of = {link.index: k for k, part in enumerate(signal.junctions) for link in part.links}
    together = any(len({of.get(i, -1) for i in each}) > 1 for each in forbidden + left_out)
    parts = () if together else tuple(
        _without(part, _of_part(forbidden, of, k), _of_part(left_out, of, k), place)
        for k, part in enumerate(signal.junctions))
    found = replace(signal, forbidden=forbidden, left_out=left_out, junctions=parts)
    kept = [k for k, phase in enumerate(signal.phases) if not found.is_forbidden(phase.state)]
    served = [frozenset[int]().union(*(green_links(signal.phases[k].state) for k in some))
              for some in (range(len(signal.phases)), kept)]
    if len(kept) < 2 or served[0] != served[1]:
        lost = ", ".join(map(str, sorted(served[0] - served[1]))) or "all but one phase"
        raise ScenarioError(f"{place}: no phase of program '{signal.program.program_id}' would be left for {lost}; "
                            "allow one, or change the program")
    added = tuple(_at_home(phase, signal.phases, kept) for phase in signal.added
                  if not found.is_forbidden(phase.state))
    return replace(found, phases=tuple(signal.phases[k] for k in kept), added=added)


def _of_part(sets: Sets, of: Mapping[int, int], k: int) -> Sets:
    return tuple(each for each in sets if each and of[each[0]] == k)


def _at_home(phase: Phase, before: Sequence[Phase], kept: Sequence[int]) -> Phase:
    """A phase beyond the program, part of one that is left: its own, or the one that shows most of it."""
    if phase.part_of in kept:
        return replace(phase, part_of=kept.index(phase.part_of))
    shared = [len(green_links(phase.state) & green_links(before[k].state)) for k in kept]
    return replace(phase, part_of=shared.index(max(shared)), instead=False)


def _applied(signal: Signal, limits: Sequence[Limit]) -> tuple[Signal, list[Kept]]:
    """The longest of what holds and the limits. What is named for one link and would be shorter is refused."""
    now, kept = _times(signal), list[Kept]()
    for limit in limits:
        row = now[limit.key]
        before_s = float(row[limit.link])
        if f".{LINK}." in limit.place and limit.seconds < before_s - 1e-6:
            raise ScenarioError(f"{limit.place}: {limit.seconds:g} s is less than the {before_s:g} s that program and "
                                f"rules keep; give {before_s:g} or more, or take it out")
        if limit.seconds > before_s:
            row[limit.link] = limit.seconds
            kept.append(Kept(signal.id, limit, before_s))
    return _with_times(signal, now), kept


def _times(signal: Signal) -> dict[str, FloatArray]:
    """float64[n] of each key, as they hold: red clearance is the shortest there is after the link's yellow."""
    after_yellow_s = np.where(signal.conflicts, signal.intergreen_s - signal.yellow_s[:, None], np.inf)
    clears = after_yellow_s.min(axis=1, initial=np.inf)
    walk_clear_s = signal.walk_clear_s if signal.walk_clear_s.size else np.zeros(signal.n_links)
    return {
        "min_green_s": signal.min_green_s.copy(), "walk_s": signal.min_green_s.copy(),
        "yellow_s": signal.yellow_s.copy(), "red_clearance_s": np.where(np.isfinite(clears), clears, 0.0),
        "walk_clear_s": walk_clear_s.copy(),
    }  # fmt: skip


def _with_times(signal: Signal, now: Mapping[str, FloatArray]) -> Signal:
    """Its parts, too: they have all its lamps."""
    crossings = crossing_indices(signal.links, signal.n_links)
    yellow_s = np.maximum(signal.yellow_s, now["yellow_s"])
    after_s = np.where(crossings, now["walk_clear_s"], yellow_s + now["red_clearance_s"])
    between = np.where(signal.conflicts, np.maximum(signal.intergreen_s, after_s[:, None]), signal.intergreen_s)
    yielded = np.maximum(signal.yielded_s, between) if signal.yielded_s.size else signal.yielded_s
    walk_clear_s = np.maximum(signal.walk_clear_s, now["walk_clear_s"]) if signal.walk_clear_s.size else \
        np.where(crossings, now["walk_clear_s"], 0.0)
    min_green_s = np.maximum(signal.min_green_s, np.where(crossings, now["walk_s"], now["min_green_s"]))
    for table in (yellow_s, between, yielded, walk_clear_s, min_green_s):
        table.flags.writeable = False
    parts = tuple(replace(_with_times(part, now), limits=signal.limits) for part in signal.junctions)
    return replace(signal, junctions=parts, yellow_s=yellow_s,
                   intergreen_s=between, yielded_s=yielded, walk_clear_s=walk_clear_s, min_green_s=min_green_s)


def told(kept: Sequence[Kept]) -> list[tuple[str, str]]:
    """Signal and a line: what holds now for which links, what held before, and where the file says so."""
    links = dict[tuple[str, str, str], list[int]]()
    for each in kept:
        key, link, seconds, place = each.limit
        before = f"program and rules {each.before_s:g}" if np.isfinite(each.before_s) else "none before"
        links.setdefault((each.signal_id, place, f"{key} {seconds:g} ({before}), by {place}"), []).append(link)
    return [(signal_id, f"link {', '.join(map(str, own))}: {line}") for (signal_id, _, line), own in links.items()]


def told_forbidden(before: Mapping[str, Signal], after: Mapping[str, Signal], name: str) -> list[tuple[str, str]]:
    """Signal and a line for what is forbidden there, and how many phases that leaves out."""
    found = []
    for i, signal in after.items():
        gone = sum(signal.is_forbidden(phase.state) for phase in before[i].phases + before[i].added)
        sets = [f"links {_numbers(each)} are never green all at once" for each in signal.forbidden]
        sets += [f"no phase with links {_numbers(each)} alone" for each in signal.left_out]
        found += [(i, f"{'; '.join(sets)}, by {name}: signal.{i}.forbidden: {gone} phases left out")] if sets else []
    return found


def _numbers(links: Sequence[int]) -> str:
    return ", ".join(map(str, links))
