"""Journal records that can be told from their time."""

from __future__ import annotations

import numpy as np

from controllers.logs.journal import JournalEntry, header_of

HEADER = header_of([("a", 3), ("b", 2)], ["l0", "l1", "l2", "l3"], protocol="plan")


def entry(k: int) -> JournalEntry:
    draw = np.random.default_rng(k)
    return JournalEntry(float(k), draw.integers(0, 3, 4).astype(float), draw.integers(0, 3, 4).astype(float),
                 draw.integers(0, 5, 4) / 4.0, draw.integers(0, 4, 2), draw.integers(0, 3, 2).astype(np.uint8),
                 draw.integers(0, 6, 5).astype(np.uint8))


def same(one: JournalEntry, other: JournalEntry) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
