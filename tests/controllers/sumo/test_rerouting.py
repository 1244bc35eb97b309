"""Route advice: who is equipped takes another way where it saves enough, and nobody who may not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from controllers.sumo.connected import turn_of
from controllers.sumo.rerouting import LOOKS_EVERY_S, ONCE_IN_S, Rerouted

LENGTH_M = {"home": 300.0, "short": 280.0, "long": 420.0, "away": 280.0}
USUAL, OTHER = ("home", "short", "away"), ("home", "long", "away")
SPEED_MPS = 14.0
FREE_S = {edge: length_m / SPEED_MPS for edge, length_m in LENGTH_M.items()}


class _Street:
    """Two ways from home to away; the shortest by what roads were last said to take."""

    def __init__(self, names: list[str], **more: Any) -> None:
        self.routes: dict[str, tuple[str, ...]] = dict.fromkeys(names, USUAL)
        self.takes_s = dict(FREE_S)
        self.links: dict[str, list[tuple[str, bool]]] = {}
        self.at_m, self.stops, self.period_s = 10.0, more.get("stops", ()), more.get("period_s", "")
        self.vehicle = SimpleNamespace(
            getIDList=lambda: list(self.routes), getRoute=lambda name: self.routes[name], getRouteIndex=lambda name: 0,
            getRoadID=lambda name: "home", getStops=lambda name, limit: self.stops, getVia=lambda name: (),
            getTypeID=lambda name: "car", getLaneID=lambda name: "home_0", getLanePosition=lambda name: self.at_m,
            setRoute=lambda name, edges: self.routes.__setitem__(name, tuple(edges)), getParameter=self._parameter)
        self.edge = SimpleNamespace(adaptTraveltime=self.takes_s.__setitem__, getLaneNumber=lambda edge: 1)
        free = [(f"{way}_0", True) for way in LENGTH_M]
        self.lane = SimpleNamespace(getLength=lambda lane: LENGTH_M[lane[:-2]],
                                    getLinks=lambda lane: self.links.get(lane, free))
        self.simulation = SimpleNamespace(
            getOption=lambda name: more.get("adapts", "1"), getDepartedIDList=lambda: list(names),
            findRoute=lambda a, b, kind: SimpleNamespace(edges=min(
                (USUAL, OTHER), key=lambda way: sum(self.takes_s[edge] for edge in way))))

    def _parameter(self, name: str, what: str) -> str:
        return "true" if what == "has.rerouting.device" else self.period_s

    @property
    def turned(self) -> int:
        """Vehicles on the other way."""
        return sum(route == OTHER for route in self.routes.values())


def _minutes(street: _Street, delay_s: dict[str, float], share: float = 1.0, seconds: int = 60) -> Rerouted:
    rerouted = Rerouted(street, share, 1, FREE_S)
    for t in range(seconds):
        rerouted.second(float(t), delay_s)
    return rerouted


@pytest.mark.parametrize(("delay_s", "turns"), [(39.0, False), (41.0, True)])
def test_only_where_it_saves_enough(delay_s: float, turns: bool) -> None:
    street = _Street(["v"])  # the other way is 10 s longer without delays
    _minutes(street, {"short": delay_s})
    assert street.turned == turns


def test_each_that_is_sent_makes_the_other_way_longer() -> None:
    names = [f"v{k}" for k in range(600)]
    street = _Street(names)
    rerouted = _minutes(street, {"short": 60.0, "long": 0.0})
    assert 0 < street.turned < 100  # with the first few the saving is gone
    assert rerouted.told == street.turned
    assert _minutes(half := _Street(names), {"short": 1000.0}, 0.5).told == half.turned
    assert 240 < half.turned < 360


def test_giving_way_on_the_way_counts() -> None:
    street = _Street(["v"])
    street.links = {"home_0": [("long_0", False), ("short_0", True)], "long_0": [("away_0", False)]}
    _minutes(street, {"short": 49.0})  # 10 s longer, and twice 5 s to give way
    assert street.turned == 0
    _minutes(street, {"short": 51.0})
    assert street.turned == 1


@pytest.mark.parametrize("more", [{"stops": ("s",)}, {"period_s": "60"}])
def test_who_is_bound_or_looks_himself_is_left_alone(more: dict[str, Any]) -> None:
    street = _Street(["v"], **more)
    _minutes(street, {"short": 500.0})
    assert street.turned == 0


def test_close_to_the_line_the_next_road_stays() -> None:
    street = _Street(["v"])
    street.at_m = 200.0
    _minutes(street, {"short": 500.0})
    assert street.turned == 0


def test_nobody_turns_to_and_fro() -> None:
    street = _Street(["v"])
    rerouted = _minutes(street, {"short": 500.0})
    first = turn_of("v", LOOKS_EVERY_S)
    for t in range(60, int(ONCE_IN_S)):
        rerouted.second(float(t), {"long": 500.0, "short": 0.0})
    assert street.turned == 1
    for t in range(int(ONCE_IN_S), int(ONCE_IN_S) + first + LOOKS_EVERY_S + 1):
        rerouted.second(float(t), {"long": 500.0, "short": 0.0})
    assert street.turned == 0


@pytest.mark.parametrize(("adapts", "guided"), [("1", 2), ("0", 0)])
def test_whom_sumo_guides_is_counted(adapts: str, guided: int) -> None:
    rerouted = Rerouted(_Street(["a", "b"], adapts=adapts), 0.0, 1, FREE_S)
    rerouted.depart()
    assert (rerouted.departed, rerouted.guided) == (2, guided)
