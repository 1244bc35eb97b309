"""The compiled interlock against its plain twin, alone and in a batch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.interlock.interlock import Interlock, Status
from tests.interlock.twin import STATUSES, WORDS, word
from tests.interlock.worlds import World, codes_of, together, worlds

pytestmark = pytest.mark.kernel

STEPS = st.integers(-3, 6)


@st.composite
def likely(draw: st.DrawFn, shown: list[int], largest: int = 7) -> list[int]:
    """Codes to propose: mostly what is shown with a link or two changed, sometimes anything."""
    if draw(st.integers(0, 4)) == 0:
        return draw(codes_of(len(shown), largest))
    codes = list(shown)
    for _ in range(draw(st.integers(0, 2))):
        codes[draw(st.integers(0, len(codes) - 1))] = draw(st.integers(0, largest))
    return codes


def _same(world: World, data: st.DataObject, steps: int) -> None:
    interlock, twin = world.interlock(1000), world.twin()
    time_s = 1000
    waits = st.lists(st.sampled_from([True, True, True, False]), min_size=world.n, max_size=world.n)
    sights = st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, math.nan, -1.0]), min_size=world.n, max_size=world.n)
    for _ in range(steps):
        step_s = data.draw(STEPS)
        time_s += step_s
        twin.pass_time(step_s)
        codes = data.draw(likely([WORDS.index(name) for name in twin.ordered]))
        given_codes = np.array(codes, dtype=np.uint8)
        if data.draw(st.integers(0, 5)) == 0:
            seen = interlock.observe(time_s, given_codes)
            status, link, foe = twin.observe([word(code) for code in codes])
            assert [WORDS[code] for code in seen.codes] == twin.history[-1][1]
            answer = seen
        else:
            calls, on_it = data.draw(waits), data.draw(sights)
            answer = interlock.check(time_s, given_codes, np.array(calls), on_it)
            status, link, foe, shown = twin.check([word(code) for code in codes], calls, on_it)
            assert [WORDS[code] for code in answer.codes] == shown
        assert (STATUSES[answer.status[0]], answer.link[0], answer.foe[0]) == (status, link, foe)


@given(st.data())
@settings(max_examples=200)
def test_same_answers_as_the_twin(data: st.DataObject) -> None:
    _same(data.draw(worlds()), data, data.draw(st.integers(1, 25)))


@given(st.data())
@settings(max_examples=50)
def test_a_batch_answers_as_its_signals_do_alone(data: st.DataObject) -> None:
    several = data.draw(st.lists(worlds(), min_size=1, max_size=4))
    batch, single = together(several), [world.interlock() for world in several]
    time_s, shown = 0, batch.shown
    for _ in range(data.draw(st.integers(1, 15))):
        time_s += data.draw(STEPS)
        codes = np.array(data.draw(likely(list(shown))), dtype=np.uint8)
        calls = np.array(data.draw(st.lists(st.booleans(), min_size=len(codes), max_size=len(codes))))
        look = data.draw(st.booleans())
        answer = batch.observe(time_s, codes) if look else batch.check(time_s, codes, calls)
        for s, alone in enumerate(single):
            part = slice(batch.ptr[s], batch.ptr[s + 1])
            own_codes, own_calls = codes[part], calls[part]
            own = alone.observe(time_s, own_codes) if look else alone.check(time_s, own_codes, own_calls)
            assert (own.status[0], own.link[0], own.foe[0], own.overdue[0]) == (
                answer.status[s],
                answer.link[s],
                answer.foe[s],
                answer.overdue[s],
            )
            assert own.codes.tobytes() == answer.codes[part].tobytes()
        shown = answer.codes


@given(worlds(), st.lists(st.tuples(st.integers(0, 3), st.binary(min_size=5, max_size=5)), max_size=30))
@settings(max_examples=50)
def test_the_same_input_gives_the_same_bits(world: World, steps: list[tuple[int, bytes]]) -> None:
    def run(interlock: Interlock) -> bytes:
        out, time_s, calls = b"", 0, np.ones(world.n, dtype=bool)
        for step_s, noise in steps:
            time_s += step_s
            answer = interlock.check(time_s, np.frombuffer(noise, dtype=np.uint8)[: world.n] % 7, calls)
            out += b"".join(field.tobytes() for field in answer)
        return out

    assert run(world.interlock()) == run(world.interlock())


def test_the_statuses_have_the_same_order() -> None:
    assert [status.name.replace("_", " ").lower() for status in Status] == STATUSES
