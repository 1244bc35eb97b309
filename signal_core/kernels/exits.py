"""Lanes whose first vehicle has green and does not go: their exit is blocked, by a queue, an accident or a barrier.

Green counts that is for a movement the vehicle may want; where it has refused them all, it is held, and any green does.
"""

from signal_core.kernels.compiled import inlined
from signal_core.kernels.health import believed
from signal_core.kernels.sequencer import GREEN, PERMISSIVE
from signal_core.kernels.step import held


@inlined
def _offered(T, S, L, i, k, permissive_share):
    """What this second of green is worth to the vehicle at the head of lane k of signal i: 1, a share of it, or 0."""
    first, last = T.lane_link_ptr[k], T.lane_link_ptr[k + 1]
    whatever = held(T, L, k)
    worth = 0.0
    for e in range(first, last):
        if whatever or not (L.refused[k] >> (e - first)) & 1:
            code = S.shown[T.link_ptr[i] + T.lane_links[e]]
            if code == GREEN:
                worth = 1.0
            elif code == PERMISSIVE:
                worth = max(worth, permissive_share)
    return worth


@inlined
def _judge(E, X, L, k, loop, settings):
    """Raise or clear the alarm of lane k."""
    if E.blocked[k] == 0:
        passed = X.pending[loop] * X.ratio[loop]  # if its mates are right
        if passed < settings.exit_vehicles:
            E.blocked[k] = 1
            E.alarms[k] += 1
            E.events[0] += 1
            E.gone[k] = 0
        return
    if E.waited_s[k] >= settings.exit_green_s:
        E.gone[k] = 0
    if L.idle_s[k] == 0:
        E.gone[k] += 1
    if E.gone[k] >= settings.exit_clear_vehicles or L.stop_empty_s[k] >= settings.exit_clear_s or not believed(X, loop):
        E.blocked[k] = 0
        E.waited_s[k] = 0.0
        E.events[0] += 1


@inlined
def _tell_loops(E, X, T):
    """Mark the loops of blocked lanes: where traffic stands for good, no loop is stuck."""
    for i in range(len(X.queued)):
        X.queued[i] = 0
    for k in range(len(E.blocked)):
        if E.blocked[k] == 1:
            X.queued[T.stop_loop[k]] = 1
            for e in range(T.mid_ptr[k], T.mid_ptr[k + 1]):
                X.queued[T.mid_loop[e]] = 1
            for e in range(T.far_ptr[k], T.far_ptr[k + 1]):
                X.queued[T.far_loop[e]] = 1


@inlined
def watch(E, X, T, S, L, settings):
    """One second of every lane, after the estimator's. Never raises, allocates nothing.

    E: ExitState, X: LoopHealth, T: Tables, S: SignalState, L: LaneState, settings: HealthSettings.
    """
    before = E.events[0]
    for i in range(len(T.lane_ptr) - 1):
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            loop = T.stop_loop[k]
            if loop < 0:
                continue
            if L.head_s[k] > 0 and believed(X, loop):
                E.waited_s[k] += _offered(T, S, L, i, k, settings.exit_permissive_share)
            else:
                E.waited_s[k] = 0.0
            if E.blocked[k] == 1 or E.waited_s[k] >= settings.exit_green_s:
                _judge(E, X, L, k, loop, settings)
    if E.events[0] != before:
        _tell_loops(E, X, T)
