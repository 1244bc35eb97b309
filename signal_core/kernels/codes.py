"""Numbers that tables, kernels and what calls them agree on. The interlock has its own, on purpose."""

RED, YELLOW, PERMISSIVE, GREEN, ARROW, OFF = 0, 1, 2, 3, 4, 5
"""What a link shows: PERMISSIVE is green that yields, ARROW red with a green arrow (right turn on red)."""
NEVER = 255
"""A start lag of a lane that gets no green in the phase changed to; times in tables are shorter."""
LONG_AGO_S = 100_000
"""Timers end here, above a day: so long ago that it does not matter."""
NO_ROW = -1
"""A signal that runs no row of a fixed-time plan."""
SLOTS = 6
"""Requests of one signal that count at a time."""
