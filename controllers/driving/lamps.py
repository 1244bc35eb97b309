"""The lamps of SUMO's signals as links of the engine: told what to show, and read back.

Off is never ordered. A signal that somebody else has switched off is taken back at once; if it is off again within a
few seconds, somebody keeps it off: we stand back, and try again after 2 s, 4 s and so on, at least every minute.
A signal may also be left to a program of its own; it gets no orders until it is taken back.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

import numpy as np

from controllers.port import Port, ProgramPort
from network.program.signals import Signal
from signal_core.tables.arrays import RED, BoolArray, CodeArray
from signal_core.tables.letters import decode, encode

OFF_LETTERS = frozenset("oO")
LONGEST_WAIT_S = 60
RETAKEN_S = 3
"""A signal that has shown what was ordered for so long is ours again."""


class Lamps:
    """What is on the street. A signal whose junctions are planned on their own shows what each wants of its lamps.

    ids: the signals as SUMO knows them; shown: uint8[links], by the engine's signals, as it was read or ordered last.
    """

    def __init__(self, port: Port, signals: Sequence[Signal], left: Collection[str] = ()) -> None:
        """signals: those of the engine, in its order; junctions of one signal have all its lamps each. left: ids of
        those that run a program of their own."""
        self._port = port
        self.ids = tuple(dict.fromkeys(signal.part_of or signal.id for signal in signals))
        port.watch_signals(self.ids)
        states = port.shown_states()
        ends = np.cumsum([0, *map(len, states)]).tolist()
        self._rows = list(itertools.pairwise(ends))
        first_of = dict(zip(self.ids, ends, strict=False))
        self._lamp = np.concatenate([np.zeros(0, np.int64), *(
            first_of[signal.part_of or signal.id] + np.arange(signal.n_links) for signal in signals)])
        self._own = _own(signals)
        self._link = np.full(ends[-1], len(self._lamp))  # that each lamp follows; the one behind the last is red
        self._link[self._lamp[self._own]] = np.flatnonzero(self._own)
        self._letters = [""] * len(self.ids)  # what SUMO was last told to show; "" before the first order
        self._ordered = b""  # the same as codes; empty where one shows something else
        self._off_again = [0] * len(self.ids)  # how often it was off instead, with no more than a moment between
        self._taken_s = [0] * len(self.ids)  # how long it has shown what was ordered
        self._wait_s = [0] * len(self.ids)  # until the next order
        self._left = [signal_id in left for signal_id in self.ids]
        place = {signal_id: k for k, signal_id in enumerate(self.ids)}
        self._signal = np.array([place[signal.part_of or signal.id] for signal in signals], dtype=np.int64)
        self.shown: CodeArray = self._read(states)

    def read_back(self) -> list[str]:
        """Take note of what was really shown; returns the signals that show another state than ordered."""
        states = self._port.shown_states()
        if states == self._letters and not any(self._off_again):
            return []
        others = [k for k, letters in enumerate(self._letters) if letters and states[k] != letters]
        for k, state in enumerate(states):
            self._judge_off(k, k in others, bool(OFF_LETTERS & set(state)))
        if "" in self._letters:
            self.shown[:] = self._read(states)
            self._ordered = b""
        return [self.ids[k] for k in others]

    @property
    def stands_back(self) -> BoolArray:
        """bool[signals], in the engine's order: somebody else keeps the signal off, and it gets orders seldom."""
        return np.array(self._off_again, dtype=np.int64)[self._signal] > 1

    @property
    def left(self) -> BoolArray:
        """bool[signals], in the engine's order: it is left to a program of its own."""
        return np.array(self._left, dtype=np.bool_)[self._signal]

    @property
    def left_ids(self) -> list[str]:
        """The same, as SUMO knows them."""
        return [signal_id for signal_id, left in zip(self.ids, self._left, strict=True) if left]

    def leave(self, signal_id: str, program_id: str, state: str) -> None:
        """Leave a signal to a program of its own, which shows ``state`` first."""
        k = self.ids.index(signal_id)
        self._left[k], self._letters[k], self._off_again[k], self._wait_s[k] = True, "", 0, 0
        self._ordered = b""
        if isinstance(self._port, ProgramPort):
            self._port.leave(signal_id, program_id, state)

    def state_of(self, signal_id: str) -> str:
        """What it showed last, as the street calls it."""
        return self._port.shown_states()[self.ids.index(signal_id)]

    def take_back(self, signal_id: str) -> None:
        """It gets orders again."""
        self._left[self.ids.index(signal_id)] = False
        self._ordered = b""

    def _judge_off(self, k: int, is_other: bool, is_off: bool) -> None:
        """How long to stand back from signal k, which shows another state than ordered, or is off."""
        self._taken_s[k] = 0 if is_other or not self._letters[k] else self._taken_s[k] + 1
        if is_other:
            self._letters[k] = ""
            self._off_again[k] += is_off
            self._wait_s[k] = min(2 ** (self._off_again[k] - 1), LONGEST_WAIT_S) if self._off_again[k] > 1 else 0
        if not is_off:
            self._wait_s[k] = 0
        if self._taken_s[k] >= RETAKEN_S:
            self._off_again[k] = 0

    def show(self, codes: CodeArray) -> None:
        """Have SUMO show uint8[links] from the next step on; to be called once a second."""
        ordered = codes.tobytes()
        if ordered == self._ordered:
            return
        self._ordered = ordered
        self.shown[:] = codes
        letters = decode(np.append(codes, np.uint8(RED))[self._link])
        for k, (first, last) in enumerate(self._rows):
            if self._left[k]:
                self._ordered = b""
            elif self._wait_s[k] > 0:
                self._wait_s[k] -= 1
                self._ordered = b""
            elif letters[first:last] != self._letters[k]:
                self._letters[k] = letters[first:last]
                self._port.set_state(self.ids[k], self._letters[k])

    def _read(self, states: Sequence[str]) -> CodeArray:
        return np.where(self._own, encode("".join(states))[self._lamp], np.uint8(RED))


def _own(signals: Sequence[Signal]) -> BoolArray:
    """bool[links]: the lamp is the signal's own, and not that of another junction of it."""
    own = [np.full(signal.n_links, not signal.part_of) for signal in signals]
    for mine, signal in zip(own, signals, strict=True):
        mine[[link.index for link in signal.links]] = True
    return np.concatenate([np.zeros(0, np.bool_), *own])
