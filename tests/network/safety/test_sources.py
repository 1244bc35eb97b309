"""Where every time of a link comes from."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from network.build import build_signals
from network.program.programs import read_programs
from network.roads.reader import read_network
from network.safety.clearance import ClearanceSettings
from network.safety.limits import limited
from network.safety.sources import FILE, PROGRAM, RULE, Sourced, times_of
from network.safety.walking import WalkingSettings
from tests.controllers.midblock import write_midblock


def test_program_rule_and_file(rilsa: Callable[[int], Path]) -> None:
    signals = build_signals(read_network(rilsa(1)), read_programs([rilsa(1)]))
    plain = {times.link: times for times in times_of(signals["0"])}
    assert set(plain) == {link.index for link in signals["0"].links}
    assert {times.least_green.source for times in plain.values()} <= {PROGRAM, RULE}
    assert plain[3].longest_green.seconds == math.inf
    assert plain[3].longest_red == Sourced(120.0, RULE)
    text = ("[signal.0.link.3]\nmin_green_s = 14\nyellow_s = 6\nmax_green_s = 30\n"
            "[signal.0]\nmax_red_s = 80\nred_clearance_s = 7\n")
    found = {times.link: times for times in times_of(limited(signals, text, "x")[0]["0"])}
    assert found[3].least_green == Sourced(14.0, FILE)
    assert found[3].yellow == Sourced(6.0, FILE)
    assert found[3].clearance == Sourced(7.0, FILE)
    assert found[3].longest_green == Sourced(30.0, FILE)
    assert found[3].longest_red == found[4].longest_red == Sourced(80.0, FILE)
    assert found[4].least_green == plain[4].least_green


@pytest.mark.parametrize(("walking_mps", "source"), [(1.2, PROGRAM), (0.4, RULE)])
def test_a_crossing_is_kept_clear_by_the_program_only_where_that_leaves_the_way(
    tmp_path: Path, walking_mps: float, source: str
) -> None:
    config = write_midblock(tmp_path, 0.0)  # 9 s of red for all after the walk
    net = config.with_name("midblock.net.xml")
    settings = ClearanceSettings(walking=WalkingSettings(walking_mps=walking_mps))
    signal = build_signals(read_network(net), read_programs([net]), settings=settings)["X"]
    (times,) = [times for times in times_of(signal) if times.is_crossing]
    assert times.clearance.source == source
    assert (times.clearance.seconds == 9.0) == (source == PROGRAM)
