"""The two ways to SUMO behind the port: libsumo in this process, traci over a socket."""

from __future__ import annotations

import contextlib
import io
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from controllers.sumo.fresh_heap import fill_holes
from controllers.sumo.process import SumoError, end, free_port, redirected
from network.sumo_package import binary, die_with_parent

# Which loop, ids on it in the last step, occupancy in %, whether all of them had left it by the end of the step.
LoopSample: TypeAlias = tuple[int, Sequence[str], float, bool]

CONNECT_WITHIN_S = 60.0
CONNECT_PAUSE_S = 0.02
ROUNDING_S = 1e-3


class Link(Protocol):
    """What the two have in common. ``api``: the module or connection; ``states``: of the watched signals, in order."""

    api: Any
    time_s: float
    states: list[str]
    errors: tuple[type[Exception], ...]

    def start(self, args: Sequence[str], stderr: int) -> None: ...
    def close(self) -> None: ...
    def step(self) -> None: ...
    def expected(self) -> int: ...
    def watch_loops(self, ids: tuple[str, ...]) -> None: ...
    def watch_lanes(self, ids: tuple[str, ...]) -> None: ...
    def watch_signals(self, ids: tuple[str, ...]) -> None: ...
    def watch_areas(self, ids: tuple[str, ...]) -> None: ...
    def persons_on(self, edge_id: str) -> Sequence[str]: ...
    def occupied_loops(self) -> Iterable[LoopSample]: ...
    def lane(self, lane_id: str) -> tuple[int, int]: ...
    def on_lane(self, lane_id: str) -> Sequence[str]: ...
    def program(self, signal_id: str) -> str: ...
    def set_state(self, signal_id: str, state: str) -> None: ...


class Libsumo:
    """In this process; polling is the cheapest way here (experiments: beside SUMO)."""

    def __init__(self) -> None:
        libsumo = _libsumo()
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
        self._watched: tuple[str, ...] = ()
        self._recent_s = 0.0
        self.states: list[str] = []
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
        self._watched = ids
        self._look()

    def occupied_loops(self) -> Iterable[LoopSample]:
        """One call per loop tells whether anything was on it; only then are ids and occupancy asked for."""
        loops, recent_s = self._loops, self._recent_s
        found: list[LoopSample] = []
        for k, since_s in enumerate(map(self._since, loops)):
            if since_s <= recent_s:
                ids = self._ids_on(loops[k])
                if ids:
                    found.append((k, ids, self._occupancy(loops[k]), since_s > 0.0))
        return found

    def lane(self, lane_id: str) -> tuple[int, int]:
        lanes = self.api.lane
        return lanes.getLastStepHaltingNumber(lane_id), lanes.getLastStepVehicleNumber(lane_id)

    def on_lane(self, lane_id: str) -> Sequence[str]:
        ids: Sequence[str] = self.api.lane.getLastStepVehicleIDs(lane_id)
        return ids

    def watch_areas(self, ids: tuple[str, ...]) -> None:
        """Nothing to do: they are asked for one by one."""

    def persons_on(self, edge_id: str) -> Sequence[str]:
        ids: Sequence[str] = self.api.edge.getLastStepPersonIDs(edge_id)
        return ids

    def program(self, signal_id: str) -> str:
        if signal_id not in self._programs:
            self._programs[signal_id] = self.api.trafficlight.getProgram(signal_id)
        return self._programs[signal_id]

    def set_state(self, signal_id: str, state: str) -> None:
        self.program(signal_id)  # as it was in the last step
        self.api.trafficlight.setRedYellowGreenState(signal_id, state)

    def _look(self) -> None:
        self.states = list(map(self._state, self._watched))
        self._programs.clear()


class Traci:
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
        self._areas: Mapping[str, Any] = {}
        self._watched: tuple[str, ...] = ()
        self.states: list[str] = []
        self._clock: Mapping[int, Any] = {}
        self._tc: Any = tc

    def start(self, args: Sequence[str], stderr: int) -> None:
        port = free_port()
        command = [self._program, *args, *self._extra, "--remote-port", str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, preexec_fn=die_with_parent)
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

    def occupied_loops(self) -> Iterable[LoopSample]:
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

    def watch_areas(self, ids: tuple[str, ...]) -> None:
        for i in ids:
            self.api.edge.subscribe(i, (self._tc.LAST_STEP_PERSON_ID_LIST,))
        self._read()

    def persons_on(self, edge_id: str) -> Sequence[str]:
        ids: Sequence[str] = self._areas[edge_id][self._tc.LAST_STEP_PERSON_ID_LIST]
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
        self._areas = self.api.edge.getAllSubscriptionResults()
        self._signals = self.api.trafficlight.getAllSubscriptionResults()
        self.states = [self._signals[i][self._tc.TL_RED_YELLOW_GREEN_STATE] for i in self._watched]
        self.time_s = float(self._clock[self._tc.VAR_TIME])


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


def _libsumo() -> Any:
    """The module, without what it prints as it is loaded: a doubt about pyarrow, which it never meets here."""
    with contextlib.redirect_stdout(io.StringIO()):
        import libsumo
    return libsumo


def _unwrapped(name: str, public: Callable[[str], Any]) -> Callable[[str], Any]:
    """libsumo's own function behind its Python wrapper, a third faster; the wrapper where there is none."""
    found: Callable[[str], Any] = getattr(getattr(_libsumo(), "_libsumo", None), name, public)
    return found


def _all_known(what: str, ids: Sequence[str], known: set[str]) -> None:
    unknown = [i for i in ids if i not in known]
    if unknown:
        raise SumoError(f"SUMO has no {what} '{unknown[0]}'")
