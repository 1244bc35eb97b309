"""Signals out of whole networks, and every reason to leave one alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from network.arrays import intersection
from network.build import build_signals
from network.loops.detectors import lay_out
from network.program.programs import read_programs
from network.program.signals import Program, Signal
from network.roads.reader import Network, read_network

from .conftest import Built, Grid
from .programs_by_hand import program

CROSSINGS = ("--crossings.guess", "--sidewalks.guess", "true")


def _signals(path: Path, protocol: str = "plan") -> dict[str, Signal]:
    return build_signals(read_network(path), read_programs([path]), protocol)  # type: ignore[arg-type]


def _rilsa(rilsa: Callable[[int], Path]) -> tuple[Network, Program]:
    return read_network(rilsa(1)), read_programs([rilsa(1)])["0"]


def _left_alone(network: Network, running: Program | None) -> str:
    programs = {} if running is None else {"0": replace(running, signal_id="0")}
    signal = build_signals(network, programs)["0"]
    assert signal.lanes == () or len(signal.phases) > 1 or signal.left_alone
    return signal.left_alone


def test_a_guideline_intersection(rilsa: Callable[[int], Path]) -> None:
    signal = _signals(rilsa(1))["0"]
    assert signal.left_alone == ""
    assert signal.n_links == 12
    assert [phase.state for phase in signal.phases] == [
        "rrrGGgrrrGGg",
        "rrrrrGrrrrrG",
        "GGgrrrGGgrrr",
        "rrGrrrrrGrrr",
    ]
    assert [lane.id for lane in signal.lanes] == sorted(lane.id for lane in signal.lanes)
    assert {lane.id: (lane.links, lane.directions) for lane in signal.lanes}["em_0"] == ((3, 4), ("r", "s"))
    assert signal.conflicts[5, 10]  # left turn against the oncoming straight
    assert signal.yields_to[5, 10]
    assert not signal.yields_to[10, 5]


def test_tables_are_symmetric_and_cannot_be_written(rilsa: Callable[[int], Path], grid: Grid) -> None:
    for signal in (*_signals(rilsa(3)).values(), *_signals(grid(3, *CROSSINGS)).values()):
        assert (signal.conflicts == signal.conflicts.T).all()
        assert not signal.conflicts.diagonal().any()
        assert not (signal.yields_to & ~signal.conflicts).any()
        for table in (
            signal.conflicts,
            signal.yields_to,
            signal.yellow_s,
            signal.intergreen_s,
            signal.min_green_s,
        ):
            assert not table.flags.writeable


def test_no_phase_gives_two_foes_priority(grid: Grid, rilsa: Callable[[int], Path]) -> None:
    paths = [rilsa(n) for n in (1, 2, 3, 4)] + [
        grid(3, "-L", "2", *CROSSINGS),
        grid(3, "--tls.default-type", "NEMA"),
    ]
    seen = 0
    for path in paths:
        for signal in _signals(path).values():
            for phase in signal.phases:
                major = np.array([lamp == "G" for lamp in phase.state])
                assert not signal.conflicts[np.ix_(major, major)].any()
                seen += 1
    assert seen > 40


def test_crossings_are_no_signal_lanes(grid: Grid) -> None:
    for signal in _signals(grid(3, *CROSSINGS)).values():
        crossings = {link.index for link in signal.links if link.is_crossing}
        assert crossings
        assert all(not lane.id.startswith(":") for lane in signal.lanes)
        assert all(not crossings & set(lane.links) for lane in signal.lanes)
        assert all(signal.yellow_s[index] == 0.0 for index in crossings)
        assert all(signal.conflicts[index].any() for index in crossings)


@pytest.mark.parametrize("kind", ["actuated", "delay_based", "NEMA"])
def test_other_types_are_read_as_phases(grid: Grid, kind: str) -> None:
    centre = _signals(grid(3, "-L", "2", "--turn-lanes", "1", "--tls.default-type", kind))["B1"]
    assert centre.program.kind == kind
    assert centre.left_alone == ""
    assert "GGGggrrrrrGGGggrrrrr" in {phase.state for phase in centre.phases}


def test_links_that_share_an_index(grid: Grid) -> None:
    signal = _signals(grid(3, "-L", "2", "--tls.group-signals", *CROSSINGS))["B1"]
    indices = [link.index for link in signal.links]
    assert len(set(indices)) < len(indices)
    assert signal.left_alone == ""
    assert not signal.conflicts.diagonal().any()
    assert all(len(set(lane.links)) == len(lane.links) == len(lane.directions) for lane in signal.lanes)


def _joined(built: Built) -> Path:
    nodes = (
        '<node id="w" x="-200" y="0"/><node id="a" x="0" y="0" type="traffic_light" tl="both"/>'
        '<node id="b" x="60" y="0" type="traffic_light" tl="both"/><node id="e" x="260" y="0"/>'
        '<node id="s" x="0" y="-200"/><node id="t" x="60" y="-200"/>'
    )
    roads = ("wa", "ab", "be", "sa", "tb")
    path: Path = built(nodes, "".join(f'<edge id="{r}" from="{r[0]}" to="{r[1]}"/>' for r in roads))
    return path


def test_joined_signal_has_foes_within_each_junction_only(built: Built) -> None:
    signal = _signals(_joined(built))["both"]
    assert signal.left_alone == ""
    node_of = {link.index: link.node_id for link in signal.links}
    first, second = np.nonzero(signal.conflicts)
    assert len(first) >= 4
    assert all(node_of[i] == node_of[j] for i, j in zip(first.tolist(), second.tolist(), strict=True))


def test_states_longer_than_the_links(rilsa: Callable[[int], Path]) -> None:
    network, running = _rilsa(rilsa)
    # Lamps without a link flicker and must not split phases.
    rows = tuple(
        replace(row, state=row.state + ("G" if place % 2 else "r") + "y")
        for place, row in enumerate(running.intervals)
    )
    signal = build_signals(network, {"0": replace(running, intervals=rows)})["0"]
    assert signal.left_alone == ""
    assert signal.n_links == 14
    assert [phase.state[12:] for phase in signal.phases] == ["rr"] * 4
    assert not signal.conflicts[12:].any()


def test_reasons_to_leave_a_signal_alone(rilsa: Callable[[int], Path]) -> None:
    network, running = _rilsa(rilsa)
    one_phase = ((9.0, "GGgrrrGGgrrr"), (3.0, "yyyrrryyyrrr"))
    assert _left_alone(network, running) == ""
    assert "no program" in _left_alone(network, None)
    assert "no rows" in _left_alone(network, replace(running, intervals=()))
    assert "one green phase" in _left_alone(network, program(*one_phase))
    assert "off" in _left_alone(network, program((9.0, "o" * 12), (9.0, "O" * 12)))
    assert "shorter" in _left_alone(network, program((9.0, "Gr"), (9.0, "rG")))
    assert "differ in length" in _left_alone(network, program((9.0, "G" * 12), (9.0, "r" * 13)))
    assert "unknown lamps 'x'" in _left_alone(network, program((9.0, "G" * 11 + "x"), (9.0, "r" * 12)))
    assert "rail crossing" in _left_alone(network, replace(running, kind="rail_crossing"))
    foreign = build_signals(network, {"elsewhere": replace(running, signal_id="elsewhere")})["elsewhere"]
    assert "controls nothing" in foreign.left_alone


def test_one_bad_signal_leaves_the_others_as_they_are(grid: Grid) -> None:
    path = grid(3)
    network, programs = read_network(path), read_programs([path])
    whole = build_signals(network, programs)
    programs["B1"] = replace(programs["B1"], intervals=())
    rest = build_signals(network, programs)
    assert rest["B1"].left_alone
    assert [s.left_alone for s in whole.values()].count("") == [s.left_alone for s in rest.values()].count(
        ""
    ) + 1


def test_protocol_must_be_known_and_tells_the_times(grid: Grid) -> None:
    path = grid(3, "--tls.allred.time", "2")
    assert (
        _signals(path, "plan")["B1"].intergreen_s.max(),
        _signals(path, "resco")["B1"].intergreen_s.max(),
    ) == (5, 3)
    with pytest.raises(ValueError, match="unknown protocol"):
        _signals(path, "other")


def test_rail_signals_are_left_alone(game: Path) -> None:
    path = game / "DRT" / "osm.net.xml"
    reasons = {signal.left_alone for signal in _signals(path).values()}
    assert "" in reasons
    assert any("rail" in reason for reason in reasons)


SMALL_ROADS = ("A10KW/osm", "bs3d/bs", "corridor/corridor", "cross/cross", "grid6/grid6", "highway/highway")
GAMES = (*SMALL_ROADS, "hiking/hiking", "kuehne/kuehne", "rail/net", "ramp/ramp", "square/square")


@pytest.mark.parametrize("name", GAMES)
def test_every_small_network_of_the_installation(game: Path, name: str) -> None:
    for signal in _signals(game / f"{name}.net.xml").values():
        assert signal.left_alone or len(signal.phases) > 1


@pytest.mark.parametrize(
    ("name", "count"), [("cologne1", 1), ("cologne8", 8), ("ingolstadt7", 7), ("pasubio", 8)]
)
def test_every_signal_of_the_real_maps_is_controlled(
    name: str, count: int, shared_map: Callable[[str], Path]
) -> None:
    folder = shared_map(name)
    (path,) = folder.glob("*.net.xml")
    programs = read_programs([path, *folder.glob("*_tls.add.xml")])
    signals = build_signals(read_network(path), programs)
    assert [signal.left_alone for signal in signals.values()] == [""] * count


def test_lamps_of_lanes_may_have_others_who_wait_for_them(game: Path, grid: Grid) -> None:
    path = game / "fkk_in" / "ingolstadt.net.xml.gz"
    network = read_network(path)
    signal = build_signals(network, read_programs([path, game / "fkk_in" / "fkk_in.tls.add.xml"]))["gneJ21"]
    found = intersection(signal, lay_out(network, {signal.id: signal}))
    assert found.unwatched is not None
    watched = {11, 13, 15, 17}  # a lane with loops, and a crossing or a place to wait inside the junction
    assert watched <= set(np.flatnonzero(found.unwatched)) & set(found.lane_links.tolist())
    path = grid(3)
    network = read_network(path)
    others = [one for one in build_signals(network, read_programs([path])).values() if not one.left_alone]
    assert others
    for other in others:
        unwatched = intersection(other, lay_out(network, {other.id: other})).unwatched
        assert unwatched is not None
        assert not unwatched.any()
