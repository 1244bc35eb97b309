"""Red added where somebody may still be inside the junction when his foes could start.

Two vehicles that meet inside wait for each other for good, and so does everybody behind them. So the foes start later
where somebody crosses the line in the last second of yellow, and where a lane of which somebody waits inside for a gap
stands at the end of its green: he goes in yellow, and who stands behind him may be over the line, too, and starts from
rest when the way is free. If somebody does, his foes wait until he is across.
"""

from signal_core.kernels.compiled import inlined
from signal_core.kernels.sequencer import YELLOW, is_green

STOOD_S = 2
"""Who has stood for this long in green is held by what is in front of him."""


@inlined
def late_entries(T, S, left, extra_s):
    """Owe `extra_s` more red to links whose stop line was crossed in the last second of yellow."""
    for i in range(len(T.link_ptr) - 1):
        base = T.link_ptr[i]
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if T.stop_loop[k] < 0 or left[T.stop_loop[k]] < 0.5:  # parts of vehicles are estimates
                continue
            for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
                j = base + T.lane_links[e]
                if S.ended_s[j] > 0 and T.yellow_s[j] <= S.ended_s[j] <= T.yellow_s[j] + 1:
                    S.ended_s[j] -= extra_s
                    S.priority_ended_s[j] -= extra_s


@inlined
def late_starts(T, S, L, left, settings):
    """Owe `held_red_s` more red to links of lanes that yielded and stood, `late_start_s` from when somebody starts."""
    for i in range(len(T.link_ptr) - 1):
        before, lanes = S.previous[i], T.lane_ptr[i + 1] - T.lane_ptr[i]
        if before < 0:
            continue
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if T.stop_loop[k] < 0 or T.waits_inside[T.service_ptr[i] + before * lanes + k - T.lane_ptr[i]] == 0:
                L.may_start[k] = 0
                continue
            starts = L.may_start[k] == 1 and left[T.stop_loop[k]] >= 0.5
            if starts or L.green_s[k] > 0:
                L.may_start[k] = 0
            for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
                _hold_foes(T, S, L, k, T.link_ptr[i] + T.lane_links[e], starts, settings)


@inlined
def _hold_foes(T, S, L, k, j, starts, settings):
    """The same for link j of lane k; starts: somebody of the lane has just left the line."""
    yellow_s = T.yellow_s[j]
    if S.shown[j] == YELLOW and S.yellow_run_s[j] == 1 and L.head_s[k] > STOOD_S:
        L.may_start[k] = 1
        S.ended_s[j] -= settings.held_red_s
        S.priority_ended_s[j] -= settings.held_red_s
    elif starts and not is_green(S.shown[j]):
        S.ended_s[j] = min(S.ended_s[j], yellow_s - settings.late_start_s)
        S.priority_ended_s[j] = min(S.priority_ended_s[j], yellow_s - settings.late_start_s)
