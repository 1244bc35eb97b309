"""The engine beside a recorded controller, second by second: it sees the same detectors and what was really shown,
and says what it would do; nobody does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controllers.shadow.recorded import Recorded
from controllers.shadow.site import ShadowSite
from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health, LoopStatus
from signal_core.planning.planner import Planner
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, YELLOW, BoolArray, CodeArray, FloatArray, IntArray
from signal_core.tables.packed import Tables, pack

CHANGING = -1


@dataclass(frozen=True)
class Shadow:
    """T seconds, L lanes. stage: int[T], what was shown, CHANGING between two; wanted: int[T], what the engine wanted
    then, CHANGING where it had nothing to decide; queues: float64[T, L], vehicles, as the engine took them to be, nan
    in holes of the record; known: bool[T], false there; alarms: (second, detector, what it was found to be)."""

    stage: IntArray
    wanted: IntArray
    queues: FloatArray
    known: BoolArray
    alarms: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Ended:
    """One green of a stage: from ``start_s`` for ``shown_s``; the engine first wanted to leave after ``wish_s``, for
    stage ``wish``. None where it never did; ``free_s``: from when on it could decide."""

    stage: int
    next_stage: int
    start_s: int
    shown_s: int
    free_s: int | None
    wish_s: int | None
    wish: int | None


def follow(recorded: Recorded, site: ShadowSite, settings: Settings) -> Shadow:
    """Run the engine over the record."""
    tables = pack([site.array])
    length = len(recorded.shown)
    stage = shown_stages(recorded, site)
    health = Health(tables, site.relations)
    sequencer, planner = _beginning(tables, recorded.shown[0], settings, health)
    wanted = np.full(length, CHANGING, dtype=np.int64)
    queues = np.full((length, len(site.lanes)), np.nan)
    wish: IntArray = sequencer.state.phase.copy()
    alarms: list[tuple[int, int, str]] = []
    status = health.status.copy()
    last, left_at = CHANGING, 0
    for t in np.flatnonzero(recorded.known).tolist():
        if t and not recorded.known[t - 1]:
            sequencer, planner = _beginning(tables, recorded.shown[t], settings, health)
            last, left_at = CHANGING, t
        sequencer.show(recorded.shown[t], 1)
        now = int(stage[t])
        if now != CHANGING:
            if now != last:
                sequencer.entered(0, last, now, t - left_at)
            last, left_at = now, t + 1
        sequencer.state.settled[0] = now != CHANGING
        planner.estimator.observe(recorded.entered[t], recorded.left[t], recorded.occupancy[t])
        for k in np.flatnonzero(health.status != status):
            alarms.append((t, recorded.detectors[k], LoopStatus(int(health.status[k])).name))
        status[:] = health.status
        queues[t] = planner.estimator.lanes.queue.near + planner.estimator.lanes.queue.beyond
        if planner.plan(wish):
            wanted[t] = wish[0]
    return Shadow(stage, wanted, queues, recorded.known, tuple(alarms))


def _beginning(tables: Tables, shown: CodeArray, settings: Settings, health: Health) -> tuple[Sequencer, Planner]:
    """At the begin and after each hole nobody knows who waits; what is known of the detectors stays."""
    sequencer = Sequencer(tables, shown)
    return sequencer, Planner(Estimator(tables, sequencer.state, settings, health))


def shown_stages(recorded: Recorded, site: ShadowSite) -> IntArray:
    """int64[T]: the stage whose phases are green, or that alone contains them; CHANGING in yellow and clearance."""
    found = np.full(len(recorded.shown), CHANGING, dtype=np.int64)
    for t, row in enumerate(recorded.shown):
        if not recorded.known[t]:
            continue
        green = {recorded.phases[k] for k in np.flatnonzero(row == GREEN)}
        fitting = [k for k, stage in enumerate(site.stages) if green <= set(stage)]
        exact = [k for k in fitting if green == set(site.stages[k])]
        if green and not (row == YELLOW).any():
            if exact:
                found[t] = exact[0]
            elif len(fitting) == 1 and not recorded.clearing[t]:
                found[t] = fitting[0]
    return found


def greens(shadow: Shadow) -> list[Ended]:
    """Every complete green of a stage, with what the engine made of it."""
    runs = _runs(shadow.stage)[1:]  # the first may have begun before the record
    found = []
    for (stage, start, end), (after, next_start, _) in zip(runs, runs[1:], strict=False):
        if not shadow.known[max(0, start - 1):next_start].all():
            continue  # it began or ended unseen
        wanted = shadow.wanted[start:end]
        free = np.flatnonzero(wanted != CHANGING)
        wishes = np.flatnonzero((wanted != CHANGING) & (wanted != stage))
        found.append(Ended(
            stage, after, start, end - start, int(free[0]) if len(free) else None,
            int(wishes[0]) if len(wishes) else None, int(wanted[wishes[0]]) if len(wishes) else None,
        ))  # fmt: skip
    return found


def _runs(stage: NDArray[np.int64]) -> Sequence[tuple[int, int, int]]:
    """(stage, from, to) of every green; a change in between that leads back to the same stage is part of it not."""
    found: list[tuple[int, int, int]] = []
    for t, now in enumerate(stage.tolist()):
        if now == CHANGING:
            continue
        if found and found[-1][0] == now and found[-1][2] == t:
            found[-1] = (now, found[-1][1], t + 1)
        else:
            found.append((now, t, t + 1))
    return found
