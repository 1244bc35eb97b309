"""What is kept, and that whoever reads slowly is left behind, not waited for."""

from __future__ import annotations

import asyncio
import io
import os
import threading
import time

from controllers.live.hub import MOST_BEHIND, Hub, Reader
from controllers.live.outlet import MOST_WAITING, Outlet, frames_of
from controllers.live.store import Store
from tests.live.frames import CYCLE, frame


def test_frames_come_back_as_they_were() -> None:
    store = Store(None)
    for t in range(30):
        store.add(frame(float(t)))
    assert store.span_s == (0.0, 29.0)
    assert store.at(12.0) == frame(12.0)
    assert store.at(12.7) == frame(12.0)
    assert store.at() == frame(29.0)
    assert store.at(-1.0) is None


def test_what_was_shown_is_what_frames_said() -> None:
    store = Store(None)
    for t in range(40):
        store.add(frame(float(t)))
    past = store.shown("s0", 35.0, 20.0)
    assert past[0]["from_s"] == 15.0
    for t in range(15, 36):
        last = [shot for shot in past if shot["from_s"] <= t][-1]
        assert last["state"] == CYCLE[t % len(CYCLE)]
    assert store.shown("nobody", 35.0, 20.0) == []


def test_old_frames_go() -> None:
    store = Store(10.0)
    for t in range(100):
        store.add(frame(float(t)))
    assert store.span_s == (89.0, 99.0)
    assert store.at(80.0) is None
    assert len(store.shown("s0", 99.0, 900.0)) < 12


def test_a_street_that_begins_anew_is_another_one() -> None:
    store = Store(None)
    for t in (5.0, 6.0, 2.0, 3.0):
        store.add(frame(t))
    assert store.span_s == (2.0, 3.0)


def test_a_reader_who_sleeps_misses_the_oldest() -> None:
    async def sleepy() -> tuple[list[float], int]:
        hub = Hub(Store(None))
        with Reader(hub) as reader:
            for t in range(100):
                hub.publish(frame(float(t)))
            return [(await reader.next())["time_s"] for _ in range(MOST_BEHIND)], reader.dropped

    seen, dropped = asyncio.run(sleepy())
    assert seen == [96.0, 97.0, 98.0, 99.0]
    assert dropped == 96


def test_readers_wake_from_another_thread() -> None:
    async def listen() -> list[float]:
        hub = Hub(Store(None))
        with Reader(hub) as reader:
            threading.Thread(target=lambda: [hub.publish(frame(float(t))) for t in range(3)]).start()
            seen = [(await asyncio.wait_for(reader.next(), 5.0))["time_s"] for _ in range(3)]
        assert not hub.readers
        return seen

    assert asyncio.run(listen()) == [0.0, 1.0, 2.0]


def test_control_does_not_wait_for_who_never_reads() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "wb", buffering=0)
    outlet = Outlet(stream)
    spent_s = []
    for t in range(400):  # a pipe holds a few frames, then its writer stands
        began = time.perf_counter()
        outlet.offer(frame(float(t), signals=50))
        spent_s.append(time.perf_counter() - began)
    assert sorted(spent_s)[len(spent_s) // 2] < 0.1  # the machine may be busy
    assert outlet.dropped >= 400 - MOST_WAITING - 80
    os.close(reading)
    outlet.close()
    stream.close()


def test_frames_go_through_a_pipe_and_rubbish_does_not() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as stream:
        outlet = Outlet(stream)
        for t in range(3):
            while not outlet.offer(frame(float(t))):
                time.sleep(0.01)
        outlet.close(5.0)
        stream.write(b'{"error": "SUMO ended"}\nnonsense\n[1]\n')
        stream.close()
        assert list(frames_of(source)) == [frame(float(t)) for t in range(3)]
    assert list(frames_of(io.BytesIO(b""))) == []


def test_a_stream_that_breaks_hurts_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "wb", buffering=0)
    outlet = Outlet(stream)
    for t in range(20):
        outlet.offer(frame(float(t)))
        time.sleep(0.002)
    outlet.close()
    stream.close()
    assert outlet.sent == 0
