"""Red clearances are cut to what a change needs while it is ordered, and whole again when nobody orders any more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from bench.desk.controller import Lamp
from controllers.cabinet.arrays import Times, change_s, clearances, stricter, whole_red
from controllers.cabinet.owed import Owed
from controllers.cabinet.site import parse_site
from controllers.field import oids
from controllers.field.reading import Reading
from network.errors import ScenarioError
from tests.cabinet.desk_process import desk_process
from tests.cabinet.sites import crossing_with_pairs

PAIRS = {(1, 3): 3, (2, 3): 4, (3, 1): 7, (3, 2): 5}
SITE = parse_site(crossing_with_pairs(), "pairs").signals[0]


@pytest.fixture(autouse=True)
def _community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "desk")


def look(up_s: float, greens: set[int], channels: set[int], yellows: set[int], nexts: set[int]) -> Reading:
    none = np.zeros(0)
    return Reading(frozenset(greens), frozenset(yellows), frozenset(nexts), frozenset(channels), frozenset(),
                   frozenset(), none, none, up_s, None, None, None, 0, 0, 0, None, None, {})


def gaps(log: list[Mapping[int, Lamp]], first: int, second: int) -> set[int]:
    """Seconds from the end of one channel's green to the start of the other's, wherever they followed each other."""
    found, ended = set(), None
    for before, now in zip(log, log[1:], strict=False):
        if before[first] is Lamp.GREEN and now[first] is not Lamp.GREEN:
            ended = 0
        if ended is not None and before[second] is not Lamp.GREEN and now[second] is Lamp.GREEN:
            found.add(ended)
        ended = None if ended is None or now[first] is Lamp.GREEN else ended + 1
    return found


def test_the_pairs_of_the_file_are_the_clearances() -> None:
    clear, yielded = clearances(SITE)
    assert clear.tolist() == [[0, 0, 3], [0, 0, 4], [7, 5, 0]]
    assert (clear == yielded).all()
    assert change_s(SITE).tolist() == [[0, 4, 3], [7, 0, 7], [3, 3, 0]]
    assert change_s(whole_red(SITE)).tolist() == [[0, 7, 3], [7, 0, 7], [3, 7, 0]]


def test_a_controller_that_clears_for_longer_is_taken_at_its_word() -> None:
    slower = stricter(SITE, {1: Times(5.0, 3.0, 5.0)})
    assert clearances(slower)[0].tolist() == [[0, 0, 8], [0, 0, 8], [7, 5, 0]]
    content = crossing_with_pairs()
    content["signals"][0]["groups"][0]["yielded_s"] = {"3": 9.0}
    gives_way = parse_site(content, "pairs").signals[0]
    assert clearances(gives_way)[1][0, 2] == 9
    assert clearances(stricter(gives_way, {1: Times(5.0, 3.0, 5.0)}))[1][0, 2] == 8


def test_red_is_over_when_all_who_went_are_clear_of_all_who_come() -> None:
    owed = Owed(SITE)
    owed.see(look(1.0, {1}, {1, 2}, set(), set()))
    wanted = SITE.stages[1]
    assert not owed.is_over(look(1.0, {1}, {1, 2}, set(), set()), wanted, 1.0)
    for second, over in ((2.0, False), (3.0, False), (4.0, False), (5.0, True)):
        seen = look(second, set(), set(), {1} if second < 5.0 else set(), {2})
        owed.see(seen)
        assert owed.is_over(seen, wanted, 1.0) == over
    assert not owed.is_over(look(5.0, set(), set(), set(), {3}), wanted, 1.0)  # another comes than the one wanted


def test_after_a_restart_everybody_may_have_gone_just_now() -> None:
    owed = Owed(SITE)
    for seen in (look(100.0, {1}, {1, 2}, set(), set()), look(101.0, set(), set(), {1}, {2}),
                 look(104.0, set(), set(), set(), {2})):
        owed.see(seen)
    assert owed.is_over(seen, SITE.stages[1], 1.0)
    for up_s, over in ((0.5, False), (3.4, False), (3.5, True)):
        seen = look(up_s, set(), set(), set(), {2})
        owed.see(seen)
        assert owed.is_over(seen, SITE.stages[1], 1.0) == over


def test_a_clearance_that_yellow_covers_is_over_at_once() -> None:
    owed = Owed(SITE)
    owed.see(look(1.0, {3}, {1}, set(), set()))
    owed.see(look(9.0, {3}, {1}, set(), set()))
    seen = look(10.0, set(), set(), {3}, {2})
    owed.see(seen)
    assert owed.is_over(seen, SITE.stages[1], 0.0)


def test_after_a_restart_nobody_is_known_to_be_clear() -> None:
    owed = Owed(SITE)
    for second in range(1, 30):
        owed.see(look(float(second), {2}, {3}, set(), set()))
    seen = look(0.5, set(), set(), set(), {1})
    owed.see(seen)
    assert not owed.is_over(seen, SITE.stages[0], 0.0)


@pytest.mark.parametrize(("change", "said"), [
    ({"7": 5.0}, "clear_s of '7'"), ({"3": 1.0}, "shorter than its yellow")])
def test_a_table_that_does_not_fit_is_refused(change: dict[str, float], said: str) -> None:
    content = crossing_with_pairs()
    content["signals"][0]["groups"][0]["clear_s"] = change
    with pytest.raises(ScenarioError, match=said):
        parse_site(content, "site")


def in_a_desk(folder: Path, omits: bool) -> tuple[list[Mapping[int, Lamp]], list[Mapping[int, Lamp]]]:
    """Lamps while it drove, and after it stopped in the middle."""
    async def all_of_it() -> tuple[list[Mapping[int, Lamp]], list[Mapping[int, Lamp]]]:
        async with desk_process(folder, pairs=PAIRS if omits else {(1, 3): 7, (2, 3): 7, (3, 1): 7, (3, 2): 7}) as desk:
            if not omits:
                del desk.objects.reads[oids.OMIT_RED.at(1)], desk.objects.writes[oids.OMIT_RED.at(1)]
            await desk.acting()
            at = len(desk.street.log)
            await desk.seconds(180)
            end = len(desk.street.log)
            for _ in range(200):
                desk.street.second()
            assert desk.street.wrong == []
            return desk.street.log[at:end], desk.street.log[end + 10:]

    return asyncio.run(all_of_it())


def test_driven_the_pairs_hold_and_left_alone_the_phases(tmp_path: Path) -> None:
    driven, alone = in_a_desk(tmp_path, omits=True)
    assert gaps(driven, 2, 3) == {4}
    assert gaps(driven, 3, 1) == {7}
    assert gaps(alone, 2, 3) == {7}


def test_a_controller_without_the_object_runs_its_reds_whole(tmp_path: Path) -> None:
    driven, _ = in_a_desk(tmp_path, omits=False)
    assert gaps(driven, 2, 3) == {7}


def test_who_gave_way_and_is_to_have_priority_waits_for_those_who_gave_way_to_him() -> None:
    """Two left turns that yield, then one of them alone with priority: somebody of the other may wait inside."""
    content = crossing_with_pairs()
    signal = content["signals"][0]
    one, two, three = signal["groups"]
    one["conflicts"], two["conflicts"], three["conflicts"] = [2, 3], [1, 3], [1, 2]
    one["clear_s"] |= {"2": 3.0}
    two["clear_s"] |= {"1": 3.0}
    two["yielded_s"] = {"1": 6.0}
    signal["stages"][0]["show"] = "ggr"
    owed = Owed(parse_site(content, "lefts").signals[0])
    wanted = owed.site.stages[2]
    for second in (1.0, 2.0):
        owed.see(look(second, {1}, {1, 2}, set(), set()))
    for second in range(3, 9):
        seen = look(float(second), set(), {1}, {1} if second < 6 else set(), {3})
        owed.see(seen)
        assert owed.is_over(seen, wanted, 1.0) == (second - 3 + 1 >= 6)
