"""A centre that knows where the buses are: it waits for a signal's process, and sends M0022 for those on the street."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from controllers.cabinet.site_parts import Centre
from controllers.field.errors import FieldError
from controllers.field.rsmp.priority import MOST_ETA_S, MOST_LEVEL
from controllers.field.rsmp.supervisor import At, Supervisor
from signal_core.requests import STANDS, RequestClass

VEHICLES: Mapping[RequestClass, str] = {
    RequestClass.TRANSIT: "bus", RequestClass.TRAM: "tram", RequestClass.EMERGENCY: "emergency",
    RequestClass.RAIL: "emergency", RequestClass.CYCLIST: "bicycle"}
OTHERWISE_S = 2
"""An arrival that is foreseen differently by so much is told anew."""
MOST_WAITING = 1000


class DeskCentre:
    """Of one signal, at the port that its process connects to; TLS where a context is given."""

    def __init__(self, own: Centre, signal: str, tls: ssl.SSLContext | None = None) -> None:
        self._name = own.site_id or signal
        self.supervisor = Supervisor(At(own.host, own.port, self._name, own.component or f"{self._name}=001TC000",
                                        tls=tls))
        self._sent: dict[int, int] = {}
        """Seconds until each one comes, by what was told last."""
        self._waiting: asyncio.Queue[dict[str, str]] = asyncio.Queue(MOST_WAITING)
        self._runs = asyncio.create_task(self._run())

    def tell(self, rows: Sequence[tuple[int, Any]]) -> None:
        """What is asked in this second; nothing while no process is connected."""
        if not self.supervisor.up:
            self._sent.clear()
            return
        self._sent = {name: eta_s - 1 for name, eta_s in self._sent.items()}
        for channel, row in rows:
            message = self._message(channel, row)
            if message and not self._waiting.full():
                self._waiting.put_nowait(message)

    def _message(self, channel: int, row: Any) -> dict[str, str]:
        """The arguments of M0022, empty where nothing is new."""
        number, known = int(row["id"]), int(row["id"]) in self._sent
        eta_s = min(max(round(float(row["likely_s"])), 0), MOST_ETA_S)
        name = {"requestId": str(number), "level": str(min(int(row["level"]), MOST_LEVEL))}
        if int(row["cancel"]) != STANDS:
            self._sent.pop(number, None)
            return {**name, "type": "cancel"} if known else {}
        if known and abs(self._sent[number] - eta_s) < OTHERWISE_S:
            return {}
        self._sent[number] = eta_s
        if known:
            return {**name, "type": "update", "eta": str(eta_s)}
        kind = VEHICLES.get(RequestClass(int(row["kind"])), "other")
        return {**name, "type": "new", "eta": str(eta_s), "vehicleType": kind,
                "signalGroupId": f"{self._name}=001SG{channel:03d}"}

    async def _run(self) -> None:
        """One after the other; what is refused, or gets no answer, is not sent again."""
        await self.supervisor.listen()
        while True:
            message = await self._waiting.get()
            try:
                await self.supervisor.send_arguments("M0022", message)
            except FieldError:
                continue

    def close(self) -> None:
        """Give the port back."""
        self._runs.cancel()
        self.supervisor.close()
