"""The proof, at start and after every restart, that the controller drops orders by itself when they stop coming.

A call for the phases that are green anyway changes nothing on the street. It is given once; then nothing is written,
and the controller has to lose it within its backup time.
"""

from __future__ import annotations

from enum import Enum

MARGIN_S = 2.0


class Outcome(Enum):
    """Where the proof stands."""

    OPEN = "open"
    PROVED = "proved"
    FAILED = "failed"


class Proof:
    """Told of every second; `wants_order` says when the one order is to be given."""

    def __init__(self, backup_s: float) -> None:
        self._backup_s = backup_s
        self._given_s: float | None = None
        self._phases: frozenset[int] = frozenset()
        self.outcome = Outcome.OPEN

    @property
    def wants_order(self) -> bool:
        return self.outcome is Outcome.OPEN and self._given_s is None

    @property
    def running(self) -> bool:
        """The order is given, and it is waited for its end."""
        return self.outcome is Outcome.OPEN and self._given_s is not None

    def given(self, now_s: float, phases: frozenset[int]) -> None:
        """The order was given and read back."""
        self._given_s, self._phases = now_s, phases

    def see(self, now_s: float, called: frozenset[int]) -> Outcome:
        """What the controller has of it now."""
        if not self.running or self._given_s is None:
            return self.outcome
        if not self._phases & called:
            self.outcome = Outcome.PROVED
        elif now_s - self._given_s > self._backup_s + MARGIN_S:
            self.outcome = Outcome.FAILED
        return self.outcome

    def renew(self) -> None:
        """The controller has restarted: prove it again."""
        self._given_s, self.outcome = None, Outcome.OPEN
