"""Where every time of a link comes from."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from network.build import build_signals
from network.limits import limited
from network.programs import read_programs
from network.reader import read_network
from network.sources import FILE, PROGRAM, RULE, Sourced, times_of


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
