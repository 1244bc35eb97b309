"""What can be set in the engine, with one default for every network."""

from __future__ import annotations

from typing import NamedTuple


class Settings(NamedTuple):
    """Plain numbers only, so that kernels take it as it is. Seconds, vehicles and shares of 1."""

    fixed_order: int = 0
    """1: each phase is followed by the next one of the program, none is skipped."""
    added_phases: int = 1
    """1: where any order is allowed, also phases beyond the program."""
    horizon_s: int = 60
    """How far ahead the planner looks."""
    commitment_s: int = 0
    """A change of phase is announced so long before it begins, and kept unless the signal is taken over meanwhile."""
    commitment_margin_vehicle_s: float = 40.0
    """Only changes are announced that would cost so many vehicle-seconds more if they came `commitment_s` later; what a
    longest wait forces is. 0: every change, which costs delay."""
    wait_scale_s: float = 90.0
    """A queue counts double when its first vehicle has waited this long."""
    wait_weight_max: float = 1.5
    terminal_share: float = 0.7
    """Share of time a queue left at the horizon is expected to get, in the terminal cost."""
    start_loss_s: int = 0
    """Green lost until a standing queue moves, as the planner takes it: the first vehicle is gone at once."""
    order_loss_s: int = 2
    """The same in a fixed order: a change leads to all the others of the cycle, most of them beyond the horizon."""
    split_loss_s: int = 1
    """The same in the splits, for a whole green: what its start loses and its end does not bring back."""
    yellow_use_s: int = 0
    """Seconds of yellow that still discharge."""
    stall_s: int = 8
    """A lane green, occupied and not discharging for this long is stalled."""
    empty_s: int = 4
    """A stop-line loop empty for this long means no queue."""
    standing_s: int = 3
    """An advance loop occupied for this long without a gap means the queue reaches it."""
    saturated_green_s: int = 20
    saturated_green_share: float = 5.0
    """Shortest green of a phase serving a saturated lane: the longer of that many seconds and this many times what a
    change in the program's order costs on average, so that no more than a sixth of the time is lost."""
    saturated_occupancy: float = 0.5
    packing: float = 1.2
    """Between two loops stand at most this many times the vehicles there is room for, and one."""
    unseen_from: float = 0.3
    """Long occupancy of both advance loops from which queue beyond the loops is inferred ..."""
    unseen_span: float = 0.4
    """... reaching its full amount this much higher."""
    unseen_factor: float = 1.0
    """Full amount, in multiples of what stands between stop line and far loop."""
    gap_share: float = 0.5
    """Share of the full rate that a permissive movement finds in gaps."""
    hindered_share: float = 0.5
    """Rate that is expected of a lane whose head is hindered by what is in front of it, until it moves."""
    max_red_s: int = 120
    max_red_margin_s: int = 6
    """A wait that would end this close to the maximum red, at the soonest, decides the next phase."""
    walk_wait_s: int = 90
    """The same as `max_red_s`, for somebody on foot who has called."""
    walker_weight: float = 3.0
    """What a second of waiting on foot counts, in seconds of a vehicle's."""
    rest_in_walk: float = 0.0
    """Who is still to come on foot counts by this share, so that a walk rests while nobody needs more; 0: who waits."""
    claims: int = 1
    """1: lanes whose queue has no end in sight get the program's share of green at least, unless the order is fixed."""
    look_back: int = 1
    """1: vehicles that wait at a signal close upstream are planned for, too; 0: signals know nothing of each other."""
    red_extension_s: int = 1
    """Red clearance extension where a vehicle crossed the stop line in the last second of yellow."""
    sneaker_red_s: int = 4
    """Red at least where a lane that may have sneakers stands at the end of green, if the ways through the junction are
    not known; 0: nobody is waited for, nor ..."""
    late_crossing_s: int = 6
    """... a vehicle that crosses the line late, until it is across, from rest; where the ways are not known."""
    exit_hold_s: int = 20
    """Red at most while somebody stands inside because the exit does not move; 0: nobody waits for that."""
    drain_rings: int = 1
    """1: short ways of a ring whose turn waits get priority before they are full, unless the order is fixed."""
    flow_memory_s: float = 300.0
    """Time constant of the smoothed arrival flow."""
    transit_priority: int = 1
    """Whose requests count, of buses and trams: 0: nobody's; 1: of those not known to be on time; 2: everybody's."""
    emergency_priority: int = 1
    """1: requests of vehicles with blue lights, and of rail crossings, count before everything but safety; 0: not."""
    objective: int = 0
    """What a request weighs by: 0: the persons on board; 1: vehicles."""
    persons_per_vehicle: float = 1.5
    """Of the traffic that loops see: so many persons who wait weigh as much as one vehicle."""
    request_vehicles: float = 10.0
    """What one request counts where the objective is vehicles."""
    emergency_vehicles: float = 500.0
    """What a vehicle with blue lights counts."""
    request_extension_s: int = 20
    """A green is kept no longer than this for one request ..."""
    request_lockout_s: int = 0
    """... and after one has been granted, others at the signal wait this long."""


RENAMED = {"held_share": "hindered_share", "late_entry_s": "red_extension_s", "held_red_s": "sneaker_red_s",
           "late_start_s": "late_crossing_s"}
"""Settings that were called otherwise, old name -> new name: what was written with the old one can still be read."""
