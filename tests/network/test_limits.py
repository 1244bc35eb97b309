"""Limits of an engineer: the longest of program, rule and file holds; what is wrong is one line with file and place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from network.arrays import intersection
from network.build import build_signals
from network.detectors import lay_out
from network.errors import ScenarioError
from network.limits import limited, told
from network.programs import read_programs
from network.reader import read_network
from network.signals import Signal
from network.walking import crossing_indices
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


def test_without_a_file_signals_are_the_same_objects(signal: Signal) -> None:
    found, kept = limited({"0": signal}, "", "")
    assert found["0"] is signal
    assert kept == []


@pytest.mark.parametrize(("text", "expected"), [
    ("[signal.9]\nmin_green_s = 5\n", "signal.9: no such signal; there are 0"),
    ("[signal.0]\ngreen = 5\n", "signal.0.green: unknown; give min_green_s, yellow_s"),
    ("[signal.0]\nmin_green_s = -1\n", "signal.0.min_green_s: -1 is no time; give seconds above 0"),
    ("[all]\nmin_green_s = nan\n", "all.min_green_s: nan is no time"),
    ("[all]\nmin_green_s = true\n", "all.min_green_s: True is no time"),
    ("[signal.0.link.77]\nmin_green_s = 5\n", "signal.0.link.77: no such link, or no table; links are 0, 1, 2"),
    ("[signal.0.link.3]\nwalk_s = 5\n", "signal.0.link.3.walk_s: not for a link of vehicles; give min_green_s"),
    ("[signal.0.link.3]\nyellow_s = 1\n", "signal.0.link.3.yellow_s: 1 s is less than the 4 s that program and rules"),
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
