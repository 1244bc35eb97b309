"""A real Prometheus scrapes the process, and its promtool finds nothing to say about the metrics."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.cabinet.test_service import Cabinet, in_a_cabinet
from tests.field.desks import free_port

pytestmark = [pytest.mark.nightly, pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None,
    reason="Debian's prometheus is not installed")]
NEEDED = ("signal_core_second_seconds_count", "signal_core_decision_seconds_bucket", "signal_core_mode",
          "signal_core_missed_deadlines_total", "signal_core_sets_total", "signal_core_clock_offset_seconds",
          "signal_core_interlock_trips_total", "signal_core_preemptions_total", "signal_core_detectors")


def _ask(port: int, query: str) -> list[dict[str, object]]:
    url = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return list(json.load(answer)["data"]["result"])


def _there(port: int, query: str, within_s: float = 60.0) -> list[dict[str, object]]:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            found = _ask(port, query)
        except OSError:
            found = []
        if found:
            return found
        time.sleep(0.5)
    return []


def test_it_is_scraped_and_clean(tmp_path: Path) -> None:
    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: found.controller.orders.pattern == 254)
        await asyncio.sleep(12.0)  # detectors are told every ten seconds
        port = free_port()
        (tmp_path / "p.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "cabinet", "static_configs": [{"targets": [f"127.0.0.1:{found.port}"]}]}],
        }), encoding="utf-8")
        words = ["prometheus", f"--config.file={tmp_path / 'p.yml'}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                 f"--web.listen-address=127.0.0.1:{port}"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as other:
            try:
                up = await asyncio.to_thread(_there, port, "up == 1")
                missing = [name for name in NEEDED if not await asyncio.to_thread(_there, port, name, 10.0)]
            finally:
                other.terminate()
        assert up
        assert missing == []
        page = await asyncio.to_thread(
            lambda: urllib.request.urlopen(f"http://127.0.0.1:{found.port}/metrics", timeout=5).read())
        checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False)
        assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")

    in_a_cabinet(tmp_path, "drive", work)
