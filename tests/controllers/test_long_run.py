"""A controller that runs for a day takes no more memory than after its first hour."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 50.0


@pytest.mark.nightly
def test_memory_is_flat_over_a_day(tmp_path: Path) -> None:
    """SIGNAL_CORE_HOURS: another length than a day."""
    hours = os.environ.get("SIGNAL_CORE_HOURS", "24")
    command = [sys.executable, "-m", "tests.controllers.long_run", str(tmp_path), hours]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert (tmp_path / "tape.npz").stat().st_size > 0
    after_an_hour = [mb for time_s, mb in seen if time_s >= 3600.0]
    assert after_an_hour, "give an hour at least"
    first_mb, last_mb, taped_mb = after_an_hour[0], seen[-2][1], seen[-1][1]
    print(f"\n{first_mb:.0f} MB after an hour, {last_mb:.0f} after {hours}, {taped_mb:.0f} with the tape written")
    assert max(after_an_hour) - after_an_hour[0] < MOST_MB, seen
