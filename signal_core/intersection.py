"""One signalised intersection as the engine sees it, and many of them packed into flat tables.

An `Intersection` is frozen. `pack` lays any number of them end to end in a `Tables` record: every ragged
field is one flat array, addressed through row pointers, so that one kernel call serves the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from signal_core.kernels.codes import ARROW, GREEN, NEVER, OFF, PERMISSIVE, RED, YELLOW

if TYPE_CHECKING:
    from signal_core.from_phases import Lane

__all__ = ["ARROW", "GREEN", "NEVER", "OFF", "PERMISSIVE", "RED", "YELLOW", "BoolArray", "CodeArray", "Feeds",
           "FloatArray", "IntArray", "Intersection", "LinkTables", "Tables", "link_tables", "pack"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CodeArray = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]
Arrays = dict[str, NDArray[Any]]


CHANGE_S = 5.0
"""What the program is taken to need from a green to the next."""


class Feeds(NamedTuple):
    """Advance loops of every lane, as row pointers: lane k is fed by rows `ptr[k]:ptr[k + 1]`.

    loop: index into the count array; share: part of the loop's vehicles bound for the lane;
    lag_s: travel time from the loop to the stop line.
    """

    ptr: IntArray
    loop: IntArray
    share: FloatArray
    lag_s: IntArray


@dataclass(frozen=True)
class Intersection:
    """Static description of a signal with P phases, n links and L lanes.

    phase_codes: uint8[P, n], what each link shows in each phase.
    conflicts: bool[n, n]; intergreen_s: int[n, n], end of green of row to start of green of column.
    yellow_s, min_green_s: int[n].
    service_vps: float[P, L], nominal discharge rate in vehicles per second, 0 on red.
    start_lag_s: int[P, P, L], seconds from leaving phase a for b until the lane has green (NEVER: none).
    min_split_s: int[P, P], seconds from leaving phase a for b until b may be left.
    lane_link_ptr, lane_links: links of each lane as row pointers.
    stop_loop: int[L], index of the stop-line loop, -1 for none; mid, far: advance loops.
    mid_storage, far_storage: float[L], vehicles standing between stop line and the loop.
    shown_s: float[P], green of each phase in the network's own program.
    home: int[P], the program's phase that each stands for: itself, and those beyond the program, which come last, the
    one they are part of; None where all are the program's.
    road: int[L], lanes of one number lie side by side, and vehicles change between them; None where none do.
    unwatched: bool[n], links that somebody may wait for whom no lane's loops see, on foot or inside the junction; None
    where there are none. Links that no lane leads to are so in any case.
    has_sneakers: bool[P, L], lanes that may have sneakers in that phase: vehicles that wait inside the junction for
    a gap; None where none has.
    upstream: of lanes close behind another signal, the loops at its stop lines; None for none. Where no loop
    lies between, mid_storage is what stands between the two.
    past: stop-line loops of lanes at other signals from which traffic comes; None where it comes from none.
    bounded: bool[L], all who come to the lane pass another signal just behind its outermost loop; None where none do.
    yielded_s: intergreen_s where the green that ends gave way, so that somebody may wait inside the junction; None
    where that is the same.
    """

    id: str
    phase_codes: CodeArray
    conflicts: BoolArray
    yellow_s: IntArray
    intergreen_s: IntArray
    min_green_s: IntArray
    service_vps: FloatArray
    start_lag_s: IntArray
    min_split_s: IntArray
    lane_link_ptr: IntArray
    lane_links: IntArray
    stop_loop: IntArray
    mid: Feeds
    far: Feeds
    mid_storage: FloatArray
    far_storage: FloatArray
    shown_s: FloatArray
    road: IntArray | None = None
    home: IntArray | None = None
    unwatched: BoolArray | None = None
    has_sneakers: BoolArray | None = None
    upstream: Feeds | None = None
    bounded: BoolArray | None = None
    past: IntArray | None = None
    yielded_s: IntArray | None = None

    @classmethod
    def from_phases(
        cls, phases: Sequence[str] | Sequence[Iterable[str | int]],
        conflicts: ArrayLike | Iterable[tuple[str | int, str | int]], *, name: str = "",
        yellow_s: ArrayLike = 3, intergreen_s: ArrayLike = 6, min_green_s: ArrayLike = 5, green_s: ArrayLike = 20,
        loops: Sequence[Lane | int | Sequence[int | None]] | None = None, movements: Sequence[str] | None = None,
    ) -> Intersection:
        """An intersection from what an engineer knows of it.

        Parameters
        ----------
        phases
            What is green together, at least two: as SUMO's letters, one per movement (``G`` priority, ``g`` permissive,
            ``r`` red, ``s`` green arrow), or as lists of movements by name or number. Yellow and clearance are added.
        conflicts
            Which movements must not have green together: pairs, or a table bool[n, n].
        name
            For reports.
        yellow_s
            Seconds; one number, or one per movement.
        intergreen_s
            Seconds from the end of green of one movement to the start of green of a conflicting one, yellow and red
            clearance together; one number, or [n, n], from row to column.
        min_green_s
            Seconds; one number, or one per movement.
        green_s
            Green of each phase in the fixed-time plan that is fallen back to; one number, or one per phase.
        loops
            A `Lane` per lane; or, where every movement has one lane, the places of its loops in the arrays of counts:
            the one at the stop line, or (stop line, 40 m, 120 m), with None for one that is not there. By default loop
            k lies at the stop line of movement k.
        movements
            Names, in the order of the letters; by default in the order in which lists name them.

        Raises
        ------
        ValueError
            Where something does not fit; it names the argument, the place and what is needed.

        Examples
        --------
        >>> from signal_core import Intersection
        >>> x = Intersection.from_phases([["north", "south"], ["east"]], [("north", "east"), ("south", "east")])
        >>> x.n_phases, x.n_links, x.n_lanes
        (2, 3, 3)
        """
        from signal_core.from_phases import from_phases  # which is made of intersections

        return from_phases(phases, conflicts, name=name, yellow_s=yellow_s, intergreen_s=intergreen_s,
                           min_green_s=min_green_s, green_s=green_s, loops=loops, movements=movements)

    @property
    def n_phases(self) -> int:
        """How many phases it has, P."""
        return int(self.phase_codes.shape[0])

    @property
    def n_links(self) -> int:
        """How many links it has, n."""
        return int(self.phase_codes.shape[1])

    @property
    def n_lanes(self) -> int:
        """How many lanes lead to it, L."""
        return int(self.stop_loop.shape[0])


class Tables(NamedTuple):
    """A batch of intersections in flat arrays. `x_ptr[i]:x_ptr[i + 1]` is intersection i's part of x."""

    lane_ptr: IntArray
    phase_ptr: IntArray
    link_ptr: IntArray
    code_ptr: IntArray  # phases x links
    pair_ptr: IntArray  # phases x phases
    link_pair_ptr: IntArray  # links x links
    service_ptr: IntArray  # phases x lanes
    lag_ptr: IntArray  # phases x phases x lanes
    phase_codes: CodeArray
    conflicts: BoolArray
    undetected: BoolArray  # links where others than those on lanes may wait: crossings
    intergreen_s: CodeArray
    yielded_s: CodeArray
    yellow_s: CodeArray
    min_green_s: CodeArray
    service_vps: FloatArray
    start_lag_s: CodeArray
    min_split_s: CodeArray
    best_vps: FloatArray
    has_sneakers: BoolArray
    lane_link_ptr: IntArray
    lane_links: IntArray
    road: IntArray
    stop_loop: IntArray
    mid_ptr: IntArray
    mid_loop: IntArray
    mid_share: FloatArray
    mid_lag_s: IntArray
    far_ptr: IntArray
    far_loop: IntArray
    far_share: FloatArray
    far_lag_s: IntArray
    upstream_ptr: IntArray  # lanes at the upstream one of closely spaced signals
    upstream_lane: IntArray  # -1: not in the batch, or of the same intersection, which plans for it anyway
    upstream_loop: IntArray
    upstream_share: FloatArray
    upstream_lag_s: IntArray
    mid_storage: FloatArray
    far_storage: FloatArray
    shown_s: FloatArray
    home: IntArray  # per phase, counted within its intersection
    own_phases: IntArray  # per intersection: the first so many phases are the program's
    longest_clearance_s: IntArray  # per intersection: yellow or intergreen
    longest_min_split_s: IntArray  # per intersection: of min_split_s
    plan_vps: FloatArray  # per lane: discharge over the program's cycle
    bounded: BoolArray
    cycle_s: FloatArray  # per intersection: of the program
    neighbour_ptr: IntArray  # per intersection: those that traffic comes from or goes to next
    neighbour: IntArray
    change_s: FloatArray  # per intersection: from a phase to the last new green of the next, on average


