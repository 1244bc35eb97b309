"""Runs in which a share of all vehicles is connected: one for each share and seed, each in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.runs.fresh import start_fresh
from bench.runs.prepare import prepare
from bench.runs.spec import SPEC, RunSpec, Study, write_spec
from network.errors import ScenarioError


def runs(study: Study, controller: str, shares: Sequence[float], seeds: Sequence[int], say: Callable[[str], None],
         worker: str) -> Iterator[tuple[float, int, Path]]:
    """Share, seed and folder of every run, as it ends. worker: the module that drives it, ``python -m worker SPEC
    SHARE``. Raises ScenarioError where one fails."""
    prepare(study)
    for share in shares:
        for seed in seeds:
            say(f"{100 * share:.0f} % equipped, seed {seed}")
            yield share, seed, _run(study, controller, share, seed, worker)


def _run(study: Study, controller: str, share: float, seed: int, worker: str) -> Path:
    place = Path(study.prepared).parent / "runs" / f"{controller}, {100 * share:g} %".replace(",", " with") / str(seed)
    place.mkdir(parents=True, exist_ok=True)
    write_spec(RunSpec(study, controller, seed, str(place)), place / SPEC)
    process, said = start_fresh(worker, [str(place / SPEC), str(share)], place)
    with said:
        told = [json.loads(line) for line in said]
    if process.wait() != 0:
        error = next((one["error"] for one in told if "error" in one), f"see {place / 'process.log'}")
        raise ScenarioError(f"the run with {100 * share:g} % equipped failed: {error}")
    return place
