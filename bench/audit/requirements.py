"""What is asked of a signal, by rule, from its program and its network; the words are those of `verify_states`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.audit.barriers import Sides
from bench.audit.layouts import Layout
from bench.audit.state_record import BadRecord, Program
from bench.audit.ways import least_ms

GREEN, YELLOW, OFF = frozenset("gG"), frozenset("yY"), frozenset("oO")
MOVES = GREEN | OFF | {"s"}
NEVER = 1 << 60


@dataclass(frozen=True)
class Walkers:
    """What a crossing is to show at least, where its program ever shows as much, how fast people walk on it, and how
    long before the turns that give way to it it starts; of the program's own leads those up to `LONGEST_LEAD_MS`.
    least_ms: of its clearance, where detectors on it end that; 0 without."""

    green_ms: int = 7000
    mps: float = 1.2
    lead_ms: int = 0
    least_ms: int = 0


WALKERS = Walkers()
LONGEST_LEAD_MS = 7000
RIDING_MPS = 4.0
BICYCLE_M = 1.6
"""Of SUMO's own: out is who has his rear wheel out."""


@dataclass(frozen=True)
class Required:
    """Milliseconds: yellow[n], green[n], intergreen[j][i] from the end of j's green to the start of i's; of crossings
    walk[n] and walk_clear[n], from the end of green to the start of any foe, 0 for other links; ride_clear[n] the same
    of links from lanes for bicycles and not for cars; speed_yellow[n] what the speed of the approach asks for; red[n]
    the shortest red between greens; dark[n]: the link may be off; stops:
    pairs (j, i) of which j must not go on moving when crossing i starts; traps: pairs (i, j) of which i, where it gives
    way, must not end while j goes on; lead: pairs (j, i) of which j starts only so
    long after crossing i; least_ms: see `Walkers`; sides: of the barrier, see `Program`."""

    yellow: tuple[int, ...]
    intergreen: tuple[tuple[int, ...], ...]
    green: tuple[int, ...]
    walk: tuple[int, ...]
    walk_clear: tuple[int, ...]
    ride_clear: tuple[int, ...]
    speed_yellow: tuple[int, ...]
    red: tuple[int, ...]
    dark: tuple[bool, ...]
    stops: frozenset[tuple[int, int]] = frozenset()
    lead: dict[tuple[int, int], int] = field(default_factory=dict)
    traps: frozenset[tuple[int, int]] = frozenset()
    least_ms: int = 0
    sides: Sides = ()

    def longest(self, layout: Layout) -> int:
        """The longest clearance of a signal with these links."""
        pairs = [(j, i) for j, foes in enumerate(layout.foes) for i in foes]
        return max([0, *self.yellow, *(max(self.intergreen[j][i], self.walk_clear[j], self.ride_clear[j])
                                        for j, i in pairs)])  # fmt: skip


def required(program: Program, layout: Layout, rule: str, walkers: Walkers = WALKERS) -> Required:
    """What `rule` (see the words of `verify_states`) asks of a signal with this program."""
    n = len(layout.foes)
    if any(len(state) < n for state, _ in program.rows):
        raise BadRecord(f"program {program.id!r}: a state is shorter than the network's {n} links")
    driven = [i not in layout.walking for i in range(n)]
    yellow = [_shortest_yellow(program, i) for i in range(n)]
    green = [min([5000, *_runs(program, i, GREEN)]) for i in range(n)]
    between = _intergreens(program, layout, yellow)
    walk, walk_clear, ride_clear = [0] * n, [0] * n, [0] * n
    speed_yellow = [_speed_yellow(layout.speed_mps.get(i)) for i in range(n)]
    if rule == "plan":
        yellow = [max(3000, speed_yellow[i], yellow[i]) if driven[i] else 0 for i in range(n)]
        between = [[max(between[j][i], yellow[j]) for i in range(n)] for j in range(n)]
        _add_ways(program, layout, yellow, between)
    elif rule == "resco":
        yellow = [3000 if driven[i] else 0 for i in range(n)]
        between = [[3000] * n if driven[j] else between[j] for j in range(n)]
        green = [5000 if driven[i] else green[i] for i in range(n)]
    if rule != "program":
        for i in layout.walking | layout.shared:
            walk[i] = min([walkers.green_ms, *_runs(program, i, GREEN, longest=True)])
            left_ms = 0 if program.kind == "NEMA" else _walked(program, layout, i)
            walk_clear[i] = max(_way_ms(layout.way_m.get(i, 0.0), walkers), left_ms)
        for i, way_m in layout.ride_m.items():
            ride_clear[i] = round(1000 * (way_m + BICYCLE_M) / RIDING_MPS)
    stops = _stops(program, layout) if rule != "program" else frozenset[tuple[int, int]]()
    red = [min([4000, *_runs(program, i, frozenset("ru"))]) if rule == "program" else 4000 for i in range(n)]
    dark = [rule == "program" and any(state[i] in OFF for state, _ in program.rows) for i in range(n)]
    return Required(
        tuple(yellow), tuple(map(tuple, between)), tuple(green), tuple(walk), tuple(walk_clear), tuple(ride_clear),
        tuple(speed_yellow), tuple(red), tuple(dark), stops, _leads(program, stops, walkers),
        _traps(program, layout) if rule != "resco" else frozenset(), walkers.least_ms,
        program.sides,
    )


