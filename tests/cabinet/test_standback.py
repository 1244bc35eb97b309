"""The rules by which a process keeps its hands off, as arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.cabinet.orders import orders_for, refusal
from controllers.cabinet.proof import Outcome, Proof
from controllers.cabinet.site_parts import Limits
from controllers.cabinet.standback import NOTHING_WRONG, UP_TIME_WRAP_S, Reason, StandBack, found_in, restarted
from controllers.field.ntcip import PhaseOrders
from controllers.field.reading import Reading
from tests.cabinet.sites import crossing_site

SITE = crossing_site().signals[0]
NOW_S = 1_700_000_000.0


def reading(**other: Any) -> Reading:
    """All is well."""
    nobody = frozenset[int]()
    given: dict[str, Any] = {
        "greens": frozenset({1}), "yellows": nobody, "nexts": nobody, "channel_greens": frozenset({1, 2}),
        "channel_yellows": nobody, "active": nobody, "volume": np.zeros(6), "occupancy": np.zeros(6), "up_s": 100.0,
        "clock_s": NOW_S, "control": 2, "flash": 2, "alarms_1": 0, "alarms_2": 0, "short_alarm": 0, "pattern": 1,
        "free": 2, "preempts": {1: 2}}
    return Reading(**(given | other))


def test_nothing_is_found_where_all_is_well() -> None:
    assert found_in(reading(), Limits(), NOW_S) == set()
    for off_s in (-1.9, 1.9):  # a second is allowed, and one is lost as it is read
        assert found_in(reading(clock_s=NOW_S + off_s), Limits(), NOW_S) == set()
    assert found_in(reading(control=None, flash=None, clock_s=None, free=None), Limits(), NOW_S) == set()


@pytest.mark.parametrize(("other", "reason"), [
    ({"preempts": {1: 6}}, Reason.PREEMPTED), ({"preempts": {1: 3}}, Reason.PREEMPTED),
    ({"flash": 8}, Reason.PREEMPTED), ({"control": 5}, Reason.MANUAL), ({"flash": 4}, Reason.FLASH),
    ({"flash": 6}, Reason.FLASH), ({"alarms_1": 1 << 5}, Reason.FLASH), ({"free": 5}, Reason.LOCAL),
    ({"alarms_1": 1 << 6}, Reason.LOCAL), ({"alarms_2": 1 << 4}, Reason.STOPPED),
    ({"short_alarm": 1 << 7}, Reason.ALARM), ({"clock_s": NOW_S - 3600}, Reason.CLOCK),
    ({"clock_s": NOW_S + 2.5}, Reason.CLOCK)])
def test_every_reason_is_found(other: dict[str, Any], reason: Reason) -> None:
    assert found_in(reading(**other), Limits(), NOW_S) == {reason}


def test_it_comes_back_after_a_healthy_while_and_not_before() -> None:
    rules = StandBack(30.0)
    assert not rules.judge(0.0, []).may_act
    assert not rules.judge(29.0, []).may_act
    assert rules.judge(30.0, []).may_act
    assert rules.judge(31.0, [Reason.FLASH]).began == {Reason.FLASH}
    assert rules.judge(32.0, []).reasons == {Reason.STARTING}
    assert not rules.judge(61.0, []).may_act
    assert rules.judge(62.0, []).may_act


@pytest.mark.parametrize("reason", [Reason.TRIPPED, Reason.CHANGED, Reason.NOT_EXPIRING])
def test_what_is_latched_waits_for_an_engineer(reason: Reason) -> None:
    rules = StandBack(5.0)
    rules.judge(0.0, [reason])
    assert rules.judge(10_000.0, []).reasons == {reason}
    rules.acknowledge()
    rules.judge(10_001.0, [])
    assert rules.judge(10_006.0, []).may_act


@pytest.mark.parametrize("reason", [Reason.PLAN_BETTER, Reason.NOBODY])
def test_what_the_street_says_against_it_needs_no_healthy_while(reason: Reason) -> None:
    rules = StandBack(30.0)
    rules.judge(0.0, [])
    assert rules.judge(40.0, [reason]).reasons == {reason}
    assert rules.judge(41.0, []).may_act


@given(st.lists(st.frozensets(st.sampled_from(list(Reason))), max_size=60))
def test_it_never_acts_with_a_reason_or_within_the_while_after_one(history: list[frozenset[Reason]]) -> None:
    rules, last_s = StandBack(7.0), -1.0
    for second, found in enumerate(history):
        verdict = rules.judge(float(second), found)
        last_s = float(second) if found - NOTHING_WRONG else last_s
        assert not (verdict.may_act and (found or second - last_s < 7.0))


def test_time_that_went_back_is_a_restart_but_for_its_end() -> None:
    assert restarted(100.0, 3.0)
    assert not restarted(100.0, 101.0)
    assert not restarted(None, 3.0)
    assert not restarted(UP_TIME_WRAP_S - 1.0, 0.5)
    assert not restarted(UP_TIME_WRAP_S - 59.0, 59.0)
    assert restarted(UP_TIME_WRAP_S - 61.0, 0.5)
    assert restarted(UP_TIME_WRAP_S - 1.0, 61.0)


def test_orders_hold_end_call_and_omit() -> None:
    orders = orders_for(SITE, {1}, 1)
    assert orders.force == {1}
    assert orders.call == {2}
    assert orders.omit == {1, 3}
    assert orders_for(SITE, {1}, 0).hold == {1}
    assert refusal(SITE, orders) == ""


@given(st.frozensets(st.sampled_from([1, 2, 3])), st.integers(0, 2))
def test_every_order_that_is_made_may_be_given(on: frozenset[int], wanted: int) -> None:
    assert refusal(SITE, orders_for(SITE, on, wanted)) == ""


@pytest.mark.parametrize(("orders", "said"), [
    (PhaseOrders(hold=frozenset({1, 2})), "never on together"), (PhaseOrders(call=frozenset({9})), "not the site's"),
    (PhaseOrders(hold=frozenset({1}), force=frozenset({1})), "held and ended"),
    (PhaseOrders(call=frozenset({1}), omit=frozenset({1})), "called and omitted")])
def test_orders_that_make_no_sense_are_refused(orders: PhaseOrders, said: str) -> None:
    assert said in refusal(SITE, orders)


def test_the_proof_is_that_the_call_is_lost_in_time() -> None:
    proof = Proof(5)
    assert proof.wants_order
    proof.given(0.0, frozenset({2}))
    assert proof.see(4.0, frozenset({2})) is Outcome.OPEN
    assert proof.see(6.0, frozenset()) is Outcome.PROVED
    other = Proof(5)
    other.given(0.0, frozenset({2}))
    assert other.see(7.5, frozenset({2})) is Outcome.FAILED
    other.renew()
    assert other.wants_order
