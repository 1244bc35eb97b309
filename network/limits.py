"""What an engineer asks of signals beyond their programs: least times per signal and link, from a TOML file.

    [all]                       # every signal
    min_green_s = 8
    [signal.C]
    red_clearance_s = 2
    [signal.C.link.3]           # an index in the state
    min_green_s = 12
    yellow_s = 4

Where program, rule and file differ, the longest holds: a file can make nothing shorter.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from network.errors import ScenarioError
from network.signals import FloatArray, Signal
from network.walking import crossing_indices

DRIVING, WALKING = ("min_green_s", "yellow_s", "red_clearance_s"), ("walk_s", "walk_clear_s")
KEYS = DRIVING + WALKING
LONGEST_S = 120.0
LINK = "link"


class Limit(NamedTuple):
    """Seconds of one kind for one link, and where the file says so."""

    key: str
    link: int
    seconds: float
    place: str


class Kept(NamedTuple):
    """What a limit made longer: seconds that held before, by program or rule, and the limit."""

    signal_id: str
    limit: Limit
    before_s: float


def limited(signals: Mapping[str, Signal], text: str, name: str) -> tuple[dict[str, Signal], list[Kept]]:
    """The signals with the limits of a file, and what they changed; ScenarioError names file, place and fix.

    text: the file's content; name: what to call it.
    """
    content = _content(text, name)
    unknown = sorted(set(content["signal"]) - set(signals))
    if unknown:
        raise ScenarioError(f"{name}: signal.{unknown[0]}: no such signal; there are {', '.join(sorted(signals))}")
    found, kept = {}, list[Kept]()
    for signal_id, signal in signals.items():
        if signal.left_alone and signal_id in content["signal"]:
            raise ScenarioError(f"{name}: signal.{signal_id}: it is left alone ({signal.left_alone.rstrip('.')}), so "
                                "nothing of it can be limited; take it out")
        own = [] if signal.left_alone else list(_limits(signal, content, name))
        found[signal_id], changed = _applied(signal, own) if own else (signal, [])
        kept += changed
    return found, kept


def limited_one(signal: Signal, text: str, name: str) -> Signal:
    """One signal with the limits of a file that `limited` has read already, by another of its programs, say."""
    if signal.left_alone:
        return signal
    own = list(_limits(signal, _content(text, name), name))
    return _applied(signal, own)[0] if own else signal


def _content(text: str, name: str) -> dict[str, dict[str, Any]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{name}: not TOML: {error}") from error
    strange = sorted(set(content) - {"all", "signal"})
    if strange:
        raise ScenarioError(f"{name}: {strange[0]}: unknown; give tables [all] and [signal.ID]")
    tables = {key: content.get(key, {}) for key in ("all", "signal")}
    for key, table in tables.items():
        if not isinstance(table, dict):
            raise ScenarioError(f"{name}: {key}: a table is needed, such as [{key}{'.ID' * (key == 'signal')}]")
    return tables


def _limits(signal: Signal, content: Mapping[str, Mapping[str, Any]], name: str) -> Iterator[Limit]:
    own = content["signal"].get(signal.id, {})
    place = f"{name}: signal.{signal.id}"
    if not isinstance(own, dict):
        raise ScenarioError(f"{place}: a table is needed, such as [signal.{signal.id}]")
    links = own.get(LINK, {})
    if not isinstance(links, dict):
        raise ScenarioError(f"{place}.link: a table for each link is needed, such as [signal.{signal.id}.link.0]")
    yield from _of_table(signal, content["all"], f"{name}: all", None)
    yield from _of_table(signal, {key: value for key, value in own.items() if key != LINK}, place, None)
    known = {str(link.index) for link in signal.links}
    for link, table in links.items():
        here = f"{place}.link.{link}"
        if link not in known or not isinstance(table, dict):
            raise ScenarioError(f"{here}: no such link, or no table; links are {', '.join(sorted(known, key=int))}")
        yield from _of_table(signal, table, here, int(link))


def _of_table(signal: Signal, table: Mapping[str, Any], place: str, link: int | None) -> Iterator[Limit]:
    crossings = crossing_indices(signal.links, signal.n_links)
    for key, value in table.items():
        if key not in KEYS:
            raise ScenarioError(f"{place}.{key}: unknown; give {', '.join(KEYS)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value <= LONGEST_S:
            raise ScenarioError(f"{place}.{key}: {value!r} is no time; give seconds above 0, up to {LONGEST_S:g}")
        fitting = [each.index for each in signal.links if bool(crossings[each.index]) == (key in WALKING)]
        if link is not None and link not in fitting:
            kind = "crossing" if crossings[link] else "link of vehicles"
            usable = WALKING if crossings[link] else DRIVING
            raise ScenarioError(f"{place}.{key}: not for a {kind}; give {', '.join(usable)}")
        for index in sorted(set(fitting)) if link is None else [link]:
            yield Limit(key, index, float(value), f"{place}.{key}")


def _applied(signal: Signal, limits: list[Limit]) -> tuple[Signal, list[Kept]]:
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
    return replace(signal, junctions=tuple(_with_times(part, now) for part in signal.junctions), yellow_s=yellow_s,
                   intergreen_s=between, yielded_s=yielded, walk_clear_s=walk_clear_s, min_green_s=min_green_s)


def told(kept: Sequence[Kept]) -> list[tuple[str, str]]:
    """Signal and a line: what holds now for which links, what held before, and where the file says so."""
    links = dict[tuple[str, str, str], list[int]]()
    for each in kept:
        key, link, seconds, place = each.limit
        line = f"{key} {seconds:g} (program and rules {each.before_s:g}), by {place}"
        links.setdefault((each.signal_id, place, line), []).append(link)
    return [(signal_id, f"link {', '.join(map(str, own))}: {line}") for (signal_id, _, line), own in links.items()]
