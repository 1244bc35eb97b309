"""How late a bus will be: foretold at a check-in, and how it was, alone on a street whose lamps are off."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import libsumo
import pytest

from controllers.sumo.port import SumoPort
from controllers.sumo.timetable import lateness_s
from scenarios.generated import STREET
from scenarios.transit import write_busline
from signal_core.requests import SIGNAL_WAIT_S, RequestClass

ALONE = replace(STREET, columns=2, row_vph=0.001, column_vph=0.001, end_s=500)
SIGNALS = ("1x1", "2x1")
LINKS = {(signal, index): 100 * k + index for k, signal in enumerate(SIGNALS) for index in range(30)}


def _api(now_s: float, speed_mps: float) -> Any:
    vehicle = SimpleNamespace(getAllowedSpeed=lambda _: 10.0, getMaxSpeed=lambda _: 20.0, getSpeed=lambda _: speed_mps)
    return SimpleNamespace(vehicle=vehicle, simulation=SimpleNamespace(getTime=lambda: now_s))


def _stop(until: float, duration: float = 20.0, arrival: float = -1073741824.0) -> Any:
    return SimpleNamespace(until=until, duration=duration, intendedArrival=arrival)


@pytest.mark.parametrize(("stop", "signals", "late_s"), [
    (_stop(200.0), 1, 115.5 - 180.0), (_stop(130.0), 1, 5.5), (_stop(130.0), 3, 5.5 + 2.0 * SIGNAL_WAIT_S),
    (_stop(130.0, -1073741824.0), 1, 115.5 - 130.0), (_stop(200.0, arrival=110.0), 1, 5.5),
    (_stop(-1073741824.0), 1, math.nan), (_stop(-1073741824.0, arrival=110.0), 1, 5.5)])  # fmt: skip
def test_it_is_the_way_at_full_speed_against_the_timetable(stop: Any, signals: int, late_s: float) -> None:
    """At 100 s, with 100 m to go at 10 m/s, and 5.5 s for braking."""
    assert lateness_s(_api(100.0, 10.0), "bus", stop, 100.0, signals) == pytest.approx(late_s, nan_ok=True)


def test_who_has_to_start_is_later() -> None:
    standing, rolling = (lateness_s(_api(100.0, mps), "bus", _stop(130.0), 100.0, 1) for mps in (0.0, 10.0))
    assert standing - rolling == pytest.approx(10.0 / (2.0 * 0.9))


def test_a_bus_that_nothing_holds_up_is_as_late_as_was_foretold(tmp_path: Path) -> None:
    config = write_busline(tmp_path, ALONE)
    text = config.with_name("busline.rou.xml").read_text(encoding="utf-8")
    due_s = [float(part.partition('"')[0]) - 15.0 for part in text.partition('id="busE0"')[2].split('until="')[1:3]]
    port = SumoPort("libsumo", ["-c", str(config), "--no-warnings", "--no-step-log"])
    port.start()
    try:
        told, there_s = _ride(port)
    finally:
        port.close()
    assert told == pytest.approx(there_s - due_s[1], abs=2.0)


def _ride(port: SumoPort) -> tuple[float, float]:
    """What was told when it asked first, and when its doors opened at the stop after that; all lamps are off."""
    port.watch_requests(LINKS, (RequestClass.TRANSIT,))
    api, told, was = libsumo, math.nan, 0
    for signal in SIGNALS:
        api.trafficlight.setProgram(signal, "off")
    while True:
        port.step_to(port.time_s + 1.0)
        rows = [row for row in port.read_requests() if port.asked_by(int(row["id"])) == "busE0"]
        told = float(rows[0]["lateness_s"]) if rows and math.isnan(told) else told
        stands = int(api.vehicle.isStopped("busE0")) if "busE0" in api.vehicle.getIDList() else 0
        if stands > was and not math.isnan(told):
            return told, port.time_s
        was = stands
