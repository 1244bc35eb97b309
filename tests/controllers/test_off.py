"""Signals that are off, or show anything at all, are back under control after a clearance and a change."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from controllers.sumo.port import SumoPort
from network.program.signals import Signal
from scenarios.generated import GridPlan, write_scenario
from tests.controllers.watched import OFF, Run, run

PLAN = GridPlan(columns=3, rows=3, row_vph=500.0, column_vph=400.0, end_s=600, crossings=True)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scenario(tmp_path_factory.mktemp("off"), PLAN, 1, "off")


def longest_s(signal: Signal) -> float:
    """A clearance and a change: the longest clearance, the yellow and the clearance that a change takes."""
    return 2.0 * float(max(signal.yielded_s.max(), signal.yellow_s.max())) + float(signal.min_green_s.max()) + 3.0


def test_a_program_whose_first_row_is_off(config: Path, tmp_path: Path) -> None:
    net, text = tmp_path / "off.net.xml", config.with_suffix(".net.xml").read_text(encoding="utf-8")
    width = len(text.split('state="')[1].split('"')[0])
    first = text.index("<phase ")
    net.write_text(f'{text[:first]}<phase duration="5" state="{"o" * width}"/>{text[first:]}', encoding="utf-8")
    found = run(config, net, 120)
    name = text[:first].rpartition('<tlLogic id="')[2].partition('"')[0]
    (signal,) = (signal for signal in found.signals if signal.id == name)
    assert found.back_s(name, 0.0) <= longest_s(signal)
    assert not any(OFF & set(state) for rows in found.shown.values() for state in rows)
    assert found.drive.record.troubles.mode_s["FIXED"] <= 9 * 30


@pytest.mark.parametrize("seed", [1, 2])
def test_from_any_state_and_after_any_switch_all_signals_come_back(config: Path, seed: int) -> None:
    """Random states, rows and switches to off, each for a second: all nine recover, and we never show off."""
    draw, ours = random.Random(seed), {"rows": 0}

    def meddle(time_s: float, port: SumoPort, found: Run) -> None:
        if time_s < 20.0 or time_s > 500.0:
            return
        for signal in found.signals:
            if draw.random() > 0.012:
                continue
            kind, state = draw.randrange(3), ""
            if kind == 0:
                port.switch_program(signal.id, "off")
            else:
                any_codes = "".join(draw.choices("GgyrosOu", k=signal.n_links))
                state = any_codes if kind == 1 else draw.choice(signal.program.intervals).state
                port.set_state(signal.id, state)
            ours["rows"] += 1
            if state != found.shown[signal.id][-1]:  # else nothing has happened
                found.touched.setdefault(signal.id, []).append(time_s)

    found = run(config, config.with_suffix(".net.xml"), 600, meddle)
    assert ours["rows"] > 20
    assert len(found.touched) == 9
    for signal in found.signals:
        last_s = found.touched[signal.id][-1]
        assert found.back_s(signal.id, last_s) <= longest_s(signal)
        touched = {int(t) + k for t in found.touched[signal.id] for k in range(6)}  # twice off: stood back from
        dark = [t for t, state in enumerate(found.shown[signal.id]) if OFF & set(state) and t not in touched]
        assert dark == []


def test_who_keeps_a_signal_off_is_stood_back_from_and_told(config: Path) -> None:
    def meddle(time_s: float, port: SumoPort, found: Run) -> None:
        if 30.0 <= time_s < 130.0:
            port.switch_program(found.signals[0].id, "off")

    found = run(config, config.with_suffix(".net.xml"), 250, meddle)
    first = found.signals[0]
    rows = found.shown[first.id]
    assert sum(bool(OFF & set(state)) for state in rows[30:131]) > 85
    assert any(f"signal {first.id}: kept off by somebody else" in note for note in found.drive.record.notes)
    assert any(f"signal {first.id}: no longer kept off" in note for note in found.drive.record.notes)
    assert found.drive.record.stood_back_s > 60
    assert not any(OFF & set(state) for state in rows[195:])
    assert any("G" in state for state in rows[195:])
    others = (states for i, states in found.shown.items() if i != first.id)
    assert not any(OFF & set(state) for states in others for state in states)
