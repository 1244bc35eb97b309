"""What is told second by second is what recorded runs are scored by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.cli.main import main
from bench.measures.predictions import coverage
from bench.runs.announced import announced
from bench.runs.telling import frames_of_run
from controllers.announce.course import next_change
from controllers.announce.hindsight import PERCENT
from controllers.announce.watch import joined

END_S = 150
COMMITTED = "adaptive+commitment_s=5+commitment_margin_vehicle_s=0"
SURE = "adaptive+commitment_s=5+commitment_margin_vehicle_s=10"
NAMES = ("fixed", "adaptive", COMMITTED, SURE)


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of SUMO's programs, one of the engine, one of the engine with a commitment, to all or to what is sure."""
    place = tmp_path_factory.mktemp("told")
    words = ["compare", str(small_world), "-c", ",".join(NAMES), "--seeds", "1", "-e", str(END_S), "-o", str(place)]
    assert main(words) == 0
    return place


def _numbers(values: list[float | None]) -> Any:
    return np.array([np.nan if value is None else value for value in values])


@pytest.mark.parametrize("name", NAMES)
def test_live_and_hindsight_say_the_same(folder: Path, name: str) -> None:
    place = folder / "runs" / name / "1"
    frames = {frame["time_s"]: frame["signals"] for frame in frames_of_run(place)}
    for one in announced(place):
        for t, state in enumerate(one.course.states):
            now_s = float(one.course.first_s + t)
            said = frames[now_s][one.course.signal_id]
            assert said["state"] == state
            assert said["status"] == list(one.status[t])
            for key, at_s in (("earliest_s", one.earliest_s), ("latest_s", one.latest_s), ("likely_s", one.likely_s)):
                due = np.where(np.isfinite(at_s[t]), at_s[t] - now_s, np.nan)
                np.testing.assert_allclose(_numbers(said[key]), due, atol=0.051)
            assert said["confidence_pct"] == PERCENT[one.confidence[t]].tolist()


@pytest.mark.parametrize("name", NAMES)
def test_every_change_lies_within_its_bounds(folder: Path, name: str) -> None:
    """Also of a turn that is green before and after an announced change, and has to end in between."""
    said = announced(folder / "runs" / name / "1")
    changes = [one.course.first_s + next_change(one.course.colour)[0] for one in said]
    found = coverage(changes, [one.earliest_s for one in said], [one.latest_s for one in said])
    assert found.predictions > 1000
    assert found.outside == 0


@pytest.mark.parametrize("name", NAMES)
def test_what_is_planned_begins_with_what_is_shown(folder: Path, name: str) -> None:
    for frame in frames_of_run(folder / "runs" / name / "1"):
        json.dumps(frame)  # plain
        for said in frame["signals"].values():
            assert said["planned"][0] == {"from_s": 0, "state": said["state"]}
            assert said["why"]
            assert all(a["from_s"] < b["from_s"] for a, b in zip(said["planned"], said["planned"][1:], strict=False))


@pytest.mark.parametrize(("name", "least"), [(COMMITTED, 20), (SURE, 5)])
def test_a_committed_signal_does_what_its_strip_said(folder: Path, name: str, least: int) -> None:
    frames = {frame["time_s"]: frame["signals"] for frame in frames_of_run(folder / "runs" / name / "1")}
    held = 0
    for now_s, signals in frames.items():
        for signal, said in signals.items():
            for shot in said["planned"]:
                then = frames.get(now_s + shot["from_s"])
                if shot["from_s"] <= 5 and then is not None and "announced" in said["why"]:
                    greens = [k for k, letter in enumerate(shot["state"]) if letter in "Gg"]
                    assert all(then[signal]["state"][k] in "Gg" for k in greens)
                    held += 1
    assert held > least


def test_there_is_no_green_before_it_is_said(folder: Path) -> None:
    frames = list(frames_of_run(folder / "runs" / COMMITTED / "1"))
    checked = ahead = 0
    for signal in frames[0]["signals"]:
        green = np.array([[letter in "Gg" for letter in frame["signals"][signal]["state"]] for frame in frames])
        for t, frame in enumerate(frames[:-1]):
            for lamp, soonest_s in enumerate(frame["signals"][signal]["no_green_s"]):
                starts = np.flatnonzero(green[t + 1:, lamp] & ~green[t:-1, lamp]) + 1
                if soonest_s is not None and len(starts):
                    assert starts[0] >= soonest_s
                    checked += 1
                    ahead += bool(green[t, lamp])
    assert checked > 1000
    assert ahead > 50  # of greens whose end is announced


def _piece(state: str, mode: str, planned: list[tuple[int, str]]) -> dict[str, Any]:
    lists = {name: [state + str(k) for k in range(2)] for name in
             ("earliest_s", "latest_s", "likely_s", "next_green_s", "no_green_s", "confidence_pct")}  # fmt: skip
    return {"state": state, "mode": mode, "status": ["both", mode], "health": "well", "phase": 0, "why": mode,
            "planned_until_s": 9, **lists,
            "planned": [{"from_s": s, "state": text} for s, text in planned], "queues": [state], "requests": []}


def test_pieces_of_a_signal_are_told_of_as_one() -> None:
    found = joined([(_piece("Gr", "ADAPTIVE", [(0, "Gr"), (4, "yr")]), [True, False]),
                    (_piece("rG", "FIXED", [(0, "rG"), (2, "ry")]), [False, True])])  # fmt: skip
    assert (found["state"], found["mode"], found["queues"]) == ("GG", "FIXED", ["Gr", "rG"])
    assert found["likely_s"] == ["Gr0", "rG1"]
    assert found["status"] == ["both", "ADAPTIVE", "FIXED"]
    assert [(shot["from_s"], shot["state"]) for shot in found["planned"]] == [(0, "GG"), (2, "Gy"), (4, "yy")]
