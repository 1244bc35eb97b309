"""Signal groups asked for one by one: whatever is asked, an independent reader finds what is shown safe."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.groups import Aspect, SignalGroups
from bench.desk.tlc import Charge, Tlc
from tests.cabinet.sites import crossing_site
from tests.desk.lamp_reader import LampReader

SITE = crossing_site().signals[0]
FOES = {1: frozenset({3}), 2: frozenset({3}), 3: frozenset({1, 2})}
LAMP = {Aspect.GREEN: "green", Aspect.YIELDS: "green", Aspect.YELLOW: "yellow"}
SECOND = 10
WANTED = st.lists(st.tuples(st.integers(1, 12), st.fixed_dictionaries({}, optional={
    channel: st.sampled_from([Aspect.RED, Aspect.GREEN, Aspect.YIELDS]) for channel in (1, 2, 3)})), max_size=20)


def reader() -> LampReader:
    return LampReader(FOES, 3, {1: 5, 2: 5, 3: 5}, 5)


@given(WANTED)
@settings(max_examples=200)
def test_whatever_is_asked_for_nothing_unsafe_is_shown(asked: list[tuple[int, dict[int, Aspect]]]) -> None:
    groups, watch = SignalGroups(SITE, {}), reader()
    for seconds, wanted in asked:
        for _ in range(seconds):
            groups.advance(SECOND, wanted)
            watch.see({channel: LAMP.get(aspect, "red") for channel, aspect in groups.shown.items()})
    assert watch.wrong == []


def test_a_group_gets_green_as_soon_as_its_foes_are_cleared() -> None:
    groups = SignalGroups(SITE, {1: Aspect.GREEN, 2: Aspect.GREEN})
    shown = []
    for _ in range(12):
        groups.advance(SECOND, {3: Aspect.GREEN})
        shown.append("".join(aspect.value for aspect in groups.shown.values()))
    assert shown == ["GGr"] * 4 + ["yyr"] * 3 + ["rrr"] * 2 + ["rrG"] * 3
    assert groups.refused == set()


def test_two_that_conflict_are_never_green_together_where_no_stage_has_them() -> None:
    groups = SignalGroups(SITE, {})
    for _ in range(30):
        groups.advance(SECOND, {1: Aspect.GREEN, 3: Aspect.YIELDS})
    assert groups.shown[1] is Aspect.GREEN
    assert groups.shown[3] is Aspect.RED
    assert groups.refused == {3}


def test_control_is_taken_over_as_lamps_are_and_given_back_through_all_red() -> None:
    controller = Controller(setup_of(SITE))
    tlc, watch = Tlc(SITE, controller), reader()

    def second() -> str:
        tlc.advance(SECOND, frozenset())
        watch.see({channel: lamp.value for channel, lamp in tlc.lamps().items()})
        return "".join(aspect.value for aspect in tlc.aspects().values())

    before = [second() for _ in range(20)][-1]
    tlc.take_over()
    assert "".join(aspect.value for aspect in tlc.aspects().values()) == before == "GGr"
    tlc.wanted = {3: Aspect.GREEN}
    assert [second() for _ in range(30)][-1] == "rrG"
    tlc.give_back()
    seen = [second() for _ in range(40)]
    assert tlc.charge is Charge.OWN
    assert "rrr" in seen
    assert seen[-1] in ("GGr", "yyr", "rrG")
    assert watch.wrong == []


def test_flash_needs_nobody_to_give_control_back() -> None:
    tlc = Tlc(SITE, Controller(setup_of(SITE)))
    for _ in range(10):
        tlc.advance(SECOND, frozenset())
    tlc.take_over()
    tlc.controller.panel.flash = True
    tlc.advance(SECOND, frozenset())
    assert {lamp.value for lamp in tlc.lamps().values()} == {"flashing"}
    assert not tlc.may_be_controlled
