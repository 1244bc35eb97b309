"""Who asked for green, as events of the enumeration of Indiana."""

from __future__ import annotations

import pytest

from bench.measures.raw import Shown
from bench.report.run_events import request_events

SHOWN = Shown((0.0, 10.0, 13.0), ("Gr", "yr", "rG"), 30.0)
LIFE = ("RECEIVED", "QUEUED", "GRANTED", "EARLY", "KEPT", "USED")


@pytest.mark.parametrize(("kind", "codes"), [
    ("TRANSIT", [112, 113, 114, 115]), ("EMERGENCY", [102, 105, 104]), ("RAIL", [102, 105, 106, 104])])  # fmt: skip
def test_a_life_in_events(kind: str, codes: list[int]) -> None:
    """Link 1 is group 2; before a railway entry is the begin of track clearance."""
    asked = [{"time_s": float(k), "link": 1, "kind": kind, "status": status} for k, status in enumerate(LIFE)]
    found = request_events(7, SHOWN, asked)
    assert [each.event for each in found] == codes
    assert {(each.device, each.parameter) for each in found} == {(7, 2)}


def test_who_was_rejected_is_no_event() -> None:
    asked = [{"time_s": 1.0, "link": -1, "kind": "TRANSIT", "status": "REJECTED"}]
    assert request_events(7, SHOWN, asked) == []
