"""The course that the planner means to take: its first change is the one it weighs best, and it reaches the horizon."""

from __future__ import annotations

import signal_core as sc
from signal_core.ladder.law import Planned
from signal_core.planning.alternatives import PLANNED, weigh
from signal_core.planning.foresight import NONE, Foresight
from tests.engine.traffic import Traffic, crossing

SECONDS = 300


def _looked_at() -> list[tuple[int, Foresight, tuple[tuple[int, int], ...], tuple[int, int]]]:
    """Of every second in which the signal may leave its phase: phase, course, and the first change as it is weighed."""
    engine = sc.Engine([crossing()], "rrrr")
    assert isinstance(engine.law, Planned)
    planner = engine.law.planner
    foresight, traffic, shown, found = Foresight(planner), Traffic([0.16, 0.12, 0.1, 0.08]), "rrrr", []
    for t in range(SECONDS):
        shown = sc.decode(engine.step(*traffic.second(shown), float(t)))
        state = engine.sequencer.state
        if state.settled[0] == 0:
            continue
        foresight.look()
        weighed = weigh(planner, 0)
        present = int(state.phase[0])
        first = (weighed.next_phase, weighed.next_s) if weighed.next_phase != present else (NONE, 0)
        if weighed.why == PLANNED:  # elsewhere a long wait may decide, which is not weighed
            found.append((present, foresight, foresight.course[0], first))
    return found


def test_the_course_is_the_plan_to_its_horizon() -> None:
    found = _looked_at()
    assert len(found) > 50
    assert sum(len(course) > 1 for _, _, course, _ in found) > 20  # more is planned than the next change
    for present, foresight, course, first in found:
        phases, seconds = [present, *(phase for phase, _ in course)], [in_s for _, in_s in course]
        assert all(a != b for a, b in zip(phases, phases[1:], strict=False))
        assert seconds == sorted(set(seconds))
        assert all(0 <= second < 60 for second in seconds)
        assert (course[0] if course else (NONE, 0)) == first
        assert [phase for phase, _ in foresight.stages(0, present)][0] in range(4)


def test_stages_tell_until_when_each_phase_is_kept() -> None:
    present, foresight, course, _ = _looked_at()[-1]
    foresight.course[0], foresight.until_s[0] = ((1, 4), (2, 20)), 60
    assert foresight.stages(0, 0) == [(0, 5), (1, 21), (2, 60)]
    foresight.course[0], foresight.until_s[0] = ((1, 0),), 0  # a long wait decided it: nothing is planned after it
    assert foresight.stages(0, 0) == [(0, 1), (1, 0)]


def _shown(looks: bool) -> list[str]:
    """What is shown in every second, in traffic with claims; looks: each decision is looked at."""
    engine = sc.Engine([crossing()], "rrrr")
    assert isinstance(engine.law, Planned)
    traffic, shown = Traffic([0.2, 0.15, 0.1, 0.08]), ["rrrr"]
    for t in range(SECONDS):
        shown.append(sc.decode(engine.step(*traffic.second(shown[-1]), float(t))))
        if looks:
            weigh(engine.law.planner, 0)
    return shown


def test_to_look_at_a_decision_changes_none() -> None:
    assert _shown(True) == _shown(False)
