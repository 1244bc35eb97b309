"""The cost of one first action against a plain twin, and against what the planner decides."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.kernels import alternatives
from signal_core.kernels.kept import kept
from tests.kernels import twins
from tests.kernels.crossings import ask, crossings, problem_of, settings_of, space
from tests.kernels.twins import Crossing, Label

pytestmark = pytest.mark.kernel


def cost_of(crossing: Crossing, action: int, at: int) -> float:
    """The kernel's answer."""
    given = kept(space(crossing)), kept(settings_of(crossing))
    return float(alternatives.cost_of(action, at, problem_of(crossing), *given))


def twin(crossing: Crossing, action: int, at: int) -> tuple[float, float]:
    """The same by plain loops: cost, and the smallest relative difference of two labels compared."""
    labels = {(0, crossing.phase): Label(0.0, crossing.queue, None)}
    closest = 1.0
    for t in range(crossing.horizon):
        for p in range(len(crossing.service)):
            if (t, p) not in labels:
                continue
            label = labels[t, p]
            for u, b, new in twins._moves(crossing, t, p, label, anyway=label.change is None):
                if label.change is None and b != (action if t == at else p):
                    continue  # not the first action that was asked about
                if (u, b) in labels:
                    one, other = new.key(crossing, b), labels[u, b].key(crossing, b)
                    closest = min(closest, abs(one - other) / max(one, other, 1e-12))
                    if one >= other:
                        continue
                labels[u, b] = new
    last = [(label, p) for (t, p), label in labels.items() if t == crossing.horizon]
    return min((label.key(crossing, p) for label, p in last), default=math.inf), closest


def cost_kept(crossing: Crossing, seconds: int) -> float:
    """The kernel's answer."""
    return float(alternatives.cost_kept(seconds, problem_of(crossing), space(crossing), settings_of(crossing)))


@given(crossings(), st.integers(0, 70))
@settings(max_examples=150, deadline=None)
def test_the_cost_of_keeping_a_phase_for_a_while_is_that_of_the_twin(crossing: Crossing, seconds: int) -> None:
    """No label that leaves the present phase sooner."""
    expected, closest = twins.best(crossing, seconds)
    if closest > 1e-9:
        assert cost_kept(crossing, seconds) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(crossings(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_cost_is_that_of_the_twin(crossing: Crossing, data: st.DataObject) -> None:
    others = [p for p in range(len(crossing.service)) if p != crossing.phase] or [crossing.phase]
    action, at = data.draw(st.sampled_from(others)), data.draw(st.integers(0, crossing.horizon))
    if action == crossing.phase:
        at = crossing.horizon
    expected, closest = twin(crossing, action, at)
    if closest > 1e-9:
        assert cost_of(crossing, action, at) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(crossings())
@settings(max_examples=60, deadline=None)
def test_what_was_chosen_is_among_the_alternatives(crossing: Crossing) -> None:
    """One label is kept per second and phase: on its own an action may come out lower, or a little higher."""
    found = ask(crossing)
    changes = [(p, t) for p in range(len(crossing.service)) if p != crossing.phase for t in range(crossing.horizon)]
    costs = {change: cost_of(crossing, *change) for change in changes}
    costs[crossing.phase, crossing.horizon] = cost_of(crossing, crossing.phase, crossing.horizon)
    first = [(p, t) for p, t in costs if (t == found.start_s and p != crossing.phase) or found.start_s == 0]
    assert min((costs[change] for change in first), default=math.inf) <= found.cost * 1.05 + 1e-9
