"""Unknown is not empty: a lane whose queue has no end in sight has a claim on what the program gives it.

A queue that has reached the outermost loop may be of any length, unless all who come have passed another signal just
behind that loop; so may one that forms where no loop lies before it. While that has lasted for longer than a cycle,
the lane is owed the discharge that the program's shares of green would give it, `claim_vps`, and what its green could
discharge is paid off, until the lane has cleared. Where as much is owed as the program gives in a cycle, the phase of
the program that pays most comes next, and stays until the lane has been paid. Nothing is paid to a lane that is held.
"""

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.starts import starts_inside

HELD = 0.5
"""A lane of which so much is held is not paid now (own choice)."""
MOST_CYCLES = 2.0
"""More is never owed: what could not be paid is not made up for later (own choice)."""


@inlined
def _stands(standing_s, empty_s, reached_s, settings):
    """A queue is there from when somebody stands until nobody has been seen for a while."""
    return standing_s >= settings.standing_s or (reached_s > 0 and empty_s < settings.empty_s)


@inlined
def _reaches_line(lanes, k, settings):
    runs = lanes.runs
    return _stands(runs.stop_standing_s[k], runs.stop_empty_s[k], lanes.claims.reached_s[k], settings)


@inlined
def _reaches_outermost(tables, lanes, k, settings):
    """True where the queue of lane k reaches its outermost loop."""
    runs, reached_s = lanes.runs, lanes.claims.reached_s[k]
    if tables.far_ptr[k + 1] > tables.far_ptr[k]:
        return _stands(runs.far_standing_s[k], runs.far_empty_s[k], reached_s, settings)
    if tables.mid_ptr[k + 1] > tables.mid_ptr[k]:
        return _stands(runs.mid_standing_s[k], runs.mid_empty_s[k], reached_s, settings)
    return _reaches_line(lanes, k, settings)


@inlined
def _has_no_end(tables, lanes, first, last, k, settings):
    """True where the queue of lane k may be of any length now; counts for how long it has reached so far."""
    inside, reached_s = starts_inside(tables, lanes, first, last, k), lanes.claims.reached_s
    there = _reaches_line(lanes, k, settings) if inside else _reaches_outermost(tables, lanes, k, settings)
    reached_s[k] = reached_s[k] + 1 if there else 0
    return there and (inside or not tables.bounded[k])


@inlined
def _has_cleared(tables, lanes, k, settings):
    """True where everybody has left lane k. A gap at the outermost loop is no end of a queue: junctions without a
    signal let through one by one what stands behind them."""
    return tables.stop_loop[k] < 0 or lanes.runs.stop_empty_s[k] >= settings.empty_s


@inlined
def _serves(tables, i, p, k):
    """Vehicles per second that lane k, counted within signal i, discharges in its phase p."""
    return tables.service_vps[tables.service_ptr[i] + p * (tables.lane_ptr[i + 1] - tables.lane_ptr[i]) + k]


@kernel
def watch(tables, signals, lanes, settings):
    """Advance by one second what every lane is owed, in vehicles."""
    claims = lanes.claims
    for i in range(len(tables.lane_ptr) - 1):
        first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
        for k in range(first, last):
            endless = _has_no_end(tables, lanes, first, last, k, settings)
            begins = endless and claims.reached_s[k] >= tables.cycle_s[i]
            if not begins and (claims.owed[k] == 0.0 or _has_cleared(tables, lanes, k, settings)):
                claims.owed[k] = 0.0
                continue
            paid = _serves(tables, i, signals.phase[i], k - first) if lanes.green.green_s[k] > 0 else 0.0
            per_cycle = tables.claim_vps[k] * tables.cycle_s[i]
            owed = claims.owed[k] + tables.claim_vps[k] - paid
            claims.owed[k] = min(max(owed, -per_cycle), MOST_CYCLES * per_cycle)


@inlined
def owes(tables, lanes, i):
    """True where any lane of signal i is owed something."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if _is_owed(lanes, k):
            return True
    return False


@inlined
def _is_owed(lanes, k):
    """True where lane k is owed something, and not held before an exit."""
    return lanes.claims.owed[k] > 0.0 and lanes.spacing.held_share[k] < HELD


@inlined
def _most_pressing(tables, signals, lanes, i):
    """The lane of signal i that is owed most cycles, at least one, -1 for none; and whether any is being paid."""
    claims, first = lanes.claims, tables.lane_ptr[i]
    most, chosen, is_paid = 1.0, -1, False
    for k in range(tables.lane_ptr[i + 1] - first):
        g = first + k
        if _is_owed(lanes, g) and claims.is_paid[g] == 1 and _serves(tables, i, signals.phase[i], k) > 0.0:
            is_paid = True
            continue
        claims.is_paid[g] = 0
        if _is_owed(lanes, g):
            cycles = claims.owed[g] / (tables.claim_vps[g] * tables.cycle_s[i])
            if cycles >= most:
                most, chosen = cycles, k
    return chosen, is_paid


@inlined
def _best_payer(tables, lanes, i, lane):
    """The phase of the program that serves `lane` of signal i and pays most of all that is owed; -1 without one."""
    first, most, chosen = tables.lane_ptr[i], 0.0, -1
    for p in range(tables.own_phases[i]):
        pays = 0.0
        for k in range(tables.lane_ptr[i + 1] - first):
            if _is_owed(lanes, first + k):
                pays += _serves(tables, i, p, k)
        if _serves(tables, i, p, lane) > 0.0 and pays > most:
            most, chosen = pays, p
    return chosen


@kernel
def forced(tables, signals, lanes, i):
    """Phase of signal i that what is owed asks for; -1 where nothing does."""
    lane, is_paid = _most_pressing(tables, signals, lanes, i)
    if is_paid:
        return signals.phase[i]
    chosen = _best_payer(tables, lanes, i, lane) if lane >= 0 else -1
    if chosen >= 0:
        first = tables.lane_ptr[i]
        for k in range(tables.lane_ptr[i + 1] - first):
            lanes.claims.is_paid[first + k] = _is_owed(lanes, first + k) and _serves(tables, i, chosen, k) > 0.0
    return chosen
