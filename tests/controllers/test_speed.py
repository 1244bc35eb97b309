"""Speed advice: who follows it comes while it is green."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from controllers.announce.speed import END_S, HEADWAY_S, START_S, advised_mps, windows
from controllers.connected import Connected, is_equipped


def test_greens_of_a_plan() -> None:
    planned = [(0, "Gr"), (4, "gr"), (7, "yr"), (10, "rG"), (20, "ry")]
    assert windows(planned, 23, 0) == [(0, 7)]
    assert windows(planned, 23, 1) == [(10, 20)]
    assert windows([(0, "r")], 9, 0) == []


@given(st.floats(20, 300), st.lists(st.tuples(st.floats(0, 20), st.floats(1, 30)), min_size=1, max_size=3),
       st.integers(0, 8))
def test_who_follows_comes_while_it_is_green(distance_m: float, parts: list[tuple[float, float]],
                                             standing: int) -> None:
    greens, at = [], 0.0
    for gap, length in parts:
        greens.append((at + gap, at + gap + length))
        at += gap + length + 3.0
    speed = advised_mps(distance_m, greens, standing, 7.0, 14.0)
    if speed is None:
        return
    assert 7.0 <= speed <= 14.0
    arrival = distance_m / speed
    assert any(start + START_S + HEADWAY_S * standing - 1e-6 <= arrival <= end - END_S + 1e-6 for start, end in greens)


def test_where_there_is_nothing_to_say() -> None:
    assert advised_mps(100.0, [(0.0, 30.0)], 0, 7.0, 14.0) is None  # green when he comes
    assert advised_mps(100.0, [(60.0, 90.0)], 0, 7.0, 14.0) is None  # slower than anybody would drive
    assert advised_mps(100.0, [], 0, 7.0, 14.0) is None
    speed = advised_mps(140.0, [(13.0, 20.0)], 0, 7.0, 14.0)
    assert speed is not None
    assert abs(speed - 140.0 / 14.5) < 1e-9


class _Vehicles:
    """A street of one signal 100 m ahead."""

    def __init__(self, names: list[str]) -> None:
        self.names, self.ordered = names, dict[str, float]()

    def getIDList(self) -> list[str]:
        return self.names

    def getNextTLS(self, vehicle: str) -> list[tuple[str, int, float, str]]:
        return [("a", 0, 100.0, "r")]

    def getAllowedSpeed(self, vehicle: str) -> float:
        return 14.0

    def setSpeed(self, vehicle: str, speed: float) -> None:
        self.ordered[vehicle] = speed


class _Api:
    def __init__(self, names: list[str]) -> None:
        self.vehicle = _Vehicles(names)


def test_a_share_is_told_and_let_go_again() -> None:
    names = [f"v{k}" for k in range(1000)]
    api = _Api(names)
    half = Connected(api, 0.5, 1)
    equipped = {name for name in names if is_equipped(name, 0.5, 1)}
    assert 430 < len(equipped) < 570
    assert equipped < {name for name in names if is_equipped(name, 0.8, 1)}
    half.second(lambda signal, lamp: ([(8.0, 20.0)], 0.0))
    assert api.vehicle.ordered.keys() == equipped
    assert set(api.vehicle.ordered.values()) == {100.0 / 9.5}
    half.second(lambda signal, lamp: ([(0.0, 20.0)], 0.0))
    assert set(api.vehicle.ordered.values()) == {-1.0}
