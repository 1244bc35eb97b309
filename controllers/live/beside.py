"""What a cabinet process tells, with what is certain and likely of every lamp.

The process that controls says only what is shown and which stages its engine means to show; all else is found here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from controllers.announce.outlook import Meant, film_of, meant_by, play
from controllers.announce.teller import Tellers
from controllers.announce.watch import Frame, frame_of
from controllers.cabinet.arrays import intersection
from controllers.cabinet.likely import rules_of_site
from controllers.cabinet.site import SignalSite
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.letters import encode
from signal_core.tables.packed import pack

LONGEST_GAP_S = 1.5
BETWEEN = -1


class Beside:
    """All signals of a site file. A signal that was not told of for a second is begun anew."""

    def __init__(self, signals: Sequence[SignalSite]) -> None:
        self._signals = {site.id: _Signal(site) for site in signals}
        self._last_s = float("-inf")

    def second(self, frame: Frame) -> Frame:
        """The frame for who looks. Raises ValueError, KeyError or TypeError where it is none of a cabinet process."""
        now_s = float(frame["time_s"])
        if not 0.0 < now_s - self._last_s <= LONGEST_GAP_S:
            for signal in self._signals.values():
                signal.lost()
        self._last_s = now_s
        told = {name: self._signals[name].second(said) for name, said in frame["signals"].items()}
        for name in self._signals.keys() - told.keys():
            self._signals[name].lost()
        return {**frame, "time_s": now_s, "signals": told}


class _Signal:
    """Its clock counts the seconds told."""

    def __init__(self, site: SignalSite) -> None:
        self._tables, self._stages = pack([intersection(site)]), len(site.stages)
        self._sequencer = Sequencer(self._tables, encode("r" * len(site.groups)))
        self._tellers = Tellers([rules_of_site(site)])
        self._now_s = 0
        self._stage, self._left_s = BETWEEN, 0

    def lost(self) -> None:
        self._tellers.lost()
        self._stage = BETWEEN

    def second(self, said: dict[str, Any]) -> dict[str, Any]:
        """One second of it. Raises ValueError where it shows lamps or stages of another signal."""
        self._now_s += 1
        state = str(said["state"])
        if len(state) != len(self._sequencer.state.shown):
            raise ValueError("lamps of another signal")
        stage, stages = int(said["phase"]), [(int(a), int(b)) for a, b in said.get("meant", ())]
        if not (BETWEEN <= stage < self._stages and all(0 <= one < self._stages for one, _ in stages)):
            raise ValueError("stages of another signal")
        meant = self._follow(state, stage, stages)
        if not said.get("seen", True):
            self.lost()
            meant = None
        (told,) = self._tellers.second(float(self._now_s), [state], [meant])
        return frame_of(told, mode=str(said["mode"]),
                        status=tuple(map(str, said["status"])), health=str(said["health"]), why=str(said["why"]),
                        phase=int(said["phase"]), queues=said["queues"], requests=said.get("requests", ()))

    def _follow(self, state: str, stage: int, stages: list[tuple[int, int]]) -> Meant | None:
        """Keep the timers of every lamp, and play ahead what is meant."""
        followed = self._sequencer.state
        self._sequencer.show(encode(state))
        if stage != BETWEEN:
            if stage != self._stage:
                self._sequencer.entered(0, self._stage, stage, self._now_s - self._left_s if self._stage >= 0 else 0)
            self._stage, self._left_s = stage, self._now_s
        if not stages:
            return None
        if stages[0][0] != followed.phase[0]:
            self._sequencer.entered(0, self._stage, stages[0][0], self._now_s - self._left_s)
        followed.settled[0] = stage == stages[0][0]
        film = film_of(self._tables, followed, 0)
        play(self._tables, followed, 0, stages, film)
        return meant_by(film, None, "", ())
