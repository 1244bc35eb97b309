"""Speed advice: who follows it does not come before green can begin, and nobody loses by it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.studies.glosa_worker import EACH_S, LIKELY_SHARE, _teller
from controllers.announce.heard import Coming
from controllers.announce.speed import START_S, advised_mps
from controllers.sumo.connected import GENTLY_MPS2, Connected, is_equipped
from tests.live.frames import said

FASTEST_MPS, SLOWEST_MPS = 14.0, 2.8


@given(st.floats(5, 300), st.floats(0, 60))
def test_nobody_comes_later_than_green_can_begin(distance_m: float, soonest_s: float) -> None:
    speed = advised_mps(distance_m, (0.0, soonest_s), SLOWEST_MPS, FASTEST_MPS)
    if speed is None:
        assert distance_m / FASTEST_MPS >= soonest_s + START_S - 1e-6  # he does anyway
        return
    assert SLOWEST_MPS <= speed < FASTEST_MPS
    assert distance_m / speed <= soonest_s + START_S + 1e-6


def test_who_passes_before_green_ends_is_not_held() -> None:
    assert advised_mps(50.0, (4.0, 20.0), SLOWEST_MPS, FASTEST_MPS) is None
    assert advised_mps(60.0, (4.0, 18.5), SLOWEST_MPS, FASTEST_MPS) == 3.0


@given(st.floats(60, 150), st.integers(0, 40), st.integers(6, 12))
def test_while_red_goes_on_nobody_stands(distance_m: float, more_s: int, soonest_s: int) -> None:
    """As long as nothing is announced green is as far away as before; then it comes, and he is not late."""
    at_best_m = distance_m - FASTEST_MPS * (more_s + soonest_s)
    for t in range(more_s + soonest_s):
        left_s = soonest_s - max(t - more_s, 0)
        speed = advised_mps(distance_m, (0.0, float(left_s)), 0.0, FASTEST_MPS)
        distance_m -= FASTEST_MPS if speed is None else speed
        assert speed is None or speed > 0.0
    assert distance_m <= max(FASTEST_MPS * START_S, at_best_m) + 1e-6


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

    def getLaneID(self, vehicle: str) -> str:
        return "w0_0"

    def getSpeed(self, vehicle: str) -> float:
        return self.ordered.get(vehicle, 14.0)

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
    coming = half.second(lambda signal, lamp: (0.0, 8.5))
    assert coming == [Coming("w0_0", 100.0 / 14.0, 100.0 / 14.0)] * len(equipped)
    assert api.vehicle.ordered.keys() == equipped
    assert set(api.vehicle.ordered.values()) == {14.0 - GENTLY_MPS2}  # gently
    for _ in range(5):
        half.second(lambda signal, lamp: (0.0, 8.5))
    assert set(api.vehicle.ordered.values()) == {10.0}
    half.second(lambda signal, lamp: None)
    assert set(api.vehicle.ordered.values()) == {-1.0}


def test_nobody_is_held_up_by_who_waits_for_another_lamp() -> None:
    one = said(4.0)  # red for both
    assert one["state"] == "rr"
    one["no_green_s"], one["likely_s"] = [9.0, 5.0], [12.0, None]
    both = frozenset({0, 1})
    tell = _teller({"time_s": 4.0, "signals": {"a": one}}, {("a", 0): both, ("a", 1): both}, {("a", 1): "w0_0"})
    assert tell("a", 0) == (-1.0, 4.0)  # the sooner of both, a second later
    assert tell("a", 1) == (-1.0, 4.0 + 2.5 * EACH_S)  # and when those who stand there have left
    one["likely_s"] = [30.0, 20.0]
    assert tell("a", 0) == (-1.0, LIKELY_SHARE * 20.0 - 1.0)  # where that is told of both
    one["likely_s"] = [3.0, 4.0]
    assert tell("a", 0) == (-1.0, 4.0)  # never sooner than is certain
    one["likely_s"] = [30.0, 20.0]
    one["no_green_s"] = [9.0, None]  # green, and no end of it announced
    assert tell("a", 0) is None
    one["state"], one["no_green_s"], one["latest_s"] = "rG", [9.0, 20.0], [None, 3.0]
    assert tell("a", 0) == (2.0, 8.0)
    assert tell("a", 7) is None
    assert tell("b", 0) is None