class LinkTables(NamedTuple):
    """What sequencer and modes need of `Tables`: a kernel is called sooner with fewer arrays, and compiled sooner."""

    lane_ptr: IntArray
    phase_ptr: IntArray
    link_ptr: IntArray
    code_ptr: IntArray
    pair_ptr: IntArray
    link_pair_ptr: IntArray
    phase_codes: CodeArray
    conflicts: BoolArray
    undetected: BoolArray
    intergreen_s: CodeArray
    yielded_s: CodeArray
    yellow_s: CodeArray
    min_green_s: CodeArray
    min_split_s: CodeArray
    home: IntArray
    own_phases: IntArray
    lane_link_ptr: IntArray
    lane_links: IntArray
    stop_loop: IntArray
    longest_clearance_s: IntArray


def link_tables(tables: Tables) -> LinkTables:
    """The same arrays."""
    return LinkTables(*(getattr(tables, name) for name in LinkTables._fields))


def _pointers(sizes: Sequence[int] | IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))]).astype(np.int64)


def _join(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.asarray(p).ravel() for p in parts]).astype(dtype) if parts else np.empty(0, dtype)


def _chain(pointers: Sequence[IntArray]) -> IntArray:
    """Join per-intersection row pointers into one, shifting each by what came before."""
    return _pointers(np.concatenate([np.diff(p) for p in pointers])) if pointers else _pointers([])


