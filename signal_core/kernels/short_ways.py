"""Ways between two signals that are too short for a loop: who waits at the first one may be waiting for the second."""

from signal_core.kernels.compiled import inlined
from signal_core.kernels.estimator import WINDOW


@inlined
def expect(L, T, now, left):
    """Who leaves the signal before is expected, by usual shares. left: float[loops], vehicles that left each loop."""
    for k in range(len(T.before_ptr) - 1):
        for e in range(T.before_ptr[k], T.before_ptr[k + 1]):
            count = left[T.before_loop[e]]
            if count > 0.0:
                L.expected[k * WINDOW + (now + T.before_lag_s[e]) % WINDOW] += count * T.before_share[e]


@inlined
def look_back(L, T):
    """L.before: vehicles at the signal before that come once the lane moves: it is full, or they have green."""
    for k in range(len(T.before_ptr) - 1):
        L.before[k] = 0.0
        for e in range(T.before_ptr[k], T.before_ptr[k + 1]):
            other = T.before_lane[e]
            if other >= 0 and (L.stop_standing_s[k] >= 2 or L.green_s[other] > 0):
                L.before[k] += T.before_share[e] * (L.near[other] + L.beyond[other])
