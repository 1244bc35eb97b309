"""Prometheus metrics and a health page, on the address the site file names and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
MODES = ("observe", "advise", "drive", "stand_back")


class Metrics:
    """All figures of a process; `signal` is a label of each."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: dict[str, Any] = {"namespace": "signal_core", "registry": self.registry}
        one = ["signal"]
        self.second = Histogram("second_seconds", "A poll, a decision and its orders.", one, buckets=BUCKETS_S, **own)
        self.decision = Histogram("decision_seconds", "A decision alone.", one, buckets=BUCKETS_S, **own)
        self.missed = Counter("missed_deadlines", "Decisions that took longer than their deadline.", one, **own)
        self.stolen = Counter("stolen_deadlines", "Those missed while the machine did something else.", one, **own)
        self.skipped = Counter("skipped_seconds", "Seconds that passed without a poll.", one, **own)
        self.mode = Gauge("mode", "1 for the mode the signal is in.", [*one, "mode"], **own)
        self.detectors = Gauge("detectors", "Detectors by what the engine thinks of them.", [*one, "status"], **own)
        self.sets = Counter("sets", "Objects written.", one, **own)
        self.read_backs = Counter("read_back_failures", "Writes that read back another value.", one, **own)
        self.no_answer = Counter("exchanges_without_answer", "Exchanges the controller did not answer.", one, **own)
        self.clock = Gauge("clock_offset_seconds", "Our clock less the controller's.", one, **own)
        self.preemptions = Counter("preemptions", "Preemptions begun.", one, **own)
        self.trips = Counter("interlock_trips", "Unsafe changes the watcher found.", one, **own)
        self.stand_backs = Counter("stand_backs", "Times it stood back, by reason.", [*one, "reason"], **own)
        self.requests = Counter("requests", "Requests for green, by what became of them.", [*one, "state"], **own)
        self.site = Gauge("site_info", "1 for the site file it goes by.", ["site"], **own)
        self.lost = Gauge("lost_lines", "Lines of logs that could not be written.", **own)

    def set_mode(self, signal: str, mode: str) -> None:
        for name in MODES:
            self.mode.labels(signal, name).set(float(name == mode))

    def set_site(self, site_hash: str) -> None:
        """The file it goes by from here on."""
        self.site.clear()
        self.site.labels(site_hash).set(1.0)

    def set_detectors(self, signal: str, counts: Mapping[str, int]) -> None:
        """How many detectors are in each status now."""
        for status, count in counts.items():
            self.detectors.labels(signal, status).set(count)

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return bytes(generate_latest(self.registry))


class Page:
    """``/metrics`` and ``/health`` (200 where every signal is polled, 503 otherwise) over HTTP, read only."""

    def __init__(self, host: str, port: int, metrics: Metrics, health: Callable[[], dict[str, Any]]) -> None:
        """Raises OSError where the address cannot be had."""
        class Handler(BaseHTTPRequestHandler):
            timeout = 5

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(200, CONTENT_TYPE_LATEST, metrics.text())
                elif self.path == "/health":
                    content = health()
                    code = 200 if content.get("healthy") else 503
                    self._answer(code, "application/json", json.dumps(content).encode())
                else:
                    self._answer(404, "text/plain", b"metrics or health\n")

            def _answer(self, code: int, kind: str, body: bytes) -> None:
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nobody reads them."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