def _leads(program: Program, stops: frozenset[tuple[int, int]], walkers: Walkers) -> dict[tuple[int, int], int]:
    """What is asked, or the least by which the program itself starts a crossing before a turn, if that is more."""
    plain = program.kind != "NEMA" and not program.after
    own = {(j, i): _own_lead(program, j, i) if plain else 0 for j, i in stops}
    kept = {pair: max(walkers.lead_ms, ms if ms <= LONGEST_LEAD_MS else 0) for pair, ms in own.items()}
    return {pair: ms for pair, ms in kept.items() if ms > 1000}


def _own_lead(program: Program, j: int, i: int) -> int:
    """The least from a start of crossing i to that of link j, where j starts while i is green; 0 for none."""
    rows, found = program.rows, []
    for k in range(len(rows)):
        if rows[k][0][i] not in GREEN or rows[k - 1][0][i] in GREEN:
            continue
        passed = 0
        for step in range(len(rows)):
            state, row_ms = rows[(k + step) % len(rows)]
            if state[i] not in GREEN or state[j] in GREEN:
                found += [passed] if state[i] in GREEN else []
                break
            passed += row_ms
    return min(found, default=0)


def _stops(program: Program, layout: Layout) -> frozenset[tuple[int, int]]:
    """Links and crossings they conflict with, without those that the program has going on as the crossing starts.

    Rows of a NEMA program are those of single rings: only what one row shows together starts together.
    """
    rows, n = [state for state, _ in program.rows], len(program.rows)
    pairs = {(j, i) for i in layout.walking for j in layout.foes[i] if j not in layout.walking}
    if program.kind == "NEMA":
        pairs = {(j, i) for j, i in pairs if any(row[j] in GREEN and row[i] in GREEN for row in rows)}
    following = program.after or ((),) * n
    for k in range(n):
        for m in {each % n for each in following[k]} or {(k + 1) % n}:
            was, now = rows[k], rows[m]
            starts = {i for i in layout.walking if now[i] in GREEN | OFF and was[i] not in GREEN}
            pairs -= {(j, i) for j, i in pairs if i in starts and {was[j], now[j]} <= GREEN | OFF}
    return frozenset(pairs)


def _traps(program: Program, layout: Layout) -> frozenset[tuple[int, int]]:
    """Links that wait inside and the traffic they give way to, without those that the program ends alone.

    Rows of a NEMA program are those of single rings, which end each on its own: nothing is asked there.
    """
    rows, n = [state for state, _ in program.rows], len(program.rows)
    pairs = {(i, j) for i, ahead in layout.waits_for.items() for j in ahead if i != j and program.kind != "NEMA"}
    following = program.after or ((),) * n
    for k in range(n):
        for m in {each % n for each in following[k]} or {(k + 1) % n}:
            was, now = rows[k], rows[m]
            pairs -= {(i, j) for i, j in pairs
                      if was[i] in GREEN | OFF and now[i] not in GREEN | OFF and {was[j], now[j]} <= GREEN | OFF}
    return frozenset(pairs)


def _way_ms(way_m: float, walkers: Walkers) -> int:
    """Time to walk so far, whole seconds; a twentieth over is none more."""
    return 1000 * math.ceil(way_m / walkers.mps - 0.05)


def _speed_yellow(speed_mps: float | None) -> int:
    """ITE: a second to react, then braking at 3.5 m/s2; 3 to 6 s, whole seconds. 0 where the speed is unknown."""
    if speed_mps is None:
        return 0
    return 1000 * math.ceil(min(max(1.0 + speed_mps / 7.0, 3.0), 6.0) - 0.05)


def _walked(program: Program, layout: Layout, j: int) -> int:
    """The least the program leaves from the end of crossing j's green to the first start against it, or rise, before
    which nothing else starts."""
    rows, found = program.rows, []
    for k in range(len(rows)):
        if rows[k - 1][0][j] in GREEN and rows[k][0][j] not in GREEN:
            first = [gap for i, gap, alone, _ in _gaps(rows, k, j) if alone and i in layout.foes[j]]
            found += first[:1]
    return min(found, default=0)


