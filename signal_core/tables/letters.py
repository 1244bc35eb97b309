"""What a link shows as SUMO's letters, and as the codes of the kernels."""

from __future__ import annotations

import numpy as np

from signal_core.tables.arrays import ARROW, GREEN, OFF, PERMISSIVE, RED, YELLOW, CodeArray

CODES = {"r": RED, "u": RED, "y": YELLOW, "Y": YELLOW, "g": PERMISSIVE, "G": GREEN, "s": ARROW, "o": OFF, "O": OFF}
LETTERS = {RED: "r", YELLOW: "y", PERMISSIVE: "g", GREEN: "G", ARROW: "s", OFF: "O"}
_LETTER_OF_CODE = bytes(ord(LETTERS.get(code, "r")) for code in range(256))


def encode(state: str) -> CodeArray:
    """SUMO's state letters as codes, uint8[n]; one that is none as red.

    >>> encode("GgyrsO").tolist()
    [3, 2, 1, 0, 4, 5]
    """
    return np.array([CODES.get(letter, RED) for letter in state], dtype=np.uint8)


def decode(codes: CodeArray) -> str:
    """Codes as SUMO's state letters; one that is none as red.

    >>> decode(np.array([3, 2, 1, 0, 4, 5, 9], dtype=np.uint8))
    'GgyrsOr'
    """
    return codes.tobytes().translate(_LETTER_OF_CODE).decode("ascii")
