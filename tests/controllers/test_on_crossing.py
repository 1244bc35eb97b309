"""Detectors on a crossing in SUMO: traffic starts once nobody is on it; where they fail the whole clearance runs."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.audit import verify_states
from bench.audit.on_foot import read_on_foot
from controllers.announce.bounds import Rules, bounds, rules_of
from controllers.announce.course import Course, colours
from controllers.driving.drive import Drive
from controllers.logs.taping import ReplayPort, TapingPort, read_tape, write_tape
from controllers.port import FloatArray, PassingSimulation, VehiclePort
from controllers.registry import get, settings_for
from controllers.sumo.port import SumoPort
from network.build import build_signals
from network.loops.detectors import lay_out, write_additional
from network.program.programs import read_programs
from network.roads.reader import read_network
from network.safety.clearance import ClearanceSettings
from network.safety.walking import WalkingSettings
from signal_core.settings import Settings
from signal_core.tables.letters import encode
from tests.controllers.midblock import END_S, write_midblock

CROSSING = ":X_c0"
LEAST_S = 4
WAY_S = 9
"""Of the crossing, as it is kept clear without a detector."""


class Detectors(PassingSimulation):
    """A street whose detectors on crossings say what they like of what there is."""

    def __init__(self, port: VehiclePort, says: Callable[[FloatArray], FloatArray]) -> None:
        super().__init__(port)
        self._says = says
        self.most = 0.0

    def read_on_crossing(self) -> FloatArray:
        found = super().read_on_crossing()
        self.most = max(self.most, float(found.max()))
        return self._says(found)


def _run(folder: Path, says: Callable[[FloatArray], FloatArray], least_s: float = LEAST_S,
         mps: float = 1.39) -> tuple[Drive, Detectors]:
    """mps: how fast people walk."""
    config = write_midblock(folder, 120.0)
    flows = (folder / "midblock.rou.xml").read_text(encoding="utf-8")
    slow = f'<routes><vType id="slow" vClass="pedestrian" maxSpeed="{mps}" speedDev="0"/>'
    flows = flows.replace("<routes>", slow).replace("<personFlow", '<personFlow type="slow"')
    (folder / "midblock.rou.xml").write_text(flows, encoding="utf-8")
    net, loops = config.with_suffix(".net.xml"), folder / "loops.add.xml"
    (folder / "out.add.xml").write_text(
        f'<additional><timedEvent type="SaveTLSStates" source="X" dest="{folder / "states.xml"}"/></additional>',
        encoding="utf-8")  # fmt: skip
    network = read_network(net)
    asked = ClearanceSettings(walking=WalkingSettings(least_clear_s=least_s))
    signals = build_signals(network, read_programs([net]), "plan", asked)
    layout = lay_out(network, signals)
    write_additional(layout, loops)
    port = SumoPort("libsumo", [
        "-c", str(config), "-a", f"{loops},{folder / 'out.add.xml'}", "--no-warnings", "--no-step-log", "--seed", "1",
        "--fcd-output", str(folder / "onfoot.xml"), "--device.fcd.probability", "0", "--person-device.fcd.probability",
        "1"])  # fmt: skip
    port.start()
    street = Detectors(port, says)
    try:
        drive = Drive(street, get("adaptive").make(settings_for("adaptive", Settings())), tuple(signals.values()),
                      layout, Settings(), "plan")
        drive.run(END_S)
    finally:
        port.close()
    return drive, street


def _clearances(folder: Path) -> list[int]:
    """Seconds from the end of each walk to the start of traffic."""
    states = [row.attrib["state"] for row in ET.parse(folder / "states.xml").getroot().iter("tlsState")]
    shown = [(state, len(list(run))) for state, run in itertools.groupby(states)]
    return [seconds for (was, _), (state, seconds), (after, _) in zip(shown[1:], shown[2:], shown[3:], strict=False)
            if was == "rrG" and state == "rrr" and after == "GGr"]


def _found(folder: Path, least_s: float) -> int:
    return verify_states.main([str(folder / "midblock.net.xml"), str(folder / "states.xml"), "--rule", "plan",
                               "--on-crossing", str(least_s), "--on-foot", str(folder / "onfoot.xml")])


def test_traffic_starts_when_nobody_is_on_the_crossing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive, street = _run(tmp_path, lambda persons: persons)
    found = _clearances(tmp_path)
    assert len(found) >= 3
    assert street.most >= 1.0
    assert LEAST_S <= min(found) < WAY_S
    assert max(found) <= WAY_S
    assert drive.record.interlock_trips == 0
    assert _found(tmp_path, LEAST_S) == 0
    capsys.readouterr()
    assert verify_states.main([str(tmp_path / "midblock.net.xml"), str(tmp_path / "states.xml"), "--rule", "plan"]) == 1
    assert "short_walk_clear" in capsys.readouterr().out


def _met(folder: Path) -> int:
    """Starts of traffic while somebody was on the crossing, by SUMO's record."""
    seen = read_on_foot(folder / "onfoot.xml")
    rows = [row.attrib for row in ET.parse(folder / "states.xml").getroot().iter("tlsState")]
    starts = [round(1000 * float(now["time"])) for was, now in itertools.pairwise(rows)
              if was["state"] != "GGr" and now["state"] == "GGr"]  # fmt: skip
    assert starts
    return sum(seen.is_anybody(frozenset({CROSSING}), at - 1000, at) for at in starts)


