"""The engineer's file of limits, TOML:

    [all]                       # every signal
    min_green_s = 8
    max_red_s = 90
    [signal.C]
    red_clearance_s = 2
    forbidden = [[0, 4], "GGGgrrrrrrrrrrrr"]   # links: never green all at once; a state: this phase is not shown
    [signal.C.link.3]           # an index in the state
    min_green_s = 12
    max_green_s = 40
    yellow_s = 4

Everything that is wrong in it is one line that names file and place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from network.errors import ScenarioError
from network.files import MARK
from network.program.signals import Limit, Signal
from network.safety.walking import crossing_indices

MAX_GREEN, MAX_RED = "max_green_s", "max_red_s"
DRIVING = ("min_green_s", MAX_GREEN, "yellow_s", "red_clearance_s", MAX_RED)
WALKING = ("walk_s", "walk_clear_s", MAX_RED)
KEYS = tuple(dict.fromkeys(DRIVING + WALKING))
RANGES_S = {MAX_GREEN: (5.0, 600.0), MAX_RED: (20.0, 600.0)}
LEAST_TIMES_S = (0.0, 120.0)
LINK, FORBIDDEN = "link", "forbidden"
Tables = Mapping[str, Mapping[str, Any]]


def read_tables(text: str, name: str) -> Tables:
    """The tables ``all`` and ``signal`` of the file's content; ScenarioError where it has others, or is no TOML."""
    try:
        content = tomllib.loads(text.removeprefix(MARK))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError(f"{name}: not TOML: {error}") from error
    strange = sorted(set(content) - {"all", "signal"})
    if strange:
        raise ScenarioError(f"{name}: {strange[0]}: unknown; give tables [all] and [signal.ID]")
    tables = {key: content.get(key, {}) for key in ("all", "signal")}
    for key, table in tables.items():
        if not isinstance(table, dict):
            raise ScenarioError(f"{name}: {key}: a table is needed, such as [{key}{'.ID' * (key == 'signal')}]")
    return tables


def limits_of(signal: Signal, tables: Tables, name: str) -> Iterator[Limit]:
    """What the file says of a signal's links, those it names least exactly first. Raises ScenarioError for nonsense."""
    own, place = _own_table(signal, tables, name), f"{name}: signal.{signal.id}"
    links = own.get(LINK, {})
    if not isinstance(links, dict):
        raise ScenarioError(f"{place}.link: a table for each link is needed, such as [signal.{signal.id}.link.0]")
    yield from _of_table(signal, tables["all"], f"{name}: all", None)
    whole = {key: value for key, value in own.items() if key not in (LINK, FORBIDDEN)}
    yield from _of_table(signal, whole, place, None)
    known = {str(link.index) for link in signal.links}
    for link, table in links.items():
        here = f"{place}.link.{link}"
        if link not in known or not isinstance(table, dict):
            raise ScenarioError(f"{here}: no such link, or no table; links are {', '.join(sorted(known, key=int))}")
        yield from _of_table(signal, table, here, int(link))


Sets = tuple[tuple[int, ...], ...]


def forbidden_of(signal: Signal, tables: Tables, name: str) -> tuple[Sets, Sets]:
    """Sets of links that must not be green all at once, and those that are green in phases that must not be shown.

    Raises ScenarioError for nonsense.
    """
    given = _own_table(signal, tables, name).get(FORBIDDEN, [])
    place = f"{name}: signal.{signal.id}.{FORBIDDEN}"
    if not isinstance(given, list):
        raise ScenarioError(f'{place}: a list is needed, such as ["{"G" * signal.n_links}", [0, 1]]')
    found = [(isinstance(each, str), _set_of(signal, each, f"{place}[{k}]")) for k, each in enumerate(given)]
    sets, phases = ([links for is_phase, links in found if is_phase == wanted] for wanted in (False, True))
    return tuple(sets), tuple(phases)


def _set_of(signal: Signal, given: Any, place: str) -> tuple[int, ...]:
    known = {link.index for link in signal.links}
    if isinstance(given, str):
        if len(given) != signal.n_links:
            raise ScenarioError(f"{place}: a state of {len(given)} letters; give {signal.n_links}, as check shows")
        return tuple(i for i, lamp in enumerate(given) if lamp in "Gg")
    numbers = given if isinstance(given, list) else []
    found = {i for i in numbers if type(i) is int}
    if len(found) != len(numbers) or not found <= known:
        raise ScenarioError(f"{place}: {given!r}: give links of {', '.join(map(str, sorted(known)))}, each once")
    if len(found) < 2:
        raise ScenarioError(f"{place}: two links or more can be forbidden together; {len(found)} given")
    return tuple(sorted(found))


def _own_table(signal: Signal, tables: Tables, name: str) -> Mapping[str, Any]:
    own = tables["signal"].get(signal.id, {})
    if not isinstance(own, dict):
        raise ScenarioError(f"{name}: signal.{signal.id}: a table is needed, such as [signal.{signal.id}]")
    return own


def _of_table(signal: Signal, table: Mapping[str, Any], place: str, link: int | None) -> Iterator[Limit]:
    crossings = crossing_indices(signal.links, signal.n_links)
    for key, value in table.items():
        if key not in KEYS:
            raise ScenarioError(f"{place}.{key}: unknown; give {', '.join(KEYS)}"
                                + f", of a signal also {FORBIDDEN}" * (link is None))
        above, most = RANGES_S.get(key, LEAST_TIMES_S)
        if isinstance(value, bool) or not isinstance(value, int | float) or not above < value <= most:
            raise ScenarioError(f"{place}.{key}: {value!r} is no time; give seconds above {above:g}, up to {most:g}")
        fitting = sorted({each.index for each in signal.links
                          if key in (WALKING if crossings[each.index] else DRIVING)})
        if link is not None and link not in fitting:
            kind, usable = ("crossing", WALKING) if crossings[link] else ("link of vehicles", DRIVING)
            raise ScenarioError(f"{place}.{key}: not for a {kind}; give {', '.join(usable)}")
        for index in fitting if link is None else [link]:
            yield Limit(key, index, float(value), f"{place}.{key}")
