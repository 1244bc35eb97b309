"""The first vehicle of every lane, what passes its stop line, and what the lane is shown.

A head that stands through green with priority does not want that movement: it has *refused* it. A head that has
refused everything is *hindered*: something in front of it is in the way, and any green may do. What a signal offers
the head is therefore the green of movements that it may still want.
"""

from signal_core.kernels import queues
from signal_core.kernels.codes import GREEN, PERMISSIVE
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import is_green, phase_code

ANY_GREEN, ALL_PRIORITY = 1, 2
"""What a lane is shown: green for any of its movements, or for all of them, with priority."""
OVER_LINE_SHARE = 0.5
"""A vehicle that has been on the stop-line loop for this part of its first second, at the pace of free traffic, has its
front over the line, 5 m on; with less it may still be stopped."""
SLOW_S = 1.6
"""A vehicle that takes so long over the stop-line loop starts from rest, or stops behind the line: at 2.6 m/s2 the 5 m
of a vehicle take 2 s, of which the loop sees most (SUMO's default acceleration)."""


@inlined
def mark_green(tables, shown, i, lane_green):
    """lane_green[k]: what lane k of signal i is shown, 0 for red, ANY_GREEN or ALL_PRIORITY."""
    base = tables.link_ptr[i]
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        green, priority = 0, True
        for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
            code = shown[base + tables.lane_links[e]]
            green |= is_green(code)
            priority &= code == GREEN
        lane_green[k] = ALL_PRIORITY if green and priority else green


@inlined
def _cross(line, k, entered, departed, occupied, lane_green):
    """A vehicle that is over the stop line, but still on its loop: gone, whatever is decided now."""
    line.on_loop[k] = max(line.on_loop[k] + entered - departed, 0.0) if occupied > 0.0 else 0.0
    crosses = entered > 0.0 and occupied >= OVER_LINE_SHARE and lane_green == ALL_PRIORITY
    line.over_line[k] = min(line.on_loop[k], 1.0) if crosses else 0.0


@inlined
def _time_passage(line, green, k, departed, occupied):
    """How long ago a vehicle last left the line slowly, behind another one of the same green."""
    line.passing_s[k] += occupied
    slowly = departed > 0.0 and line.passing_s[k] >= SLOW_S
    line.slow_ago_s[k] = queues.run(line.slow_ago_s[k], not slowly or line.idle_s[k] >= green.green_s[k])
    if departed > 0.0 or occupied <= 0.0:
        line.passing_s[k] = 0.0
    line.idle_s[k] = queues.run(line.idle_s[k], departed <= 0.0)


@inlined
def _time_green(green, k, lane_green):
    """For how long lane k has been green or red; anew once it gains priority, as those may go now that could not."""
    priority = lane_green == ALL_PRIORITY
    gained = priority and green.has_priority[k] == 0
    green.green_s[k] = queues.run(0 if gained else green.green_s[k], lane_green > 0)
    green.has_priority[k] = priority
    green.red_s[k] = queues.run(green.red_s[k], lane_green == 0)


@kernel
def advance(tables, lanes, first, last, samples, lane_green, settings):
    """Advance lanes first .. last - 1 by one second: vehicles at the line, the head, and what they are shown.

    samples: Samples; lane_green: uint8[lanes], see `mark_green`.
    """
    line, head, green, runs = lanes.line, lanes.head, lanes.green, lanes.runs
    for k in range(first, last):
        stop = tables.stop_loop[k]
        departed, occupied = 0.0, 0.0
        if stop >= 0:
            departed, occupied = samples.left[stop], samples.occupancy[stop]
            _cross(line, k, samples.entered[stop], departed, occupied, lane_green[k])
        if departed > 0.0:
            head.refused[k] = 0
        _time_passage(line, green, k, departed, occupied)
        stands = departed <= 0.0 and runs.stop_empty_s[k] == 0 and stop >= 0
        head.standing_s[k] = queues.run(head.standing_s[k], stands)
        _time_green(green, k, lane_green[k])
        shortest = min(runs.stop_standing_s[k], green.green_s[k], line.idle_s[k])
        head.stalled[k] = shortest >= settings.stall_s


@inlined
def refuse(tables, signals, lanes, settings):
    """Note the movements that the head of each lane does not want: it stood through `stall_s` of their green.

    `unserved_s` counts how long the head has stood without green for anything it may want, also before that was known.
    """
    head = lanes.head
    for i in range(len(tables.lane_ptr) - 1):
        base = tables.link_ptr[i]
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            first, last = tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]
            offered, hindered = False, is_hindered(tables, lanes, k)
            for e in range(first, last):
                j = base + tables.lane_links[e]
                if not is_green(signals.shown[j]):
                    continue
                if signals.shown[j] == GREEN and min(signals.green_s[j], head.standing_s[k]) >= settings.stall_s:
                    if not (head.refused[k] >> (e - first)) & 1:
                        head.unserved_s[k] = head.standing_s[k] - 1
                    head.refused[k] |= 1 << (e - first)
                if hindered or not (head.refused[k] >> (e - first)) & 1:
                    offered = True
            head.unserved_s[k] = head.unserved_s[k] + 1 if head.standing_s[k] > 0 and not offered else 0


@inlined
def is_hindered(tables, lanes, k):
    """True where the head of lane k has refused every movement: something in front of it is in the way."""
    return lanes.head.refused[k] == (1 << (tables.lane_link_ptr[k + 1] - tables.lane_link_ptr[k])) - 1


@inlined
def best_offer(tables, lanes, i, p, k):
    """Best code that phase p of signal i shows to a movement that the head of lane k may want; 0 for none."""
    first, best = tables.lane_link_ptr[k], 0
    for e in range(first, tables.lane_link_ptr[k + 1]):
        if not (lanes.head.refused[k] >> (e - first)) & 1:
            code = phase_code(tables, i, p, tables.lane_links[e])
            if code == GREEN or (code == PERMISSIVE and best != GREEN):
                best = code
    return best


@inlined
def forget(lanes, k):
    """Begin anew with lane k: what is known of it cannot be."""
    lanes.line.over_line[k] = 0.0
