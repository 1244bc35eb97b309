"""An `Intersection` from what an engineer knows of it: phases, conflicts, times and loops.

Everything is looked at before it is believed; what does not fit is a ValueError that names the argument and the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from signal_core.kernels.arrivals import WINDOW
from signal_core.tables.arrays import GREEN, NEVER, PERMISSIVE, BoolArray, CodeArray, Feeds, FloatArray, IntArray
from signal_core.tables.changes import play_changes
from signal_core.tables.discharge import PERMISSIVE_SHARE, discharge_vps, effective_start_s
from signal_core.tables.letters import encode

Movement: TypeAlias = str | int
"""A link by its name or its place in the state."""
LETTERS = "Ggrs"
SATURATION_VPH = 1800.0
SPEED_MPS = 13.9
DISTANCES_M = (0.0, 40.0, 120.0)
VEHICLE_SPACE_M = 7.5
LONGEST_S = NEVER - 1


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane, its movements and its loops.

    loops: index of each loop in the arrays of counts, the stop line first; None where there is none. distances_m: of
    each loop from the stop line, so many as there are loops. road: lanes of one number lie side by side, and vehicles
    change between them; None for a lane by itself.
    """

    movements: tuple[Movement, ...]
    loops: tuple[int | None, ...]
    distances_m: tuple[float, ...] = DISTANCES_M
    speed_mps: float = SPEED_MPS
    saturation_vph: float = SATURATION_VPH
    road: int | None = None


LoopsOf: TypeAlias = Sequence[Lane | int | Sequence[int | None]] | None


def from_phases(
    phases: Sequence[str] | Sequence[Iterable[Movement]], conflicts: ArrayLike | Iterable[tuple[Movement, Movement]], *,
    name: str, yellow_s: ArrayLike, intergreen_s: ArrayLike, min_green_s: ArrayLike, green_s: ArrayLike,
    loops: LoopsOf, movements: Sequence[str] | None,
) -> dict[str, Any]:
    """The fields of an `Intersection`, see there. Raises ValueError where something does not fit."""
    names, codes = _read_phases(phases, movements)
    n = codes.shape[1]
    foes = _read_conflicts(conflicts, names, n)
    _no_conflict_is_green(codes, foes, names)
    yellow = _seconds("yellow_s", yellow_s, (n,))
    shortest = _seconds("min_green_s", min_green_s, (n,))
    intergreen = np.where(foes, _seconds("intergreen_s", intergreen_s, (n, n)), 0)
    _intergreen_holds_yellow(intergreen, yellow, foes, names)
    try:
        link_lag, stay = play_changes(codes, foes, yellow, intergreen, shortest)
    except ValueError as error:
        raise ValueError(f"phases: {error}; look at conflicts, and at intergreen_s in both directions") from error
    lanes = _read_lanes(loops, names, codes)
    rates = [_link_rates(codes, foes, links, lane.saturation_vph / 3600.0) for lane, links in lanes]
    return {
        "id": name, "phase_codes": codes, "conflicts": foes, "yellow_s": yellow, "intergreen_s": intergreen,
        "min_green_s": shortest, "service_vps": _service(rates, len(codes)),
        "start_lag_s": _start_lag(lanes, rates, link_lag), "min_split_s": stay,
        "lane_link_ptr": np.cumsum([0, *(len(links) for _, links in lanes)], dtype=np.int64),
        "lane_links": np.array([j for _, links in lanes for j in links], dtype=np.int64),
        "stop_loop": np.array([_loop_at(lane, 0) for lane, _ in lanes], dtype=np.int64),
        "mid": _feeds(lanes, 1), "far": _feeds(lanes, 2), "mid_storage": _storage(lanes, 1),
        "far_storage": _storage(lanes, 2),
        "shown_s": _seconds("green_s", green_s, (len(codes),)).astype(np.float64), "road": _roads(lanes),
    }


# --- phases and conflicts ------------------------------------------------------------------------


