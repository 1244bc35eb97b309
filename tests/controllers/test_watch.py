"""Requests for green as they are told: at the link they are for."""

from __future__ import annotations

from datetime import UTC, datetime

import signal_core as sc
from controllers.announce.bounds import Rules
from controllers.announce.envelope import Sender
from controllers.announce.on_air import SpatWriter
from controllers.announce.watch import Frame, Watch
from tests.engine.traffic import Traffic, crossing

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
    engine = sc.Engine([crossing()], "rrrr", settings=sc.Settings(commitment_s=8))
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
