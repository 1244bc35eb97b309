"""The lamps of SUMO's signals as links of the engine: told what to show, and read back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from controllers.port import Port
from network.signals import Signal
from signal_core.intersection import RED, BoolArray, CodeArray
from signal_core.letters import decode, encode


class Lamps:
    """What is on the street. A signal whose junctions are planned on their own shows what each wants of its lamps.

    ids: the signals as SUMO knows them; shown: uint8[links], by the engine's signals, as it was read or ordered last.
    """

    def __init__(self, port: Port, signals: Sequence[Signal]) -> None:
        """signals: those of the engine, in its order; junctions of one signal have all its lamps each."""
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
        self.shown: CodeArray = self._read(states)

    def read_back(self) -> list[str]:
        """Take note of what was really shown; returns the signals that show another state than ordered."""
        states = self._port.shown_states()
        if states == self._letters:
            return []
        others = [k for k, letters in enumerate(self._letters) if letters and states[k] != letters]
        if others:
            self.shown[:] = self._read(states)
            self._ordered = b""
        for k in others:
            self._letters[k] = ""
        return [self.ids[k] for k in others]

    def show(self, codes: CodeArray) -> None:
        """Have SUMO show uint8[links] from the next step on."""
        ordered = codes.tobytes()
        if ordered == self._ordered:
            return
        self._ordered = ordered
        self.shown[:] = codes
        letters = decode(np.append(codes, np.uint8(RED))[self._link])
        for k, (first, last) in enumerate(self._rows):
            if letters[first:last] != self._letters[k]:
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
