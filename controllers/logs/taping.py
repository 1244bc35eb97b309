"""A run on tape: what the loops counted and what the signals were ordered to show, and a port that plays it back.

The tape is one compressed .npz: ``time_s`` float64[n]; ``entered`` and ``left`` uint16[n, loops]; ``occupancy``
float64[n, loops], unrounded, so that a replay is exact; ``loops``, ``signals`` and ``first`` (their states before
the first order) as strings; ``order_at`` int64[m] (row of ``time_s``), ``order_of`` int64[m] (signal), ``order``
strings[m]; ``waiting`` uint16[n, crossings], persons who wait at each crossing of ``crossings``; ``on_it`` uint16[n,
crossings], persons on each crossing of ``detected``; ``asked`` `ASKED` records, messages of those who ask for green,
and the row of ``time_s`` in which each came.
"""

from __future__ import annotations

import zipfile
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from controllers.logs.spool import Spool
from controllers.port import FloatArray, PassingSimulation, VehiclePort
from network.errors import ScenarioError
from network.files import require_file
from signal_core.requests import REQUEST, RequestClass, Rows

TAPE = "tape.npz"
BROKEN = (OSError, KeyError, TypeError, AttributeError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile,
          zlib.error)
"""What numpy raises for a file that is none of its own."""
AGAIN = "run the comparison again"
MOST_BYTES = 8 << 30
"""A day of 2,000 loops, and more than that."""
LONGEST_S = 32 * 86400.0
ASKED = np.dtype([("at", "<u4"), *REQUEST.descr])
Order = tuple[int, int, str]  # row, signal, state


@dataclass(frozen=True)
class Tape:
    """A recorded run; see the docstring of the module."""

    time_s: FloatArray
    entered: NDArray[np.uint16]
    left: NDArray[np.uint16]
    occupancy: FloatArray
    loops: tuple[str, ...]
    signals: tuple[str, ...]
    first: tuple[str, ...]
    orders: tuple[Order, ...]
    crossings: tuple[str, ...] = ()
    waiting: NDArray[np.uint16] | None = None
    asked: Rows | None = None
    detected: tuple[str, ...] = ()
    on_it: NDArray[np.uint16] | None = None


