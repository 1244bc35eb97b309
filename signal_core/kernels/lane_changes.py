"""Vehicles that wait for a full lane beside their own.

Nobody at the line is taken for no queue. But who has to change into the lane beside, which stands and is full, stops
before his own line, and all behind him with him. So while the head of a full lane beside has stood through green, those
who came past the middle loop and are neither at the line nor gone (`aside`) count as demand of the lane they wait for:
of several the one that has stood longest. In a red every queue stands, and who changes over is counted there already.
They are forgotten once that lane moves, or somebody is at their own line.
"""

from signal_core.kernels.compiled import inlined, kernel

FULL = 0.7
"""A lane is full with so much of what has room up to its middle loop (own choice)."""
ONE = 1.0
"""Vehicles from which somebody is taken to wait: parts of vehicles are estimates."""


@inlined
def _stands_full(tables, lanes, waited_s, j, stall_s):
    """True where lane j is full, and its head has stood through so many seconds of green."""
    return waited_s[j] >= stall_s and 0.0 < FULL * tables.mid_storage[j] <= lanes.queue.near[j]


@inlined
def _full_beside(tables, lanes, waited_s, first, last, k, stall_s):
    """The lane beside lane k that stands full, and has stood longest; -1 for none."""
    found, idle_s = -1, lanes.line.idle_s
    for j in range(first, last):
        if j != k and tables.road[j] == tables.road[k] and _stands_full(tables, lanes, waited_s, j, stall_s):
            if found < 0 or idle_s[j] > idle_s[found]:
                found = j
    return found


@kernel
def wait_beside(tables, lanes, waited_s, stall_s):
    """One second of all lanes, after the estimator and `exits`; waited_s: float64[lanes], of ExitState."""
    queue = lanes.queue
    for k in range(len(queue.beside)):
        queue.beside[k] = 0.0
    for i in range(len(tables.lane_ptr) - 1):
        first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
        for k in range(first, last):
            if queue.aside[k] <= 0.0:
                continue
            other = _full_beside(tables, lanes, waited_s, first, last, k, stall_s)
            if other < 0:
                queue.aside[k] = 0.0
            elif queue.aside[k] >= ONE:
                queue.beside[other] += queue.aside[k]
