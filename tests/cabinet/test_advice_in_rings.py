"""Plans that are advised to a controller with two rings and a barrier."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from bench.desk.coordination import Coordination
from bench.desk.from_site import setup_of
from bench.desk.setup import PatternSetup
from controllers.cabinet.advice import Advice, advise
from controllers.cabinet.site import SignalSite, parse_site
from controllers.cabinet.stage_orders import begins_anew, ways
from tests.cabinet.desk_process import Desk
from tests.cabinet.rings_site import UPSTREAM, dual_ring, reader
from tests.cabinet.rsmp_desk import CODES, rsmp_desk
from tests.cabinet.sites import crossing

RINGS = ((1, 2, 3, 4), (5, 6, 7, 8))
SIDES = ((1, 2), (3, 4)), ((5, 6), (7, 8))


def _site() -> SignalSite:
    return parse_site(dual_ring(), "x").signals[0]


def _advised(site: SignalSite, stage: int = -1, **demand_vps: float) -> Advice:
    """demand_vps: by channel, as c6=0.2; 0.03 of the others."""
    given = np.array([demand_vps.get(f"c{channel}", 0.03) for channel in range(1, 9)])
    found = advise(site, given, stage=stage)
    assert found is not None
    return found


@pytest.mark.parametrize("demand", [{}, {"c6": 0.14}, {"c2": 0.14, "c8": 0.1}, {"c1": 0.25, "c4": 0.1},
                                    {f"c{n}": 0.1 for n in range(1, 9)}])
def test_rings_fill_the_cycle_meet_at_the_barrier_and_keep_minimums(demand: dict[str, float]) -> None:
    site = _site()
    found = _advised(site, **demand)
    assert {sum(found.splits_s[n] for n in ring) for ring in RINGS} == {found.cycle_s}
    for one, other in zip(*SIDES, strict=True):
        assert sum(found.splits_s[n] for n in one) == sum(found.splits_s[n] for n in other)
    assert min(found.splits_s.values()) >= 10
    Coordination(setup_of(site), PatternSetup(found.cycle_s, 0, found.splits_s, 2))  # raises where it cannot run


def test_each_ring_follows_its_own_demand() -> None:
    """A left turn that many want has a longer split than the one beside it, whichever ring it is of."""
    one, other = _advised(_site(), c6=0.3), _advised(_site(), c2=0.3)
    assert one.splits_s[1] > one.splits_s[5]
    assert other.splits_s[5] > other.splits_s[1]


def test_ways_through_a_side_begin_with_all_rings_at_once() -> None:
    assert ways(_site()) == (((0, 1), (0, 5, 1), (0, 4, 1)), ((2, 3), (2, 7, 3), (2, 6, 3)))


def test_one_ring_has_one_way_and_a_stage_beside_the_plan_is_in_none() -> None:
    assert ways(parse_site(crossing(), "x").signals[0]) == (((0, 1),),)


def test_a_way_by_a_stage_that_the_file_does_not_have_is_not_taken() -> None:
    content = dual_ring()
    del content["signals"][0]["stages"][4:6]
    for lane in content["signals"][0]["lanes"]:
        del lane["service_vps"][4:6]
    site = parse_site(content, "x").signals[0]
    assert ways(site)[0] == ((0, 1),)
    found = _advised(site, c6=0.14)
    assert found.splits_s[1] == found.splits_s[5]


@pytest.mark.parametrize(("before", "now", "anew"), [
    (3, 0, True), (3, 1, True), (6, 5, True), (7, 4, True), (0, 1, False), (1, 0, False), (1, 2, False),
    (-1, 0, False)])
def test_a_cycle_begins_when_the_rings_come_back_to_the_first_side(before: int, now: int, anew: bool) -> None:
    assert begins_anew(_site(), before, now) == anew


def test_a_cycle_that_begins_without_its_first_phases_goes_on_from_there() -> None:
    """Stage 2 has phases 2 and 6: the plan is as far as it is when the sooner of them may begin."""
    found = _advised(_site(), stage=1, c6=0.14)
    into_s = min(found.splits_s[1], found.splits_s[5])
    assert found.into_s == into_s
    clock_s = 43_210
    plan = PatternSetup(found.cycle_s, found.offset_s(0, clock_s), found.splits_s, 2)
    assert Coordination(setup_of(_site()), plan).local_clock(clock_s * 10) == into_s * 10


def test_by_rsmp_it_is_taken_up_and_nothing_unsafe_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of eight phases; the plan runs, again and again, and the process never lets go."""
    monkeypatch.setenv("DESK_CODE", CODES[2])

    async def all_of_it() -> tuple[Desk, set[int], str]:
        rates = {channel: 0.02 + 0.03 * (channel % 2) for channel in range(1, 9)}
        async with rsmp_desk(tmp_path, make=dual_ring, rates=rates, reader=reader(), upstream=UPSTREAM) as desk:
            await desk.acting(within_s=300)
            patterns = set()
            for _ in range(300):
                await desk.process.second()
                patterns.add(desk.controller.pattern)
            return desk, patterns, (tmp_path / "log.0.jsonl").read_text(encoding="utf-8")

    desk, patterns, log = asyncio.run(all_of_it())
    assert desk.street.reader.wrong == []
    assert log.count('"advises"') > 3
    assert patterns == {48}
    assert "unsafe change" not in log
    assert log.count('"takes over"') == 1
