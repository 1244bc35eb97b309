"""The groups of a site file: lamps of a signal that always show the same, each on a channel of the controller."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from controllers.cabinet import site_parts as model
from network.program.signals import Signal
from signal_core.tables.arrays import FloatArray, IntArray
from signal_core.tables.intersection import Intersection


def columns_of(signal: Signal, by_conflicts: bool = False) -> list[tuple[int, ...]]:
    """Links that show the same in every stage and have the same times, in the order of the first of each."""
    tables = [signal.conflicts, signal.intergreen_s, signal.intergreen_s.T] if by_conflicts else []
    tables += [signal.yielded_s, signal.yielded_s.T] if by_conflicts and signal.yielded_s.size else []
    walking = {link.index for link in signal.links if link.is_crossing}
    found: dict[tuple[object, ...], list[int]] = {}
    for i in sorted({link.index for link in signal.links}):
        column = "".join(phase.state[i] for phase in signal.phases)
        if set(column) & set("Gg"):
            key = (column, float(signal.yellow_s[i]), float(signal.min_green_s[i]), i in walking,
                   *(tuple(table[i]) for table in tables))
            found.setdefault(key, []).append(i)
    return [tuple(links) for links in found.values()]


def group_of(signal: Signal, channel: int, links: Sequence[int], channel_of: dict[int, int],
             array: Intersection) -> model.Group:
    """The group of these links on a channel. channel_of: of every link that has one; array: the engine's, whose times
    between links become those between channels."""
    own = list(links)
    foes = {channel_of[int(j)] for i in links for j in np.flatnonzero(signal.conflicts[i]) if int(j) in channel_of}
    ways = [link for link in signal.links if link.index in links]
    walks = all(link.is_crossing for link in ways)
    clear, yielded = _clearances(signal, links, channel_of)
    names = dict.fromkeys(f"{link.from_lane.rpartition('_')[0]} > {link.to_lane.rpartition('_')[0]}" for link in ways)
    return model.Group(
        channel=channel, name=", ".join(names), kind="pedestrian" if walks else "vehicle", links=tuple(links),
        yellow_s=0.0 if walks else float(max(signal.yellow_s[i] for i in links)),
        min_green_s=float(max(signal.min_green_s[i] for i in links)), conflicts=tuple(sorted(foes - {channel})),
        clear_s={str(c): s for c, s in sorted(clear.items()) if c != channel},
        yielded_s={str(c): s for c, s in sorted(yielded.items()) if c != channel and s > clear[c]},
        caught_s=_by_channel(array.caught_s, own, channel, channel_of),
        caught_rest_s=_by_channel(array.caught_rest_s, own, channel, channel_of),
        walk_lead_s=_by_channel(array.walk_lead_s, own, channel, channel_of),
        traffic_lead_s=_by_channel(array.traffic_lead_s, own, channel, channel_of),
        ends_with=_ends_with(array, own, channel, channel_of), max_green_s=_bound_s(array.max_green_s, own),
        max_red_s=_bound_s(array.max_red_s, own),
        unwatched=not walks and array.unwatched is not None and bool(array.unwatched[own].any()),
        least_clear_s=float(signal.least_clear_s[own].min()) if walks and signal.least_clear_s.size else 0.0)


def _by_channel(table: IntArray | None, own: list[int], channel: int, channel_of: dict[int, int]) -> dict[str, float]:
    """Seconds of pairs of links, int64[n, n], as those of a channel to others: the longest of their links."""
    found = dict[int, float]()
    for j, seconds in enumerate([] if table is None else table[own].max(axis=0).tolist()):
        if seconds and channel_of.get(j, channel) != channel:
            found[channel_of[j]] = max(float(seconds), found.get(channel_of[j], 0.0))
    return {str(c): found[c] for c in sorted(found)}


def _ends_with(array: Intersection, own: list[int], channel: int, channel_of: dict[int, int]) -> tuple[int, ...]:
    """The channels of traffic without which one of its links does not end."""
    if array.ends_with is None:
        return ()
    together = np.flatnonzero(array.ends_with[own].any(axis=0)).tolist()
    return tuple(sorted({channel_of[j] for j in together if j in channel_of} - {channel}))


def _bound_s(bounds: FloatArray | None, own: list[int]) -> float:
    """The least of the links', 0 for none."""
    least = np.inf if bounds is None else float(bounds[own].min())
    return least if np.isfinite(least) else 0.0


def forbidden_of(array: Intersection, channel_of: dict[int, int]) -> tuple[tuple[int, ...], ...]:
    """Sets of links that are never green all at once, as channels; one that is a single channel is no such set."""
    sets = [tuple(sorted({channel_of[i] for i in one if i in channel_of})) for one in array.forbidden]
    return tuple(one for one in dict.fromkeys(sets) if len(one) > 1)


def _clearances(signal: Signal, links: Sequence[int],
                channel_of: dict[int, int]) -> tuple[dict[int, float], dict[int, float]]:
    """To every channel in conflict: what the signal needs, and what after a green that gave way."""
    clear, yielded = dict[int, float](), dict[int, float]()
    for i in links:
        for j in map(int, np.flatnonzero(signal.conflicts[i])):
            if j in channel_of:
                own = max(float(signal.intergreen_s[i, j]), walk_clear_s(signal, i))
                clear[channel_of[j]] = max(own, clear.get(channel_of[j], 0.0))
                gave = float(signal.yielded_s[i, j]) if signal.yielded_s.size else 0.0
                yielded[channel_of[j]] = max(own, gave, yielded.get(channel_of[j], 0.0))
    return clear, yielded


def walk_clear_s(signal: Signal, i: int) -> float:
    """Seconds for who stepped off last, 0 where nobody walks by link i."""
    return float(signal.walk_clear_s[i]) if signal.walk_clear_s.size else 0.0
