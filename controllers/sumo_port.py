"""The one gate to SUMO: libsumo in this process, or traci over a socket (also with the GUI).

Both backends show the same snapshot: what held at the end of the last step. Loop samples are gathered
after every SUMO step, so a count is right whatever the step length. A backend's own errors become
`SumoError` with the lines SUMO wrote.
"""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from controllers.fresh_heap import fill_holes
from controllers.running_program import running_program
from controllers.sumo_process import end, free_port, last_errors, last_line, redirected
from network.signals import Program
from network.sumo_package import binary

Backend: TypeAlias = Literal["libsumo", "traci"]
FloatArray: TypeAlias = NDArray[np.float64]
# Which loop, ids on it in the last step, occupancy in %, whether all of them had left it by the end of the step.
LoopSample: TypeAlias = tuple[int, Sequence[str], float, bool]

STANDING_MPS = 0.1  # as in SUMO's halting number
CONNECT_WITHIN_S = 60.0
CONNECT_PAUSE_S = 0.02
ROUNDING_S = 1e-3


class SumoError(Exception):
    """SUMO could not start or stopped; ``str()`` is SUMO's own message."""


class SumoPort:
    """One simulation. Times are simulation seconds; ids that were not watched cannot be read."""

    def __init__(self, backend: Backend, args: Sequence[str], gui: bool = False) -> None:
        """``args``: SUMO options without the program name. ``gui`` needs the traci backend."""
        if gui and backend != "traci":
            raise ValueError("the GUI needs the traci backend")
        self._args = list(args)
        self._said = tempfile.NamedTemporaryFile(prefix="sumo-", suffix=".log")  # noqa: SIM115  lives as long as the port
        self._link: _Link = _Libsumo() if backend == "libsumo" else _Traci(gui)
        self._loops: tuple[str, ...] = ()
        self._lanes: tuple[tuple[str, float], ...] = ()
        self._on_loops: dict[int, Sequence[str]] = {}
        self._clear_loops()

    def start(self) -> None:
        """Start SUMO and load the scenario; SumoError with SUMO's message where it refuses."""
        try:
            with self._own_errors():
                self._link.start(self._args, self._said.fileno())
        except SumoError:
            self._said.close()
            raise

    def close(self) -> None:
        """End the simulation; SUMO writes the rest of its outputs."""
        try:
            with self._own_errors():
                self._link.close()
        finally:
            self._said.close()

    def step_to(self, time_s: float) -> None:
        """Simulate up to ``time_s``, gathering loop samples after every SUMO step."""
        with self._own_errors():
            while self._link.time_s < time_s - 1e-6:
                self._link.step()
                self._gather()

    @property
    def time_s(self) -> float:
        """Simulation time at the end of the last step."""
        return self._link.time_s

    @property
    def sampled_s(self) -> float:
        """When the samples of `read_loops` were taken."""
        return self._link.time_s

    def expected(self) -> int:
        """Vehicles running or still to come."""
        with self._own_errors():
            return self._link.expected()

    def programs(self) -> dict[str, Program]:
        """The running program of every signal, as SUMO has it."""
        with self._own_errors():
            lights = self._link.api.trafficlight
            return {str(i): running_program(lights, str(i)) for i in lights.getIDList()}

    def watch_loops(self, ids: Sequence[str]) -> None:
        """Choose the induction loops of `read_loops`, in its order."""
        self._loops = tuple(ids)
        with self._own_errors():
            self._link.watch_loops(self._loops)
        self._on_loops = {}
        self._clear_loops()

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Since the last call, float64[n] each: vehicles that came onto each loop, vehicles that left it, and
        the share of time it was occupied (0..1)."""
        entered, left = self._entered, self._left
        occupancy = self._occupied / (100.0 * max(1, self._samples))
        self._clear_loops()
        return entered, left, np.minimum(occupancy, 1.0)

    def _clear_loops(self) -> None:
        self._entered, self._left, self._occupied = np.zeros((3, len(self._loops)))
        self._samples = 0

    def watch_lanes(self, stretches: Sequence[tuple[str, float]]) -> None:
        """Choose what `read_lanes` counts, in its order: lanes, each from a position in m to its end."""
        self._lanes = tuple(stretches)
        with self._own_errors():
            self._link.watch_lanes(tuple(dict.fromkeys(lane_id for lane_id, _ in stretches)))

    def read_lanes(self) -> tuple[FloatArray, FloatArray]:
        """Now on each stretch: vehicles standing (below 0.1 m/s), and all vehicles (both float64[n])."""
        with self._own_errors():
            rows = [
                self._link.lane(i) if from_m <= 0.0 else _beyond(self._link, i, from_m)
                for i, from_m in self._lanes
            ]
        table = np.array(rows, dtype=np.float64).reshape(len(rows), 2)
        return table[:, 0].copy(), table[:, 1].copy()

    def watch_signals(self, ids: Sequence[str]) -> None:
        """Choose the signals of `shown_state` and `shown_program`."""
        with self._own_errors():
            self._link.watch_signals(tuple(ids))

    def shown_state(self, signal_id: str) -> str:
        """The state string that was shown in the last step."""
        with self._own_errors():
            return self._link.states[signal_id]

    def shown_states(self) -> list[str]:
        """`shown_state` of all watched signals, in their order."""
        return list(self._link.states.values())

    def shown_program(self, signal_id: str) -> str:
        """The program that was running in the last step; "online" after `set_state`."""
        with self._own_errors():
            return self._link.program(signal_id)

    def switch_program(self, signal_id: str, program_id: str) -> None:
        """Have a signal run a program SUMO knows, as another client of SUMO might."""
        with self._own_errors():
            self._link.api.trafficlight.setProgram(signal_id, program_id)

    def set_state(self, signal_id: str, state: str) -> None:
        """Show ``state`` from the next step on, until the next call."""
        with self._own_errors():
            self._link.set_state(signal_id, state)

    def _gather(self) -> None:
        before, now = self._on_loops, {}
        for k, ids, occupancy, free in self._link.occupied_loops():
            was = before.pop(k, ())
            if ids != was or free:
                new, old = frozenset(ids), frozenset(was)
                self._entered[k] += len(new - old)
                self._left[k] += len(old | new if free else old - new)
            self._occupied[k] += max(0.0, occupancy)
            now[k] = () if free else ids
        for k, was in before.items():
            self._left[k] += len(frozenset(was))
        self._on_loops = now
        self._samples += 1

    @contextlib.contextmanager
    def _own_errors(self) -> Iterator[None]:
        try:
            yield
        except self._link.errors as error:
            said = last_errors(self._said.name) or last_errors(_log_file(self._args))
            if not said and isinstance(error, OSError):  # the program that should listen has ended
                said = last_line(self._said.name)
            raise SumoError(
                said or " ".join(str(error).split()) or "SUMO stopped without a message"
            ) from error


class _Link(Protocol):
    """What the two backends have in common. ``api`` is the module or connection; ``states`` of the watched signals."""

    api: Any
    time_s: float
    states: dict[str, str]
    errors: tuple[type[Exception], ...]

    def start(self, args: Sequence[str], stderr: int) -> None: ...
    def close(self) -> None: ...
    def step(self) -> None: ...
    def expected(self) -> int: ...
    def watch_loops(self, ids: tuple[str, ...]) -> None: ...
    def watch_lanes(self, ids: tuple[str, ...]) -> None: ...
    def watch_signals(self, ids: tuple[str, ...]) -> None: ...
    def occupied_loops(self) -> Iterator[LoopSample]: ...
    def lane(self, lane_id: str) -> tuple[int, int]: ...
    def on_lane(self, lane_id: str) -> Sequence[str]: ...
    def program(self, signal_id: str) -> str: ...
    def set_state(self, signal_id: str, state: str) -> None: ...


class _Libsumo:
    """In this process; polling is the cheapest way here (docs/speed.md)."""

    def __init__(self) -> None:
        import libsumo

        loops = libsumo.inductionloop

        self.api: Any = libsumo
        self.time_s = 0.0
        self.errors: tuple[type[Exception], ...] = (libsumo.TraCIException, libsumo.FatalTraCIError)
        self._since = _unwrapped("inductionloop_getTimeSinceDetection", loops.getTimeSinceDetection)
        self._ids_on = _unwrapped("inductionloop_getLastStepVehicleIDs", loops.getLastStepVehicleIDs)
        self._occupancy = _unwrapped("inductionloop_getLastStepOccupancy", loops.getLastStepOccupancy)
        self._state = _unwrapped(
            "trafficlight_getRedYellowGreenState", libsumo.trafficlight.getRedYellowGreenState
        )
        self._loops: tuple[str, ...] = ()
        self._recent_s = 0.0
        self.states: dict[str, str] = {}
        self._programs: dict[str, str] = {}

    def start(self, args: Sequence[str], stderr: int) -> None:
        fill_holes()
        with redirected(2, stderr):
            self.api.start(["sumo", *args])
        self.time_s = self.api.simulation.getTime()

    def close(self) -> None:
        self.api.close()

    def step(self) -> None:
        self.api.simulationStep()
        self.time_s = self.api.simulation.getTime()
        self._look()

    def expected(self) -> int:
        return int(self.api.simulation.getMinExpectedNumber())

    def watch_loops(self, ids: tuple[str, ...]) -> None:
        _all_known("induction loop", ids, set(self.api.inductionloop.getIDList()))
        self._loops = ids
        self._recent_s = self.api.simulation.getDeltaT() + ROUNDING_S

    def watch_lanes(self, ids: tuple[str, ...]) -> None:
        _all_known("lane", ids, set(self.api.lane.getIDList()))

    def watch_signals(self, ids: tuple[str, ...]) -> None:
        self.states = dict.fromkeys(ids, "")
        self._look()

    def occupied_loops(self) -> Iterator[LoopSample]:
        """One call per loop tells whether anything was on it; only then are ids and occupancy asked for."""
        loops, recent_s = self._loops, self._recent_s
        for k, since_s in enumerate(map(self._since, loops)):
            if since_s <= recent_s:
                ids = self._ids_on(loops[k])
                if ids:
                    yield k, ids, self._occupancy(loops[k]), since_s > 0.0

    def lane(self, lane_id: str) -> tuple[int, int]:
        lanes = self.api.lane
        return lanes.getLastStepHaltingNumber(lane_id), lanes.getLastStepVehicleNumber(lane_id)

    def on_lane(self, lane_id: str) -> Sequence[str]:
        ids: Sequence[str] = self.api.lane.getLastStepVehicleIDs(lane_id)
        return ids

    def program(self, signal_id: str) -> str:
        if signal_id not in self._programs:
            self._programs[signal_id] = self.api.trafficlight.getProgram(signal_id)
        return self._programs[signal_id]

    def set_state(self, signal_id: str, state: str) -> None:
        self.program(signal_id)  # as it was in the last step
        self.api.trafficlight.setRedYellowGreenState(signal_id, state)

    def _look(self) -> None:
        self.states = dict(zip(self.states, map(self._state, self.states), strict=True))
        self._programs.clear()


class _Traci:
    """Over a socket: one round trip per step brings everything that is watched."""

    def __init__(self, gui: bool) -> None:
        import traci
        import traci.constants as tc

        self.api: Any = None
        self.time_s = 0.0
        self.errors: tuple[type[Exception], ...] = (traci.TraCIException, traci.FatalTraCIError, OSError)
        self._program = binary("sumo-gui" if gui else "sumo")
        self._extra = ["--start", "--quit-on-end"] if gui else []
        self._process: subprocess.Popen[bytes] | None = None
        self._loops: Mapping[str, Any] = {}
        self._loop_ids: tuple[str, ...] = ()
        self._lanes: Mapping[str, Any] = {}
        self._signals: Mapping[str, Any] = {}
        self._watched: tuple[str, ...] = ()
        self.states: dict[str, str] = {}
        self._clock: Mapping[int, Any] = {}
        self._tc: Any = tc

    def start(self, args: Sequence[str], stderr: int) -> None:
        port = free_port()
        command = [self._program, *args, *self._extra, "--remote-port", str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        try:
            self.api = _connect(port, self._process)
            self.api.simulation.subscribe((self._tc.VAR_TIME, self._tc.VAR_MIN_EXPECTED_VEHICLES))
            self._read()
        except BaseException:
            end(self._process)
            raise

    def close(self) -> None:
        if self.api is None or self._process is None:
            return
        try:
            self.api.close()
        finally:
            self.api = None
            end(self._process)

    def step(self) -> None:
        self.api.simulationStep()
        self._read()

    def expected(self) -> int:
        return int(self._clock[self._tc.VAR_MIN_EXPECTED_VEHICLES])

    def watch_loops(self, ids: tuple[str, ...]) -> None:
        for i in ids:
            self.api.inductionloop.subscribe(
                i, (self._tc.LAST_STEP_VEHICLE_ID_LIST, self._tc.LAST_STEP_OCCUPANCY,
                    self._tc.LAST_STEP_TIME_SINCE_DETECTION)
            )
        self._loop_ids = ids
        self._read()

    def watch_lanes(self, ids: tuple[str, ...]) -> None:
        tc = self._tc
        wanted = (tc.LAST_STEP_VEHICLE_HALTING_NUMBER, tc.LAST_STEP_VEHICLE_NUMBER, tc.LAST_STEP_VEHICLE_ID_LIST)
        for i in ids:
            self.api.lane.subscribe(i, wanted)
        self._read()

    def watch_signals(self, ids: tuple[str, ...]) -> None:
        for i in ids:
            self.api.trafficlight.subscribe(
                i, (self._tc.TL_RED_YELLOW_GREEN_STATE, self._tc.TL_CURRENT_PROGRAM)
            )
        self._watched = ids
        self._read()

    def occupied_loops(self) -> Iterator[LoopSample]:
        vehicle_ids, occupancy = self._tc.LAST_STEP_VEHICLE_ID_LIST, self._tc.LAST_STEP_OCCUPANCY
        since_s = self._tc.LAST_STEP_TIME_SINCE_DETECTION
        for k, loop_id in enumerate(self._loop_ids):
            row = self._loops[loop_id]
            if row[vehicle_ids]:
                yield k, row[vehicle_ids], row[occupancy], row[since_s] > 0.0

    def lane(self, lane_id: str) -> tuple[int, int]:
        row = self._lanes[lane_id]
        return row[self._tc.LAST_STEP_VEHICLE_HALTING_NUMBER], row[self._tc.LAST_STEP_VEHICLE_NUMBER]

    def on_lane(self, lane_id: str) -> Sequence[str]:
        ids: Sequence[str] = self._lanes[lane_id][self._tc.LAST_STEP_VEHICLE_ID_LIST]
        return ids

    def program(self, signal_id: str) -> str:
        program: str = self._signals[signal_id][self._tc.TL_CURRENT_PROGRAM]
        return program

    def set_state(self, signal_id: str, state: str) -> None:
        self.api.trafficlight.setRedYellowGreenState(signal_id, state)

    def _read(self) -> None:
        self._clock = self.api.simulation.getSubscriptionResults()
        self._loops = self.api.inductionloop.getAllSubscriptionResults()
        self._lanes = self.api.lane.getAllSubscriptionResults()
        self._signals = self.api.trafficlight.getAllSubscriptionResults()
        self.states = {i: self._signals[i][self._tc.TL_RED_YELLOW_GREEN_STATE] for i in self._watched}
        self.time_s = float(self._clock[self._tc.VAR_TIME])


def _beyond(link: _Link, lane_id: str, from_m: float) -> tuple[int, int]:
    """Vehicles standing, and all vehicles, with their front beyond a position."""
    vehicles = link.api.vehicle
    seen = [i for i in link.on_lane(lane_id) if vehicles.getLanePosition(i) >= from_m]
    return sum(vehicles.getSpeed(i) < STANDING_MPS for i in seen), len(seen)


def _connect(port: int, process: subprocess.Popen[bytes]) -> Any:
    import traci.connection

    deadline = time.monotonic() + CONNECT_WITHIN_S
    while True:
        try:
            return traci.connection.Connection("localhost", port, process, None, True)
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(CONNECT_PAUSE_S)


def _unwrapped(name: str, public: Callable[[str], Any]) -> Callable[[str], Any]:
    """libsumo's own function behind its Python wrapper, a third faster; the wrapper where there is none."""
    import libsumo

    found: Callable[[str], Any] = getattr(getattr(libsumo, "_libsumo", None), name, public)
    return found


def _all_known(what: str, ids: Sequence[str], known: set[str]) -> None:
    unknown = [i for i in ids if i not in known]
    if unknown:
        raise SumoError(f"SUMO has no {what} '{unknown[0]}'")


def _log_file(args: Sequence[str]) -> str:
    for name, value in itertools.pairwise(args):
        if name in ("--error-log", "--log"):
            return value
    return ""
