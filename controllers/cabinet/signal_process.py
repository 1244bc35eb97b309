"""One signal of a cabinet process: a second is a look, a decision, and what the mode allows to be done about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from controllers.cabinet.arrays import Times, stricter, whole_red
from controllers.cabinet.journal import Journal
from controllers.cabinet.proof import Outcome, Proof
from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Limits
from controllers.cabinet.standback import OF_DETECTORS, Reason, StandBack, Verdict, restarted
from controllers.cabinet.wire import Mode, Order
from controllers.cabinet.wiring import wire_of
from controllers.field.errors import Lost, NotTaken, is_refusal
from controllers.field.ntcip import OwnTimes
from controllers.field.oids import FlashStatus
from controllers.field.reading import Reading

if TYPE_CHECKING:
    from controllers.cabinet.asking import Asking
    from controllers.cabinet.decider import Decider, Decision

LATE_IN_A_ROW = 3
LOOK_AGAIN_S = 0.1
LOOKS = 5
STEPPED_S = 1.0
"""Where seconds pass with the looks, what is seen for the first time has lasted for the second before."""


@dataclass
class Clocks:
    """monotonic_s for all that lasts, wall_s to compare with the controller's; fast: seconds are those of its polls,
    and without a wall_s its clock is the only one there is."""

    monotonic_s: Callable[[], float] = time.monotonic
    wall_s: Callable[[], float] | None = None
    fast: bool = False

    def wall(self, controller_s: float | None) -> float:
        """Our wall time beside the controller's, seconds since 1970."""
        if self.wall_s is not None:
            return self.wall_s()
        return controller_s if self.fast and controller_s is not None else time.time()


@dataclass
class State:
    """What is known from one second to the next."""

    connected: bool = False
    missed: int = 0
    late: int = 0
    up_s: float | None = None
    sequence: int | None = None
    times: dict[int, OwnTimes] = field(default_factory=dict)
    acting: bool = False
    polled_before: bool = False
    decided: bool = False
    found: set[Reason] = field(default_factory=set)
    seconds: int = 0


