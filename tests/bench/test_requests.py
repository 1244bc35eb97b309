"""Requests from the run to table, report, event log, explain and replay."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import main
from bench.measures.asked import read_events
from bench.report.requests import asked_rows
from bench.runs.spec import priority
from controllers.logs.event_log import PRIORITY_CHECK_IN, PRIORITY_CHECK_OUT, read_log
from network.errors import ScenarioError
from scenarios.generated import STREET
from scenarios.transit import write_busline


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two signals with buses, ten minutes."""
    place = tmp_path_factory.mktemp("busline")
    config = write_busline(place, replace(STREET, columns=2, end_s=700))
    command = ["compare", str(config), "-c", "fixed,adaptive", "--seeds", "1", "--priority", "transit=always",
               "-o", str(place / "out")]  # fmt: skip
    assert main(command) == 0
    return place / "out"


def _run(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "runs/adaptive/1/requests.json").read_text(encoding="utf-8"))
    return found


def test_every_bus_asks_at_both_signals_and_nearly_all_pass_with_green(folder: Path) -> None:
    asked = _run(folder)["requests"]
    of_first = {one["signal"] for one in asked if one["vehicle"] == "busE0"}
    assert len(of_first) == 2
    ended = [one for one in asked if one["status"] in ("USED", "EXPIRED")]
    assert sum(one["status"] == "USED" for one in ended) >= 0.9 * len(ended) > 0
    assert all(one["used_s"] <= one["extension_s"] for one in asked)


def test_sums_are_those_of_the_requests(folder: Path) -> None:
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    (row,) = [row for row in content["summary"] if row["controller"] == "adaptive"]
    asked = _run(folder)["requests"]
    assert row["requests"]["transit"]["asked"] == len(asked)
    assert row["requests"]["transit"]["extension_s"] == sum(one["extension_s"] for one in asked)
    assert row["requests"]["transit"]["persons"] == sum(one["persons"] for one in asked) > 0.0
    (told,) = asked_rows(content["summary"])
    assert told.asked == told.used + told.expired + told.rejected + told.standing
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Requests for green" in page
    assert f"<td>{told.on_board:.1f}</td>" in page


def test_the_event_log_has_check_in_and_check_out(folder: Path, tmp_path: Path) -> None:
    assert main(["events", str(folder), "-o", str(tmp_path / "log.csv")]) == 0
    events = [event.event for event in read_log(tmp_path / "log.csv").events]
    asked = _run(folder)["requests"]
    assert events.count(PRIORITY_CHECK_IN) == len(asked)
    assert events.count(PRIORITY_CHECK_OUT) == sum(one["status"] in ("USED", "EXPIRED") for one in asked)


def test_a_replay_hears_the_same_requests(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(folder)]) == 0
    assert "the same" in capsys.readouterr().out


def test_spat_has_the_bit_while_somebody_asks(folder: Path, tmp_path: Path) -> None:
    assert main(["spat", str(folder), "-c", "adaptive", "-o", str(tmp_path / "spat.jsonl")]) == 0
    lines = (tmp_path / "spat.jsonl").read_text(encoding="utf-8").splitlines()
    seen = {(one["name"], second) for second, line in enumerate(lines)
            for one in json.loads(line)["message"]["intersections"] if "signalPriorityIsActive" in one["status"]}
    times: dict[tuple[str, int], list[float]] = {}
    for event in read_events(folder / "runs/adaptive/1/requests.json"):
        times.setdefault((event["signal"], event["id"]), []).append(event["time_s"])
    asked = {(signal, second) for (signal, _), when in times.items() for second in range(int(when[0]), int(when[-1]))}
    assert len(seen & asked) > 0.8 * len(asked) > 0
    assert len(seen) < 1.2 * len(asked) < 1.2 * len(lines)


def test_explain_says_who_asked(folder: Path, tmp_path: Path) -> None:
    one = next(one for one in _run(folder)["requests"] if one["status"] == "USED")
    path = tmp_path / "moment.json"
    assert main(["explain", str(folder), "--signal", one["signal"], "--time", str(one["ended_s"] - 3),
                 "-o", str(path)]) == 0  # fmt: skip
    seen = json.loads(path.read_text(encoding="utf-8"))["requests"]
    assert one["link"] in [each["link"] for each in seen]


@pytest.mark.parametrize(("text", "found"), [
    ("transit=always,emergency=off", ("always", "off")), ("emergency=off", ("conditional", "off")), ("", None),
    ("transit=off", ("off", "on"))])  # fmt: skip
def test_priority_is_read(text: str, found: tuple[str, str] | None) -> None:
    assert priority(text) == (found or ("conditional", "on"))


@pytest.mark.parametrize("text", ["transit", "transit=maybe", "cars=on", "emergency=always", "transit==off"])
def test_other_priorities_are_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match="--priority"):
        priority(text)