class TapingPort(PassingSimulation):
    """A port that keeps what goes through it."""

    def __init__(self, port: VehiclePort, folder: Path) -> None:
        """folder: where the rows are kept meanwhile, without a name."""
        super().__init__(port)
        self._loops: tuple[str, ...] = ()
        self._folder = folder
        self._rows = Spool(_row_of(0), folder)
        self._order_at, self._order_of, self._order = array("I"), array("I"), array("I")
        self._states: dict[str, int] = {}
        self._of: dict[str, int] = {}
        self._first: tuple[str, ...] = ()
        self._waiting, self._on_it = (_OfCrossings((), folder) for _ in range(2))
        self._asked: Spool | None = None

    def watch_loops(self, ids: Sequence[str]) -> None:
        """Passed on; from here on taped."""
        super().watch_loops(ids)
        self._loops = tuple(ids)
        self._rows = Spool(_row_of(len(self._loops)), self._folder)
        self._order_at, self._order_of, self._order = array("I"), array("I"), array("I")

    def watch_signals(self, ids: Sequence[str]) -> None:
        """Passed on; their states now are the first on the tape."""
        super().watch_signals(ids)
        if tuple(ids) == tuple(self._of):  # the same again, at a change of programs
            return
        self._of = {signal_id: k for k, signal_id in enumerate(ids)}
        self._first = tuple(self.shown_states())

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Passed on, and kept."""
        found = super().read_loops()
        self._rows.append(self.time_s, *found)
        return found

    def watch_crossings(self, ids: Sequence[str]) -> None:
        """Passed on; from here on taped."""
        super().watch_crossings(ids)
        self._waiting = _OfCrossings(ids, self._folder)

    def read_waiting(self) -> FloatArray:
        """Passed on, and kept."""
        found = super().read_waiting()
        self._waiting.keep(found)
        return found

    def watch_on_crossing(self, ids: Sequence[str]) -> None:
        """Passed on; from here on taped."""
        super().watch_on_crossing(ids)
        self._on_it = _OfCrossings(ids, self._folder)

    def read_on_crossing(self) -> FloatArray:
        """Passed on, and kept."""
        found = super().read_on_crossing()
        self._on_it.keep(found)
        return found

    def watch_requests(self, links: Mapping[tuple[str, int], int], kinds: Sequence[RequestClass]) -> None:
        """Passed on; from here on taped."""
        super().watch_requests(links, kinds)
        self._asked = self._asked if self._asked is not None else Spool(ASKED, self._folder)

    def read_requests(self) -> Rows:
        """Passed on, and kept."""
        found = super().read_requests()
        if self._asked is not None:
            for row in found.tolist():
                self._asked.append(len(self._rows) - 1, *row)
        return found

    def set_state(self, signal_id: str, state: str) -> None:
        """Passed on, and kept."""
        super().set_state(signal_id, state)
        self._keep(signal_id, state)

    def leave(self, signal_id: str, program_id: str, state: str) -> None:
        """Passed on, and kept as an order of what the program shows first."""
        super().leave(signal_id, program_id, state)
        self._keep(signal_id, state)

    def _keep(self, signal_id: str, state: str) -> None:
        if self._rows.trouble:
            return
        self._order_at.append(len(self._rows) - 1)
        self._order_of.append(self._of[signal_id])
        self._order.append(self._states.setdefault(state, len(self._states)))

    def tape(self) -> Tape:
        """What was kept so far; its tables are read from the disk where they are used."""
        rows, states = self._rows.rows(), tuple(self._states)
        orders = zip(self._order_at, self._order_of, self._order, strict=True)
        return Tape(
            rows["time_s"],
            rows["entered"],
            rows["left"],
            rows["occupancy"],
            self._loops,
            tuple(self._of),
            self._first,
            tuple((row, signal, states[k]) for row, signal, k in orders if row < len(rows)),
            *self._waiting.kept(len(rows)),
            None if self._asked is None or self._asked.trouble else self._asked.rows(),
            *self._on_it.kept(len(rows)),
        )

    @property
    def trouble(self) -> str:
        """Why the tape ends before the run; empty where it does not."""
        return f"tape ends at {self._last_s():g} s: {self._rows.trouble}" if self._rows.trouble else ""

    def _last_s(self) -> float:
        rows = self._rows.rows()
        return float(rows["time_s"][-1]) if len(rows) else 0.0


class _OfCrossings:
    """How many persons were counted at each of some crossings, every second."""

    def __init__(self, ids: Sequence[str], folder: Path) -> None:
        self._names = tuple(ids)
        self._rows = Spool(np.dtype([("persons", "<u2", (len(ids),))]), folder)

    def keep(self, persons: FloatArray) -> None:
        """Of a second; nothing is kept of a street that does not tell."""
        if not np.isfinite(persons).all():
            self._names = ()
        elif self._names:
            self._rows.append(persons)

    def kept(self, n: int) -> tuple[tuple[str, ...], NDArray[np.uint16] | None]:
        """Crossings and who was there in n seconds, where that was kept in every one."""
        table: NDArray[np.uint16] = self._rows.rows()["persons"][:n]
        return (self._names, table) if self._names and len(table) == n else ((), None)


def _row_of(loops: int) -> np.dtype[np.void]:
    counts = [("entered", "<u2", (loops,)), ("left", "<u2", (loops,)), ("occupancy", "<f8", (loops,))]
    return np.dtype([("time_s", "<f8"), *counts])


class ReplayPort:
    """A `SteppedPort` from a tape: no simulator. It shows what it was ordered to show."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._row = 0
        self._place = {signal_id: k for k, signal_id in enumerate(tape.signals)}
        self._shown = list(tape.first)
        self.orders: list[Order] = []
        self._crossings: list[int] = []
        self._detected: list[int] = []
        self._asked = np.zeros(0, ASKED) if tape.asked is None else tape.asked

    @property
    def time_s(self) -> float:
        """Time on the tape; after its last row, the second behind it."""
        if self._row < len(self._tape.time_s):
            return float(self._tape.time_s[self._row])
        return float(self._tape.time_s[-1]) + 1.0

    @property
    def sampled_s(self) -> float:
        """Now."""
        return self.time_s

    def watch_loops(self, ids: Sequence[str]) -> None:
        """ScenarioError where the tape has other loops."""
        if tuple(ids) != self._tape.loops:
            raise ScenarioError("the tape has other loops than the scenario; record it again")

    def watch_signals(self, ids: Sequence[str]) -> None:
        """ScenarioError where the tape has other signals."""
        if tuple(ids) != self._tape.signals:
            raise ScenarioError("the tape has other signals than the scenario; record it again")

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The row of now."""
        tape, k = self._tape, self._row
        return tape.entered[k].astype(np.float64), tape.left[k].astype(np.float64), tape.occupancy[k].copy()

    def watch_crossings(self, ids: Sequence[str]) -> None:
        """Those of which the tape knows nothing count as unknown."""
        self._crossings = _places(self._tape.crossings, ids)

    def read_waiting(self) -> FloatArray:
        """The row of now."""
        return _of_row(self._tape.waiting, self._row, self._crossings)

    def watch_on_crossing(self, ids: Sequence[str]) -> None:
        """As `watch_crossings`."""
        self._detected = _places(self._tape.detected, ids)

    def read_on_crossing(self) -> FloatArray:
        """The row of now."""
        return _of_row(self._tape.on_it, self._row, self._detected)

    def watch_requests(self, links: Mapping[tuple[str, int], int], kinds: Sequence[RequestClass]) -> None:
        """Who asked is on the tape."""

    def read_requests(self) -> Rows:
        """Those of now."""
        first, last = np.searchsorted(self._asked["at"], [self._row, self._row + 1])
        return np.array([row[1:] for row in self._asked[first:last].tolist()], dtype=REQUEST)

    def shown_states(self) -> list[str]:
        """The last order of each signal or its first state on the tape, in the order of the tape."""
        return list(self._shown)

    def set_state(self, signal_id: str, state: str) -> None:
        """Keep the order."""
        place = self._place[signal_id]
        self.orders.append((self._row, place, state))
        self._shown[place] = state

    def leave(self, signal_id: str, program_id: str, state: str) -> None:
        """Kept as an order."""
        self.set_state(signal_id, state)

    def step_to(self, time_s: float) -> None:
        """The first row at or after ``time_s``."""
        while self._row < len(self._tape.time_s) and self._tape.time_s[self._row] < time_s - 1e-6:
            self._row += 1


def _places(known: Sequence[str], ids: Sequence[str]) -> list[int]:
    """Of each of ``ids`` among those of the tape, -1 for none."""
    place = {edge_id: k for k, edge_id in enumerate(known)}
    return [place.get(edge_id, -1) for edge_id in ids]


def _of_row(table: NDArray[np.uint16] | None, at: int, places: Sequence[int]) -> FloatArray:
    row = [] if table is None else table[at].tolist()
    return np.array([float(row[k]) if 0 <= k < len(row) else np.nan for k in places])


def write_tape(tape: Tape, path: Path) -> None:
    """Write a tape."""
    content: dict[str, Any] = {
        "time_s": tape.time_s,
        "entered": tape.entered,
        "left": tape.left,
        "occupancy": tape.occupancy,
        "loops": np.array(tape.loops, dtype=np.str_),
        "signals": np.array(tape.signals, dtype=np.str_),
        "first": np.array(tape.first, dtype=np.str_),
        "order_at": np.array([row for row, _, _ in tape.orders], dtype=np.int64),
        "order_of": np.array([signal for _, signal, _ in tape.orders], dtype=np.int64),
        "order": np.array([state for _, _, state in tape.orders], dtype=np.str_),
    }
    if tape.waiting is not None:
        content |= {"crossings": np.array(tape.crossings, dtype=np.str_), "waiting": tape.waiting}
    if tape.on_it is not None:
        content |= {"detected": np.array(tape.detected, dtype=np.str_), "on_it": tape.on_it}
    if tape.asked is not None:
        content["asked"] = tape.asked
    np.savez_compressed(path, **content)


def _walkers(found: Any, names: str, table: str) -> tuple[tuple[str, ...], NDArray[np.uint16] | None]:
    """Of tapes of signals with crossings."""
    if table not in found:
        return (), None
    crossings, waiting = tuple(found[names].tolist()), found[table]
    if waiting.shape != (len(found["time_s"]), len(crossings)) or str(waiting.dtype) != "uint16":
        raise ValueError("its crossings are not those of its seconds")
    return crossings, waiting


def _asked(found: Any) -> Rows | None:
    """Of tapes on which somebody may have asked."""
    if "asked" not in found:
        return None
    asked: Rows = found["asked"]
    if asked.dtype != ASKED or asked.ndim != 1 or (np.diff(asked["at"].astype(np.int64)) < 0).any():
        raise ValueError("its requests are none")
    return asked


def read_tape(path: Path) -> Tape:
    """Read a tape; ScenarioError where it is none."""
    if not path.exists():
        raise ScenarioError(f"{path}: no tape here; only controllers that see loops alone are recorded, and not with "
                            "--report none: run the comparison again with --report basic")
    require_file(path, AGAIN)
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            _require_room(stream)
            orders = zip(found["order_at"].tolist(), found["order_of"].tolist(), found["order"].tolist(), strict=True)
            whole = _whole(
                found["time_s"],
                found["entered"],
                found["left"],
                found["occupancy"],
                tuple(found["loops"].tolist()),
                tuple(found["signals"].tolist()),
                tuple(found["first"].tolist()),
                tuple(orders),
            )
            crossings, waiting = _walkers(found, "crossings", "waiting")
            detected, on_it = _walkers(found, "detected", "on_it")
            return replace(whole, crossings=crossings, waiting=waiting, asked=_asked(found), detected=detected,
                           on_it=on_it)
    except BROKEN as error:
        said = "no .npz" if "pickle" in str(error) else f"{type(error).__name__}: {error}"
        raise ScenarioError(f"{path}: not a tape of a run ({said}); {AGAIN}") from error


def _require_room(stream: IO[bytes]) -> None:
    """ValueError where it unpacks to more than a machine has; a few bytes may say so."""
    size = sum(part.file_size for part in zipfile.ZipFile(stream).infolist())
    if size > MOST_BYTES:
        raise ValueError(f"{size >> 20} MiB unpacked")


def _whole(time_s: FloatArray, entered: NDArray[np.uint16], left: NDArray[np.uint16], occupancy: FloatArray,
           loops: tuple[str, ...], signals: tuple[str, ...], first: tuple[str, ...],
           orders: tuple[Order, ...]) -> Tape:  # fmt: skip
    """A tape whose parts fit each other; ValueError otherwise."""
    shape = (len(time_s), len(loops))
    if entered.shape != shape or left.shape != shape or occupancy.shape != shape or not shape[0]:
        raise ValueError(f"its tables are not {shape[0]} seconds of {shape[1]} loops")
    if [str(table.dtype) for table in (time_s, entered, left, occupancy)] != ["float64", "uint16", "uint16", "float64"]:
        raise ValueError("its tables are of other types")
    if not np.isfinite(time_s).all() or (np.diff(time_s) <= 0.0).any() or time_s[-1] - time_s[0] > LONGEST_S:
        raise ValueError("its times do not ascend, or never end")
    if len(first) != len(signals) or not all(0 <= row < shape[0] and 0 <= k < len(signals) for row, k, _ in orders):
        raise ValueError("its orders are of other signals")
    return Tape(time_s, entered, left, occupancy, loops, signals, first, orders)
