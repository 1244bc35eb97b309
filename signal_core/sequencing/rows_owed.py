"""Fixed-time plans with the time that those who are slow are owed.

A plan may leave less between two greens than walkers and cyclists need. The sequencer has the next green wait, and the
row passes meanwhile: a movement of a short row would never get green. So a row lasts longer by what its start waits,
where else somebody would not have his shortest green. Nobody's green is shorter for it; the cycle is longer.
"""

from __future__ import annotations

import numpy as np

from signal_core.tables.arrays import RED, BoolArray, CodeArray, FloatArray, IntArray


def lengthened(codes: CodeArray, duration_s: FloatArray, owed_s: IntArray, min_green_s: FloatArray) -> FloatArray:
    """Durations float64[rows], each at least as long as given.

    codes: uint8[rows, n]; owed_s: int64[n, n], from the end of the row's green to the start of the column's, 0 for
    pairs that do not conflict; min_green_s: float64[n].
    """
    found = duration_s.copy()
    green = codes != RED
    for row in range(len(codes)):
        for link in np.flatnonzero(green[row] & ~green[row - 1]).tolist():
            wait_s = max((float(owed_s[foe, link]) - _since_s(green[:, foe], found, row)
                          for foe in np.flatnonzero(owed_s[:, link]).tolist() if not green[row, foe]), default=0.0)
            run_s = _run_s(green[:, link], found, row)
            if wait_s > 0.0 and run_s - wait_s < min(float(min_green_s[link]), run_s):
                found[row] += wait_s
    return found


def _since_s(green: BoolArray, duration_s: FloatArray, row: int) -> float:
    """Seconds from the last end of a green to the beginning of a row; endless where there is none."""
    passed_s = 0.0
    for back in range(1, len(green)):
        if green[row - back]:
            return passed_s
        passed_s += float(duration_s[row - back])
    return np.inf


def _run_s(green: BoolArray, duration_s: FloatArray, row: int) -> float:
    """Seconds of green from a row on."""
    run_s = 0.0
    for ahead in range(len(green)):
        at = (row + ahead) % len(green)
        if not green[at]:
            break
        run_s += float(duration_s[at])
    return run_s
