"""The parts of a site file: links, groups, phases, stages, lanes, detectors, plans.

Times are in seconds, distances in vehicles where they say storage. Numbers of phases, channels and detectors are those
of the controller. Secrets never stand in it: it names the file or the environment variable that holds them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from network.errors import ScenarioError

Number = Annotated[int, Field(ge=1, le=255)]
Seconds = Annotated[float, Field(ge=0.0, le=3600.0, allow_inf_nan=False)]
Wait = Annotated[float, Field(gt=0.0, le=255.0, allow_inf_nan=False)]
Asker = Literal["emergency", "transit", "tram", "cyclist", "other"]
LETTERS = "Ggrs"
MOST_BANDED_PLAN = 99


class Part(BaseModel):
    """Frozen, and nothing in it that has no meaning."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Part):
    """Where a secret is read from: a file readable by this user alone, or an environment variable."""

    file: str = ""
    env: str = ""

    def read(self) -> str:
        """The secret; ScenarioError where there is none."""
        if self.env:
            if self.env not in os.environ:
                raise ScenarioError(f"secret: the environment variable {self.env}, which the site file names, is "
                                    "not set: export it, or name a file there")
            return os.environ[self.env]
        try:
            return Path(self.file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ScenarioError(f"secret: {self.file} cannot be read ({error})") from error

    @property
    def given(self) -> bool:
        return bool(self.file or self.env)


class Link(Part):
    """How the controller is reached. ``version`` to ``unit_backup_s``: NTCIP's; ``site_id`` to ``band_timeout_min``:
    RSMP's, where host and port are those at which the controller is waited for. ``spare_pattern``: the plan that may be
    written. ``user``, ``password`` and ``site_id``, the intersection: TLC-FI's."""

    protocol: Literal["ntcip", "rsmp", "tlcfi"] = "ntcip"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 161
    version: Literal["1", "2c", "3"] = "1"
    community: Secret = Secret(env="SIGNAL_CORE_COMMUNITY")
    user: str = ""
    authentication: Literal["SHA", "SHA256", "SHA512"] = "SHA256"
    authentication_key: Secret = Secret()
    privacy: Literal["AES", "AES256"] = "AES"
    privacy_key: Secret = Secret()
    timeout_s: Annotated[float, Field(gt=0.0, le=5.0)] = 0.25
    retries: Annotated[int, Field(ge=0, le=3)] = 1
    objects_per_message: Annotated[int, Field(ge=1, le=200)] = 40
    unit_backup_s: Annotated[int, Field(ge=2, le=30)] = 5
    spare_pattern: Annotated[int, Field(ge=1, le=253)] = 48
    spare_split: Annotated[int, Field(ge=1, le=253)] = 16
    site_id: str = ""
    component: str = ""
    password: Secret = Secret(env="SIGNAL_CORE_PASSWORD")
    security_code: Secret = Secret(env="SIGNAL_CORE_SECURITY_CODE")
    band_timeout_min: Annotated[int, Field(ge=1, le=60)] = 1
    tls_certificate: str = ""
    tls_key: str = ""
    tls_authority: str = ""

    @model_validator(mode="after")
    def _known(self) -> Link:
        if self.protocol == "rsmp":
            if not self.security_code.given:
                raise ValueError("rsmp needs security_code = { file = … } or { env = … }")
            if self.spare_pattern > MOST_BANDED_PLAN:
                raise ValueError(f"spare_pattern: RSMP writes plans in two digits, at most {MOST_BANDED_PLAN}")
            return self
        if self.protocol == "tlcfi":
            if not (self.user and self.password.given):
                raise ValueError("tlcfi needs user and password = { file = … } or { env = … }")
            return self
        if self.version == "3" and not (self.user and self.authentication_key.given):
            raise ValueError("version 3 needs user and authentication_key")
        if self.version != "3" and not self.community.given:
            raise ValueError(f"version {self.version} needs community = {{ file = … }} or {{ env = … }}")
        return self


class Limits(Part):
    """What holds whatever the engine wants; read anew on SIGHUP. ``rest_in_walk``: who is still to come on foot counts,
    so that a walk rests while nobody needs more; ``walker_weight``: seconds of a vehicle's wait that the first of
    somebody's on foot counts."""

    max_red_s: Annotated[float, Field(ge=30.0, le=600.0)] = 120.0
    clock_offset_s: Annotated[float, Field(gt=0.0, le=60.0)] = 1.0
    healthy_s: Annotated[float, Field(ge=5.0, le=3600.0)] = 30.0
    missed_polls: Annotated[int, Field(ge=1, le=10)] = 2
    deadline_s: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    rest_in_walk: bool = False
    walker_weight: Annotated[float, Field(gt=0.0, le=100.0)] = 3.0


class Group(Part):
    """A signal group: lamps that always show the same, on one channel of the controller.

    ``clear_s``: seconds from the end of its green to the start of a conflicting channel's, ``yielded_s`` the same where
    its green gave way at its end and somebody may wait inside. Where they stand, a red clearance that is longer than
    its change needs is cut short by the process; without them it always runs whole. ``phase``: the controller's phase
    that serves this group and no other, 0 where it has none. ``walk_lead_s``: to crossings it gives way to: it does
    not move as they begin, and begins so long after them; ``traffic_lead_s``: to traffic it gives way to, the same.
    ``ends_with``: traffic: where it gives way to it, it does not end while that goes on.
    ``max_green_s``, ``max_red_s``: the engineer's own bounds, 0 for none; ``unwatched``: somebody may wait for it whom
    no detector sees. ``least_clear_s``: of a crossing that the controller itself clears sooner than ``clear_s``, as a
    Puffin does where its on-crossing detectors see nobody, the least it leaves; 0 where it never does. ``caught_s``:
    seconds from the end of its green to the start of a conflicting channel's while a row of vehicles may be caught
    inside, ``caught_rest_s`` the same where whoever starts there stands at his line. Where they are missing, everybody
    waits as long as the settings of the engine say.
    """

    channel: Number
    name: str
    kind: Literal["vehicle", "pedestrian"] = "vehicle"
    links: tuple[int, ...] = ()
    yellow_s: Seconds
    min_green_s: Seconds
    conflicts: tuple[Number, ...]
    clear_s: dict[str, Seconds] = {}
    yielded_s: dict[str, Seconds] = {}
    caught_s: dict[str, Wait] = {}
    caught_rest_s: dict[str, Wait] = {}
    phase: Annotated[int, Field(ge=0, le=255)] = 0
    walk_lead_s: dict[str, Seconds] = {}
    traffic_lead_s: dict[str, Seconds] = {}
    ends_with: tuple[Number, ...] = ()
    max_green_s: Seconds = 0.0
    max_red_s: Seconds = 0.0
    unwatched: bool = False
    least_clear_s: Seconds = 0.0


class Phase(Part):
    """A phase of the controller. ``side``: phases of different rings with the same side may be on together; where
    ``concurrent`` names phases, those and no other."""

    number: Number
    ring: Annotated[int, Field(ge=1, le=16)] = 1
    side: Annotated[int, Field(ge=1, le=32)] = 1
    channels: tuple[Number, ...]
    min_green_s: Seconds
    passage_s: Seconds = 3.0
    max_green_s: Seconds
    yellow_s: Seconds
    red_clear_s: Seconds
    walk_s: Seconds = 0.0
    ped_clear_s: Seconds = 0.0
    concurrent: tuple[Number, ...] = ()


class Stage(Part):
    """Phases that are on together, and a letter for each group in their order: G, g (yields), r, s (after a stop).

    ``part_of``: for a stage beyond the controller's own plan, the number of the one it is part of.
    """

    number: Number
    phases: Annotated[tuple[Number, ...], Field(min_length=1)]
    show: Annotated[str, Field(pattern=f"^[{LETTERS}]+$")]
    usual_green_s: Seconds
    part_of: Annotated[int, Field(ge=0, le=255)] = 0


class Feed(Part):
    """A detector upstream of a lane: the share of its vehicles that comes to it, and their travel time."""

    detector: Number
    share: Annotated[float, Field(ge=0.0, le=1.0)]
    lag_s: Annotated[int, Field(ge=1, le=120)]


class Lane(Part):
    """A lane at the stop line. ``service_vps``: vehicles per second it discharges in each stage, in their order;
    ``claim_vps``: over the cycle of the controller's own plan, changes included;
    ``middle`` and ``far`` the detectors upstream, ``*_storage`` vehicles that stand between them and the line;
    ``waits_inside``: stages in which somebody may wait inside the junction; ``shares`` and ``rates_vps``: of its
    channels, in their order, the usual share of its vehicles and what they discharge with priority; ``bounded``: all
    who come to it pass another signal just behind its outermost detector; ``exits``: detectors behind the junction,
    past which nobody is inside any more, with the usual share of its vehicles that leaves there, and their travel time
    from the line."""

    id: str
    channels: tuple[Number, ...]
    turns: str = "s"
    road: Annotated[int, Field(ge=0)]
    stop: Number | None = None
    middle: tuple[Feed, ...] = ()
    far: tuple[Feed, ...] = ()
    exits: tuple[Feed, ...] = ()
    middle_storage: Annotated[float, Field(ge=0.0, le=1000.0)] = 0.0
    far_storage: Annotated[float, Field(ge=0.0, le=1000.0)] = 0.0
    service_vps: tuple[Annotated[float, Field(ge=0.0, le=1.5)], ...]
    claim_vps: Annotated[float, Field(ge=0.0, le=1.5)] | None = None
    waits_inside: tuple[Number, ...] = ()
    shares: tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...] = ()
    rates_vps: tuple[Annotated[float, Field(ge=0.0, le=1.5)], ...] = ()
    bounded: bool = False