def _change_s(x: Intersection) -> float:
    """Seconds from leaving a phase until the lanes new in the next have green, the mean over the program's order."""
    phases = np.arange(_own_phases(x))
    lag = np.asarray(x.start_lag_s)[phases, np.roll(phases, -1)]
    red = np.asarray(x.start_lag_s)[phases, phases] == NEVER
    return float(np.where(red & (lag < NEVER), lag, 0).max(axis=1, initial=0).mean()) if x.n_phases else 0.0


def _cycle_s(x: Intersection) -> float:
    """Length of the program's cycle."""
    own = _home(x) == np.arange(x.n_phases)
    return float(np.asarray(x.shown_s)[own].sum() + CHANGE_S * own.sum())


def _plan_vps(x: Intersection) -> FloatArray:
    """float[L]: what the program lets each lane discharge over its cycle."""
    own = _home(x) == np.arange(x.n_phases)
    shown_s = np.asarray(x.shown_s, dtype=np.float64)[own]
    return np.asarray(shown_s @ x.service_vps[own] / max(_cycle_s(x), 1.0), dtype=np.float64)


def _yielded_s(x: Intersection) -> IntArray:
    between = np.asarray(x.intergreen_s, dtype=np.int64)
    return between if x.yielded_s is None else np.maximum(between, x.yielded_s)


def _longest_clearance_s(x: Intersection) -> int:
    owed = np.where(x.conflicts, _yielded_s(x), 0)
    return int(max(owed.max(initial=0), np.max(x.yellow_s, initial=0)))


def _bounded(x: Intersection) -> BoolArray:
    return np.zeros(x.n_lanes, np.bool_) if x.bounded is None else x.bounded


def _of_neighbours(xs: Sequence[Intersection]) -> dict[str, Any]:
    rows = _neighbours(xs)
    return {"neighbour_ptr": _pointers([len(row) for row in rows]),
            "neighbour": _join([np.array(row) for row in rows], np.int64)}


def _neighbours(xs: Sequence[Intersection]) -> list[list[int]]:
    """Per intersection, those that its traffic comes from and goes to, without another signal between."""
    owner = {loop: i for i, x in enumerate(xs) for loop in x.stop_loop.tolist() if loop >= 0}
    found: list[set[int]] = [set() for _ in xs]
    for i, x in enumerate(xs):
        for loop in () if x.past is None else x.past.tolist():
            j = owner.get(loop, i)
            if j != i:
                found[i].add(j)
                found[j].add(i)
    return [sorted(row) for row in found]


def _home(x: Intersection) -> IntArray:
    return np.arange(x.n_phases) if x.home is None else np.asarray(x.home, dtype=np.int64)


def _own_phases(x: Intersection) -> int:
    return int(np.count_nonzero(_home(x) == np.arange(x.n_phases)))


def _undetected(x: Intersection) -> BoolArray:
    undetected = np.isin(np.arange(x.n_links), x.lane_links, invert=True)
    return undetected if x.unwatched is None else undetected | x.unwatched


def _has_sneakers(x: Intersection) -> BoolArray:
    return np.zeros((x.n_phases, x.n_lanes), np.bool_) if x.has_sneakers is None else x.has_sneakers


def _upstream(x: Intersection) -> Feeds:
    nothing = np.zeros(0, np.int64)
    return Feeds(np.zeros(x.n_lanes + 1, np.int64), nothing, np.zeros(0), nothing) if x.upstream is None else x.upstream


def _upstream_lanes(xs: Sequence[Intersection]) -> IntArray:
    """The lane, numbered over the batch, whose stop-line loop each entry of `upstream` names."""
    lane_of: dict[int, int] = {}
    for k, loop in enumerate(_join([x.stop_loop for x in xs], np.int64).tolist()):
        lane_of.setdefault(loop, k)
    found = [[-1 if loop in x.stop_loop else lane_of.get(loop, -1) for loop in _upstream(x).loop.tolist()] for x in xs]
    return _join([np.array(row) for row in found], np.int64)


