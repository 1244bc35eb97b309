"""What arrays of the engine are called and how they are checked, codes of what a link shows, loops that feed lanes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels.codes import ARROW, GREEN, NEVER, OFF, PERMISSIVE, RED, YELLOW

__all__ = ["ARROW", "GREEN", "NEVER", "OFF", "PERMISSIVE", "RED", "YELLOW", "Arrays", "BoolArray", "CodeArray", "Feeds",
           "FloatArray", "IntArray", "fitted"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CodeArray = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]
Arrays = dict[str, NDArray[Any]]


class Feeds(NamedTuple):
    """Advance loops of every lane, as row pointers: lane k is fed by rows `ptr[k]:ptr[k + 1]`.

    loop: index into the count array; share: part of the loop's vehicles bound for the lane;
    lag_s: travel time from the loop to the stop line.
    """

    ptr: IntArray
    loop: IntArray
    share: FloatArray
    lag_s: IntArray


def fitted(values: NDArray[Any], like: NDArray[Any], name: str) -> NDArray[Any]:
    """`values`. Raises ValueError unless they are as `like`: kernels are called without a look at types."""
    if values.dtype != like.dtype or values.shape != like.shape or not values.flags.c_contiguous:
        raise ValueError(f"{name}: {values.dtype}{values.shape} given, {like.dtype}{like.shape} in one piece needed")
    return values
