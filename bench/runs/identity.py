"""What makes a run the run it is, as hashes: inputs by content, options, control, seed, recording and versions.

Two runs with one `run_hash` give the same files, so the second is not done. Paths do not count (a folder may move),
contents do. Hashes are SHA-256, in hexadecimal.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.runs.spec import RunSpec, Study
from controllers import own
from controllers.laws.tuned import NAME as TUNED
from controllers.laws.tuned import PLAN_FILE
from controllers.registry import base_name
from network.sumo_package import sumo_version
from scenarios.config import INPUTS, Scenario, split_list
from scenarios.inputs import blocks, contains, started
from scenarios.private_copies import READS_ITS_FILE
from signal_core.estimating.health import HealthSettings
from signal_core.ladder.modes import ModeSettings

ROOT = Path(__file__).resolve().parents[2]
RUNS_ARE_MADE_BY = ("signal_core", "network", "controllers", "scenarios")
# Of this package only what a run passes through; the report may change without any run being done again.
OF_BENCH = ("measures/asked.py", "measures/classes.py", "measures/crossings.py", "measures/harm.py",
            "measures/incidents.py", "measures/locks.py", "measures/meetings.py", "measures/metrics.py",
            "measures/movements.py", "measures/overdue.py", "measures/raw.py", "measures/streams.py", "runs/codec.py",
            "runs/driven.py", "runs/folders.py", "runs/fresh.py", "runs/prepare.py", "runs/replaced.py",
            "runs/running.py", "runs/seen.py", "runs/spec.py", "runs/stored.py", "runs/worker.py")
LIBRARIES = ("numpy", "numba", "libsumo")
NAMES_AN_INPUT = re.compile(rb"\bhref\s*=|<(?:" + "|".join(sorted(READS_ITS_FILE)).encode() + rb")\b")


def hash_of(content: Any) -> str:
    """Of anything JSON can hold; the order of keys does not count."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def file_hash(path: str | Path) -> str:
    """Of a file's content; a gzipped one counts as what is in it. Empty where there is no such file."""
    try:
        size_and_time = Path(path).stat()
    except OSError:
        return ""
    return _file_hash(str(path), size_and_time.st_size, size_and_time.st_mtime_ns)


@lru_cache(maxsize=4096)
def _file_hash(path: str, _size: int, _changed_ns: int) -> str:
    found = hashlib.sha256()
    for block in blocks(path):
        found.update(block)
    return found.hexdigest()


def network_hash(scenario: Scenario) -> str:
    """Of the network file."""
    return file_hash(scenario.net_file)


def scenario_hash(scenario: Scenario) -> str:
    """Of every input file, what they include, and every option that names none."""
    named = {name: split_list(value) for name, value in scenario.options.items() if name in INPUTS}
    files = {name: [hash_of([file_hash(one) for one in _with_included(Path(path))]) for path in paths]
             for name, paths in named.items()}  # fmt: skip
    options = {name: value for name, value in scenario.options.items() if name not in named}
    return hash_of({"files": files, "options": options})


def _with_included(path: Path, before: tuple[Path, ...] = ()) -> Iterator[Path]:
    """A file, and the ones it reads in turn (``<include href>`` and the like), all the way down."""
    yield path
    here = path.resolve()
    if here in before or not path.is_file() or not contains(path, NAMES_AN_INPUT):
        return
    for found in started(path):
        name = found.get("file" if found.tag in READS_ITS_FILE else "href")
        if name:
            yield from _with_included(path.parent / name, (*before, here))


def settings_hash(study: Study) -> str:
    """Of everything set about control: the engine's settings, the protocol and where the loops lie."""
    engine = {**study.settings._asdict(), "health": HealthSettings()._asdict(), "modes": ModeSettings()._asdict()}
    limits = {"limits": study.limits[1]} if study.limits[1] else {}
    forbidden = {} if study.right_on_red else {"right_on_red": False}
    lead = {"walk_lead_s": study.walk_lead_s} if study.walk_lead_s else {}
    seen = {"on_crossing_s": study.on_crossing_s} if study.on_crossing_s else {}
    return hash_of({"engine": engine, "protocol": study.protocol, "loops_m": list(study.detectors_m),
                    "walk": list(study.walk), **lead, **seen, **limits, **forbidden})


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Of the source that makes runs; the version in the package's metadata would miss a change in a checkout."""
    paths = [path for package in RUNS_ARE_MADE_BY for path in sorted((ROOT / package).rglob("*.py"))]
    paths += [ROOT / "bench" / name for name in OF_BENCH]
    return hash_of([[path.relative_to(ROOT).as_posix(), file_hash(path)] for path in paths])


def software() -> dict[str, str]:
    """What runs are made with: our source, SUMO, and the libraries that decide over bits."""
    return {"code": code_hash(), "sumo": sumo_version(), **{name: version(name) for name in LIBRARIES}}


def study_identity(study: Study) -> dict[str, Any]:
    """What all runs of a study share."""
    return {
        "scenario": scenario_hash(study.scenario),
        "network": network_hash(study.scenario),
        "settings": settings_hash(study),
        "software": software(),
    }


def fault_hash(fault: str) -> str:
    """Of what goes wrong on purpose and the source that does it; empty for nothing."""
    sources = [file_hash(path) for path in sorted((ROOT / "bench/studies/faults").glob("*.py"))]
    return hash_of([fault, sources]) if fault else ""


def own_code_hash(controller: str) -> str:
    """Of the source of a controller of the user's own, and of what it imports from beside it."""
    return hash_of([file_hash(path) for path in own.sources(base_name(controller))])


def run_hash(spec: RunSpec, shared: Mapping[str, Any] | None = None) -> str:
    """Of one run; ``shared`` is the `study_identity` of its study, where it is known already.

    The plan of the controller tuned counts by content, as it takes part in no other run.
    """
    study = spec.study
    plan = file_hash(Path(study.prepared) / PLAN_FILE) if spec.controller == TUNED else ""
    of_user = {"own": own_code_hash(spec.controller)} if own.is_own(spec.controller) else {}
    return hash_of({
        **of_user,
        **(shared or study_identity(study)),
        "controller": spec.controller, "seed": spec.seed, "plan": plan, "fault": fault_hash(spec.fault),
        "backend": study.backend, "record": study.record, "trajectories": spec.trajectories,
    })  # fmt: skip
