"""The element of a signal's program in the files SUMO reads."""

from __future__ import annotations

from xml.etree import ElementTree

from network.files import read_unpacked
from network.program.rings import NEMA
from network.program.signals import Signal
from scenarios.config import Scenario


def nema_element(scenario: Scenario, signal: Signal) -> ElementTree.Element | None:
    """The tlLogic of the dual-ring program that runs, the last of several; None for any other program."""
    if signal.program.kind != NEMA:
        return None
    for path in reversed([scenario.net_file, *scenario.additional_files]):
        if b"<tlLogic" not in (content := read_unpacked(path)):
            continue
        found = [
            element for element in ElementTree.fromstring(content).iter("tlLogic")
            if element.get("id") == signal.id and element.get("programID", "0") == signal.program.program_id
            and element.get("type") == NEMA
        ]  # fmt: skip
        if found:
            return found[-1]
    return None
