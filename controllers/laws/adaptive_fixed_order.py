"""Adaptive control for signals that can neither skip a phase nor change their order."""

from __future__ import annotations

from controllers.entry import Entry
from controllers.laws.adaptive import Adaptive
from signal_core.settings import Settings


class AdaptiveFixedOrder(Adaptive):
    """As `Adaptive`, each phase followed by the next one of the program."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings._replace(fixed_order=1))


ENTRY = Entry("adaptive_fixed_order", "as adaptive, with the phases in the order of the program", AdaptiveFixedOrder)
