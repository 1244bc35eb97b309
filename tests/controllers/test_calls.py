"""A crossing in the middle of a road is called by those who wait at it, read from SUMO, and by nobody else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from controllers.logs.taping import ReplayPort, TapingPort, read_tape, write_tape
from controllers.port import PassingSimulation
from controllers.sumo.port import SumoPort
from signal_core.settings import Settings
from tests.controllers.midblock import END_S, write_midblock
from tests.controllers.streets import Street, drive_on

CROSSING = ":X_c0"


def _run(folder: Path, walks_vph: float, name: str = "adaptive") -> tuple[Street, list[str], list[float]]:
    """The run, the states SUMO showed, and the seconds each walker lost."""
    config = write_midblock(folder, walks_vph)
    (folder / "out.add.xml").write_text(
        f'<additional><timedEvent type="SaveTLSStates" source="X" dest="{folder / "states.xml"}"/></additional>',
        encoding="utf-8",
    )
    text = config.read_text(encoding="utf-8").replace(
        "</configuration>", f'<output><tripinfo-output value="{folder / "trips.xml"}"/></output></configuration>')
    config.write_text(text, encoding="utf-8")
    street = drive_on(config, name, END_S, "plan", more=[folder / "out.add.xml"])
    states = [row.attrib["state"] for row in ET.parse(folder / "states.xml").getroot().iter("tlsState")]
    walks = [float(e.attrib["timeLoss"]) for e in ET.parse(folder / "trips.xml").getroot().iter("walk")]
    return street, states, walks


def test_with_nobody_walking_cars_are_never_stopped(tmp_path: Path) -> None:
    street, states, _ = _run(tmp_path, 0.0)
    assert street.record.overdue == 0
    assert all(state == "GGr" for state in states[15:])  # what began before control may end


def test_who_waits_gets_his_walk_and_not_more_than_that(tmp_path: Path) -> None:
    street, states, walks = _run(tmp_path, 60.0)
    served = sum(b[2] == "G" and a[2] != "G" for a, b in zip(states, states[1:], strict=False))
    assert len(walks) >= 3
    assert 1 <= served <= len(walks) + 1  # one more where the program began with it
    assert max(walks) <= Settings().walk_wait_s
    assert street.record.overdue == 0
    assert street.record.interlock_trips == 0


@pytest.fixture
def port(tmp_path: Path) -> Iterator[SumoPort]:
    config = write_midblock(tmp_path, 240.0)
    street = SumoPort("libsumo", ["-c", str(config), "--no-warnings", "--no-step-log"])
    street.start()
    yield street
    street.close()


def test_who_waits_is_counted_until_he_walks(port: SumoPort) -> None:
    port.watch_signals(["X"])
    port.watch_crossings([CROSSING])
    counts = []
    for second in range(1, 121):
        port.set_state("X", "GGr" if second < 90 else "rrG")
        port.step_to(float(second))
        counts.append(float(port.read_waiting()[0]))
    assert counts[0] == 0.0
    assert counts[88] == max(counts[:89]) >= 3.0  # nobody goes while it is red
    assert counts[99] < counts[88]


def test_calls_are_kept_on_tape_and_come_back(port: SumoPort, tmp_path: Path) -> None:
    taping = TapingPort(port, tmp_path)
    taping.watch_loops([])
    taping.watch_signals(["X"])
    taping.watch_crossings([CROSSING])
    seen = []
    for second in range(1, 41):
        taping.read_loops()
        seen.append(float(taping.read_waiting()[0]))
        taping.set_state("X", "GGr")
        taping.step_to(float(second))
    write_tape(taping.tape(), tmp_path / "tape.npz")
    again = ReplayPort(read_tape(tmp_path / "tape.npz"))
    again.watch_crossings([CROSSING, ":Y_c0"])
    back = []
    for second in range(1, 41):
        back.append(again.read_waiting())
        again.step_to(float(second))
    assert [row[0] for row in back] == seen
    assert max(seen) > 0.0
    assert np.isnan([row[1] for row in back]).all()


def test_a_street_that_tells_nothing_of_walkers_stays_unknown() -> None:
    class Silent:
        """A port that has no crossings."""

    passing = PassingSimulation(Silent())  # type: ignore[arg-type]
    passing.watch_crossings([CROSSING])
    assert np.isnan(passing.read_waiting()).all()
