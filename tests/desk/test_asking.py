"""A street's buses ask as the field does: what is passed on is what a process takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from bench.desk.asking import CLASSES, StreetRequests, _by_1211, special_vehicle
from controllers.field.asked import FieldRequests
from controllers.field.ntcip1211 import PriorityServer
from controllers.field.tlcfi.special import SpecialVehicles
from signal_core.requests import PASSED, REQUEST, STANDS, RequestClass, Rows
from tests.cabinet.sites import crossing_site

KINDS = (RequestClass.TRANSIT, RequestClass.TRAM, RequestClass.EMERGENCY)


def asked(link: int = 2, kind: RequestClass = RequestClass.TRANSIT, cancel: int = STANDS, **given: float) -> Any:
    """A message of a street."""
    own = {"earliest_s": 12.4, "latest_s": 15.0, "lateness_s": math.nan, **given}
    return np.array([(300, link, -1, kind, 7, cancel, own["earliest_s"], 13.0, own["latest_s"], 20.0,
                      own["lateness_s"], 10.0)], dtype=REQUEST)  # fmt: skip


class Street:
    """Tells one message each second."""

    def __init__(self, *rows: Rows) -> None:
        self.rows, self.watched = list(rows), {}

    def watch_requests(self, links: Mapping[tuple[str, int], int], kinds: Sequence[RequestClass]) -> None:
        self.watched = dict(links)

    def read_requests(self) -> Rows:
        return self.rows.pop(0) if self.rows else np.zeros(0, REQUEST)


def test_every_signal_hears_its_own() -> None:
    sites = crossing_site().signals * 2
    street = Street(np.concatenate([asked(1), asked(5)]))
    asking = StreetRequests(street, sites, KINDS)  # type: ignore[arg-type]
    assert len(street.watched) == 3  # both are the same signal here
    first, second = asking.second()
    assert [channel for channel, _ in first] == [2]
    assert [channel for channel, _ in second] == [3]
    assert asking.second() == [[], []]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("earliest_s", [12.4, -6.0])
def test_by_1211_and_by_tlcfi_a_process_takes_what_was_asked(kind: RequestClass, earliest_s: float) -> None:
    classes = {number: RequestClass[name.upper()] for number, name in CLASSES.values()}
    server = PriorityServer(FieldRequests(), {3: 2}, classes, lambda: 0.0, lambda: 0.0)
    passed_on = SpecialVehicles(FieldRequests(), {3: 2})
    for cancel in (STANDS, STANDS, PASSED):
        (row,) = asked(kind=kind, cancel=cancel, earliest_s=earliest_s, lateness_s=31.0)
        assert server.set(*_by_1211(3, row)) == ""
        assert passed_on.take(special_vehicle(3, row), 0.0) == ""
    for book in (server.book, passed_on.book):
        rows = book.rows()
        assert rows["cancel"].tolist() == [STANDS, STANDS, PASSED]
        assert set(rows["id"].tolist()) == {0}
        assert set(rows["kind"].tolist()) == {kind}
        assert set(rows["link"].tolist()) == {2}
        assert rows["earliest_s"][0] == max(round(earliest_s), 0)
    (row,) = asked(lateness_s=31.0)
    passed_on.take(special_vehicle(3, row), 0.0)
    assert passed_on.book.rows()["lateness_s"].tolist() == [31.0]
