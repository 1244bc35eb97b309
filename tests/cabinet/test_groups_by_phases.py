"""By NTCIP, group by group: every group has a phase of its own in rings without barriers, and begins by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bench.desk.controller import Controller, Lamp, Orders
from bench.desk.from_site import setup_of
from bench.desk.own_phases import with_own_phases
from bench.desk.site_of import site_of
from controllers.cabinet.decider import Decider
from controllers.cabinet.direct import DirectDecider
from controllers.cabinet.gives_way import GivesWay
from controllers.cabinet.orders import orders_for_groups, refusal_of_groups
from controllers.cabinet.site import SignalSite, parse_site
from controllers.field.oids import FREE
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED, YELLOW
from tests.cabinet.desk_process import FOES, Desk, desk_process
from tests.cabinet.fault_table import PAIRS
from tests.cabinet.junctions import JUNCTIONS, prepared_signal
from tests.cabinet.sites import crossing_by_groups, look
from tests.desk.lamp_reader import LampReader

SITE = parse_site(crossing_by_groups(), "crossing").signals[0]


@pytest.fixture(autouse=True)
def _community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "desk")


def _reader(site: SignalSite) -> LampReader:
    """Each channel clears for the longest of its conflicts, as its phase by itself does."""
    kept = {g.channel: frozenset(g.conflicts) - _together(site, g.channel) for g in site.groups}
    walks = {g.channel for g in site.groups if g.kind == "pedestrian"}
    pairs = {(g.channel, int(c)): int(s) for g in site.groups for c, s in g.clear_s.items()}
    yellow_s = int(min(g.yellow_s for g in site.groups if g.kind == "vehicle"))
    reader = LampReader(kept, yellow_s, dict.fromkeys(kept, 0), int(min(g.min_green_s for g in site.groups)), pairs)
    reader.walks = frozenset(walks)
    return reader


def _together(site: SignalSite, channel: int) -> set[int]:
    k = [group.channel for group in site.groups].index(channel)
    return {other.channel for stage in site.stages if stage.show[k] in "Gg"
            for other, letter in zip(site.groups, stage.show, strict=True) if letter in "Gg"}


def _any_orders(site: SignalSite, by_chance: random.Random) -> Orders:
    """Of phases, whatever they are: but no red clearance is left out."""
    def some() -> frozenset[int]:
        return frozenset(p.number for p in site.phases if by_chance.random() < 0.3)

    rings = frozenset({p.ring for p in site.phases}) if by_chance.random() < 0.7 else frozenset[int]()
    return Orders(omit=some(), hold=some(), force=some(), call=some(), rest_red=rings,
                  pattern=FREE if by_chance.random() < 0.8 else 0)


@pytest.mark.parametrize("name", JUNCTIONS)
def test_whatever_is_ordered_lamps_are_safe(tmp_path: Path, name: str) -> None:
    site = site_of(*prepared_signal(name, tmp_path), most_phases=40, phase_each=True)
    assert all(group.phase for group in site.groups)
    by_chance, reader, controller = random.Random(name), _reader(site), Controller(setup_of(site))
    lit: set[int] = set()
    for second in range(2500):
        if second % 7 == 0:
            controller.orders = _any_orders(site, by_chance)
        controller.panel.preempts = frozenset({1}) if second % 900 > 840 else frozenset()
        controller.advance(10, frozenset(d.number for d in site.detectors if by_chance.random() < 0.3))
        lamps = controller.lamps()
        reader.see({channel: lamp.value for channel, lamp in lamps.items()})
        lit |= {channel for channel, lamp in lamps.items() if lamp is Lamp.GREEN}
    assert reader.wrong == []
    assert lit == {group.channel for group in site.groups}


@pytest.mark.parametrize("name", JUNCTIONS)
def test_without_orders_it_runs_the_plan_it_has_without_those_phases(tmp_path: Path, name: str) -> None:
    signal, layout = prepared_signal(name, tmp_path)
    with_them = site_of(signal, layout, most_phases=40, phase_each=True)
    without = site_of(signal, layout, most_phases=40, by_conflicts=True)
    one, other = Controller(setup_of(with_them)), Controller(setup_of(without))
    for second in range(600):
        one.advance(10, frozenset())
        other.advance(10, frozenset())
        assert one.lamps() == other.lamps() or second < 60  # rings with barriers begin elsewhere


def test_where_there_is_no_room_there_are_none(tmp_path: Path) -> None:
    signal, layout = prepared_signal("crossings", tmp_path)
    assert not any(group.phase for group in site_of(signal, layout, most_phases=16, phase_each=True).groups)


def test_a_group_is_lit_by_itself_as_its_plan_s_phase_goes() -> None:
    """Taken over in stage 1 (both ways of phase 1 green): the lamp of 1 never changes, 2 ends, 3 stays red."""
    controller = Controller(setup_of(SITE))
    seen: list[Mapping[int, Lamp]] = []
    for second in range(40):
        if second >= 20:
            orders = orders_for_groups(SITE, controller.rings.green, {1})
            controller.orders = Orders(orders.omit, frozenset(), orders.hold, orders.force, orders.call, frozenset(),
                                       orders.omit_red, orders.rest_red, orders.pattern)
        controller.advance(10, frozenset())
        seen.append(controller.lamps())
    assert [lamps[1] for lamps in seen[19:]] == [Lamp.GREEN] * 21
    assert [lamps[2] for lamps in seen[19:25]] == [Lamp.GREEN, *[Lamp.YELLOW] * 3, *[Lamp.RED] * 2]
    assert controller.rings.green == {SITE.groups[0].phase}


def test_a_red_clearance_that_was_left_out_for_one_is_kept_for_others() -> None:
    """From 3 on 2 is clear after 5 s, 1 after 7: 2 has begun when all let go, and the plan's phase is of both."""
    controller, reader = Controller(setup_of(SITE)), LampReader(FOES, 3, dict.fromkeys(FOES, 7), 5, PAIRS)
    for second in range(80):
        lit = {3} if second < 40 else set() if second < 45 else {2}
        orders = orders_for_groups(SITE, controller.rings.green, lit)
        controller.orders = Orders() if second > 45 else Orders(
            orders.omit, frozenset(), orders.hold, orders.force, orders.call, frozenset(), orders.omit_red,
            orders.rest_red, orders.pattern)
        controller.advance(10, frozenset())
        reader.see({channel: lamp.value for channel, lamp in controller.lamps().items()})
        assert second != 45 or controller.lamps()[2] is Lamp.GREEN
    assert reader.wrong == []


