"""Yellow, intergreen and minimum green: from programs by hand, and as a law over every program there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.report.notes import hasty_changes
from network.build import build_signals
from network.program.phases import settle_greens, steady_state
from network.program.programs import read_programs
from network.program.signals import Program, Signal
from network.roads.reader import read_network
from network.safety.clearance import Clearance, intergreens, safe_yellow_s, short_changes, yellow_below_speed
from tests.network.conftest import Grid
from tests.network.programs_by_hand import link, one_way, pairs, program

CROSS = pairs(2, (0, 1))
MAPS = ("cologne1", "cologne8", "hangzhou16", "ingolstadt7", "pasubio")


def _of(running: Program, speed_mps: float = 13.89, protocol: str = "plan") -> Clearance:
    n = len(running.intervals[0].state)
    links = [link(index, speed_mps) for index in range(n)]
    foes = pairs(n, *((i, i + 1) for i in range(n - 1)))
    return intergreens(running, links, foes, np.zeros_like(foes), protocol)  # type: ignore[arg-type]


def test_program_states_its_own_times() -> None:
    found = _of(program((30.0, "Gr"), (4.0, "yr"), (2.0, "rr"), (20.0, "rG"), (3.0, "ry"), (1.0, "rr")))
    assert found.yellow_s.tolist() == [4.0, 3.0]
    assert found.intergreen_s.tolist() == [[0.0, 6.0], [4.0, 0.0]]
    assert found.min_green_s.tolist() == [5.0, 5.0]


def test_yellow_is_never_shorter_than_the_speed_asks_for() -> None:
    fast = _of(program((30.0, "Gr"), (3.0, "yr"), (20.0, "rG"), (3.0, "ry")), speed_mps=27.78)
    assert fast.yellow_s.tolist() == [5.0, 5.0]
    assert fast.intergreen_s[0, 1] == 5.0


@pytest.mark.parametrize(
    ("speed_mps", "yellow_s"),
    [(0.0, 3), (13.89, 3), (13.9, 3), (16.67, 4), (22.22, 5), (27.78, 5), (60.0, 6)],
)
def test_safe_yellow(speed_mps: float, yellow_s: float) -> None:
    assert safe_yellow_s(speed_mps) == yellow_s


def test_green_that_ends_without_yellow_keeps_its_clearance() -> None:
    found = _of(program((30.0, "Gr"), (5.0, "rr"), (30.0, "rG"), (5.0, "rr")))
    assert found.yellow_s.tolist() == [3.0, 3.0]
    assert found.intergreen_s[0, 1] == 5.0


def test_red_and_yellow_before_green_is_no_clearance() -> None:
    found = _of(program((30.0, "Gr"), (3.0, "yr"), (20.0, "rG"), (3.0, "ry"), (9.0, "ur")))
    assert found.yellow_s.tolist() == [3.0, 3.0]


def test_parts_of_seconds_are_rounded_up_but_not_for_nothing() -> None:
    found = _of(program((30.0, "Gr"), (3.4, "yr"), (20.0, "rG"), (3.0, "ry"), (1.02, "rr")))
    assert found.yellow_s.tolist() == [4.0, 3.0]
    assert found.intergreen_s.tolist() == [[0.0, 4.0], [4.0, 0.0]]


def test_gap_over_other_phases_is_bounded_by_what_the_link_gets_elsewhere() -> None:
    running = program(
        (20.0, "Grr"), (3.0, "yrr"), (2.0, "rrr"), (20.0, "rGr"), (4.0, "ryr"), (20.0, "rrG"), (3.0, "rry")
    )
    foes = pairs(3, (0, 1), (1, 2), (0, 2))
    found = intergreens(running, [link(i) for i in range(3)], foes, np.zeros_like(foes))
    assert found.intergreen_s[0, 1] == 5.0
    assert found.intergreen_s[0, 2] == 5.0  # 29 s in the program, 5 s of it chosen
    assert found.intergreen_s[1, 0] == 4.0
    assert found.intergreen_s[2, 1] == 3.0


@pytest.mark.parametrize(("part_s", "gap_s"), [(25.0, 3.0), (5.0, 3.0), (4.0, 7.0)])
def test_part_of_a_phase_shown_for_five_seconds_is_a_phase_between(part_s: float, gap_s: float) -> None:
    running = program((15.0, "Grr"), (3.0, "yrr"), (part_s, "rGr"), (5.0, "rGG"), (3.0, "ryy"))
    foes = pairs(3, (0, 1), (0, 2))
    found = intergreens(running, [link(i) for i in range(3)], foes, np.zeros_like(foes))
    assert found.intergreen_s[0, 2] == gap_s


def test_foes_that_are_green_together_still_owe_clearance() -> None:
    running = program(
        (30.0, "Ggr"), (3.0, "ygr"), (6.0, "rGr"), (3.0, "ryr"), (1.0, "rrr"), (20.0, "rrG"), (3.0, "rry")
    )
    foes = pairs(3, (0, 1), (0, 2), (1, 2))
    found = intergreens(running, [link(i) for i in range(3)], foes, one_way(3, [(1, 0)]))
    assert found.intergreen_s[1, 0] == 4.0
    assert found.intergreen_s[0, 1] >= found.yellow_s[0]


def test_program_that_branches_is_followed_along_its_branches() -> None:
    running = program((20.0, "Gr"), (3.0, "yr"), (20.0, "rG"), (3.0, "ry"))
    skipping = running.intervals[1].__class__("yr", 3.0, 3.0, 3.0, (2, 0))
    rows = (running.intervals[0], skipping, *running.intervals[2:])
    branching = Program("x", "0", "static", 0.0, rows, {})
    assert _of(branching).intergreen_s.tolist() == [[0.0, 3.0], [3.0, 0.0]]


def test_short_greens_of_the_program_are_kept() -> None:
    rows = ((30.0, "Gr"), (3.0, "yr"), (2.0, "rG"), (3.0, "ry"))
    assert _of(program(*rows)).min_green_s.tolist() == [5.0, 2.0]
    assert _of(program(*rows), protocol="resco").min_green_s.tolist() == [5.0, 5.0]
    assert _of(program(*rows, kind="actuated", min_s=1.0)).min_green_s.tolist() == [1.0, 1.0]


def test_resco_is_three_seconds_for_all() -> None:
    found = _of(program((30.0, "Gr"), (5.0, "yr"), (2.0, "rr"), (20.0, "rG"), (5.0, "ry")), 27.78, "resco")
    assert found.yellow_s.tolist() == [3.0, 3.0]
    assert found.intergreen_s.tolist() == [[0.0, 3.0], [3.0, 0.0]]


def test_unknown_protocol_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown protocol"):
        _of(program((30.0, "Gr"), (30.0, "rG")), protocol="other")


@pytest.mark.parametrize("protocol", ["plan", "resco"])
def test_crossings_have_the_time_their_way_takes_and_the_programs_where_that_is_more(protocol: str) -> None:
    running = program((30.0, "rG"), (8.0, "rr"), (20.0, "Gr"), (3.0, "yr"))
    links = [link(0), link(1, 1.4, crossing=True, length_m=12.0)]
    found = intergreens(running, links, CROSS, np.zeros_like(CROSS), protocol)  # type: ignore[arg-type]
    assert found.yellow_s.tolist() == [3.0, 0.0]
    assert found.intergreen_s.tolist() == [[0.0, 3.0], [10.0, 0.0]]  # 12 m at 1.2 m/s
    assert found.walk_clear_s.tolist() == [0.0, 10.0]
    assert found.min_green_s.tolist() == [5.0, 7.0]
    longer = program((4.0, "rG"), (13.0, "rr"), (20.0, "Gr"), (3.0, "yr"))
    found = intergreens(longer, links, CROSS, np.zeros_like(CROSS), protocol)  # type: ignore[arg-type]
    assert found.intergreen_s[1, 0] == 13.0
    assert found.min_green_s[1] == 4.0


def test_nema_states_its_clearance_beside_its_rows() -> None:
    rows = ((30.0, "Gr"), (30.0, "rG"))
    assert _of(program(*rows, kind="NEMA")).intergreen_s[0, 1] == 5.0
    stated = program(*rows, kind="NEMA")
    stated = Program("x", "0", "NEMA", 0.0, stated.intervals, {"rows.yellow": "4", "rows.red": "1"})
    assert _of(stated).yellow_s.tolist() == [4.0, 4.0]
    assert _of(stated).intergreen_s[0, 1] == 5.0
    garbled = Program("x", "0", "NEMA", 0.0, stated.intervals, {"rows.red": "soon"})
    assert _of(garbled).intergreen_s[0, 1] == 5.0


def _shown(signal: Signal) -> list[tuple[float, str]]:
    """(start, state) over three cycles, small greens settled."""
    shown, now = [], 0.0
    for row in signal.program.intervals * 3:
        state = steady_state(row.state)
        shown.append((now, settle_greens(state, signal.conflicts, signal.yields_to)))
        now += row.duration_s
    return shown


def _too_early(signal: Signal) -> list[tuple[int, int, float]]:
    """Pairs that the program itself shows with a shorter gap than the table asks for."""
    ended: dict[int, float] = {}
    before = "r" * signal.n_links
    found = []
    for start_s, state in _shown(signal):
        for j in range(signal.n_links):
            if before[j] not in "Ggso" and state[j] in "Gg":
                for i, end_s in ended.items():
                    gap_s = start_s - end_s
                    if (
                        signal.conflicts[i, j]
                        and state[i] not in "Ggso"
                        and gap_s < signal.intergreen_s[i, j] - 0.1
                    ):
                        found.append((i, j, gap_s))
        for i in range(signal.n_links):
            if before[i] in "Ggs" and state[i] in "ryYu":
                ended[i] = start_s
        before = state
    return found


def _check(signal: Signal) -> None:
    assert not signal.left_alone
    table, yellow = signal.intergreen_s, signal.yellow_s
    assert (table == np.round(table)).all()
    assert (table[~signal.conflicts] == 0.0).all()
    assert (np.where(signal.conflicts, table, yellow[:, None]) >= yellow[:, None]).all()
    assert (table <= 30.0).all()
    assert (signal.min_green_s >= 1.0).all()
    for i, j, gap_s in _too_early(signal):
        # Only where the safe yellow, or the way of those who walk, asks for more than the program gives.
        assert gap_s < max(yellow[i], signal.walk_clear_s[i]), (signal.id, i, j)


@pytest.mark.parametrize("name", MAPS)
def test_no_program_breaks_its_own_clearance(name: str, shared_map: Callable[[str], Path]) -> None:
    folder = shared_map(name)
    (path,) = folder.glob("*.net.xml")
    signals = build_signals(read_network(path), read_programs([path, *sorted(folder.glob("*_tls.add.xml"))]))
    for signal in signals.values():
        _check(signal)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_no_guideline_program_breaks_its_own_clearance(number: int, rilsa: Callable[[int], Path]) -> None:
    path = rilsa(number)
    programs = read_programs([path, path.with_name(f"rilsa{number}_tls.add.xml")])
    for signal in build_signals(read_network(path), programs).values():
        _check(signal)


def test_no_generated_program_breaks_its_own_clearance(grid: Grid) -> None:
    options = ["-L", "2", "--turn-lanes", "1", "--crossings.guess", "--sidewalks.guess", "true"]
    for extra in ([], ["--tls.layout", "incoming"], ["--tls.allred.time", "2"]):
        path = grid(3, *options, *extra)
        for signal in build_signals(read_network(path), read_programs([path])).values():
            _check(signal)


def test_the_check_above_can_fail(rilsa: Callable[[int], Path]) -> None:
    signal = build_signals(read_network(rilsa(1)), read_programs([rilsa(1)]))["0"]
    assert _too_early(signal) == []
    assert _too_early(replace(signal, intergreen_s=signal.intergreen_s + 1.0)) != []


def test_hangzhou_keeps_five_seconds_with_three_of_yellow(shared_map: Callable[[str], Path]) -> None:
    (path,) = shared_map("hangzhou16").glob("*.net.xml")
    for signal in build_signals(read_network(path), read_programs([path])).values():
        assert set(signal.yellow_s) == {3.0}
        assert set(signal.intergreen_s[signal.conflicts]) <= {5.0, 6.0}  # 6 by the ways, for changes it never makes
        assert len(signal.phases) == 8


def test_yellow_below_what_the_speed_needs_is_found_link_by_link(grid: Grid) -> None:
    path = grid(3, "--default.speed", "27.78")
    network, programs = read_network(path), read_programs([path])
    hasty = yellow_below_speed(build_signals(network, programs, "resco").values())
    assert {needed_s for _, _, needed_s in hasty} == {5.0}
    assert len(hasty) == len({(signal_id, link) for signal_id, link, _ in hasty}) > 8
    assert yellow_below_speed(build_signals(network, programs, "plan").values()) == []


def test_where_three_seconds_do_not_suffice_is_found_signal_by_signal(grid: Grid) -> None:
    path = grid(3)
    network, programs = read_network(path), read_programs([path])
    plan, resco = (build_signals(network, programs, protocol) for protocol in ("plan", "resco"))
    assert short_changes(plan.values()) == []
    found = {signal_id: (pairs, needed_s) for signal_id, pairs, needed_s in short_changes(resco.values())}
    for signal_id, signal in plan.items():
        if not signal.left_alone:
            asked = np.maximum(signal.intergreen_s, signal.yielded_s)
            assert found[signal_id] == (int((asked > 3.0).sum()), asked.max())
    said = hasty_changes(resco.values())
    assert said.startswith("3 s (protocol resco) do not suffice between ")
    assert hasty_changes(plan.values()) == ""
