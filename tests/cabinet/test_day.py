"""A day of control seconds through the wire, each end a process of its own, as fast as both keep up.

How many seconds says SIGNAL_CORE_DAY_S, an hour's by default, a day's 86400. What was measured is printed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bench.cli.main import main
from controllers.cabinet.records import Lines, verify_chain
from scenarios.generated import GridPlan, write_scenario
from tests.field.desks import free_port

pytestmark = pytest.mark.nightly
ROOT = Path(__file__).resolve().parents[2]
SECONDS = int(os.environ.get("SIGNAL_CORE_DAY_S", "3600"))
LOOK_S = 0.25
WARM, GROWS_KB = 0.2, 16_000
P99_S = 0.05
PLAN = GridPlan(columns=1, rows=1, row_vph=500.0, column_vph=250.0, end_s=SECONDS + 600, cycle_s=60)


def _resident_kb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return 0 if found is None else int(found[1])


def _figures(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}


def _named(figures: dict[str, float], name: str) -> float:
    return sum(value for key, value in figures.items() if key.startswith(name + "{"))


def _share_below(figures: dict[str, float], name: str, bound_s: float) -> float:
    whole = _named(figures, f"signal_core_{name}_count")
    below = sum(v for k, v in figures.items() if k.startswith(f"signal_core_{name}_bucket") and f'le="{bound_s}"' in k)
    return below / max(1.0, whole)


def _written(folder: Path, port: int, page: int) -> tuple[Path, Path]:
    config = write_scenario(folder / "street", PLAN)
    site = folder / "site.toml"
    assert main(["site", str(config), "-o", str(site)]) == 0
    text = site.read_text(encoding="utf-8")
    for old, new in (("port = 161\n", f"port = {port}\n"), ('version = "1"', 'version = "2c"'),
                     ("timeout_s = 0.25", "timeout_s = 5.0"), ("port = 0\n", f"port = {page}\n"),
                     ('folder = "signal-core"', f'folder = "{folder / "out"}"'), ("file_mb = 16", "file_mb = 1")):
        assert old in text, old
        text = text.replace(old, new)
    site.write_text(text, encoding="utf-8")
    return config, site


def test_a_day_is_as_its_first_hour(tmp_path: Path) -> None:
    port, page = free_port(), free_port()
    (tmp_path / "street").mkdir()
    config, site = _written(tmp_path, port, page)
    environment = {**os.environ, "SIGNAL_CORE_COMMUNITY": "desk", "PYTHONPATH": str(ROOT)}

    def start(*words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "bench", *words], env=environment, stderr=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL)

    desk = start("desk", str(config), "--site", str(site), "--port", str(port), "--speed", "fast")
    cabinet = start("cabinet", "run", str(site), "--mode", "drive", "--pace", "fast", "--seconds", str(SECONDS))
    sizes: list[tuple[float, int]] = []
    figures: dict[str, float] = {}
    try:
        while cabinet.poll() is None:
            time.sleep(LOOK_S)
            try:
                figures = _figures(page)
            except OSError:
                continue
            sizes.append((_named(figures, "signal_core_second_seconds_count"), _resident_kb(cabinet.pid)))
    finally:
        cabinet.kill()
        desk.kill()
        cabinet.wait(30)
        desk.wait(30)
    _judge(figures, sizes)
    assert list(verify_chain(Lines(tmp_path / "out", "audit", 1, 1).paths())) == []
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) < 40_000_000


def _judge(figures: dict[str, float], sizes: list[tuple[float, int]]) -> None:
    """From the last page that was had, and the sizes on the way."""
    done, fast = _named(figures, "signal_core_second_seconds_count"), _share_below(figures, "second_seconds", P99_S)
    missed, stolen = (_named(figures, f"signal_core_{name}_deadlines_total") for name in ("missed", "stolen"))
    warm = [kb for second, kb in sizes if second >= WARM * SECONDS]
    print(f"{done:.0f} s: {100 * fast:.2f} % of polls and decisions below {1000 * P99_S:.0f} ms, {missed:.0f} "
          f"deadlines missed, {stolen:.0f} of them stolen, {warm[0]} kB after a fifth, {warm[-1]} at the end, "
          f"{_named(figures, 'signal_core_interlock_trips_total'):.0f} trips, "
          f"{_named(figures, 'signal_core_stand_backs_total'):.0f} stand-backs")
    assert done > 0.9 * SECONDS
    assert fast >= 0.99
    assert missed == stolen
    assert warm[-1] - warm[0] < GROWS_KB
    assert _named(figures, "signal_core_interlock_trips_total") == 0
