"""What all runs of a study need, made once in a process of its own: the programs that really run, as SUMO
reports them at the scenario's begin, and from them the signals and their loops."""

from __future__ import annotations

import gzip
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from bench.runs.codec import decode, encode
from bench.runs.folders import require_own
from bench.runs.fresh import RunDied, fresh_run, say
from bench.runs.running import Programs, running_programs
from bench.runs.spec import STUDY, Study, read_study, write_study
from bench.runs.stored import AGAIN, read_json, write_json
from network.build import build_day, build_signals
from network.coherence import check_day, check_layout, check_signals
from network.errors import ScenarioError
from network.files import GZIP_MAGIC, require_file, writing
from network.loops.detectors import Layout, lay_out, write_additional
from network.program.day import Day
from network.program.signals import Program, Signal
from network.roads.reader import Network, read_network
from network.safety.limits import limited, limited_one, told, told_forbidden
from network.sumo_package import die_with_parent

LOOPS, ON_FOOT = "loops.add.xml", "onfoot.txt"
PREPARED, NETWORK = "prepared.json", "network.net.xml.gz"
SCHEMA = 1
"""Of prepared.json."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Programs and signals by id (every signal of the network), and the loops of those to control.

    The programs are those that run at the begin; where programs change by time of day (``days``) and nothing can be
    controlled by that one, it is the first in force that a signal can be controlled by.
    """

    programs: dict[str, Program]
    signals: dict[str, Signal]
    layout: Layout
    limits: tuple[tuple[str, str], ...] = ()
    days: dict[str, Day] = field(default_factory=dict)


def prepare(study: Study) -> Prepared:
    """Prepare ``study`` in a fresh process, into its folder; ScenarioError where SUMO refuses."""
    folder = Path(study.prepared)
    path = folder / STUDY
    require_own(folder.parent)
    write_study(study, path)
    try:
        fresh_run("bench.runs.prepare", path, folder, lambda message: None)
    except RunDied as died:
        raise ScenarioError(str(died)) from died
    return load(study)


def load(study: Study) -> Prepared:
    """What `prepare` made, as data from whoever: ScenarioError where it is not what an engine can run on."""
    path = Path(study.prepared) / PREPARED
    require_file(path, AGAIN)
    return _loaded(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _loaded(path: Path, _changed_ns: int) -> Prepared:
    found = read_json(path)
    if not isinstance(found, dict) or found.pop("schema", None) != SCHEMA:
        raise ScenarioError(f"{path}: of another version of this program (schema {SCHEMA} is read); {AGAIN}")
    try:
        prepared = decode(Prepared, found)
        check_signals(prepared.signals)
        for signal_id, day in prepared.days.items():
            check_day(signal_id, day)
        check_layout(prepared.signals, prepared.layout)
    except ValueError as error:
        raise ScenarioError(f"{path}: {error}; {AGAIN}") from error
    return prepared


def keep_network(net_file: str, path: Path) -> None:
    """A copy of the network, so that a results folder says what it is about wherever it is."""
    with Path(net_file).open("rb") as source, path.open("wb") as packed:
        is_packed = source.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        source.seek(0)
        if is_packed:
            shutil.copyfileobj(source, packed)
        else:
            with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as target:
                shutil.copyfileobj(source, target)


def main() -> int:
    """Entry point of the fresh process."""
    die_with_parent()
    study = read_study(Path(sys.argv[1]))
    folder = Path(study.prepared)
    try:
        network = read_network(study.scenario.net_file)
        found = found_in(study, running_programs(study.scenario), network)
        with writing(folder):
            write_additional(found.layout, folder / LOOPS)
            _name_walked(found.signals.values(), network, folder / ON_FOOT)
            keep_network(study.scenario.net_file, folder / NETWORK)
        write_json({"schema": SCHEMA, **encode(found)}, folder / PREPARED, None)
    except ScenarioError as error:
        say({"error": str(error)})
        return 2
    return 0


def _name_walked(signals: Iterable[Signal], network: Network, path: Path) -> None:
    """The edges on which those on foot are recorded, as SUMO reads them; no file where no signal has a crossing."""
    nodes = dict.fromkeys(link.node_id for signal in signals for link in signal.links if link.is_crossing)
    edges = [edge for node in nodes for edge in network.on_foot.get(node, ())]
    if edges:
        path.write_text("".join(f"edge:{edge}\n" for edge in edges), encoding="utf-8")


def found_in(study: Study, found: Programs, network: Network) -> Prepared:
    """Signals and loops, from what is there already."""
    name, text = study.limits
    options = study.protocol, study.clearance, study.right_on_red
    days = {i: build_day(network, day, *options) for i, day in found.days.items()}
    programs = dict(found.programs)
    for signal_id, day in days.items():
        if day.controlled is not None:
            programs[signal_id] = found.days[signal_id].programs[day.controlled.program.program_id]
    built = build_signals(network, programs, *options)
    signals, kept = limited(built, text, name)
    said = (*told(kept), *told_forbidden(built, signals, name))
    days = {i: replace(day, signals=_limited(day, signals[i], text, name)) for i, day in days.items()}
    return Prepared(programs, signals, lay_out(network, signals, study.detectors_m), said, days)


def _limited(day: Day, as_controlled: Signal, text: str, name: str) -> dict[str, Signal]:
    """The signal by each of its programs with the limits of the file; the one it is built from at first as it is."""
    first = as_controlled.program.program_id
    return {i: as_controlled if i == first else limited_one(signal, text, name) for i, signal in day.signals.items()}


if __name__ == "__main__":
    sys.exit(main())
