"""What a signal process asks of its controller, whatever that speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Limits
from controllers.cabinet.standback import Reason
from controllers.field.ntcip import OwnTimes
from controllers.field.reading import Reading
from network.errors import ScenarioError

if TYPE_CHECKING:
    from controllers.cabinet.advice import Advice
    from controllers.cabinet.decider import Decision
    from signal_core.tables.arrays import CodeArray

Mode = Literal["observe", "advise", "drive"]
OFFERED: Mapping[str, tuple[Mode, ...]] = {"ntcip": ("observe", "advise", "drive"), "rsmp": ("observe", "advise"),
                                           "tlcfi": ("observe", "drive")}
"""What may be done by each protocol."""
WHY_NOT: Mapping[tuple[str, Mode], str] = {
    ("rsmp", "drive"): "RSMP supervises and knows no orders that a controller drops within seconds; use --mode advise",
    ("tlcfi", "advise"): "TLC-FI has no plans to advise; use --mode drive"}


@dataclass(frozen=True)
class Order:
    """A second of driving. reading: what was seen; decision: what is wanted; longer_s: what was seen for the first time
    has lasted so long at least, which is more than 0 where seconds pass with the looks alone; lamps: of every group,
    and predictions of them, where groups are ordered one by one."""

    reading: Reading
    decision: Decision
    longer_s: float = 0.0
    lamps: CodeArray | None = None
    predictions: Callable[[int], list[dict[str, Any]]] = lambda now_ms: []


class Wire(Protocol):
    """One controller. Everything that talks to it raises FieldError where it does not answer or refuses."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of what it does not have, once connected."""
        ...

    @property
    def cuts_red(self) -> bool:
        """Whether clearances of pairs (`clear_s` in the site file) hold where a phase's own is longer."""
        ...

    @property
    def by_groups(self) -> bool:
        """Whether signal groups are ordered one by one, instead of phases."""
        ...

    @property
    def group_times(self) -> dict[int, OwnTimes]:
        """Of its groups by channel, where those are ordered one by one; known with `own_times`."""
        ...

    async def connect(self) -> None:
        """Find it, and what it has."""
        ...

    async def own_times(self) -> dict[int, OwnTimes]:
        """The controller's times of its phases, as far as it tells them."""
        ...

    async def arm(self) -> None:
        """Have it drop orders that stop, by itself."""
        ...

    async def poll(self) -> Reading:
        """One look."""
        ...

    def found(self, reading: Reading, limits: Limits, clock_s: float) -> set[Reason]:
        """Reasons to stand back in what was read. clock_s: our own wall time, seconds since 1970."""
        ...

    async def try_order(self, reading: Reading) -> frozenset[int]:
        """Give an order that changes nothing on the street, to see it dropped; what `kept` says while it is kept."""
        ...

    async def kept(self) -> frozenset[int]:
        """What the controller has of that order now."""
        ...

    def will_give_way(self, lit: frozenset[int]) -> frozenset[int]:
        """Of channels that are to be green in the coming second, those that give way by the controller's own wiring."""
        ...

    async def drive(self, order: Order) -> None:
        """A second of driving. Raises ValueError for an order that must not be given."""
        ...

    async def write_plan(self, advice: Advice) -> None:
        """Put a plan where it is spare, read back."""
        ...

    async def keep_plan(self) -> None:
        """Have it run, a second or more."""
        ...

    async def release(self) -> None:
        """Let go at once, instead of when the orders expire."""
        ...

    def forget(self) -> None:
        """The controller has restarted: nothing of what was written is known any more."""
        ...

    def close(self) -> None:
        """Give sockets back."""
        ...


def require_mode(site: SignalSite, mode: Mode) -> None:
    """Raises ScenarioError where the signal's protocol does not offer the mode."""
    protocol = site.link.protocol
    if mode not in OFFERED[protocol]:
        raise ScenarioError(f"signal {site.id}: {WHY_NOT[protocol, mode]}")