def _rows(xs: Sequence[Intersection]) -> Arrays:
    """Where each intersection's part begins."""
    return {
        "lane_ptr": _pointers([x.n_lanes for x in xs]),
        "phase_ptr": _pointers([x.n_phases for x in xs]),
        "link_ptr": _pointers([x.n_links for x in xs]),
        "code_ptr": _pointers([x.phase_codes.size for x in xs]),
        "pair_ptr": _pointers([x.min_split_s.size for x in xs]),
        "link_pair_ptr": _pointers([x.conflicts.size for x in xs]),
        "service_ptr": _pointers([x.service_vps.size for x in xs]),
        "lag_ptr": _pointers([x.start_lag_s.size for x in xs]),
    }


def _of_links(xs: Sequence[Intersection]) -> Arrays:
    """What links show, and what they have to keep to."""
    return {
        "phase_codes": _join([x.phase_codes for x in xs], np.uint8),
        "conflicts": _join([x.conflicts for x in xs], np.bool_),
        "undetected": _join([_undetected(x) for x in xs], np.bool_),
        "intergreen_s": _join([x.intergreen_s for x in xs], np.uint8),
        "yielded_s": _join([_yielded_s(x) for x in xs], np.uint8),
        "longest_clearance_s": np.array([_longest_clearance_s(x) for x in xs], dtype=np.int64),
        "yellow_s": _join([x.yellow_s for x in xs], np.uint8),
        "min_green_s": _join([x.min_green_s for x in xs], np.uint8),
    }


def _of_phases(xs: Sequence[Intersection]) -> Arrays:
    """Of phases and their changes."""
    return {
        "start_lag_s": _join([x.start_lag_s for x in xs], np.uint8),
        "min_split_s": _join([x.min_split_s for x in xs], np.uint8),
        "shown_s": _join([x.shown_s for x in xs], np.float64),
        "home": _join([_home(x) for x in xs], np.int64),
        "own_phases": np.array([_own_phases(x) for x in xs], dtype=np.int64),
        "longest_min_split_s": np.array([x.min_split_s.max(initial=0) for x in xs], dtype=np.int64),
        "cycle_s": np.array([_cycle_s(x) for x in xs]),
        "change_s": np.array([_change_s(x) for x in xs]),
    }


def _of_lanes(xs: Sequence[Intersection]) -> Arrays:
    """Of lanes, and of phases and lanes."""
    return {
        "service_vps": _join([x.service_vps for x in xs], np.float64),
        "best_vps": _join([x.service_vps.max(axis=0) for x in xs], np.float64),
        "plan_vps": _join([_plan_vps(x) for x in xs], np.float64),
        "bounded": _join([_bounded(x) for x in xs], np.bool_),
        "has_sneakers": _join([_has_sneakers(x) for x in xs], np.bool_),
        "lane_link_ptr": _chain([x.lane_link_ptr for x in xs]),
        "lane_links": _join([x.lane_links for x in xs], np.int64),
        "road": _join([np.arange(x.n_lanes) if x.road is None else x.road for x in xs], np.int64),
        "stop_loop": _join([x.stop_loop for x in xs], np.int64),
        "mid_storage": _join([x.mid_storage for x in xs], np.float64),
        "far_storage": _join([x.far_storage for x in xs], np.float64),
    }


def _of_feeds(name: str, feeds: Sequence[Feeds]) -> Arrays:
    """Loops that lanes are fed by, under names that begin with `name`."""
    return {
        f"{name}_ptr": _chain([each.ptr for each in feeds]),
        f"{name}_loop": _join([each.loop for each in feeds], np.int64),
        f"{name}_share": _join([each.share for each in feeds], np.float64),
        f"{name}_lag_s": _join([each.lag_s for each in feeds], np.int64),
    }


def pack(intersections: Sequence[Intersection]) -> Tables:
    """Lay intersections end to end. Raises ValueError where a time exceeds 254 s."""
    xs = list(intersections)
    for x in xs:
        if max(_yielded_s(x).max(initial=0), x.min_green_s.max(initial=0), x.min_split_s.max(initial=0)) >= NEVER:
            raise ValueError(f"intersection {x.id}: a green or intergreen of {NEVER} s or more")
    feeds = _of_feeds("mid", [x.mid for x in xs]) | _of_feeds("far", [x.far for x in xs])
    feeds |= _of_feeds("upstream", [_upstream(x) for x in xs])
    return Tables(**_rows(xs), **_of_links(xs), **_of_phases(xs), **_of_lanes(xs), **_of_neighbours(xs), **feeds,
                  upstream_lane=_upstream_lanes(xs))
