"""Why: what is told about a moment is what the run did, and the costs are those of the planner."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.report.moment import Moment, actions, look, verdict
from controllers.logs.taping import read_tape
from network.program.phases import green_links
from signal_core.ladder.modes import Mode
from signal_core.planning.alternatives import CLAIM, EXIT, FINISHING, FORCED, OVERDUE, PLANNED, SHORT_WAY


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of the engine."""
    place = tmp_path_factory.mktemp("explain")
    assert main(["run", str(small_world), "-e", "100", "-o", str(place)]) == 0
    return place


@pytest.fixture(scope="module")
def moments(folder: Path) -> list[Moment]:
    """Half a minute of one signal, second by second."""
    return [look(folder / "runs/adaptive/1", "1x1", float(t)) for t in range(50, 80)]


def test_what_is_told_is_what_was_done(folder: Path, moments: list[Moment]) -> None:
    tape = read_tape(folder / "runs/adaptive/1/tape.npz")
    k = tape.signals.index("1x1")
    yellow_from = {tape.time_s[row] for row, i, state in tape.orders if i == k and "y" in state}
    leaves = {m.time_s for m in moments if m.weighed.why != FINISHING and _ends(m)}
    assert leaves
    assert leaves == {t for t in yellow_from if 50 <= t < 80 and _starts(tape.orders, tape.time_s, k, t)}


def _ends(m: Moment) -> bool:
    """Whether somebody loses his green in the phase chosen."""
    now, chosen = (green_links(m.signal.phases[phase].state) for phase in (m.phase, m.weighed.phase))
    return bool(now - chosen)


def _starts(orders: tuple[tuple[int, int, str], ...], times: object, k: int, t: float) -> bool:
    """Whether the yellow at t is the first of its change."""
    own = [(float(times[row]), state) for row, i, state in orders if i == k]  # type: ignore[index]
    before = [state for at, state in own if at < t]
    return not before or "y" not in before[-1]


def test_costs_are_those_of_the_decision(moments: list[Moment]) -> None:
    decided = [m for m in moments if m.weighed.why != FINISHING]
    assert decided
    for m in decided:
        (chosen,) = [a for a in m.actions if a.chosen]
        assert chosen.cost <= 1.05 * m.weighed.cost + 1e-9  # on its own it may come out a little higher
        assert {a.phase for a in m.actions} == set(range(len(m.signal.phases)))
        assert all(math.isinf(cost) for cost in m.weighed.leave[m.phase])
    assert all(m.free_s == m.time_s for m in decided)
    assert all(m.free_s is None or m.free_s > m.time_s for m in moments if m.weighed.why == FINISHING)


def test_of_all_rules_that_decide_the_one_is_named_that_did(small_world: Path, tmp_path: Path) -> None:
    words = ["run", str(small_world), "-e", "100", "-o", str(tmp_path), "-c", "adaptive+max_red_s=25"]
    assert main([*words, "--", "--scale", "3"]) == 0
    found = [look(tmp_path / "runs" / "adaptive+max_red_s=25" / "1", "1x1", float(t)).weighed for t in range(20, 95, 3)]
    assert OVERDUE in {one.why for one in found}
    assert not {one.why for one in found} & {SHORT_WAY, EXIT}, "no ring and no full exit here"


def test_who_was_forced_to_stay_is_said_to_stay(moments: list[Moment]) -> None:
    moment = next(m for m in moments if m.weighed.why == PLANNED)
    for why in FORCED:
        stays = moment.weighed._replace(why=why, phase=moment.phase, next_phase=1 - moment.phase, next_s=0)
        assert f"decides: phase {moment.phase} goes on" in verdict(replace(moment, weighed=stays))
        assert [a.keep for a in actions(stays, moment.phase) if a.chosen] == [True]
        goes = stays._replace(phase=1 - moment.phase)
        assert f"decides: phase {1 - moment.phase} next" in verdict(replace(moment, weighed=goes))
    assert "claim" in verdict(replace(moment, weighed=moment.weighed._replace(why=CLAIM)))


def test_what_control_would_do_is_not_told_as_done(moments: list[Moment]) -> None:
    assert {m.mode for m in moments} == {Mode.ADAPTIVE}
    on_plan = verdict(replace(moments[0], mode=Mode.FIXED))
    assert on_plan == f"the plan of its program runs; control would have: {verdict(moments[0])}"


def test_lanes_are_told_with_what_they_show(moments: list[Moment]) -> None:
    for m in moments:
        assert [lane.lane for lane in m.lanes] == [lane.id for lane in m.signal.lanes]
        assert all(lane.shown == "".join(m.shown[i] for i in lane.links) for lane in m.lanes)
    assert any(lane.queue >= 1 and lane.waited_s > 0 for m in moments for lane in m.lanes)


def test_the_command_writes_words_numbers_and_a_picture(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / f"why.{kind}" for kind in ("json", "svg", "png")]
    words = ["explain", str(folder), "--signal", "1x1", "--time", "0:01:00"]
    assert main([*words, "-o", ",".join(map(str, files))]) == 0
    text = capsys.readouterr().out
    for part in ("signal 1x1 at 60 s", "what it saw", "phase 1: "):
        assert part in text
    found = json.loads(files[0].read_text(encoding="utf-8"))
    assert (found["time_s"], found["words"] in text) == (60.0, True)
    assert all(path.stat().st_size > 5000 for path in files[1:])


@pytest.mark.parametrize(
    "words",
    [["--signal", "nowhere", "--time", "60"], ["--signal", "1x1", "--time", "5000"], ["--signal", "1x1", "--time", "x"],
     ["--signal", "1x1", "--time", "60", "-c", "fixed"], ["--signal", "1x1", "--time", "60", "-o", "why.pdf"]],
)  # fmt: skip
def test_bad_input_is_named(folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(folder), *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
