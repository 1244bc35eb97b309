"""Limits of an engineer: the longest of program, rule and file holds; what is wrong is one line with file and place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from network.arrays import intersection
from network.build import build_signals
from network.errors import ScenarioError
from network.loops.detectors import lay_out
from network.program.phases import green_links
from network.program.programs import read_programs
from network.program.signals import Signal
from network.program.timing import find_knobs, is_lawful, mended, own_timing
from network.roads.reader import read_network
from network.safety.clearance import ClearanceSettings
from network.safety.limits import limited, told, told_forbidden
from network.safety.walking import WalkingSettings, crossing_indices
from tests.network.conftest import Grid


@pytest.fixture
def signal(rilsa: Callable[[int], Path]) -> Signal:
    """Twelve links, no crossings."""
    return build_signals(read_network(rilsa(1)), read_programs([rilsa(1)]))["0"]


def test_the_longest_holds_and_is_told(signal: Signal) -> None:
    (found,), kept = _limited(signal, "[all]\nmin_green_s = 9\n[signal.0.link.3]\nmin_green_s = 14\nyellow_s = 6\n")
    expected = np.maximum(signal.min_green_s, 9.0)
    expected[3] = 14.0
    assert found.min_green_s.tolist() == expected.tolist()
    assert found.yellow_s[3] == 6.0
    assert np.delete(found.yellow_s, 3).tolist() == np.delete(signal.yellow_s, 3).tolist()
    foes = signal.conflicts[3]
    assert (found.intergreen_s[3, foes] >= 6.0).all()
    assert (found.intergreen_s >= signal.intergreen_s).all()
    assert "link 3: yellow_s 6 (program and rules " in kept[-1]
    assert kept[0].startswith("link 0, 1, ")
    assert kept[-1].endswith("by limits.toml: signal.0.link.3.yellow_s")


def test_a_file_of_an_editor_that_marks_byte_order_is_read(signal: Signal) -> None:
    marked, plain = (_limited(signal, f"{mark}[all]\nmin_green_s = 9\n")[1] for mark in ("\ufeff", ""))
    assert marked == plain != []


def test_red_clearance_comes_after_the_yellow(signal: Signal) -> None:
    (found,), _ = _limited(signal, "[signal.0]\nred_clearance_s = 5\n")
    pairs = np.argwhere(signal.conflicts)
    for i, j in pairs.tolist():
        assert found.intergreen_s[i, j] == max(signal.intergreen_s[i, j], signal.yellow_s[i] + 5.0)
        assert not found.yielded_s.size or found.yielded_s[i, j] >= found.intergreen_s[i, j]


def test_the_engine_and_its_interlock_get_them(rilsa: Callable[[int], Path], signal: Signal) -> None:
    (found,), _ = _limited(signal, "[all]\nmin_green_s = 20\nred_clearance_s = 4\n")
    layout = lay_out(read_network(rilsa(1)), {"0": found}, (0.0, 40.0))
    arrays = intersection(found, layout)
    assert arrays.min_green_s.min() == 20
    assert arrays.intergreen_s[signal.conflicts].min() >= 4 + signal.yellow_s.min()


def test_crossings_have_a_walk_and_vehicles_a_green(grid: Grid) -> None:
    path = grid(2, "--crossings.guess", "--sidewalks.guess", "true")
    signals = build_signals(read_network(path), read_programs([path]))
    found, _ = limited(signals, "[all]\nwalk_s = 25\nwalk_clear_s = 31\n", "limits.toml")
    for signal_id, after in found.items():
        before, walking = signals[signal_id], crossing_indices(after.links, after.n_links)
        assert (after.min_green_s[walking] == 25.0).all()
        assert (after.walk_clear_s[walking] == 31.0).all()
        assert after.min_green_s[~walking].tolist() == before.min_green_s[~walking].tolist()
        for part in after.junctions:
            assert part.min_green_s.tolist() == after.min_green_s.tolist()
        foes = before.conflicts[walking]
        assert (after.intergreen_s[walking][foes] >= 31.0).all()


@pytest.mark.parametrize(("asked_s", "least_s"), [(3.0, 4.0), (5.0, 5.0), (31.0, 31.0)])
def test_a_detector_on_a_crossing_cuts_no_clearance_that_the_engineer_asks_for(
    grid: Grid, asked_s: float, least_s: float
) -> None:
    path = grid(2, "--crossings.guess", "--sidewalks.guess", "true")
    seen = ClearanceSettings(walking=WalkingSettings(least_clear_s=4.0))
    signals = build_signals(read_network(path), read_programs([path]), "plan", seen)
    found, _ = limited(signals, f"[all]\nwalk_clear_s = {asked_s}\n", "limits.toml")
    kept = np.concatenate([signal.least_clear_s for signal in found.values()])
    assert set(kept.tolist()) == {0.0, least_s}


def test_without_a_file_signals_are_the_same_objects(signal: Signal) -> None:
    found, kept = limited({"0": signal}, "", "")
    assert found["0"] is signal
    assert kept == []


@pytest.mark.parametrize(("text", "expected"), [
    ("[signal.9]\nmin_green_s = 5\n", "signal.9: no such signal; choose from 0"),
    ("[signal.0]\ngreen = 5\n", "signal.0.green: unknown; give min_green_s, max_green_s, yellow_s"),
    ("[signal.0]\nmin_green_s = -1\n", "signal.0.min_green_s: -1 is no time; give seconds above 0"),
    ("[all]\nmin_green_s = nan\n", "all.min_green_s: nan is no time"),
    ("[all]\nmin_green_s = true\n", "all.min_green_s: True is no time"),
    ("[signal.0.link.77]\nmin_green_s = 5\n", "signal.0.link.77: no such link, or no table; links are 0, 1, 2"),
    ("[signal.0.link.3]\nwalk_s = 5\n", "signal.0.link.3.walk_s: not for a link of vehicles; give min_green_s"),
    ("[signal.0.link.3]\nyellow_s = 1\n", "signal.0.link.3.yellow_s: 1 s is less than the 4 s that program and rules"),
    ("[signal.0]\nmax_green_s = 5.5\n[all]\nmin_green_s = 9\n", "signal.0.max_green_s: 5.5 s is less than the 9 s"),
    ("[signal.0]\nmax_green_s = 4\n", "signal.0.max_green_s: 4 is no time; give seconds above 5, up to 600"),
    ("[signal.0]\nforbidden = 3\n", "signal.0.forbidden: a list is needed"),
    ("[signal.0]\nforbidden = [[1]]\n", "signal.0.forbidden[0]: two links or more can be forbidden together; 1 given"),
    ("[signal.0]\nforbidden = [[1, 88]]\n", "signal.0.forbidden[0]: [1, 88]: give links of 0, 1, 2"),
    ("[signal.0]\nforbidden = ['GG']\n", "signal.0.forbidden[0]: a state of 2 letters; give 12"),
    ("[all]\nforbidden = [[1, 2]]\n", "all.forbidden: unknown; give min_green_s"),
    ("[signals.0]\nyellow_s = 1\n", "signals: unknown; give tables [all] and [signal.ID]"),
    ("signal = 3\n", "signal: a table is needed, such as [signal.ID]"),
    ("[signal.0\n", "not TOML: "),
])  # fmt: skip
def test_what_is_wrong_is_one_line_with_file_place_and_fix(text: str, expected: str, signal: Signal) -> None:
    with pytest.raises(ScenarioError) as raised:
        limited({"0": signal}, text, "limits.toml")
    assert str(raised.value).startswith(f"limits.toml: {expected}")
    assert "\n" not in str(raised.value)


def _limited(signal: Signal, text: str) -> tuple[list[Signal], list[str]]:
    found, kept = limited({signal.id: signal}, text, "limits.toml")
    return list(found.values()), [line for _, line in told(kept)]


def test_a_signal_that_is_left_alone_has_none(signal: Signal) -> None:
    alone = replace(signal, id="rail", n_links=0, left_alone="It is a rail crossing.")
    found, _ = limited({"0": signal, "rail": alone}, "[all]\nmin_green_s = 9\n", "limits.toml")
    assert found["rail"] is alone
    assert found["0"].min_green_s.min() == 9.0
    with pytest.raises(ScenarioError, match=r"limits\.toml: signal\.rail: it is left alone \(It is a rail crossing\)"):
        limited({"0": signal, "rail": alone}, "[signal.rail]\nmin_green_s = 9\n", "limits.toml")


def test_longest_times_are_the_shortest_that_are_asked_for(signal: Signal, rilsa: Callable[[int], Path]) -> None:
    text = "[all]\nmax_green_s = 40\nmax_red_s = 100\n[signal.0.link.3]\nmax_green_s = 25\nmax_red_s = 500\n"
    (found,), lines = _limited(signal, text)
    expected = np.full(12, 40.0)
    expected[3] = 25.0
    assert found.longest_s("max_green_s").tolist() == expected.tolist()
    assert set(found.longest_s("max_red_s")) == {100.0}
    assert "link 3: max_green_s 25 (none before), by limits.toml: signal.0.link.3.max_green_s" in lines
    assert any("max_red_s 100 (program and rules 120), by limits.toml: all.max_red_s" in line for line in lines)
    assert not any("500" in line for line in lines), "it changes nothing"
    arrays = intersection(found, lay_out(read_network(rilsa(1)), {"0": found}, (0.0, 40.0)))
    assert arrays.max_green_s is not None
    assert arrays.max_green_s.tolist() == expected.tolist()


def test_a_phase_that_is_forbidden_is_gone(signal: Signal) -> None:
    """A phase beyond the program, as its state: others with the same greens and more stay."""
    beyond = signal.added[0]
    found, _ = limited({"0": signal}, f'[signal.0]\nforbidden = ["{beyond.state}"]\n', "limits.toml")
    after = found["0"]
    assert after.phases == signal.phases
    assert after.added == tuple(p for p in signal.added if green_links(p.state) != green_links(beyond.state))
    ((_, line),) = told_forbidden({"0": signal}, found, "limits.toml")
    assert line.endswith("alone, by limits.toml: signal.0.forbidden: 1 phases left out")


def test_links_that_are_forbidden_together_are_in_no_phase_and_the_interlock_knows(
    rilsa: Callable[[int], Path]
) -> None:
    path = rilsa(4)
    signals = build_signals(read_network(path), read_programs([path]))
    signal = next(iter(signals.values()))
    pairs = [pair for phase in signal.added for pair in combinations(sorted(green_links(phase.state)), 2)
             if not any(set(pair) <= green_links(own.state) for own in signal.phases)]
    assert pairs, "no phase beyond the program has links together that the program has not"
    text = f"[signal.{signal.id}]\nforbidden = [{list(pairs[0])}]\n"
    found, _ = limited(signals, text, "limits.toml")
    after = found[signal.id]
    assert after.phases == signal.phases
    assert len(after.added) < len(signal.added)
    assert not any(set(pairs[0]) <= green_links(phase.state) for phase in after.phases + after.added)
    arrays = intersection(after.with_added(), lay_out(read_network(path), found, (0.0, 40.0)))
    assert arrays.forbidden == (pairs[0],)


def test_the_only_phase_of_a_movement_cannot_be_forbidden(signal: Signal) -> None:
    with pytest.raises(ScenarioError, match=r"signal\.0\.forbidden: no phase of program '\w+' would be left for"):
        limited({"0": signal}, f'[signal.0]\nforbidden = ["{signal.phases[0].state}"]\n', "limits.toml")


def test_a_plan_keeps_them_and_says_where_none_can(signal: Signal) -> None:
    knobs, _ = find_knobs(signal)
    assert knobs is not None
    own = own_timing(signal.program)
    assert mended(knobs, own) == (own, "")
    longest = max(own.durations_s)
    row = own.durations_s.index(longest)
    link = next(i for i, lamp in enumerate(signal.program.intervals[row].state) if lamp == "G")
    (found,), _ = _limited(signal, f"[signal.0.link.{link}]\nmax_green_s = {longest - 3:g}\n")
    knobs, _ = find_knobs(found)
    assert knobs is not None
    assert not is_lawful(knobs, own)
    better, why = mended(knobs, own)
    assert why == ""
    assert is_lawful(knobs, better)
    states = [each.state for each in signal.program.intervals]
    assert max(sum(better.durations_s[k] for k in run) for run in _green_runs(states, link)) <= longest - 3
    (hard,), _ = _limited(signal, f"[signal.0.link.{link}]\nyellow_s = 9\n")
    knobs, _ = find_knobs(hard)
    assert knobs is not None
    assert mended(knobs, own)[1].endswith(f"limits.toml: signal.0.link.{link}.yellow_s asks for yellow_s 9")


def _green_runs(states: list[str], link: int) -> list[list[int]]:
    """Rows of each green, read plainly: none begins in the last row."""
    runs: list[list[int]] = []
    for k, state in enumerate(states):
        if state[link] in "Gg":
            if k and states[k - 1][link] in "Gg":
                runs[-1].append(k)
            else:
                runs.append([k])
    return runs
