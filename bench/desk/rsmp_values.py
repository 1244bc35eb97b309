"""What a virtual controller answers to every status of the exchange list; what it does not have is undefined."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bench.desk.banded import BandedPlans
from bench.desk.controller import FREE, Controller, Lamp
from bench.desk.coordination import DAY
from bench.desk.objects import Objects
from bench.desk.setup import TENTHS
from controllers.field.rsmp.messages import stamp

Text = str | list[object] | None
ONE = "0"
"""The only intersection: the whole of the controller."""


class Values:
    """By code and name, for the controller as a whole and for its groups and detectors."""

    def __init__(self, objects: Objects, plans: BandedPlans) -> None:
        self._objects, self._plans = objects, plans
        self.controller: Controller = objects.controller
        self.band_timeout_min = 0
        setup = repr((self.controller.setup, plans.numbers)).encode()
        self._checksum = hashlib.sha256(setup).hexdigest()
        self._programmed = stamp(self.controller.clock_tenths / TENTHS)
        self._of_code: Mapping[str, Callable[[], Mapping[str, Text]]] = {
            "S0001": self._groups, "S0006": self._emergency, "S0014": self._plan, "S0096": self._clock,
            "S0005": lambda: {"status": _truth(self.starting)}, "S0020": self._mode, "S0032": self._coordination,
            "S0097": lambda: {"checksum": self._checksum, "timestamp": self._programmed},
            "S0205": lambda: {"start": self._period, "vehicles": self._counts(1)},
            "S0207": lambda: {"start": self._period, "occupancy": self._counts(0)}}
        self._single: Mapping[str, Callable[[], Text]] = {
            "S0002.detectorlogicstatus": self._bits, "S0016.number": lambda: str(len(self._detectors)),
            "S0017.number": lambda: str(max(self.controller.setup.channels)), "S0019.number": lambda: "1",
            "S0015.status": lambda: "1", "S0015.source": lambda: "calendar_clock",
            "S0021.detectorlogics": lambda: "0" * len(self._detectors),
            "S0022.status": lambda: ",".join(map(str, plans.numbers)), "S0023.status": self._bands,
            "S0024.status": lambda: _table(plans.offsets_s), "S0028.status": lambda: _table(plans.cycles_s),
            "S0026.status": lambda: ",".join(f"{day}-1" for day in range(7)),
            "S0031.status": lambda: ",".join(f"{d}-1" for d in self._detectors), "S0033.status": list,
            "S0034.status": lambda: str(self.band_timeout_min), "S0035.emergencyroutes": self._routes,
            "S0091.user": lambda: "0", "S0092.user": lambda: "0", "S0095.status": lambda: objects.name}
        switches: Mapping[str, Callable[[], bool]] = {
            "S0007": lambda: True, "S0008": lambda: self.controller.panel.manual,
            "S0009": lambda: self.controller.pattern != FREE, "S0010": lambda: self.controller.pattern == FREE,
            "S0011": lambda: self.controller.flashing, "S0012": lambda: False}
        self._switches = switches

    def get(self, code: str, name: str) -> Text:
        """The value; None for what it does not have."""
        if code in self._of_code:
            return self._of_code[code]().get(name)
        if code in self._switches:
            source = "operator_panel" if self._switches[code]() and code != "S0007" else "calendar_clock"
            return {"intersection": ONE, "status": _truth(self._switches[code]()), "source": source}.get(name)
        if code == "S0013":
            return {"intersection": ONE, "status": "0"}.get(name)
        found = self._single.get(f"{code}.{name}")
        return None if found is None else found()

    def of_detector(self, number: int, code: str, name: str) -> Text:
        """Counts of one detector."""
        counts = self._objects.counts
        if number not in self._detectors or code not in ("S0201", "S0203"):
            return None
        return {"starttime": self._period, "vehicles": str(counts.volume.get(number, 0)),
                "occupancy": str(counts.occupancy.get(number, 0) // 2)}.get(name)

    @property
    def starting(self) -> bool:
        return not self.controller.flashing and self.controller.starting

    @property
    def _detectors(self) -> list[int]:
        setup = self.controller.setup
        return list(range(1, max([*setup.detectors, *setup.buttons], default=0) + 1))

    @property
    def _period(self) -> str:
        return stamp(self.controller.clock_tenths / TENTHS - 1.0)

    def _groups(self) -> Mapping[str, Text]:
        own = self.controller
        lamps = own.lamps()
        plan = own.patterns.get(own.pattern)
        base = own.clock_tenths % DAY // TENTHS
        cycle = plan.cycle_s if plan else 999
        letters = "".join(self._letter(channel, lamps.get(channel)) for channel in range(1, max(lamps) + 1))
        stage = next((ring.phase for ring in own.rings.rings.values() if ring.is_green), 0)
        return {"signalgroupstatus": letters, "basecyclecounter": str(base % cycle), "stage": str(stage),
                "cyclecounter": str((base - (plan.offset_s if plan else 0)) % cycle)}

    def _letter(self, channel: int, lamp: Lamp | None) -> str:
        own = self.controller
        if lamp is None:
            return "a"
        if lamp is Lamp.FLASHING:
            return "c"
        if self.starting:
            return "g"
        phases = own.setup.channels[channel]
        if lamp is Lamp.RED:
            return "F" if phases & (own.rings.calls | own.rings.coming) else "B"
        if lamp is Lamp.YELLOW:
            return "N"
        on = [ring for ring in own.rings.rings.values() if ring.is_green and ring.phase in phases]
        return "1" if any(ring.since < own.setup.phases[ring.phase].min_green for ring in on) else "3"

    def _bits(self) -> str:
        on = self.controller.detectors | self.controller.pressed
        return "".join("1" if d in on else "0" for d in self._detectors)

    def _counts(self, vehicles: int) -> str:
        counts = self._objects.counts
        rows = [counts.volume.get(d, -1) if vehicles else _percent(counts.occupancy.get(d)) for d in self._detectors]
        return ",".join(map(str, rows))

    def _bands(self) -> str:
        plans = self._plans
        return ",".join(f"{plans.number}-{band}-{s}" for band, s in sorted(plans.banded.extension_s.items()))

    def _emergency(self) -> Mapping[str, Text]:
        return {"status": _truth(self.controller.preempt != 0), "emergencystage": str(self.controller.preempt)}

    def _routes(self) -> Text:
        return [{"id": str(self.controller.preempt)}] if self.controller.preempt else []

    def _plan(self) -> Mapping[str, Text]:
        own = self.controller
        return {"status": str(own.pattern), "source": "forced" if own.orders.pattern else "calendar_clock"}

    def _mode(self) -> Mapping[str, Text]:
        mode = "standby" if self.controller.flashing else "startup" if self.starting else "control"
        return {"intersection": ONE, "controlmode": mode}

    def _coordination(self) -> Mapping[str, Text]:
        return {"intersection": ONE, "status": "off" if self.controller.pattern == FREE else "centralized",
                "source": self._plan()["source"]}

    def _clock(self) -> Mapping[str, Text]:
        now = datetime.fromtimestamp(self.controller.clock_tenths // TENTHS, UTC)
        return {name: str(getattr(now, name)) for name in ("year", "month", "day", "hour", "minute", "second")}


def _truth(value: bool) -> str:
    return "True" if value else "False"


def _table(rows: Mapping[int, int]) -> str:
    return ",".join(f"{number}-{value}" for number, value in sorted(rows.items()))


def _percent(halves: int | None) -> int:
    return -1 if halves is None else halves // 2