class _Starts:
    """Every start against every channel in its way that is not green: so long after its end as the pair needs."""

    def __init__(self, site: SignalSite) -> None:
        self._pairs = {(g.channel, int(c)): s for g in site.groups for c, s in g.clear_s.items()}
        self._ended: dict[int, int] = {}
        self._green: set[int] = set()
        self.wrong: list[str] = []

    def see(self, second: int, green: set[int], judged: bool) -> None:
        self._ended |= dict.fromkeys(self._green - green, second)
        for (foe, channel), needs_s in self._pairs.items():
            if channel in green - self._green and foe not in green and second - self._ended.get(foe, -99) < needs_s:
                self.wrong += [f"{second}: {channel} {second - self._ended[foe]} s after {foe}"] if judged else []
        self._green = green


DRIVEN_S, ROUND_S = 20, 70
"""Of every round so much is driven; rounds are no cycle of the plan, so all let go at many moments of it."""


def _let_go_again_and_again(site: SignalSite, lit: set[int]) -> list[str]:
    """Channels are driven, then nobody orders any more; what the plan then begins too soon."""
    controller, starts = Controller(setup_of(site)), _Starts(site)
    for second in range(4 * ROUND_S):
        into_s = second % ROUND_S
        orders = orders_for_groups(site, controller.rings.green, lit)
        controller.orders = Orders() if into_s >= DRIVEN_S else Orders(
            orders.omit, frozenset(), orders.hold, orders.force, orders.call, frozenset(), frozenset(),
            orders.rest_red, orders.pattern)
        controller.advance(10, frozenset())
        green = {channel for channel, lamp in controller.lamps().items() if lamp is Lamp.GREEN}
        starts.see(second, green, into_s >= DRIVEN_S)
    return starts.wrong


@pytest.mark.parametrize("name", JUNCTIONS)
def test_whatever_is_lit_when_all_let_go_the_plan_waits_for_its_clearance(tmp_path: Path, name: str) -> None:
    """Of every stage all channels but one: it may be what the plan goes on with."""
    site = site_of(*prepared_signal(name, tmp_path), most_phases=40, phase_each=True)
    for stage in site.stages:
        lit = {g.channel for g, letter in zip(site.groups, stage.show, strict=True) if letter in "Gg"}
        for left_out in sorted(lit):
            assert _let_go_again_and_again(site, lit - {left_out}) == [], (stage.number, left_out)


