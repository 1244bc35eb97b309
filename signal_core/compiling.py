"""Every kernel compiled, once on a machine, by two processes: ``python -m signal_core.compiling``.

What is found compiled is only loaded. Types of arguments are the same for every network, so the smallest does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np

from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health, Relations
from signal_core.interlock.interlock import Interlock
from signal_core.interlock.rules import SignalRules
from signal_core.kernels.compiled import compilations
from signal_core.kernels.kept import kept
from signal_core.ladder.modes import Modes
from signal_core.planning.planner import compiled_plan
from signal_core.planning.work import decision_work
from signal_core.sequencing.plan_rows import PlanRows
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED, Feeds
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import lane_state, signal_state

HELPER = (sys.executable, "-m", "signal_core.compiling")
BARE, WATCHED = "bare", "watched"
KERNELS = {BARE: 11, WATCHED: 14}
"""How many kernels a run needs, without and with health and modes; for the progress only."""


def provide(tell: Callable[[str], None], run: str = WATCHED) -> None:
    """Have all kernels of a run compiled; `tell` hears a sentence for each that has to be, from two threads."""
    told: set[str] = set()
    helpers: list[tuple[subprocess.Popen[str], Thread]] = []

    def hear(name: str) -> None:
        if name not in told:
            told.add(name)
            tell(f"compiling, once on this machine: {len(told)} of {KERNELS[run]} kernels ({name})")

    def hear_and_share(name: str) -> None:
        hear(name)
        if not helpers and len(os.sched_getaffinity(0)) > 1:
            helpers.append(_helper(hear, run))

    with compilations(hear_and_share):
        compile_planner()
    with compilations(hear):
        compile_others(run, last_first=True)
    for process, listener in helpers:
        process.terminate()  # all is there; at most it repeats what was compiled here
        process.wait()
        listener.join()
        if process.stdout is not None:
            process.stdout.close()


def compile_planner() -> None:
    """The largest kernel."""
    tables, settings = pack([_smallest()]), Settings()
    signals, work = signal_state(tables, np.zeros(2, np.uint8)), decision_work(tables, settings.horizon_s)
    compiled_plan(kept(tables), kept(signals), kept(lane_state(tables)), kept(work), kept(settings))


def compile_others(run: str = WATCHED, last_first: bool = False) -> None:
    """All but the planner, largest first or last: two processes meet halfway, and load what is there already."""
    parts: tuple[Callable[[Intersection], None], ...] = (_interlock, _sequencer)
    parts = (_watched, *parts, _modes) if run == WATCHED else (_estimator, *parts)
    for part in reversed(parts) if last_first else parts:
        part(_smallest())


def _watched(one: Intersection) -> None:
    tables = pack([one])
    state, nothing = signal_state(tables, np.zeros(2, np.uint8)), np.zeros(1)
    Estimator(tables, state, Settings(), Health(tables, _relations(tables))).observe(nothing, nothing, nothing)


def _estimator(one: Intersection) -> None:
    tables = pack([one])
    Estimator(tables, signal_state(tables, np.zeros(2, np.uint8)), Settings())


def _interlock(one: Intersection) -> None:
    rules = SignalRules(one.conflicts, one.yellow_s, one.intergreen_s, one.min_green_s, 90.0)
    Interlock([rules], np.zeros(2, np.uint8))


def _sequencer(one: Intersection) -> None:
    Sequencer(pack([one]), np.zeros(2, np.uint8))


def _modes(one: Intersection) -> None:
    tables = pack([one])
    sequencer = Sequencer(tables, np.zeros(2, np.uint8))
    plans = PlanRows(*(np.zeros(2, np.int64), np.zeros(1), np.zeros(1, np.int64)), np.ones(1), np.zeros(1),
                     np.zeros(2, np.int64), np.zeros(2, np.uint8), np.ones(1), np.ones(1), np.zeros(1, np.bool_),
                     np.ones(1), np.ones(1), np.zeros(1))
    sequencer.propose(Modes(tables, sequencer.state, plans).target)


def _helper(hear: Callable[[str], None], run: str) -> tuple[subprocess.Popen[str], Thread]:
    """A process that compiles the others meanwhile; what it does not get to is done here."""
    paths = [str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    process = subprocess.Popen([*HELPER, run], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env=environment)

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            hear(line.strip())

    listener = Thread(target=listen, daemon=True)
    listener.start()
    return process, listener


def _smallest() -> Intersection:
    """Two links of one lane each, one loop, a phase for each link."""
    codes = np.array([[GREEN, RED], [RED, GREEN]], dtype=np.uint8)
    conflicts = np.array([[False, True], [True, False]])
    yellow, least = np.full(2, 3), np.full(2, 5)
    lag, split = play_changes(codes, conflicts, yellow, np.full((2, 2), 5), least)
    rows, feeds = np.arange(3), Feeds(np.array([0, 1, 1]), np.zeros(1, np.int64), np.ones(1), np.full(1, 5))
    return Intersection(
        id="smallest", phase_codes=codes, conflicts=conflicts, yellow_s=yellow, intergreen_s=np.full((2, 2), 5),
        min_green_s=least, service_vps=0.5 * (codes == GREEN), start_lag_s=lag, min_split_s=split, lane_link_ptr=rows,
        lane_links=rows[:-1], stop_loop=np.array([0, -1]), mid=feeds, far=feeds, mid_storage=np.ones(2),
        far_storage=np.ones(2), shown_s=np.full(2, 20.0))


def _relations(tables: Tables) -> Relations:
    none, rows = np.zeros(0, np.int64), np.zeros(2, np.int64)
    one = np.zeros(1, np.int64)
    return Relations(rows, none, none, rows, none, one, np.zeros(1, np.bool_), np.array([0, 1]), one, one)


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        if sys.argv[1:]:
            with compilations(lambda name: print(name, flush=True)):
                compile_others(sys.argv[1])
        else:
            provide(lambda line: print(line, flush=True))
