"""Who asks for green in SUMO: buses after their doors have closed, by timetable and persons; blue lights by route."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.measures.classes import PERSONS
from controllers.logs.taping import ReplayPort, TapingPort, read_tape, write_tape
from controllers.sumo.asking import ON_BOARD
from controllers.sumo.port import SumoPort
from scenarios.generated import STREET
from scenarios.transit import STOP_M, write_bluelight, write_busline
from signal_core.requests import PASSED, REQUEST, RequestClass, Rows

SMALL = replace(STREET, columns=2, row_vph=60.0, column_vph=20.0, end_s=600)
SIGNALS = ("1x1", "2x1")
LINKS = {(signal, index): 100 * k + index for k, signal in enumerate(SIGNALS) for index in range(30)}
KINDS = (RequestClass.TRANSIT, RequestClass.TRAM, RequestClass.EMERGENCY)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[list[SumoPort]]:
    ports: list[SumoPort] = []
    yield ports
    for port in ports:
        port.close()


def _open(opened: list[SumoPort], config: Path) -> SumoPort:
    port = SumoPort("libsumo", ["-c", str(config), "--no-warnings", "--no-step-log"])
    port.start()
    opened.append(port)
    return port


def _heard(port: SumoPort | TapingPort | ReplayPort, until_s: int) -> list[tuple[float, Rows]]:
    """Every second of messages, while all lamps are as the plan has them."""
    port.watch_requests(LINKS, KINDS)
    found = []
    while port.time_s < until_s:
        port.step_to(port.time_s + 1.0)
        found.append((port.time_s, port.read_requests()))
    return found


def test_a_bus_asks_once_its_doors_are_closed(opened: list[SumoPort], tmp_path: Path) -> None:
    port = _open(opened, write_busline(tmp_path, SMALL))
    heard = [(now, row) for now, rows in _heard(port, 300) for row in rows]
    mine = [(now, row) for now, row in heard if port.asked_by(int(row["id"])) == "busE0"]
    first_s, first = mine[0]
    to_stop_m = SMALL.spacing_m - SMALL.turn_lane_m - STOP_M
    assert first_s > 60.0 + to_stop_m / SMALL.speed_mps + 15.0  # it has set out, stood, and gone on
    assert first["kind"] == RequestClass.TRANSIT
    assert 0 <= first["link"] < 100
    assert 3.0 < first["earliest_s"] < first["likely_s"] < 60.0
    assert first["persons"] == ON_BOARD[RequestClass.TRANSIT]
    ends = [row for _, row in mine if row["cancel"] == PASSED]
    assert len({int(row["id"]) for _, row in mine}) == len(ends) == 2  # one at each signal


def test_without_a_timetable_nobody_knows_whether_it_is_late(opened: list[SumoPort], tmp_path: Path) -> None:
    config = write_busline(tmp_path, SMALL)
    routes = config.with_name("busline.rou.xml")
    text = routes.read_text(encoding="utf-8")
    routes.write_text(_without_until(text), encoding="utf-8")
    rows = np.concatenate([rows for _, rows in _heard(_open(opened, config), 200)])
    assert len(rows)
    assert all(math.isnan(late_s) for late_s in rows["lateness_s"][rows["cancel"] == 0])


def _without_until(text: str) -> str:
    parts = text.split(' until="')
    return parts[0] + "".join(part.partition('"')[2] for part in parts[1:])


def test_persons_on_board_are_counted_where_there_are_any(opened: list[SumoPort], tmp_path: Path) -> None:
    config = write_busline(tmp_path, SMALL)
    routes = config.with_name("busline.rou.xml")
    ride = '<ride from="0x1_1x1" to="2x1_3x1" lines="busE0"/>'
    riders = "".join(f'<person id="p{k}" depart="triggered">{ride}</person>\n' for k in range(3))
    text = routes.read_text(encoding="utf-8")
    place = text.index('    <trip id="busE0"')
    place = text.index("\n", place) + 1
    routes.write_text(text[:place] + riders + text[place:], encoding="utf-8")
    rows = np.concatenate([rows for _, rows in _heard(_open(opened, config), 200)])
    assert set(rows["persons"][rows["cancel"] == 0].tolist()) <= {3.0, 0.0}


def test_blue_lights_ask_at_every_signal_on_their_way(opened: list[SumoPort], tmp_path: Path) -> None:
    config = write_bluelight(tmp_path, replace(SMALL, end_s=1200))
    port = _open(opened, config)
    heard = [(now, rows) for now, rows in _heard(port, 520) if len(rows)]
    assert {int(link) // 100 for _, rows in heard[:3] for link in rows["link"]} == {0, 1}  # both at once, at the start
    assert all((rows["kind"] == RequestClass.EMERGENCY).all() for _, rows in heard)
    assert sum(int((rows["cancel"] == PASSED).sum()) for _, rows in heard) == 2


def test_requests_are_kept_on_tape_and_come_back(opened: list[SumoPort], tmp_path: Path) -> None:
    taping = TapingPort(_open(opened, write_busline(tmp_path, SMALL)), tmp_path)
    taping.watch_loops([])
    taping.watch_signals(SIGNALS)
    taping.watch_requests(LINKS, KINDS)
    seen = []
    for second in range(1, 200):
        taping.read_loops()
        seen.append(taping.read_requests())
        taping.step_to(float(second))
    write_tape(taping.tape(), tmp_path / "tape.npz")
    again = ReplayPort(read_tape(tmp_path / "tape.npz"))
    again.watch_requests(LINKS, KINDS)
    for second, rows in enumerate(seen, start=1):
        assert again.read_requests().tobytes() == rows.tobytes()
        again.step_to(float(second))
    assert sum(map(len, seen)) > 20
    assert seen[0].dtype == REQUEST


def test_persons_by_class_are_those_of_the_measure() -> None:
    assert {RequestClass.TRANSIT: PERSONS["buses"], RequestClass.TRAM: PERSONS["trams"]} == ON_BOARD