def test_orders_for_what_is_never_green_together_are_refused() -> None:
    assert "never green together" in refusal_of_groups(SITE, orders_for_groups(SITE, [], {1, 3}))
    assert refusal_of_groups(SITE, orders_for_groups(SITE, [], {1, 2})) == ""


def test_it_drives_group_by_group_and_lets_go_within_the_backup_time(tmp_path: Path) -> None:
    async def all_of_it() -> Desk:
        async with desk_process(tmp_path, make=crossing_by_groups, pairs=PAIRS) as desk:
            await desk.acting()
            assert desk.process.wire.by_groups
            driven = frozenset(group.phase for group in desk.process.site.groups)
            on = set()
            for _ in range(300):
                await desk.seconds(1)
                on |= desk.controller.rings.green
            assert driven <= on
            for _ in range(7):  # nobody says anything any more
                desk.pass_second()
            assert desk.on_own_plan
            return desk

    assert asyncio.run(all_of_it()).street.wrong == []


def test_who_gives_way_follows_from_who_is_green() -> None:
    content = crossing_by_groups()
    signal = content["signals"][0]
    signal["stages"] = [{**stage, "show": show} for stage, show in zip(signal["stages"], ("GGr", "grG", "Grr"),
                                                                       strict=True)]
    signal["phases"][1]["channels"] = [1, 3]
    site = parse_site(content, "x").signals[0]
    gives_way = GivesWay(site)
    assert gives_way.see(frozenset({1, 2}), 0.0) == {1}  # nobody knows who was green before
    assert gives_way.see(frozenset({1, 2}), 20.0) == frozenset()
    assert gives_way.see(frozenset({1, 3}), 21.0) == {1}
    assert gives_way.see(frozenset({1}), 22.0) == {1}
    clear_s = site.groups[2].clear_s["1"]
    assert gives_way.see(frozenset({1}), 21.0 + clear_s) == {1}
    assert gives_way.see(frozenset({1}), 22.0 + clear_s) == frozenset()


@pytest.mark.parametrize("name", JUNCTIONS)
def test_who_will_give_way_is_who_is_seen_to_a_second_later(tmp_path: Path, name: str) -> None:
    site = site_of(*prepared_signal(name, tmp_path), most_phases=40, phase_each=True)
    gives_way, by_chance, greens = GivesWay(site), random.Random(name), frozenset[int]()
    gives_way.see(greens, 0.0)
    told = 0
    for second in range(1, 400):
        if by_chance.random() < 0.2:
            greens = frozenset(group.channel for group in site.groups if by_chance.random() < 0.4)
        ahead = gives_way.foresee(greens)
        assert gives_way.see(greens, float(second)) == ahead
        told += len(ahead)
    assert told > 0 or name == "crossings"


def test_a_lamp_that_gives_way_by_itself_keeps_the_age_of_its_green() -> None:
    """Asked for as such it is what was ordered; else it counts as begun anew, and is kept for its least green."""
    def ends_at_once(asks_for_it: bool) -> bool:
        decider = DirectDecider(SITE)
        for second in range(1, 21):
            yields = frozenset({1}) if second > 17 else frozenset[int]()
            decider.see(replace(look(second, {1, 2}), greens=frozenset({1}), channel_yields=yields))
            if second == 5:
                decider.take_over(0)
            if second >= 5:
                told = frozenset({1}) if second >= 17 and asks_for_it else frozenset[int]()
                asked = decider.propose(told.intersection)
                assert asked.tolist() == [PERMISSIVE if told else GREEN, GREEN, RED]
        decider.see(replace(look(21, {1, 2}), greens=frozenset({1}), channel_yields=frozenset({1})))
        decider._wish[0] = 1
        return decider.propose().tolist() == [YELLOW, YELLOW, RED]

    assert ends_at_once(True)
    assert not ends_at_once(False)


def test_no_room_in_sixteen_phases_for_many_groups() -> None:
    assert with_own_phases(SITE, 5) is None


def test_what_was_not_seen_may_have_lasted() -> None:
    """Two seconds are lost: a green that is gone ended with the last of them, for all that is known."""
    decider = Decider(SITE)
    for second in (1, 2, 3, 4, 5):
        decider.see(replace(look(second, {1, 2}), greens=frozenset({1})))
    decider.see(look(8, set(), {1, 2}))
    timers = decider.sequencer.state
    assert timers.yellow_run_s.tolist()[:2] == [1, 1]
    assert timers.clearing_s.tolist()[:2] == [1, 1]
