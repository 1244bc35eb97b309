"""Short ways between two signals: who waits at the first one may be waiting for the second.

A way that is full and red takes nobody, and what would come is held back by it: so it is demand of the second signal,
and not of the first one. Where the first one has green, who waits there will be at the second in a few seconds.
"""

from signal_core.kernels.compiled import inlined
from signal_core.kernels.estimator import WINDOW


@inlined
def expect(L, T, now, left):
    """Who leaves the signal before is expected, where no loop lies between. left: float[loops], vehicles that left."""
    for k in range(len(T.before_ptr) - 1):
        if T.mid_ptr[k + 1] > T.mid_ptr[k]:
            continue
        for e in range(T.before_ptr[k], T.before_ptr[k + 1]):
            count = left[T.before_loop[e]]
            if count > 0.0:
                L.expected[k * WINDOW + (now + T.before_lag_s[e]) % WINDOW] += count * T.before_share[e]


@inlined
def _is_full(L, T, k, standing_s):
    """True where the queue of lane k reaches the signal before, as far as loops tell."""
    if T.far_ptr[k + 1] > T.far_ptr[k]:
        return L.far_standing_s[k] >= standing_s
    if T.mid_ptr[k + 1] > T.mid_ptr[k]:
        return L.mid_standing_s[k] >= standing_s
    return L.stop_standing_s[k] >= 2


@inlined
def look_back(L, T, standing_s):
    """L.before: vehicles at the signal before that come once lane k moves: it is full, or they have green.

    L.shut: the part of the vehicles of a lane that finds its way full, and red at the end.
    """
    for k in range(len(T.before_ptr) - 1):
        L.before[k] = 0.0
        L.shut[k] = 0.0
    for k in range(len(T.before_ptr) - 1):
        if T.before_ptr[k + 1] == T.before_ptr[k]:
            continue
        full = _is_full(L, T, k, standing_s)
        for e in range(T.before_ptr[k], T.before_ptr[k + 1]):
            other = T.before_lane[e]
            if other < 0:
                continue
            if full and L.green_s[k] == 0:
                L.shut[other] = min(L.shut[other] + T.before_share[e], 1.0)
            if full or L.green_s[other] > 0:
                L.before[k] += T.before_share[e] * (L.near[other] + L.beyond[other])
