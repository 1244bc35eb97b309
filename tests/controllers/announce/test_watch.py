"""Requests for green as they are told: at the link they are for."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np

import signal_core as sc
from controllers.announce.bounds import Rules
from controllers.announce.course import IS_GREEN, colours
from controllers.announce.envelope import Sender
from controllers.announce.on_air import SpatWriter
from controllers.announce.outlook import _codes, _min_split_s, _not_before_s
from controllers.announce.watch import Frame, Watch
from tests.engine.traffic import CONFLICTS, INTERGREEN_S, MIN_GREEN_S, YELLOW_S, Traffic, crossing

RULES = [Rules(*(crossing().min_green_s, crossing().yellow_s, crossing().intergreen_s, crossing().intergreen_s,
                 crossing().conflicts))]  # fmt: skip


def _status(frame: Frame) -> list[str]:
    """That of SPaT."""
    (message,) = SpatWriter(Sender(datetime(2026, 1, 1, tzinfo=UTC))).messages(frame)
    return list(message["message"]["intersections"][0]["status"])


def test_requests_for_green_are_told_at_their_link() -> None:
    engine = sc.Engine([crossing()], "rrrr")
    watch, traffic, shown = Watch(engine, RULES), Traffic([0.1] * 4), "rrrr"
    for t in range(30):
        shown = sc.decode(engine.step(*traffic.second(shown), float(t)))
        said = watch.second(float(t))["signals"]["cross"]
        assert said["state"] == shown
        assert said["requests"] == []
    slot = engine.sequencer.state.asked[0]
    slot["active"], slot["preempts"], slot["link"], slot["lane"] = 1, 1, -1, 2
    frame = watch.second(30.0)
    found = frame["signals"]["cross"]["requests"]
    assert _status(frame) == ["preemptIsActive", "trafficDependentOperation"]
    slot["preempts"] = 0
    assert _status(watch.second(31.0)) == ["signalPriorityIsActive", "trafficDependentOperation"]
    slot["active"] = 0
    assert _status(watch.second(32.0)) == ["trafficDependentOperation"]
    assert found == [{"link": int(engine.tables.lane_links[engine.tables.lane_link_ptr[2]]), "kind": "preemption",
                      "waiting": 1.0}]  # fmt: skip


def test_a_preemption_breaks_what_was_announced() -> None:
    engine = sc.Engine([crossing()], "rrrr", settings=sc.Settings(commitment_s=8, commitment_margin_vehicle_s=0.0))
    traffic, shown, state = Traffic([0.06, 0.05, 0.05, 0.03]), "rrrr", engine.sequencer.state
    for t in range(400):
        shown = sc.decode(engine.step(*traffic.second(shown), float(t)))
        if state.due_s[0] >= 6:  # away from the present phase, which it needs
            lane = int(engine.tables.phase_codes.reshape(-1, 4)[state.phase[0]].argmax())
            slot = state.asked[0]
            slot["active"], slot["preempts"], slot["link"], slot["lane"], slot["weight"] = 1, 1, -1, lane, 1000.0
            break
    kept = int(state.phase[0])
    for _ in range(8):
        t += 1
        shown = sc.decode(engine.step(*traffic.second(shown), float(t)))
        assert int(state.phase[0]) == kept
        assert state.due_s[0] == -1


def test_what_has_to_end_on_the_way_is_not_promised_to_stay() -> None:
    """A lamp of the same colour in the present phase and the announced one, with and without an end between them."""
    phases = [["north", "south"], ["north"], ["east", "west"]]
    one = sc.Intersection.from_phases(phases, CONFLICTS, name="cross", yellow_s=YELLOW_S, intergreen_s=INTERGREEN_S,
                                      min_green_s=MIN_GREEN_S)  # fmt: skip
    engine = sc.Engine([one], "rrrr", settings=sc.Settings(commitment_s=5, commitment_margin_vehicle_s=0.0))
    tables, state = engine.tables, engine.sequencer.state
    state.phase[0], state.announced[0], state.due_s[0] = 0, 1, 3
    now, then = (colours(_codes(tables, 0, phase)) for phase in (0, 1))
    lamp = int(np.flatnonzero((now == IS_GREEN) & (then == IS_GREEN))[0])
    film: Any = SimpleNamespace(n=len(now), first=now, change_s=np.full(len(now), np.inf),
                                announced=np.zeros(len(now), dtype=np.bool_))  # fmt: skip
    assert _not_before_s(tables, state, 0, 5, film)[lamp] == 4.0 + _min_split_s(tables, 0, 0, 1)
    film.change_s[lamp], film.announced[lamp] = 6.0, True
    assert _not_before_s(tables, state, 0, 5, film)[lamp] == 4.0  # when the change begins, and no longer
    state.due_s[0] = -1
    film.change_s[lamp] = 2.0
    assert _not_before_s(tables, state, 0, 5, film)[lamp] == 0.0  # under way: the interlock's rules alone