class Detector(Part):
    """A vehicle detector of the controller; ``phase`` is the one it calls, 0 for none; ``distance_m`` to the stop line,
    negative behind it; ``road``: of one behind the junction, the same for those side by side; without it, alone."""

    number: Number
    name: str = ""
    phase: Annotated[int, Field(ge=0, le=255)] = 0
    distance_m: Annotated[float, Field(ge=-2000.0, le=2000.0)] = 0.0
    road: Annotated[int, Field(ge=0, le=255)] | None = None


class Button(Part):
    """A push button, or whatever tells that somebody on foot waits: the ``channels`` he waits for, and the phase whose
    pedestrian call he makes. By NTCIP that call is looked at; by RSMP and TLC-FI the detector with this number."""

    number: Number
    name: str = ""
    channels: Annotated[tuple[Number, ...], Field(min_length=1)]
    phase: Number


class Preempt(Part):
    """A preemption the controller has: watched, never commanded."""

    number: Number
    phases: tuple[Number, ...]


class Centre(Part):
    """A centre that sends priority requests by RSMP (M0022): the process connects to it as the site ``site_id``, the
    signal's id where that is empty. By TLS where an authority is named: that of the centre's certificate."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 12111
    site_id: str = ""
    component: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    tls_authority: str = ""


class Generators(Part):
    """Priority request generators, which SET objects of NTCIP 1211 at a port of the process. ``strategies``: the
    channel that each service strategy asks for; ``classes``: who each vehicleClassType is, others of no class."""

    listen: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]
    community: Secret = Secret(env="SIGNAL_CORE_PRIORITY_COMMUNITY")
    strategies: Annotated[dict[str, Number], Field(min_length=1)]
    classes: dict[str, Asker] = {
        "1": "emergency", "2": "transit", "3": "transit"}


class Requests(Part):
    """Who may ask for green, and by what. By TLC-FI a controller passes on its special vehicles by its own link.
    ``persons``: on board, by class; no protocol tells them."""

    transit: Literal["off", "conditional", "always"] = "conditional"
    emergency: bool = True
    persons: dict[Asker, Annotated[float, Field(ge=1.0, le=1000.0)]] = {"transit": 20.0, "tram": 60.0}
    rsmp: Centre | None = None
    ntcip: Generators | None = None


class Plan(Part):
    """The controller's own plan, which it goes back to. ``free_cycle``: a plan that is advised may have another cycle
    and offset; not where neighbours are coordinated with it. ``adapts``: its greens follow the traffic. ``locks``: it
    shows turns all at once that may lock each other inside the junction, so it is not tried as the better one."""

    pattern: Annotated[int, Field(ge=1, le=253)] = 1
    cycle_s: Annotated[int, Field(ge=20, le=255)]
    offset_s: Annotated[int, Field(ge=0, le=254)] = 0
    coordinated: Number
    free_cycle: bool = True
    adapts: bool = False
    locks: bool = False
    splits: dict[str, Annotated[int, Field(ge=1, le=255)]]


class SignalParts(Part):
    """One signal, part by part."""

    id: str
    device: Annotated[int, Field(ge=1)] = 1
    link: Link = Link()
    limits: Limits = Limits()
    groups: Annotated[tuple[Group, ...], Field(min_length=2, max_length=64)]
    phases: Annotated[tuple[Phase, ...], Field(min_length=2, max_length=40)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=2, max_length=40)]
    lanes: Annotated[tuple[Lane, ...], Field(min_length=1)]
    detectors: tuple[Detector, ...]
    buttons: tuple[Button, ...] = ()
    preempts: tuple[Preempt, ...] = ()
    requests: Requests | None = None
    forbidden: tuple[tuple[Number, ...], ...] = ()
    """Channels that are never green all at once, though no two of them conflict."""
    plan: Plan

    @property
    def watched(self) -> dict[int, str]:
        """Detectors and buttons: their names by number."""
        return {d.number: d.name for d in self.detectors} | {b.number: b.name for b in self.buttons}
