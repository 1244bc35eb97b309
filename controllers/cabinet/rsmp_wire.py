"""By RSMP, as the controller's supervisor: a plan prepared with bands, its bands, offset and cycle.

RSMP supervises. There is nothing in it that a controller drops within seconds, so nobody is driven by it; the plan, the
bands and the rest live until the controller has been without its supervisor for the time-out of M0023, in minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from controllers.cabinet.address import layout_of
from controllers.cabinet.bands import bands_of, extensions
from controllers.cabinet.phases_seen import PhasesSeen
from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Limits
from controllers.cabinet.standback import Reason, clock_differs
from controllers.cabinet.tls import server_context
from controllers.cabinet.wire import Order
from controllers.field.errors import FieldError, Lost, NotTaken, Refused
from controllers.field.ntcip import OwnTimes, SetHeard
from controllers.field.reading import Reading
from controllers.field.rsmp import sxl
from controllers.field.rsmp.peer import Tape
from controllers.field.rsmp.reading import read
from controllers.field.rsmp.supervisor import At, Known, Supervisor

if TYPE_CHECKING:
    from controllers.cabinet.advice import Advice

STREET = {"S0001": 1, "S0002": 1, "S0205": 1, "S0207": 1}
"""Asked for every second."""
IN_CHARGE = dict.fromkeys(("S0005", "S0006", "S0007", "S0008", "S0011", "S0012", "S0013", "S0014", "S0020", "S0035",
                           "S0091", "S0097"), 0)
"""Told whenever they change."""
STATIC = ("S0016", "S0017", "S0022", "S0023", "S0024", "S0028", "S0034", "S0095")
GRAVE = frozenset({"A0001", "A0003", "A0006", "A0008"})
DOOR_OPEN = "A0010"
LOCAL_BIT, FAULT_BIT = 0, 2
OPERATOR_WRITES = 2
MINUTE_S, AWAY_MORE_S = 60, 5


class RsmpWire:
    """A `Wire`."""

    def __init__(self, site: SignalSite, heard: SetHeard | None = None, tape: Tape | None = None) -> None:
        self.site, self._heard = site, heard
        self.supervisor = Supervisor(at_of(site), tape)
        self.layout = layout_of(site)
        self._bands = bands_of(site)
        self._phases = PhasesSeen(site)
        self._session, self._first = -1, True
        self._checksum: object = None
        self._waited = self._away_s = 0
        self.missing: tuple[str, ...] = ()
        self.cuts_red = self.by_groups = False
        self.group_times: dict[int, OwnTimes] = {}

    async def connect(self) -> None:
        """Wait for the site, see what it has, subscribe. Called once a second while it is away."""
        if self._away_s:
            self._away_s -= 1
            raise FieldError("the controller does not let us let go; away until it has dropped our plan")
        await self.supervisor.ready()
        found = await self.supervisor.read(STATIC)
        self.missing = tuple(sorted({code for (code, _), value in found.items() if value is None}))
        groups, detectors = (sxl.whole(found[code, "number"]) for code in ("S0017", "S0016"))
        for what, has, needed in (("signal groups", groups, self.layout.channels),
                                  ("detector logics", detectors,
                                   (*self.layout.detectors, *(n for n, _ in self.layout.buttons)))):
            if has is not None and has < max(needed, default=0):
                raise FieldError(f"the controller has {has} {what}, the site file names number {max(needed)}")
        await self.supervisor.subscribe(STREET | IN_CHARGE)
        self._session, self._first = self.supervisor.session, True

    async def own_times(self) -> dict[int, OwnTimes]:
        """RSMP does not tell them; that they have changed is seen by the checksum of traffic parameters."""
        return {}

    async def arm(self) -> None:
        """The time after which a controller without supervisor goes back to its own plan; back from ours, if it is on
        that since a session before."""
        minutes = str(self.site.link.band_timeout_min)
        try:
            await self._write({"S0034": minutes}, ("M0023", {"status": minutes}))
        except Refused:
            self._leave()
            raise
        running = await self.supervisor.read(("S0014",))
        if running["S0014", "status"] == str(self.site.link.spare_pattern):
            await self.release()

    async def poll(self) -> Reading:
        if self._away_s or not self.supervisor.up or self._session != self.supervisor.session:
            raise Lost(f"site {self.supervisor.at.site_id} is not connected, or anew")
        if self._first:  # told at once when we subscribed, of a period that began before
            self._first = False
            self.supervisor.known.counts.cut()
        clock = await self.supervisor.read(("S0096",))
        known = self.supervisor.known
        found = self._phases.of(read(self.layout, known, sxl.clock({n: clock["S0096", n] for _, n in clock})))
        if self._session != self.supervisor.session:
            raise Lost("the site has connected anew")
        return found

    def found(self, reading: Reading, limits: Limits, clock_s: float) -> set[Reason]:
        """Who else is in charge, faults, the clock, other traffic parameters than at first."""
        known = self.supervisor.known
        found = reasons(known)
        checksum = known.values.get(("S0097", "checksum"))
        self._checksum = self._checksum or checksum
        if checksum != self._checksum:
            found.add(Reason.CHANGED)
        if reading.clock_s is not None and clock_differs(reading.clock_s, clock_s, limits):
            found.add(Reason.CLOCK)
        return found

    async def try_order(self, reading: Reading) -> frozenset[int]:
        """Nothing is tried, as it would take minutes without a supervisor: the time-out is read back."""
        return frozenset({0})

    async def kept(self) -> frozenset[int]:
        found = await self.supervisor.read(("S0034",))
        armed = sxl.whole(found["S0034", "status"]) == self.site.link.band_timeout_min
        return frozenset() if armed else frozenset({0})

    def will_give_way(self, lit: frozenset[int]) -> frozenset[int]:
        return frozenset()  # nothing is driven

    async def drive(self, order: Order) -> None:
        raise ValueError("RSMP does not drive")

    async def write_plan(self, advice: Advice) -> None:
        plan, link = self.site.link.spare_pattern, self.site.link
        known = await self.supervisor.read(("S0022", "S0023"))
        if plan not in sxl.wholes(known["S0022", "status"]):
            raise FieldError(f"the controller has no plan {plan}; name one with bands in the site file, spare_pattern")
        has, needed = sxl.bands(known["S0023", "status"]).get(plan, {}), {band.number for band in self._bands}
        if not needed <= has.keys():
            raise FieldError(f"plan {link.spare_pattern} has no band {min(needed - has.keys())}")
        try:
            extended = extensions(self._bands, advice.splits_s)
        except ValueError as error:
            raise Refused(f"plan {plan}: {error}") from error
        number, offset = str(plan), str(-await self._offset_s(advice) % advice.cycle_s)  # c = (b + o) mod t
        await self._write(
            {"S0028": f"{plan}-{advice.cycle_s}", "S0024": f"{plan}-{offset}",
             "S0023": ",".join(f"{plan}-{band}-{s}" for band, s in sorted(extended.items()))},
            ("M0018", {"status": str(advice.cycle_s), "plan": number}),
            ("M0015", {"status": offset, "plan": number}),
            ("M0014", {"plan": number, "status": sxl.band_text(extended)}))

    async def _offset_s(self, advice: Advice) -> int:
        """Its base cycle counter is taken to count from midnight of its clock."""
        clock = await self.supervisor.read(("S0096",))
        now_s = sxl.clock({n: clock["S0096", n] for _, n in clock})
        if now_s is None:
            raise FieldError("the controller does not tell its time: no offset can be given")
        return advice.offset_s(self.site.plan.offset_s, now_s)

    async def keep_plan(self) -> None:
        """S0014 is told whenever it changes. A plan may be taken up at the end of a cycle, so it is waited for."""
        plan = str(self.site.link.spare_pattern)
        if self.supervisor.known.values.get(("S0014", "status")) == plan:
            self._waited = 0
            return
        if self._waited == 0:
            await self.supervisor.command(("M0002", {"status": "True", "timeplan": plan}))
            before = self.supervisor.known.values.get(("S0014", "status"))
            found = await self.supervisor.read(("S0014",))
            self._tell("S0014", before, plan, found["S0014", "status"])
        self._waited += 1
        if self._waited > 2 * self.site.plan.cycle_s:
            self._waited = 0
            raise NotTaken(f"S0014: plan {plan} commanded, not taken up in two cycles")

    async def release(self) -> None:
        """Where it is refused there is one way left: without a supervisor the controller drops plan and bands."""
        self._waited = 0
        try:
            await self.supervisor.command(("M0002", {"status": "False", "timeplan": str(self.site.plan.pattern)}))
        except Refused:
            self._leave()
            raise
        self._tell("M0002", str(self.site.link.spare_pattern), "by the clock", None)

    def _leave(self) -> None:
        """Nobody is there for the site until its time-out has passed."""
        self._away_s = MINUTE_S * self.site.link.band_timeout_min + AWAY_MORE_S
        self.supervisor.close()

    async def _write(self, wanted: Mapping[str, str], *commands: tuple[str, Mapping[str, str]]) -> None:
        """Command, and read back: rows of `wanted`, by status, have to be among those that are read."""
        before = {code: self.supervisor.known.values.get((code, "status")) for code in wanted}
        await self.supervisor.command(*commands)
        found = await self.supervisor.read(wanted)
        odd = ""
        for code, rows in wanted.items():
            read_back = found[code, "status"]
            taken = isinstance(read_back, str) and set(rows.split(",")) <= set(read_back.split(","))
            if not taken or before[code] != read_back:
                self._tell(code, before[code], rows, read_back)
            if not taken:
                odd = odd or f"{code}: {rows} commanded, {read_back!r} read back"
        if odd:
            raise NotTaken(odd)

    def _tell(self, what: str, before: object, value: str, read_back: object) -> None:
        if self._heard is not None:
            self._heard(what, _text(before), value, _text(read_back))

    def forget(self) -> None:
        self._session = -1

    def close(self) -> None:
        self.supervisor.close()


def at_of(site: SignalSite) -> At:
    """Where to wait for the site; secrets and certificates are read here. Raises ScenarioError."""
    link = site.link
    return At(link.host, link.port, link.site_id or site.id, component_of(site), link.security_code.read(),
              link.timeout_s * (link.retries + 1), tls=server_context(link))


def component_of(site: SignalSite) -> str:
    """The component that stands for the whole controller."""
    return site.link.component or f"{site.link.site_id or site.id}=001TC000"


def reasons(known: Known) -> set[Reason]:
    """Reasons to stand back in what the site has told."""
    told = known.values

    def on(code: str, name: str = "status") -> bool:
        return sxl.any_true(told.get((code, name)))

    modes = str(told.get(("S0020", "controlmode")) or "").split(",")
    police = [one for one in sxl.wholes(told.get(("S0013", "status"))) if one]
    dark = "False" in str(told.get(("S0007", "status")) or "").split(",")
    codes = {code for code, _ in known.alarms}
    bits = (*known.bits, *(8 * (False,)))
    rules = (
        (Reason.RESTARTED, on("S0005") or "startup" in modes),
        (Reason.PREEMPTED, on("S0006") or bool(told.get(("S0035", "emergencyroutes")))),
        (Reason.FLASH, dark or on("S0011") or "standby" in modes or "failure" in modes),
        (Reason.MANUAL, on("S0008") or on("S0012") or bool(police) or DOOR_OPEN in codes),
        (Reason.LOCAL, bits[LOCAL_BIT] or "test" in modes or told.get(("S0014", "source")) == "operator_panel"
         or sxl.whole(told.get(("S0091", "user"))) == OPERATOR_WRITES),
        (Reason.ALARM, bits[FAULT_BIT] or bool(codes & GRAVE)))
    return {reason for reason, holds in rules if holds}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
