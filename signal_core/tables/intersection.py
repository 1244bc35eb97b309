"""One signalised intersection as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike

from signal_core.tables.arrays import BoolArray, CodeArray, Feeds, FloatArray, IntArray
from signal_core.tables.from_phases import Lane, from_phases


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
    claim_vps: float[L], what each lane discharges over the cycle of that program, cycle_s seconds, also in greens that
    go on through a change; None where that is to be had from shown_s.
    home: int[P], the program's phase that each stands for: itself, and those beyond the program, which come last, the
    one they are part of; None where all are the program's.
    road: int[L], lanes of one number lie side by side, and vehicles change between them; None where none do.
    unwatched: bool[n], links that somebody may wait for whom no lane's loops see, on foot or inside the junction; None
    where there are none. Links that no lane leads to are so in any case.
    has_sneakers: bool[P, L], lanes that may have sneakers in that phase: vehicles that wait inside the junction for
    a gap; None where none has.
    upstream: of lanes close behind another signal, the loops at its stop lines; None for none. Where no loop
    lies between, mid_storage is what stands between the two.
    upstream_link: of each of them the link, counted within the other signal, that leads onto a way which is shorter
        than a vehicle, -1 where it is longer; None where all are longer.
    exits: of each lane the loops behind the junction, past which nobody is inside any more, and the usual share of its
        vehicles that leaves there; None where there are none.
    exit_road: of each of them a number, the same for those side by side; None where none are.
    fed_ptr, fed_loop: of each lane, as row pointers, such loops behind other junctions from which its traffic comes
        without passing another signal; None where there are none.
    past: stop-line loops of lanes at other signals from which traffic comes; None where it comes from none.
    bounded: bool[L], all who come to the lane pass another signal just behind its outermost loop; None where none do.
    adapts: its program stretches and cuts greens by traffic, so its shares of green are not those written in it.
    plan_locks: its program shows turns all at once that may lock each other inside the junction, and no phase does.
    yielded_s: intergreen_s where the green that ends gave way, so that somebody may wait inside the junction; None
    where that is the same. caught_s: the same where a row of vehicles is caught inside, caught_rest_s: where whoever
    starts stands at his line; int[n, n] each, 0 for pairs of which nobody knows; None where nobody knows of any.
    max_green_s, max_red_s: float[n], limits of the engineer's own, infinite for links without; None for none. A green
    goes on so long while a foe waits, and who waits is served in so long. forbidden: sets of links that are never
    green all at once.
    walk_lead_s: int[n, n], the row gives way to the column, a crossing, does not move when that starts, and starts so
    long after it, 1 at least; 0 for other pairs; None for none. traffic_lead_s: int[n, n], the row gives way to the
    column, traffic, and starts so long after it; None for none. ends_with: bool[n, n], the row gives way to the column,
    traffic, and does not end while that goes on; nor without what that does not end without; None for none.
    least_clear_s: int[n], of crossings with on-crossing detectors, from the end of green to a start against it once
    nobody is on it any more; 0 for others, whose whole clearance always runs; None where there are no detectors.
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
    claim_vps: FloatArray | None = None
    cycle_s: float | None = None
    road: IntArray | None = None
    home: IntArray | None = None
    unwatched: BoolArray | None = None
    has_sneakers: BoolArray | None = None
    upstream: Feeds | None = None
    upstream_link: IntArray | None = None
    exits: Feeds | None = None
    exit_road: IntArray | None = None
    fed_ptr: IntArray | None = None
    fed_loop: IntArray | None = None
    bounded: BoolArray | None = None
    past: IntArray | None = None
    yielded_s: IntArray | None = None
    caught_s: IntArray | None = None
    caught_rest_s: IntArray | None = None
    max_green_s: FloatArray | None = None
    max_red_s: FloatArray | None = None
    forbidden: tuple[tuple[int, ...], ...] = ()
    adapts: bool = False
    plan_locks: bool = False
    walk_lead_s: IntArray | None = None
    traffic_lead_s: IntArray | None = None
    ends_with: BoolArray | None = None
    least_clear_s: IntArray | None = None

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
        return cls(**from_phases(
            phases, conflicts, name=name, yellow_s=yellow_s, intergreen_s=intergreen_s, min_green_s=min_green_s,
            green_s=green_s, loops=loops, movements=movements))

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
