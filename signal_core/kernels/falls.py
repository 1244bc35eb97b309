"""Falls of priority: a green that becomes one that gives way waits for who is just getting to the line.

Who has had priority until then comes at speed, and cannot stop any more. At an end of green yellow is for him; here the
lamp goes on for as long as yellow would, at most, while somebody gets to the line. It costs nobody anything: what
conflicts waits from the second on in which priority was to end, as it waits from the first second of yellow.
"""

from signal_core.kernels import arrivals
from signal_core.kernels.compiled import inlined


@inlined
def look(tables, signals, lanes, now):
    """Mark the links of roads on which somebody gets to the line in the second after this one.

    Of all lanes of a road: who passed the last loop may have changed lanes since.
    """
    for j in range(len(signals.at_line)):
        signals.at_line[j] = 0
    for k in range(len(tables.stop_loop)):
        if arrivals.is_due(tables, lanes, k, now + 1):
            _mark(tables, signals, tables.lane_signal[k], tables.road[k])


@inlined
def _mark(tables, signals, i, road):
    """Somebody gets to the line of a road of signal i."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if tables.road[k] == road:
            for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                signals.at_line[tables.link_ptr[i] + tables.lane_links[e]] = 1


@inlined
def limit(tables, signals, i):
    """Nobody waits for who is at the line once yellow would be over that began as signal i left its phase."""
    for j in range(tables.link_ptr[i], tables.link_ptr[i + 1]):
        if signals.since_s[i] >= tables.yellow_s[j]:
            signals.at_line[j] = 0


@inlined
def forget(tables, signals, i):
    """Nobody waits at signal i for who is at the line."""
    for j in range(tables.link_ptr[i], tables.link_ptr[i + 1]):
        signals.at_line[j] = 0