def _shortest_yellow(program: Program, i: int) -> int:
    letters = [state[i] for state, _ in program.rows]
    ends = [k for k, letter in enumerate(letters) if letters[k - 1] in GREEN and letter not in GREEN | OFF]
    return min((_length(program, i, k, YELLOW) for k in ends), default=0)


def _runs(program: Program, i: int, colour: frozenset[str], longest: bool = False) -> list[int]:
    """Lengths of every run of a colour at link i around the cycle, the longest they may last or the shortest."""
    letters = [state[i] for state, _ in program.rows]
    starts = [k for k, letter in enumerate(letters) if letter in colour and letters[k - 1] not in colour]
    return [_length(program, i, k, colour, longest) for k in starts]


def _length(program: Program, i: int, start: int, colour: frozenset[str], longest: bool = False) -> int:
    """Milliseconds link i shows a colour from row `start` on, at most one cycle."""
    length = 0
    for step in range(len(program.rows)):
        row = (start + step) % len(program.rows)
        state, row_ms = program.rows[row]
        if state[i] not in colour:
            break
        length += program.longest[row] if longest and program.longest else row_ms
    return length


def _starts(before: str, after: str) -> list[int]:
    return [i for i in range(len(after)) if after[i] in MOVES and before[i] not in MOVES]


def _rises(before: str, after: str) -> list[int]:
    return [i for i in range(len(after)) if before[i] + after[i] in ("gG", "sG", "sg")]


def _intergreens(program: Program, layout: Layout, yellow: Sequence[int]) -> list[list[int]]:
    """From the end of each link's green to the start of each other's in ms, by the program: the gap it leaves where
    that one is the first to start, else the least it leaves to anybody; never more than a gap that it shows."""
    n, rows = len(layout.foes), program.rows
    if program.kind == "NEMA":  # its rows are those of single rings, with yellow and red beside them
        return [[yellow[j]] * n for j in range(n)]
    chosen = [[NEVER] * n for _ in range(n)]
    any_gap = [[NEVER] * n for _ in range(n)]
    for k in range(len(rows)):
        for j in range(n):
            if rows[k - 1][0][j] in GREEN and rows[k][0][j] not in GREEN:
                for i, gap, alone, rises in _gaps(rows, k, j):
                    any_gap[j][i] = min(any_gap[j][i], gap)
                    if alone and not rises and i in layout.foes[j]:
                        chosen[j][i] = min(chosen[j][i], gap)
    result = []
    for j in range(n):
        own = min(chosen[j], default=NEVER)
        usual = own if own < NEVER else yellow[j]
        wanted = [chosen[j][i] if chosen[j][i] < NEVER else usual for i in range(n)]
        result.append([min(wanted[i], any_gap[j][i]) for i in range(n)])
    return result


def _add_ways(program: Program, layout: Layout, yellow: Sequence[int], between: list[list[int]]) -> None:
    """What the ways through the junction ask of changes that the program never makes; what it leaves is its word."""
    if program.kind == "NEMA" or program.after or not layout.ways:
        return
    left = _shortest_gaps(program, layout)
    for j, foes in enumerate(layout.foes):
        for i in foes:
            asked = [least_ms(last, first, yellow[j]) for last in layout.ways.get(j, ())
                     for first in layout.ways.get(i, ())]  # fmt: skip
            between[j][i] = max(between[j][i], min(max(asked, default=0), left[j][i]))


def _shortest_gaps(program: Program, layout: Layout) -> list[list[int]]:
    """The least that the program ever leaves from the end of j's green to a start or rise of i, before j goes again."""
    rows, n = program.rows, len(layout.foes)
    left = [[NEVER] * n for _ in range(n)]
    for k in range(len(rows)):
        for j in range(n):
            if rows[k - 1][0][j] in GREEN and rows[k][0][j] not in GREEN:
                for i, gap, _, _ in _gaps(rows, k, j):
                    if i < n:
                        left[j][i] = min(left[j][i], gap)
    return left


def _gaps(rows: Sequence[tuple[str, int]], end: int, j: int) -> Iterator[tuple[int, int, bool, bool]]:
    """Each start until j goes again: (link, ms since j's green ended, first to start, only a rise).

    Arrow and off count as going; a lamp that gives more than before rises.
    """
    passed, alone = 0, True
    for step in range(len(rows)):
        k = (end + step) % len(rows)
        before, (now, row_ms) = rows[k - 1][0], rows[k]
        if now[j] in MOVES:
            return
        starts, rises = _starts(before, now), _rises(before, now)
        yield from ((i, passed, alone, False) for i in starts)
        yield from ((i, passed, alone, True) for i in rises)
        alone = alone and not starts and not rises
        passed += row_ms
