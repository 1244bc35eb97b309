"""What one exchange by SNMP is, whatever the version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from controllers.field.ber import Oid

Value = int | bytes | None
Asked = tuple[Oid, int | None]
"""An object, and the number to SET it to; None to GET it."""


@dataclass(frozen=True)
class Answer:
    """refused: the name of the error, empty for none; index: of the object it is about, from 1."""

    refused: str
    index: int
    values: Sequence[tuple[Oid, Value]]


class Exchanger(Protocol):
    """How a message gets to the controller and back."""

    async def exchange(self, write: bool, rows: Sequence[Asked]) -> Answer:
        """One message and its answer. Raises anything where there is none."""

    def close(self) -> None:
        """Give the socket back."""
