"""Loops upstream of lanes as the engine has them, from those of the twin."""

from __future__ import annotations

import numpy as np

from signal_core.tables.arrays import Feeds, IntArray
from tests.kernels.twins_loops import Feed


def feeds_of(rows: list[list[Feed]]) -> Feeds:
    flat = [feed for row in rows for feed in row]
    return Feeds(pointers(rows), np.array([feed.loop for feed in flat], np.int64),
                 np.array([feed.share for feed in flat]), np.array([feed.lag_s for feed in flat], np.int64))


def pointers(rows: list[list[Feed]] | list[list[int]]) -> IntArray:
    return np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