def _read_phases(phases: Sequence[str] | Sequence[Iterable[Movement]],
                 movements: Sequence[str] | None) -> tuple[tuple[str, ...], CodeArray]:
    """Names of the links, and uint8[P, n]."""
    rows: list[Any] = list(phases)
    if len(rows) < 2:
        raise ValueError(f"phases: {len(rows)} given; a signal that can choose has at least two")
    letters = [row for row in rows if isinstance(row, str)]
    if letters and len(letters) < len(rows):
        raise ValueError("phases: some are letters and some are lists of movements; write all of them one way")
    if letters:
        return _from_letters(letters, movements)
    lists = [list(row) for row in rows]
    named = all(isinstance(one, str) for row in lists for one in row)
    if movements is None and named:
        movements = tuple(dict.fromkeys(one for row in lists for one in row))
    names = _names(movements, 1 + max((one for row in lists for one in row if isinstance(one, int)), default=-1))
    codes = np.zeros((len(lists), len(names)), dtype=np.uint8)
    for p, row in enumerate(lists):
        codes[p, [_link(one, names, f"phases[{p}]") for one in row]] = GREEN
    return names, _each_goes_somewhere(codes)


def _from_letters(letters: list[str], movements: Sequence[str] | None) -> tuple[tuple[str, ...], CodeArray]:
    names = _names(movements, len(letters[0]))
    for p, row in enumerate(letters):
        if len(row) != len(names):
            raise ValueError(f"phases[{p}]: '{row}' has {len(row)} links, {len(names)} needed as in the others")
        for j, letter in enumerate(row):
            if letter not in LETTERS:
                hint = "; yellow and clearance come by themselves, leave them out" if letter in "yYu" else ""
                raise ValueError(f"phases[{p}]: '{letter}' at link {j}; each is one of {', '.join(LETTERS)}{hint}")
    return names, _each_goes_somewhere(np.stack([encode(row) for row in letters]))


def _names(movements: Sequence[str] | None, n: int) -> tuple[str, ...]:
    if movements is None:
        return tuple(str(j) for j in range(n))
    twice = [one for one in movements if list(movements).count(one) > 1]
    if twice:
        raise ValueError(f"movements: '{twice[0]}' stands there twice; give each link a name of its own")
    return tuple(movements)


def _each_goes_somewhere(codes: CodeArray) -> CodeArray:
    green = np.isin(codes, (GREEN, PERMISSIVE))
    if not green.any(axis=1).all():
        raise ValueError(f"phases[{int((~green.any(axis=1)).argmax())}]: nobody has green in it; leave it out")
    same = [(a, b) for b in range(len(codes)) for a in range(b) if (codes[a] == codes[b]).all()]
    if same:
        raise ValueError(f"phases[{same[0][1]}]: the same as phases[{same[0][0]}]; leave one out")
    return codes


def _link(one: Movement, names: tuple[str, ...], where: str) -> int:
    if isinstance(one, str) and one in names:
        return names.index(one)
    if isinstance(one, int | np.integer) and 0 <= one < len(names):
        return int(one)
    raise ValueError(f"{where}: no movement {one!r}; there are {', '.join(names)}")


def _read_conflicts(conflicts: Any, names: tuple[str, ...], n: int) -> BoolArray:
    """bool[n, n], in both directions."""
    rows = list(conflicts)
    if rows and all(isinstance(row, list | tuple) and len(row) == 2 for row in rows) and not _is_table(rows, n):
        foes: BoolArray = np.zeros((n, n), dtype=np.bool_)
        for k, (one, other) in enumerate(rows):
            foes[_link(one, names, f"conflicts[{k}]"), _link(other, names, f"conflicts[{k}]")] = True
    else:
        try:
            foes = np.asarray(rows, dtype=np.bool_)
        except (TypeError, ValueError):
            foes = np.zeros(0, dtype=np.bool_)
        if foes.shape != (n, n):
            raise ValueError(f"conflicts: give pairs of movements, or a table of {n} rows with {n} columns")
    foes = foes | foes.T
    if foes.diagonal().any():
        raise ValueError(f"conflicts: movement {names[int(foes.diagonal().argmax())]} with itself")
    return foes