def test_who_walks_slowly_is_waited_for(tmp_path: Path) -> None:
    """6.6 m at 0.45 m/s take 15 s, from when they step off; walk and clearance are 15, and 5 more."""
    for name, says in (("seen", lambda persons: persons), ("unseen", lambda persons: np.full_like(persons, np.nan))):
        (tmp_path / name).mkdir()
        drive, _ = _run(tmp_path / name, says, mps=0.45)
        assert drive.record.interlock_trips == 0
    assert _met(tmp_path / "seen") == 0 < _met(tmp_path / "unseen")
    assert WAY_S < max(_clearances(tmp_path / "seen")) <= 1.5 * WAY_S + 1
    assert max(_clearances(tmp_path / "unseen")) == WAY_S


def _told_too_late(states: Sequence[str], rules: Rules) -> int:
    """Seconds in which the earliest change that was told of a lamp came after its next one."""
    shown = np.stack([colours(encode(state)) for state in states])
    earliest, _ = bounds(Course("X", 0, tuple(states), shown), rules)
    changed = [np.append(np.flatnonzero(np.diff(lamp)) + 1.0, np.inf) for lamp in shown.T]
    following = np.stack([at[np.searchsorted(at, np.arange(len(states)), "right")] for at in changed], axis=1)
    return int((earliest > following).sum())


def test_no_change_comes_before_the_earliest_that_is_told(tmp_path: Path) -> None:
    drive, _ = _run(tmp_path, lambda persons: persons)
    states = [row.attrib["state"] for row in ET.parse(tmp_path / "states.xml").getroot().iter("tlsState")][20:]
    rules = rules_of(drive.signals[0])
    assert _told_too_late(states, rules) == 0
    blind = replace(drive.signals[0], least_clear_s=np.zeros(3))
    assert _told_too_late(states, rules_of(blind)) > 0


@pytest.mark.parametrize("says", [np.zeros_like, np.ones_like, lambda persons: np.full_like(persons, np.nan)])
def test_a_detector_that_is_dead_stuck_or_silent_has_the_whole_clearance_run(
    tmp_path: Path, says: Callable[[FloatArray], FloatArray]
) -> None:
    drive, street = _run(tmp_path, says)
    found = _clearances(tmp_path)
    assert street.most >= 1.0
    assert len(found) >= 3
    assert min(found) == WAY_S
    assert drive.record.interlock_trips == 0


def test_the_checker_finds_who_is_met(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A detector that sees slow people for a second of their way only; the interlock believes it, too, so the checker,
    which has SUMO's record, is the one who finds it."""
    drive, _ = _run(tmp_path, Forgetful(), mps=0.7)
    assert min(_clearances(tmp_path)) == LEAST_S
    assert drive.record.interlock_trips == 0
    assert _found(tmp_path, LEAST_S) == 1
    assert "starts while somebody is on crossing" in capsys.readouterr().out


class Forgetful:
    """Sees who is on the crossing for a second."""

    def __init__(self) -> None:
        self.before = 0.0

    def __call__(self, persons: FloatArray) -> FloatArray:
        seen = np.where(self.before > 0.0, 0.0, persons)
        self.before = float(persons.max())
        return np.asarray(seen)


def test_a_least_clearance_of_the_whole_way_is_no_detector(tmp_path: Path) -> None:
    _run(tmp_path, lambda persons: persons, float(WAY_S))
    assert min(_clearances(tmp_path)) == WAY_S


def test_what_detectors_saw_is_kept_on_tape_and_comes_back(tmp_path: Path) -> None:
    config = write_midblock(tmp_path, 240.0)
    port = SumoPort("libsumo", ["-c", str(config), "--no-warnings", "--no-step-log"])
    port.start()
    taping, seen = TapingPort(port, tmp_path), []
    taping.watch_loops([])
    taping.watch_signals(["X"])
    taping.watch_on_crossing([CROSSING])
    for second in range(1, 81):
        taping.read_loops()
        seen.append(float(taping.read_on_crossing()[0]))
        taping.set_state("X", "rrG")
        taping.step_to(float(second))
    write_tape(taping.tape(), tmp_path / "tape.npz")
    port.close()
    again, back = ReplayPort(read_tape(tmp_path / "tape.npz")), list[Sequence[float]]()
    again.watch_on_crossing([CROSSING, ":Y_c0"])
    for second in range(1, 81):
        back.append(again.read_on_crossing().tolist())
        again.step_to(float(second))
    assert [row[0] for row in back] == seen
    assert max(seen) > 0.0
    assert np.isnan([row[1] for row in back]).all()


def test_a_street_without_detectors_tells_nothing() -> None:
    class Silent:
        """A port that has no crossings."""

    passing = PassingSimulation(Silent())  # type: ignore[arg-type]
    passing.watch_on_crossing([CROSSING])
    assert np.isnan(passing.read_on_crossing()).all()
