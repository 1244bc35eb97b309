"""Runs on a Dask cluster: the same fresh processes as here, only elsewhere.

Workers must see the results folder and the scenario under the same paths (a shared file system) and have the same
software; both are checked, and said, per run. A worker that is lost costs its own run: another one makes it again.
Start them with one thread each, as many as there are cores: ``dask worker ADDRESS --nworkers 8 --nthreads 1``.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.runs.identity import software
from bench.runs.jobs import Hear, Outcome, made_before, run_one
from bench.runs.prepare import PREPARED
from bench.runs.spec import RunSpec
from controllers import own
from network.errors import ScenarioError

TOPIC = "signal-core"
CONNECT_S = 15


def run_on_cluster(address: str, specs: Sequence[RunSpec], hear: Hear) -> Iterator[Outcome]:
    """As `bench.runs.jobs.run_all`, on the cluster whose scheduler is at ``address``."""
    client, as_completed = _connect(address)
    by_folder = {spec.run_dir: spec for spec in specs}
    try:
        client.subscribe_topic(TOPIC, lambda event: _pass_on(event[1], by_folder, hear))
        wanted = []
        for spec in specs:
            before = made_before(spec)
            if before is None:
                wanted.append(spec)
            else:
                yield Outcome(spec, before, known=True)
        here = software()
        futures = {client.submit(run_there, spec, here, own.admitted(), pure=False): spec for spec in wanted}
        for future in as_completed(list(futures), loop=client.loop):
            spec = futures[future]
            yield future.result() if future.status == "finished" else Outcome(spec, None, _lost(future))
            future.release()
    finally:
        client.close()


def run_there(spec: RunSpec, made_with: Mapping[str, str], admitted: Mapping[str, str]) -> Outcome:
    """One run, on a worker; ``admitted``: controllers of the user's own and the folders he named them in."""
    from distributed import get_worker

    for name, folder in admitted.items():
        own.admit(name, folder)

    host, here = socket.gethostname(), software()
    if not (Path(spec.study.prepared) / PREPARED).is_file():
        return Outcome(spec, None, f"the worker on {host} does not see {spec.study.prepared}: share the folder")
    other = [f"{name} {here.get(name)} instead of {made_with[name]}" for name in made_with
             if here.get(name) != made_with[name]]  # fmt: skip
    if other:
        return Outcome(spec, None, f"the worker on {host} has other software: {', '.join(other)}")
    worker = get_worker()
    return run_one(spec, lambda which, time_s: worker.log_event(TOPIC, [which.run_dir, time_s]))


def _connect(address: str) -> tuple[Any, Any]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ScenarioError("--dask needs dask.distributed: pip install 'signal-core[cluster]'") from error
    try:
        return Client(address, timeout=CONNECT_S, set_as_default=False), as_completed
    except (OSError, TimeoutError, ValueError) as error:
        raise ScenarioError(f"--dask {address}: no scheduler answers there ({error})") from error


def _pass_on(message: Any, specs: Mapping[str, RunSpec], hear: Hear) -> None:
    run_dir, time_s = message
    if run_dir in specs:
        hear(specs[run_dir], float(time_s))


def _lost(future: Any) -> str:
    if future.status == "cancelled":
        return "the cluster was closed"
    return f"lost with its workers: {type(future.exception()).__name__}"
