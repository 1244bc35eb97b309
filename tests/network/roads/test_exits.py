"""Where traffic leaves a junction, lanes by hand: past lanes too short to wait on, and once round is enough."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from network.roads.exits import exit_spots
from network.roads.graph import Lane, Turn
from network.roads.reader import Network
from network.roads.trace import INSIDE_M, START_M, STUB_M

INSIDE_LENGTH_M = 10.0


def _network(lengths_m: dict[str, float], *ways: tuple[str, str]) -> Network:
    """Lanes by name, with ways straight on from one to another."""
    def turns(end: int, lane: str) -> tuple[Turn, ...]:
        return tuple(Turn(*way, (), "s", INSIDE_LENGTH_M, "") for way in ways if way[end] == lane)

    lanes = {name: Lane(name, name, 0, length_m, 13.9, frozenset(("passenger",)), turns(1, name), turns(0, name))
             for name, length_m in lengths_m.items()}
    return cast(Network, SimpleNamespace(lanes=lanes))


def test_a_place_lies_just_behind_the_junction_or_before_the_end_of_a_short_lane() -> None:
    network = _network({"in": 100.0, "long": 100.0, "short": 4.5}, ("in", "long"), ("in", "short"))
    spots = exit_spots(network, network.lanes["in"])
    assert {spot.lane_id: (spot.position_m, share) for spot, share in spots.items()} == {
        "long": (4.0, 0.5), "short": (3.5, 0.5)}
    assert (START_M, INSIDE_M, STUB_M) == (4.0, 1.0, 4.0)


def test_who_goes_round_and_round_on_stubs_is_followed_once() -> None:
    network = _network({"in": 100.0, "one": 3.0, "two": 3.0, "out": 100.0},
                       ("in", "one"), ("one", "two"), ("two", "one"), ("two", "out"))
    (spot, share), = exit_spots(network, network.lanes["in"]).items()
    assert (spot.lane_id, share) == ("out", 0.5)
    assert spot.distance_m == pytest.approx(-3 * INSIDE_LENGTH_M - 2 * 3.0 - START_M)


def test_two_ways_to_one_place_are_one() -> None:
    network = _network({"in": 100.0, "left": 3.0, "right": 3.0, "out": 100.0},
                       ("in", "left"), ("in", "right"), ("left", "out"), ("right", "out"))
    assert list(exit_spots(network, network.lanes["in"]).values()) == [1.0]
