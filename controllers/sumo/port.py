"""The one gate to SUMO: libsumo in this process, or traci over a socket (also with the GUI).

Both backends show the same snapshot: what held at the end of the last step. Loop samples are gathered
after every SUMO step, so a count is right whatever the step length. A backend's own errors become
`SumoError` with the lines SUMO wrote.
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from controllers.announce.heard import Coming
from controllers.sumo.asking import Askers
from controllers.sumo.connected import Connected, Tell
from controllers.sumo.links import Libsumo, Link, LoopSample, Traci
from controllers.sumo.process import SumoError, last_errors, last_line
from controllers.sumo.rerouting import Rerouted
from controllers.sumo.running_program import known_programs, running_program
from network.loops.detectors import WIRED
from network.program.signals import Program
from signal_core.requests import REQUEST, RequestClass, Rows

__all__ = ["Backend", "FloatArray", "SumoError", "SumoPort"]

Backend: TypeAlias = Literal["libsumo", "traci"]
FloatArray: TypeAlias = NDArray[np.float64]

STANDING_MPS = 0.1  # as in SUMO's halting number


class SumoPort:
    """One simulation, a `VehiclePort`. Times are simulation seconds; ids that were not watched cannot be read."""

    def __init__(self, backend: Backend, args: Sequence[str], gui: bool = False) -> None:
        """``args``: SUMO options without the program name. ``gui`` needs the traci backend."""
        if gui and backend != "traci":
            raise ValueError("the GUI needs the traci backend")
        self._args = list(args)
        self._said = tempfile.NamedTemporaryFile(prefix="sumo-", suffix=".log")  # noqa: SIM115  lives as long as the port
        self._link: Link = Libsumo() if backend == "libsumo" else Traci(gui)
        self._loops: tuple[str, ...] = ()
        self._channel: list[int] = []
        self._lanes: tuple[tuple[str, float], ...] = ()
        self._place: dict[str, int] = {}
        self._crossing: dict[str, int] = {}
        self._areas: tuple[str, ...] = ()
        self._seen_on: tuple[str, ...] = ()
        self._on_loops: dict[int, Sequence[str]] = {}
        self._askers: Askers | None = None
        self._connected: Connected | None = None
        self._rerouted: Rerouted | None = None
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
                if self._askers is not None:
                    self._askers.admit(self._link.api.simulation.getDepartedIDList())

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
            return {str(i): running_program(lights, str(i), self._link.time_s) for i in lights.getIDList()}

    def programs_of(self, signal_id: str) -> dict[str, Program]:
        """Every program a signal might run, by id."""
        with self._own_errors():
            return known_programs(self._link.api.trafficlight, signal_id)

    def watch_loops(self, ids: Sequence[str]) -> None:
        """Choose the induction loops of `read_loops`, in its order.

        Others of SUMO that are called the same with `WIRED` behind it are on the same channel: they count as one.
        """
        self._loops = tuple(ids)
        place = {loop_id: k for k, loop_id in enumerate(self._loops)}
        with self._own_errors():
            wired = [i for i in map(str, self._link.api.inductionloop.getIDList())
                     if i not in place and i.rpartition(WIRED)[0] in place]
            self._link.watch_loops((*self._loops, *wired))
        self._channel = [*range(len(place)), *(place[i.rpartition(WIRED)[0]] for i in wired)]
        self._on_loops = {}
        self._clear_loops()

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Since the last call, float64[n] each: vehicles that came onto each loop, vehicles that left it, and
        the share of time it was occupied (0..1)."""
        n = len(self._loops)
        entered, left, occupancy = np.zeros(n), np.zeros(n), np.zeros(n)
        for k, count in self._entered.items():
            entered[k] = count
        for k, count in self._left.items():
            left[k] = count
        steps = 100.0 * max(1, self._samples)
        for k, total in self._occupied.items():
            occupancy[k] = min(total / steps, 1.0)
        self._clear_loops()
        return entered, left, occupancy

    def _clear_loops(self) -> None:
        """Sums of the loops that had anything, which are few."""
        self._entered: dict[int, int] = {}
        self._left: dict[int, int] = {}
        self._occupied: dict[int, float] = {}
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

    def watch_crossings(self, ids: Sequence[str]) -> None:
        """Choose the crossings of `read_waiting`, in its order, by their edges."""
        self._crossing = {edge_id: k for k, edge_id in enumerate(ids)}
        beside = tuple(edge_id.rpartition("_c")[0] + "_w" for edge_id in ids)
        with self._own_errors():
            edges = [str(i) for i in self._link.api.edge.getIDList()] if ids else []
            self._areas = tuple(i for i in edges if i.rpartition("_w")[0] + "_w" in beside)
            self._link.watch_areas(self._areas)

    def read_waiting(self) -> FloatArray:
        """float64[crossings]: persons beside each who are about to walk over it."""
        waiting = np.zeros(len(self._crossing))
        with self._own_errors():
            for area in self._areas:
                for person in self._link.persons_on(area):
                    k = self._crossing.get(self._link.api.person.getNextEdge(person), -1)
                    if k >= 0:
                        waiting[k] += 1.0
        return waiting

    def watch_on_crossing(self, ids: Sequence[str]) -> None:
        """Choose the crossings of `read_on_crossing`, in its order, by their edges."""
        self._seen_on = tuple(ids)
        with self._own_errors():
            self._link.watch_areas(self._seen_on)

    def read_on_crossing(self) -> FloatArray:
        """float64[crossings]: persons on each."""
        with self._own_errors():
            return np.array([float(len(self._link.persons_on(edge_id))) for edge_id in self._seen_on])

    def watch_requests(self, links: Mapping[tuple[str, int], int], kinds: Sequence[RequestClass]) -> None:
        """Choose who may ask for which links."""
        with self._own_errors():
            if self._askers is None:
                self._askers = Askers(self._link.api, self._link.errors, links, kinds)
            else:
                self._askers.number(links)

    def read_requests(self) -> Rows:
        """Messages of those who ask now."""
        if self._askers is None:
            return np.zeros(0, REQUEST)
        with self._own_errors():
            return self._askers.rows()

    def asked_by(self, request: int) -> str:
        """The vehicle that sent a request; empty where none did."""
        return self._askers.names[request] if self._askers and 0 <= request < len(self._askers.names) else ""

    def connect(self, share: float, seed: int) -> None:
        """Equip a share of all vehicles; see `advise`."""
        self._connected = Connected(self._link.api, share, seed)

    def advise(self, tell: Tell) -> list[Coming]:
        """Tell those that are equipped how fast to drive; returns who comes."""
        if self._connected is None:
            return []
        with self._own_errors():
            return self._connected.second(tell)

    def emission_classes(self) -> dict[str, str]:
        """Of every type of vehicle."""
        with self._own_errors():
            types = self._link.api.vehicletype
            return {kind: str(types.getEmissionClass(kind)) for kind in types.getIDList()}

    def guide(self, share: float, seed: int, free_s: Mapping[str, float]) -> None:
        """Equip a share of all vehicles for route advice; see `reroute`. free_s: of every edge without delay."""
        self._rerouted = Rerouted(self._link.api, share, seed, free_s)

    def guided(self) -> tuple[int, int]:
        """Vehicles that departed while `departures` was asked, and those of them that SUMO itself guides."""
        return (self._rerouted.departed, self._rerouted.guided) if self._rerouted is not None else (0, 0)

    def departures(self) -> None:
        """Count who departed in the last step; see `guided`."""
        if self._rerouted is not None:
            with self._own_errors():
                self._rerouted.depart()

    def reroute(self, now_s: float, delay_s: Mapping[str, float]) -> None:
        """Tell those that are equipped what roads take."""
        if self._rerouted is not None:
            with self._own_errors():
                self._rerouted.second(now_s, delay_s)

    def watch_signals(self, ids: Sequence[str]) -> None:
        """Choose the signals of `shown_state` and `shown_program`."""
        self._place = {signal_id: k for k, signal_id in enumerate(ids)}
        with self._own_errors():
            self._link.watch_signals(tuple(ids))

    def shown_state(self, signal_id: str) -> str:
        """The state string that was shown in the last step."""
        return self._link.states[self._place[signal_id]]

    def shown_states(self) -> list[str]:
        """`shown_state` of all watched signals, in their order."""
        return list(self._link.states)

    def shown_program(self, signal_id: str) -> str:
        """The program that was running in the last step; "online" after `set_state`."""
        with self._own_errors():
            return self._link.program(signal_id)

    def switch_program(self, signal_id: str, program_id: str) -> None:
        """Have a signal run a program SUMO knows, as another client of SUMO might."""
        with self._own_errors():
            self._link.api.trafficlight.setProgram(signal_id, program_id)

    def leave(self, signal_id: str, program_id: str, state: str) -> None:
        """Have a signal run a program of its own from the next step on; ``state`` is what that shows first."""
        self.switch_program(signal_id, program_id)

    def set_state(self, signal_id: str, state: str) -> None:
        """Show ``state`` from the next step on, until the next call."""
        with self._own_errors():
            self._link.set_state(signal_id, state)

    def _gather(self) -> None:
        before, now, occupied = self._on_loops, {}, self._occupied
        for k, ids, occupancy, free in self._channels():
            was = before.pop(k, ())
            if free or ids != was:
                self._count(k, was, ids, free)
            if occupancy > 0.0:
                occupied[k] = occupied.get(k, 0.0) + occupancy
            if not free:
                now[k] = ids
        for k, was in before.items():
            self._count(k, was, (), False)
        self._on_loops = now
        self._samples += 1

    def _channels(self) -> Iterable[LoopSample]:
        """What was on the loops, by channel: who goes from one loop of a channel to the next is the same one."""
        joint: dict[int, LoopSample] = {}
        for k, ids, occupancy, free in self._link.occupied_loops():
            channel = self._channel[k]
            if channel in joint:
                _, others, also, all_free = joint[channel]
                ids = (*others, *(i for i in ids if i not in others))
                occupancy, free = occupancy + also, free and all_free
            joint[channel] = channel, ids, occupancy, free
        return joint.values()

    def _count(self, channel: int, was: Sequence[str], ids: Sequence[str], free: bool) -> None:
        """`was` on a channel before, `ids` since; free: nobody any more."""
        if len(ids) == 1 and len(was) < 2:  # nearly always
            came = int(ids != was)
            went = free + came * len(was)
        else:
            new, old = frozenset(ids), frozenset(was)
            came, went = len(new - old), len(old | new if free else old - new)
        if came:
            self._entered[channel] = self._entered.get(channel, 0) + came
        if went:
            self._left[channel] = self._left.get(channel, 0) + went

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


def _beyond(link: Link, lane_id: str, from_m: float) -> tuple[int, int]:
    """Vehicles standing, and all vehicles, with their front beyond a position."""
    vehicles = link.api.vehicle
    seen = [i for i in link.on_lane(lane_id) if vehicles.getLanePosition(i) >= from_m]
    return sum(vehicles.getSpeed(i) < STANDING_MPS for i in seen), len(seen)


def _log_file(args: Sequence[str]) -> str:
    for name, value in itertools.pairwise(args):
        if name in ("--error-log", "--log"):
            return value
    return ""
