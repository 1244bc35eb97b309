"""How soon the process is of use, where the engine has been compiled before."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cabinet.test_service import Cabinet, in_a_cabinet

pytestmark = pytest.mark.nightly
SOON_S = 4.0
"""Of a machine that does other things, too; alone it takes a second and a little."""


def _moment(found: Cabinet, what: str) -> float:
    return float(next(line["time"] for line in found.said if line["what"] == what))


def test_the_first_decision_comes_soon(tmp_path: Path) -> None:
    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: any(line["what"] == "first decision" for line in found.said))

    for name in ("compiles", "again"):
        (tmp_path / name).mkdir()
    in_a_cabinet(tmp_path / "compiles", "observe", work)  # leaves a filled cache behind
    took: list[float] = []

    async def again(found: Cabinet) -> None:
        began = time.time()
        await work(found)
        took.append(_moment(found, "first decision") - began)
        starts, polls = (_moment(found, what) - began for what in ("starts", "connected"))
        print(f"first line {starts:.2f} s after the start, first poll {polls:.2f} s, first decision {took[-1]:.2f} s")

    in_a_cabinet(tmp_path / "again", "observe", again)
    assert took[0] < SOON_S