def _is_table(rows: list[Any], n: int) -> bool:
    """Of a signal with two links, two rows of two: of truth values, or of 0 and 1 with none on the diagonal."""
    flat = [value for row in rows for value in row]
    if n != 2 or len(rows) != 2:
        return False
    return all(isinstance(v, bool | np.bool_) for v in flat) or flat in ([0, 1, 1, 0], [0, 0, 0, 0])


def _no_conflict_is_green(codes: CodeArray, foes: BoolArray, names: tuple[str, ...]) -> None:
    for p, row in enumerate(codes):
        priority = row == GREEN
        both = np.argwhere(foes & priority[:, None] & priority)
        if len(both):
            i, j = both[0].tolist()
            raise ValueError(f"phases[{p}]: {names[i]} and {names[j]} have green together, and they conflict; give the "
                             "one that yields 'g', or a phase of its own")


# --- times ---------------------------------------------------------------------------------------


def _seconds(name: str, values: ArrayLike, shape: tuple[int, ...]) -> IntArray:
    """Whole seconds, rounded up."""
    try:
        found = np.broadcast_to(np.asarray(values, dtype=np.float64), shape)
    except (TypeError, ValueError):
        wanted = " x ".join(map(str, shape))
        raise ValueError(f"{name}: give one number, or {wanted} of them") from None
    if not (np.isfinite(found).all() and (found >= 0).all() and (found <= LONGEST_S).all()):
        raise ValueError(f"{name}: seconds from 0 to {LONGEST_S} are needed")
    return np.ceil(found - 1e-6).astype(np.int64)


def _intergreen_holds_yellow(intergreen: IntArray, yellow: IntArray, foes: BoolArray, names: tuple[str, ...]) -> None:
    short = np.argwhere(foes & (intergreen < yellow[:, None]))
    if len(short):
        i, j = short[0].tolist()
        raise ValueError(f"intergreen_s: {intergreen[i, j]} s from {names[i]} to {names[j]}, and the yellow of "
                         f"{names[i]} alone is {yellow[i]} s; an intergreen is yellow and red clearance")


# --- lanes and loops -----------------------------------------------------------------------------

Lanes: TypeAlias = list[tuple[Lane, list[int]]]
"""With the links of each."""


def _read_lanes(loops: LoopsOf, names: tuple[str, ...], codes: CodeArray) -> Lanes:
    if loops is None:
        loops = list(range(len(names)))
    given = list(loops)
    if not given:
        raise ValueError("loops: no lane at all; leave it out for a loop at the stop line of every movement")
    if len(given) > len(names) and not any(isinstance(one, Lane) for one in given):
        raise ValueError(f"loops: {len(given)} entries for {len(names)} movements; describe lanes by `Lane`")
    found: Lanes = []
    for k, one in enumerate(given):
        lane = one if isinstance(one, Lane) else _lane_of(k, one)
        links = [_link(movement, names, f"loops[{k}].movements") for movement in lane.movements]
        _lane_fits(lane, links, codes, f"loops[{k}]")
        found.append((lane, links))
    return found


def _lane_of(k: int, one: int | Sequence[int | None]) -> Lane:
    loops = (one,) if isinstance(one, int | np.integer) else tuple(one)
    return Lane((k,), loops, DISTANCES_M[:len(loops)])


