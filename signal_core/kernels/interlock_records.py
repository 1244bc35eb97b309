"""What the interlock holds: rules, what it knows of the street, and its answers; see `kernels.interlock`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rules(NamedTuple):
    """What must hold. `clear_s[k]`: end of green of `foe[k]` to start of green of the link owning row k.

    `yielded_s[k]`: the same from the last second in which that green gave way; `stops[k]`: `foe[k]` must not be moving
    on when the link owning row k, a crossing, starts; `lead_s[k]`: `foe[k]`, a crossing that goes on, has been green
    for so long when the link owning row k starts; `ends[k]`: the link owning row k does not end, where it gives way,
    while `foe[k]` goes on; `walk_clear_s`: from the end of a crossing's green to the start of any foe, 0 for other
    links; `lit_s`: from the last second in which a link of the signal was off to the first start. `max_green_s`: a
    green may go on so long before a foe that waits; `max_wait_s`: a call may wait so long before a foe's green.
    `set_ptr`: the forbidden sets of each signal, whose links are never green all at once.
    """

    ptr: NDArray[np.int64]  # [signals + 1]
    foe_ptr: NDArray[np.int64]  # [links + 1]
    foe: NDArray[np.int64]
    clear_s: NDArray[np.int64]
    yielded_s: NDArray[np.int64]
    stops: NDArray[np.bool_]
    lead_s: NDArray[np.int64]
    ends: NDArray[np.bool_]
    yellow_s: NDArray[np.int64]  # [links], as the two below
    min_green_s: NDArray[np.int64]
    max_red_s: NDArray[np.int64]
    walk_clear_s: NDArray[np.int64]
    lit_s: NDArray[np.int64]  # [signals]
    max_green_s: NDArray[np.int64]  # [links], as below; LONGEST_S where there is no limit
    max_wait_s: NDArray[np.int64]
    set_ptr: NDArray[np.int64]  # [signals + 1]
    set_link_ptr: NDArray[np.int64]  # [sets + 1]
    set_link: NDArray[np.int64]


class State(NamedTuple):
    """What is known, [links] but for the last. `ordered` is on its way to the street until the next look at it."""

    shown: NDArray[np.uint8]
    ordered: NDArray[np.uint8]
    since: NDArray[np.int64]  # when it began to move, or ceased to (yellow); unused on red
    ended: NDArray[np.int64]  # when its green last ended
    yielded: NDArray[np.int64]  # when it last gave way, until then
    waiting: NDArray[np.int64]  # since when a call has stood before red; NONE without
    off_s: NDArray[np.int64]  # [signals], when a link was last off, or may have been: before anybody looked


class Answer(NamedTuple):
    """Per signal: status, the two links and the overdue one (position in it, or NONE); per link: codes."""

    status: NDArray[np.uint8]  # [signals], as the three below
    link: NDArray[np.int64]
    foe: NDArray[np.int64]
    overdue: NDArray[np.int64]
    codes: NDArray[np.uint8]  # [links]
