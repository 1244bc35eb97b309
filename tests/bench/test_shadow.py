"""An event log through the engine: one recorded here, and two hours of a real controller."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from bench.cli.main import main
from bench.report.tell_shadow import agreement
from controllers.logs.event_log import Event, Log, read_log
from controllers.shadow.follow import CHANGING, Shadow, follow, greens
from controllers.shadow.recorded import Recorded
from controllers.shadow.site import ShadowSite, build, read_functions
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, YELLOW
from tests.controllers.written_logs import DETECTORS, two_phases, written


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of fixed time as an event log."""
    place = tmp_path_factory.mktemp("shadow")
    assert main(["run", str(small_world), "-c", "fixed", "-e", "300", "-o", str(place)]) == 0
    assert main(["events", str(place), "-c", "fixed", "-o", str(place / "log.csv")]) == 0
    return place


def _shadow(log: Path, functions: Path, device: int) -> tuple[list[Event], Recorded, ShadowSite, Shadow]:
    read = read_log(log)
    recorded, site = build(read, read_functions(functions)[device], device)
    return read.events, recorded, site, follow(recorded, site, Settings())


def _laws(events: list[Event], recorded: Recorded, site: ShadowSite, shadow: Shadow) -> None:
    """What must hold whatever the log."""
    own = [e for e in events if e.device == recorded.device]
    counted = Counter(e.parameter for e in own if e.event == 82)
    assert recorded.entered.sum(axis=0).tolist() == [counted[d] for d in recorded.detectors]
    assert 0.0 <= recorded.occupancy.min() <= recorded.occupancy.max() <= 1.0
    for stage in site.stages:
        places = [recorded.phases.index(p) for p in stage]
        assert not site.array.conflicts[np.ix_(places, places)].any()
        assert ((recorded.shown == GREEN)[:, places].all(axis=1)).any()  # it was really shown
    assert not ((recorded.shown == YELLOW).any(axis=1) & (shadow.stage != CHANGING)).any()
    assert not ((shadow.stage == CHANGING) & (shadow.wanted != CHANGING)).any()
    free, same = agreement(shadow)
    assert 0 < same < free
    assert shadow.queues.min() >= 0.0
    for green in greens(shadow):
        assert (shadow.stage[green.start_s : green.start_s + green.shown_s] == green.stage).all()
        assert green.free_s is None or 0 <= green.free_s < green.shown_s
        assert green.wish_s is None or green.wish not in (CHANGING, green.stage)


def test_a_log_of_our_own(folder: Path) -> None:
    found = _shadow(folder / "log.csv", folder / "log-detectors.csv", 1)
    _laws(*found)
    _, recorded, site, shadow = found
    again = follow(recorded, site, Settings())
    assert (again.wanted == shadow.wanted).all()
    assert (again.queues == shadow.queues).all()
    with (folder / "log-detectors.csv").open(encoding="utf-8") as stream:
        stops = {int(row["Parameter"]) for row in csv.DictReader(stream)
                 if (row["DeviceId"], row["Function"]) == ("1", "Presence")}  # fmt: skip
    assert {number for number, _ in site.lanes} == stops
    assert set(site.array.yellow_s.tolist()) == {3}


def test_the_command_shows_it(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / f"shadow.{kind}" for kind in ("png", "csv", "json")]
    words = ["shadow", str(folder / "log.csv"), "--signal", "2", "-o", ",".join(map(str, files))]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "device 2: " in text
    assert "it wanted what was shown" in text
    assert files[0].stat().st_size > 5000
    seconds = len(files[1].read_text(encoding="utf-8").splitlines()) - 1
    assert seconds == json.loads(files[2].read_text(encoding="utf-8"))["seconds"]


def test_a_hole_is_no_queue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Vehicles that came before it and left within it are no longer there after it, and the engine judges nothing."""
    whole, holed = two_phases(600.0), two_phases(600.0, (181.5, 345.0))
    functions = {"presence": {12: {2}, 14: {4}}, "advance": {22: {2}, 24: {4}}}
    most = []
    for events in (whole, holed):
        recorded, site = build(Log(events, ()), functions, 1)
        shadow = follow(recorded, site, Settings())
        most.append(np.nanmax(shadow.queues))
    hole = ~recorded.known
    assert hole.any()
    assert np.isnan(shadow.queues[hole]).all()
    assert (shadow.wanted[hole] == CHANGING).all()
    assert most[1] <= most[0] + 1.0
    seen = [recorded.known[green.start_s - 1 : green.start_s + green.shown_s].all() for green in greens(shadow)]
    assert seen
    assert all(seen)
    (tmp_path / "log.csv").write_text(written(holed + holed[:5], datetime.isoformat), encoding="utf-8")
    (tmp_path / "log-detectors.csv").write_text(DETECTORS, encoding="utf-8")
    assert main(["shadow", str(tmp_path / "log.csv"), "-o", str(tmp_path / "out.json")]) == 0
    said = capsys.readouterr().out
    assert re.search(r"\d+ s are missing from 07:03:0\d to 07:05:4\d: left out", said)
    assert re.search(r"5 rows twice from 07:00:0\d to 07:00:0\d: counted once", said)
    assert len(json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["holes_s"]) == 1


@pytest.mark.parametrize(
    "words", [["--signal", "9"], ["--detectors", "nowhere.csv"], ["-o", "x.png"], ["--signal", "1", "-o", "x.pdf"]]
)
def test_bad_input_is_named(folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shadow", str(folder / "log.csv"), *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.filterwarnings("ignore")
def test_two_hours_of_a_real_controller(tmp_path: Path) -> None:
    """The sample of `atspm` (Oregon DOT): phases 2, 5, 6 and 8, yellow 4 s, red clearance 1.5 s."""
    atspm = pytest.importorskip("atspm", reason="extra atspm is not installed")
    log, functions = tmp_path / "log.csv", tmp_path / "log-detectors.csv"
    atspm.sample_data.data.df().sort_values("TimeStamp").to_csv(log, index=False)
    atspm.sample_data.config.df().to_csv(functions, index=False)
    found = _shadow(log, functions, 1136)
    _laws(*found)
    _, recorded, site, shadow = found
    assert recorded.phases == (2, 5, 6, 8)
    assert set(site.stages) == {(2, 6), (2, 5), (8,)}
    assert (site.array.yellow_s == 4).all()
    assert len(shadow.stage) == pytest.approx(7200, abs=60)
    free, same = agreement(shadow)
    assert same > 0.6 * free
    assert len(greens(shadow)) > 200
    assert shadow.alarms == ()
    half = 3600.0 + recorded.begin_s  # after an hour one detector stays on
    sick = [e for e in found[0] if e.time_s < half or e.event not in (81, 82) or e.parameter != 37]
    sick = sorted([*sick, Event(half, 1136, 82, 37)])
    flagged = follow(*build(Log(sick, ()), read_functions(functions)[1136], 1136), Settings())
    assert {(detector, status) for _, detector, status in flagged.alarms} == {(37, "STUCK_ON")}
    assert 3600 < flagged.alarms[0][0] < 3600 + 700
    assert main(["shadow", str(log), "-o", str(tmp_path / "shadow.svg")]) == 0