def _lane_fits(lane: Lane, links: list[int], codes: CodeArray, where: str) -> None:
    if not 1 <= len(lane.loops) <= len(DISTANCES_M):
        raise ValueError(f"{where}.loops: {len(lane.loops)} loops; one to {len(DISTANCES_M)}, the stop line first")
    if any(one is not None and (not isinstance(one, int | np.integer) or one < 0) for one in lane.loops):
        raise ValueError(f"{where}.loops: {lane.loops}; each is a place in the counts from 0 on, None for none")
    metres = lane.distances_m[:len(lane.loops)]
    if len(metres) < len(lane.loops) or any(a >= b for a, b in zip(metres, metres[1:], strict=False)) or metres[0] < 0:
        raise ValueError(f"{where}.distances_m: {lane.distances_m}; a distance for every loop, ascending from 0")
    if not (lane.speed_mps > 0.0 and lane.saturation_vph > 0.0):
        raise ValueError(f"{where}: speed_mps and saturation_vph must be above 0")
    if not links:
        raise ValueError(f"{where}.movements: none; name what the lane leads to")
    if not np.isin(codes[:, links], (GREEN, PERMISSIVE)).any():
        raise ValueError(f"{where}: no phase gives its movements green")


def _loop_at(lane: Lane, level: int) -> int:
    found = lane.loops[level] if level < len(lane.loops) else None
    return -1 if found is None else int(found)


def _feeds(lanes: Lanes, level: int) -> Feeds:
    """One loop a lane, and what several lanes share in equal parts."""
    loops = [_loop_at(lane, level) for lane, _ in lanes]
    there = [(loop, lane) for loop, (lane, _) in zip(loops, lanes, strict=True) if loop >= 0]
    lag_s = [min(max(1, round(lane.distances_m[level] / lane.speed_mps)), WINDOW - 1) for _, lane in there]
    return Feeds(np.cumsum([0, *(int(loop >= 0) for loop in loops)], dtype=np.int64),
                 np.array([loop for loop, _ in there], dtype=np.int64),
                 np.array([1.0 / loops.count(loop) for loop, _ in there], dtype=np.float64),
                 np.array(lag_s, dtype=np.int64))


def _storage(lanes: Lanes, level: int) -> FloatArray:
    return np.array([lane.distances_m[level] / VEHICLE_SPACE_M if _loop_at(lane, level) >= 0 else 0.0
                     for lane, _ in lanes])


def _roads(lanes: Lanes) -> IntArray:
    numbers: Mapping[int, int] = {road: k for k, road in enumerate(dict.fromkeys(
        -1 - k if lane.road is None else lane.road for k, (lane, _) in enumerate(lanes)))}
    return np.array([numbers[-1 - k if lane.road is None else lane.road] for k, (lane, _) in enumerate(lanes)],
                    dtype=np.int64)


# --- rates ---------------------------------------------------------------------------------------


def _link_rates(codes: CodeArray, foes: BoolArray, links: list[int], full_vps: float) -> FloatArray:
    """float[P, links of a lane]: 0 on red; less where it yields to somebody who has priority then."""
    priority = codes == GREEN
    opposed = priority.astype(np.int64) @ foes.astype(np.int64) > 0
    rates = np.where(priority, full_vps, 0.0)
    rates = np.where(codes == PERMISSIVE, np.where(opposed, PERMISSIVE_SHARE * full_vps, full_vps), rates)
    return np.asarray(rates[:, links], dtype=np.float64)


def _even(links: int) -> FloatArray:
    return np.full(links, 1.0 / links)


def _service(rates: list[FloatArray], phases: int) -> FloatArray:
    return np.array([[discharge_vps(_even(each.shape[1]), each[p]) for each in rates] for p in range(phases)])


def _start_lag(lanes: Lanes, rates: list[FloatArray], link_lag: IntArray) -> IntArray:
    """int[P, P, L]."""
    phases = len(link_lag)
    lag: NDArray[np.int64] = np.full((phases, phases, len(lanes)), NEVER, dtype=np.int64)
    for k, ((_, links), each) in enumerate(zip(lanes, rates, strict=True)):
        for a in range(phases):
            for b in range(phases):
                starts_s = link_lag[a, b, links]
                if (starts_s < NEVER).any():
                    lag[a, b, k] = effective_start_s(_even(len(links)), each[b], starts_s)
    return lag
