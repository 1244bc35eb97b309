"""SPATEM of a frame: one second of all its signals."""

from __future__ import annotations

from typing import Any

import numpy as np

from controllers.announce.course import Course, colours
from controllers.announce.envelope import Sender, numbers
from controllers.announce.hindsight import PERCENT
from controllers.announce.spatem import Said, spat_messages
from controllers.announce.watch import Frame
from signal_core.tables.arrays import FloatArray
from signal_core.tables.letters import encode


class SpatWriter:
    """Messages of frames; of a yellow it knows what its green was where it has seen it."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._gave_way: dict[int, Any] = {}

    def messages(self, frame: Frame) -> list[dict[str, Any]]:
        """As many as it takes; none without signals."""
        number = numbers(frame["signals"])
        said = [_said(number[name], name, frame["time_s"], one) for name, one in frame["signals"].items()]
        return list(spat_messages(said, self._sender, self._gave_way)) if said else []


def _said(number: int, name: str, time_s: float, one: dict[str, Any]) -> Said:
    state = one["state"]
    course = Course(name, int(time_s), (state,), colours(encode(state))[None, :])
    sure = np.searchsorted(PERCENT, np.asarray(one["confidence_pct"], dtype=np.int64)).astype(np.int8)
    return Said(number, course, _at(one["earliest_s"], time_s, np.inf), _at(one["latest_s"], time_s, np.inf),
                _at(one["likely_s"], time_s, np.nan), _at(one["next_green_s"], time_s, np.inf), sure[None, :],
                (tuple(one["status"]),))  # fmt: skip


def _at(values: list[float | None], time_s: float, unknown: float) -> FloatArray:
    return np.array([[unknown if value is None else time_s + value for value in values]], dtype=np.float64)