class SignalProcess:
    """Polls and, where it may, acts. `second` is all that has to be called."""

    def __init__(self, site: SignalSite, mode: Mode, journal: Journal, clocks: Clocks | None = None) -> None:
        self.site, self.mode, self.journal = site, mode, journal
        self.clocks = clocks or Clocks()
        self.wire = wire_of(site, mode, journal.heard_set)
        self.stand_back = StandBack(site.limits.healthy_s)
        self.proof = Proof(site.link.unit_backup_s)
        self.state = State()
        self.asking = None if site.requests is None else _make_asking(site, self._decided_s, journal.says)
        self.decider: Decider | None = None
        self.loaded = asyncio.Event()
        """The engine is there, and a decision may be had, or it could not be made."""
        self.last: Decision | None = None
        self.verdict = Verdict(False, frozenset({Reason.STARTING}), frozenset())
        self._compiling: asyncio.Task[None] | None = None
        self._limits: Limits | None = None
        self._stage = -1

    @property
    def now_s(self) -> float:
        """Time that only goes forward: our own, or where seconds pass as they are polled the number of them."""
        return float(self.state.seconds) if self.clocks.fast else self.clocks.monotonic_s()

    def _decided_s(self) -> float:
        """Seconds of the engine."""
        return 0.0 if self.decider is None else float(self.decider.seen_s)

    async def second(self) -> None:
        """One control second. Whatever goes wrong in it is a reason to stand back, never an error."""
        began = time.perf_counter()
        self.state.seconds += 1
        found, self.state.found = self.state.found, set()
        reading = await self._look(found)
        if self.asking is not None:
            await self.asking.second(reading)
        decision = self._decide(reading, found)
        await self._prove(reading, found)
        self.verdict = self.stand_back.judge(self.now_s, found)
        self.journal.judged(self.verdict)
        self._reload(decision)
        if reading is not None and decision is not None:
            self.last = decision
            self.journal.decided(decision, reading, self.site)
            await self._act(reading, decision)
        elif self.state.acting:
            await self._let_go()
        self.journal.second(time.perf_counter() - began, self._shown_mode())

    async def _look(self, found: set[Reason]) -> Reading | None:
        try:
            if not self.state.connected:
                await self._connect()
            reading = await self._fresh()
        except Exception as error:  # whatever was answered: what is no answer is none
            self.state.missed += 1
            self.state.polled_before = False
            self.state.connected = self.state.connected and not isinstance(error, Lost)
            self.journal.no_answer(error, self.state.missed)
            if self.state.missed >= self.site.limits.missed_polls or not self.state.connected:
                found.add(Reason.NO_ANSWER)
            return None
        self.state.missed = 0
        if restarted(self.state.up_s, reading.up_s):
            await self._after_restart(found)
        self.state.up_s = reading.up_s
        wall_s = self.clocks.wall(reading.clock_s)
        self.journal.looked(reading, wall_s)
        found |= self.wire.found(reading, self.site.limits, wall_s)
        return reading

    async def _fresh(self) -> Reading:
        """A look at a period of counts that was not seen yet: where it is the same again, a little later."""
        reading = await self.wire.poll()
        for _ in range(0 if self.clocks.fast else LOOKS):
            if not self.state.decided or reading.sequence is None or reading.sequence != self.state.sequence:
                break
            await asyncio.sleep(LOOK_AGAIN_S)
            reading = await self.wire.poll()
        self.state.sequence = reading.sequence
        return reading

    async def _connect(self) -> None:
        await self.wire.connect()
        own = await self.wire.own_times()
        self._check_times(own)
        if self.mode != "observe":
            await self.wire.arm()
        self.state.connected = True
        self.journal.connected(self.wire.missing, own)
        if self._compiling is None:
            self._compiling = asyncio.create_task(self._compile())

    def _check_times(self, own: dict[int, OwnTimes]) -> None:
        """The first times are those that count; others later are a change of configuration."""
        if self.state.times and own != self.state.times:
            self.state.found.add(Reason.CHANGED)
        self.state.times = self.state.times or own

    async def _after_restart(self, found: set[Reason]) -> None:
        found.add(Reason.RESTARTED)
        self.wire.forget()
        self.proof.renew()
        self.state.polled_before = False
        self.state.connected = False  # everything is asked anew in the coming second
        self.journal.restarted()

    async def _compile(self) -> None:
        """The engine in a thread: until it is there, it is observed and no more; where it cannot be made, for good."""
        try:
            own, groups = ({n: Times(**vars(times)) for n, times in found.items()}
                           for found in (self.state.times, self.wire.group_times))
            site = stricter(self.site, own, groups)
            site = site if self.wire.cuts_red else whole_red(site)
            decider = await asyncio.to_thread(_make_decider, site, self.wire.by_groups, self.mode == "advise",
                                              self.journal.compiles)
            if self.asking is not None:
                decider.asked = self.asking.book
            self.decider = decider
            self.journal.compiled()
        except Exception as error:
            self.journal.not_made(error)
        self.loaded.set()

    def _decide(self, reading: Reading | None, found: set[Reason]) -> Decision | None:
        if self.decider is None:
            found.add(Reason.FAILED if self.loaded.is_set() else Reason.COMPILING)
            if self.asking is not None:
                self.asking.book.rows()  # nobody is there to read them
        if reading is None or self.decider is None:
            return None
        trust = self.state.polled_before and reading.flash in (None, FlashStatus.NOT_FLASH)
        began, worked = time.perf_counter(), time.thread_time()
        try:
            decision = self.decider.see(reading, trust)
        except Exception as error:  # the street goes on without us
            self.journal.failed(error)
            found.add(Reason.FAILED)
            return None
        self.state.polled_before = True
        self.journal.asked(self.decider.heard())
        spent = time.perf_counter() - began
        late = spent > self.site.limits.deadline_s
        self.state.late = self.state.late + 1 if late else 0
        if not self.state.decided:
            self.journal.decides()
        self.state.decided = True
        self.journal.thought(spent, late, late and time.thread_time() - worked <= self.site.limits.deadline_s)
        found |= {reason for reason, holds in (
            (Reason.TRIPPED, bool(decision.trip)), (Reason.LATE, self.state.late >= LATE_IN_A_ROW)) if holds}
        found |= set() if decision.street is None else {decision.street}
        return decision

    async def _prove(self, reading: Reading | None, found: set[Reason]) -> None:
        """Before anything else is ordered: orders that stop are dropped."""
        if self.mode == "observe" or self.proof.outcome is Outcome.PROVED:
            return
        found.add(Reason.NOT_EXPIRING if self.proof.outcome is Outcome.FAILED else Reason.PROVING)
        if reading is None or found - {Reason.PROVING, Reason.COMPILING, Reason.CLOCK} - OF_DETECTORS:
            return
        try:
            if self.proof.wants_order:
                given = await self.wire.try_order(reading)
                if given:
                    self.proof.given(self.now_s, given)
            elif self.proof.running:
                self.proof.see(self.now_s, await self.wire.kept())
                self.journal.proved(self.proof.outcome.value)
        except Exception as error:
            self._refused(error)

    async def _act(self, reading: Reading, decision: Decision) -> None:
        if not self.verdict.may_act or self.mode == "observe":
            if self.state.acting:
                await self._let_go()
            return
        try:
            if self.mode == "drive":
                await self._drive(reading, decision)
            else:
                await self._advise(decision)
        except Exception as error:
            self._refused(error)

    async def _drive(self, reading: Reading, decision: Decision) -> None:
        if not self.state.acting:
            if decision.stage < 0:
                return  # between two stages nothing is taken over
            assert self.decider is not None
            self.decider.take_over(decision.stage)
            self.state.acting = True
            decision = self.last = type(decision)(decision.stage, decision.stage, False, "", None)
            self.journal.took_over()
        try:
            await self.wire.drive(self._order(reading, decision))
        except ValueError as error:
            self.journal.failed(error)
            self.state.found.add(Reason.FAILED)

    def _order(self, reading: Reading, decision: Decision) -> Order:
        """Phases follow from the decision; groups that are ordered one by one are the engine's own affair."""
        longer_s = STEPPED_S if self.clocks.fast else 0.0
        if not self.wire.by_groups:
            return Order(reading, decision, longer_s)
        from controllers.cabinet.direct import DirectDecider

        decider = self.decider
        assert isinstance(decider, DirectDecider)
        lamps = decider.propose(self.wire.will_give_way)
        return Order(reading, decision, longer_s, lamps, lambda now_ms: decider.predictions(lamps, now_ms))

    async def _advise(self, decision: Decision) -> None:
        """A plan as each cycle begins, once one has been seen: until then nothing is known of the demand."""
        from controllers.cabinet.advice import advise
        from controllers.cabinet.stage_orders import begins_anew

        assert self.decider is not None
        before = self._stage
        self._stage = decision.stage if decision.stage >= 0 else before
        begins = self._stage != before and begins_anew(self.site, before, self._stage)
        if begins and self.decider.seen_s >= self.site.plan.cycle_s:
            advice = advise(self.decider.site, self.decider.demand_vps, self.decider.walks_vps, decision.stage)
            if advice is None:
                return
            await self.wire.write_plan(advice)
            self.journal.advised(advice.cycle_s, advice.splits_s, advice.saturation)
            if not self.state.acting:
                self.state.acting = True
                self.journal.took_over()
        if self.state.acting:
            await self.wire.keep_plan()

    def _refused(self, error: Exception) -> None:
        """An order came to nothing: what is no answer of the protocol is no answer."""
        reason = (Reason.READ_BACK if isinstance(error, NotTaken) else
                  Reason.REFUSED if is_refusal(error) else Reason.NO_ANSWER)
        self.state.found.add(reason)
        self.journal.set_failed(error, isinstance(error, NotTaken))

    async def _let_go(self) -> None:
        """Say so where the controller hears it; where not, the orders expire."""
        self.state.acting = False
        if self.decider is not None:
            self.decider.let_go()
        self.journal.let_go(self.verdict)
        try:
            await self.wire.release()
        except Exception as error:
            self.journal.set_failed(error, False)

    def _shown_mode(self) -> str:
        if self.mode == "observe":
            return "observe"
        return self.mode if self.state.acting else "stand_back"

    def reload(self, limits: Limits) -> None:
        """New limits, from the coming begin of a cycle on; what was latched is acknowledged."""
        self._limits = limits
        self.stand_back.acknowledge()

    def _reload(self, decision: Decision | None) -> None:
        cycle_begins = decision is not None and decision.stage == 0 and (self.last is None or self.last.stage != 0)
        if self._limits is not None and (cycle_begins or not self.state.acting):
            self.site = self.site.model_copy(update={"limits": self._limits})
            self.stand_back.healthy_s = self._limits.healthy_s
            self._limits = None
            self.journal.reloaded()

    async def close(self) -> None:
        """Let go and give the socket back."""
        if self.state.acting:
            await self._let_go()
        if self._compiling is not None:
            self._compiling.cancel()
        if self.asking is not None:
            self.asking.close()
        self.wire.close()


def _make_decider(site: SignalSite, by_groups: bool, advises: bool, hear: Callable[[str], None]) -> Decider:
    """Imported here: the engine takes its time to load, and polls need not wait for it. What advises is loaded, too."""
    from signal_core.kernels.compiled import compilations
    from signal_core.kernels.loading import load_quickly

    load_quickly()
    from controllers.cabinet.decider import Decider
    from controllers.cabinet.direct import DirectDecider

    with compilations(hear):
        decider = DirectDecider(site) if by_groups else Decider(site)
        if advises:
            from controllers.cabinet.advice import advise

            advise(site, decider.demand_vps, decider.walks_vps)
    return decider


def _make_asking(site: SignalSite, now_s: Callable[[], float], say: Callable[[str], None]) -> Asking:
    """Imported here, with records of the engine: at most signals nobody asks."""
    from controllers.cabinet.asking import Asking

    return Asking(site, now_s, time.time, say)
