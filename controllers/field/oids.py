"""The NTCIP objects that are read and written, in one table: name, place, kind, and where the place was found.

Sources: MIB = the compiled MIB of NTCIP 1202 v2 as public SNMP tools carry it (names, numbers and enumerations);
1202v3 = of the third version, seen in a public tool that puts detectors in; 1201 = global objects; RFC 1213. What
stands here from memory alone is marked M: check it on the controller before relying on it.

Two kinds of index: a number (phase, detector, pattern, preempt), or a group of eight, its lowest bit the first of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

Oid = tuple[int, ...]

NTCIP: Oid = (1, 3, 6, 1, 4, 1, 1206)
ASC: Oid = (*NTCIP, 4, 2, 1)
GLOBAL: Oid = (*NTCIP, 4, 2, 6)
PER_GROUP = 8


@dataclass(frozen=True)
class Object:
    """One object. writable: a cabinet process may SET it, nothing else; control: doing so restarts the backup time."""

    name: str
    oid: Oid
    source: str
    writable: bool = False
    control: bool = False
    string: bool = False

    def at(self, *index: int) -> Oid:
        """The instance with this index; 0 for a scalar."""
        return (*self.oid, *(index or (0,)))


def _phase_status(column: int, name: str) -> Object:
    return Object(f"phaseStatusGroup{name}", (*ASC, 1, 4, 1, column), "MIB")


def _phase_control(column: int, name: str) -> Object:
    return Object(f"phaseControlGroup{name}", (*ASC, 1, 5, 1, column), "MIB", writable=True, control=True)


def _phase(column: int, name: str) -> Object:
    return Object(f"phase{name}", (*ASC, 1, 2, 1, column), "MIB")


SYS_UP_TIME = Object("sysUpTime", (1, 3, 6, 1, 2, 1, 1, 3), "RFC 1213")
SYS_DESCR = Object("sysDescr", (1, 3, 6, 1, 2, 1, 1, 1), "RFC 1213", string=True)
GLOBAL_TIME = Object("globalTime", (*GLOBAL, 3, 1), "1201")
LOCAL_TIME = Object("controllerLocalTime", (*GLOBAL, 3, 6), "1201, M")
CONFIGURATION_ID = Object("globalSetIDParameter", (*GLOBAL, 1, 1), "1201, M")

MAX_PHASES = Object("maxPhases", (*ASC, 1, 1), "MIB")
PHASE_WALK, PHASE_PED_CLEAR = _phase(2, "Walk"), _phase(3, "PedestrianClear")
PHASE_MIN_GREEN, PHASE_PASSAGE, PHASE_MAX = _phase(4, "MinimumGreen"), _phase(5, "Passage"), _phase(6, "Maximum1")
PHASE_YELLOW, PHASE_RED_CLEAR = _phase(8, "YellowChange"), _phase(9, "RedClear")
PHASE_RING = _phase(22, "Ring")

REDS, YELLOWS, GREENS = _phase_status(2, "Reds"), _phase_status(3, "Yellows"), _phase_status(4, "Greens")
DONT_WALKS, PED_CLEARS, WALKS = _phase_status(5, "DontWalks"), _phase_status(6, "PedClears"), _phase_status(7, "Walks")
VEH_CALLS, PED_CALLS = _phase_status(8, "VehCalls"), _phase_status(9, "PedCalls")
PHASE_ONS, PHASE_NEXTS = _phase_status(10, "PhaseOns"), _phase_status(11, "PhaseNexts")

PHASE_OMIT, PED_OMIT, HOLD = _phase_control(2, "PhaseOmit"), _phase_control(3, "PedOmit"), _phase_control(4, "Hold")
FORCE_OFF, VEH_CALL, PED_CALL = (_phase_control(5, "ForceOff"), _phase_control(6, "VehCall"),
                                 _phase_control(7, "PedCall"))

SET_SERIAL = Object("snmpSetSerialNo", (1, 3, 6, 1, 6, 3, 1, 1, 6, 1), "RFC 3418", writable=True)
"""A SET that names it is taken only with its present value, and adds one to it: what comes late or twice is refused."""

REST_RED = Object("ringControlGroupRedRest", (*ASC, 7, 5, 1, 7), "MIB", writable=True, control=True)
OMIT_RED = Object("ringControlGroupOmitRedClear", (*ASC, 7, 5, 1, 8), "MIB", writable=True, control=True)

DETECTOR_CALL_PHASE = Object("vehicleDetectorCallPhase", (*ASC, 2, 2, 1, 4), "MIB")
DETECTOR_ACTIVE = Object("vehicleDetectorStatusGroupActive", (*ASC, 2, 4, 1, 2), "MIB")
VOLUME_SEQUENCE = Object("volumeOccupancySequence", (*ASC, 2, 5, 1), "MIB")
VOLUME_PERIOD = Object("volumeOccupancyPeriod", (*ASC, 2, 5, 2), "MIB", writable=True)
VOLUME = Object("detectorVolume", (*ASC, 2, 5, 4, 1, 1), "MIB")
OCCUPANCY = Object("detectorOccupancy", (*ASC, 2, 5, 4, 1, 2), "MIB")
PUT_DETECTOR = Object("vehicleDetectorControlGroupActuation", (*ASC, 2, 12, 1, 2), "1202v3")
PUT_PED_DETECTOR = Object("pedestrianDetectorControlGroupActuation", (*ASC, 2, 13, 1, 2), "1202v3")

UNIT_BACKUP_TIME = Object("unitBackupTime", (*ASC, 3, 3), "MIB", writable=True)
CONTROL_STATUS = Object("unitControlStatus", (*ASC, 3, 5), "MIB")
FLASH_STATUS = Object("unitFlashStatus", (*ASC, 3, 6), "MIB")
ALARMS_2, ALARMS_1 = Object("unitAlarmStatus2", (*ASC, 3, 7), "MIB"), Object("unitAlarmStatus1", (*ASC, 3, 8), "MIB")
SHORT_ALARM = Object("shortAlarmStatus", (*ASC, 3, 9), "MIB")

PATTERN_CYCLE = Object("patternCycleTime", (*ASC, 4, 7, 1, 2), "MIB", writable=True)
PATTERN_OFFSET = Object("patternOffsetTime", (*ASC, 4, 7, 1, 3), "MIB", writable=True)
PATTERN_SPLIT = Object("patternSplitNumber", (*ASC, 4, 7, 1, 4), "MIB", writable=True)
SPLIT_TIME = Object("splitTime", (*ASC, 4, 9, 1, 3), "MIB", writable=True)
SPLIT_MODE = Object("splitMode", (*ASC, 4, 9, 1, 4), "MIB", writable=True)
SPLIT_COORDINATED = Object("splitCoordPhase", (*ASC, 4, 9, 1, 5), "MIB", writable=True)
PATTERN_STATUS = Object("coordPatternStatus", (*ASC, 4, 10), "MIB")
FREE_STATUS = Object("localFreeStatus", (*ASC, 4, 11), "MIB")
PATTERN_CONTROL = Object("systemPatternControl", (*ASC, 4, 14), "MIB", writable=True, control=True)

PREEMPT_STATE = Object("preemptState", (*ASC, 6, 2, 1, 16), "MIB")
PUT_PREEMPT = Object("preemptControlState", (*ASC, 6, 3, 1, 2), "MIB")

CHANNEL_REDS = Object("channelStatusGroupReds", (*ASC, 8, 4, 1, 2), "MIB, M")
CHANNEL_YELLOWS = Object("channelStatusGroupYellows", (*ASC, 8, 4, 1, 3), "MIB, M")
CHANNEL_GREENS = Object("channelStatusGroupGreens", (*ASC, 8, 4, 1, 4), "MIB, M")

OBJECTS: tuple[Object, ...] = tuple(found for found in list(globals().values()) if isinstance(found, Object))
WRITABLE: frozenset[Oid] = frozenset(one.oid for one in OBJECTS if one.writable)


def may_write(oid: Oid) -> bool:
    """The list of what may be SET: columns and scalars that are `writable`, and nothing below anything else."""
    return any(oid[:len(known)] == known and len(oid) > len(known) for known in WRITABLE)


def name_of(oid: Oid) -> str:
    """Name and index, such as ``phaseControlGroupHold.1``; the numbers where it is none of ours."""
    for one in OBJECTS:
        if oid[:len(one.oid)] == one.oid and len(oid) > len(one.oid):
            return f"{one.name}.{'.'.join(map(str, oid[len(one.oid):]))}"
    return ".".join(map(str, oid))


class ControlStatus(IntEnum):
    """`unitControlStatus`."""

    OTHER = 1
    SYSTEM = 2
    STANDBY = 3
    BACKUP = 4
    MANUAL = 5
    TIME_BASE = 6
    INTERCONNECT = 7
    INTERCONNECT_BACKUP = 8


class FlashStatus(IntEnum):
    """`unitFlashStatus`."""

    OTHER = 1
    NOT_FLASH = 2
    AUTOMATIC = 3
    LOCAL_MANUAL = 4
    FAULT_MONITOR = 5
    MMU = 6
    STARTUP = 7
    PREEMPT = 8


class PreemptState(IntEnum):
    """`preemptState`."""

    OTHER = 1
    NOT_ACTIVE = 2
    NOT_ACTIVE_WITH_CALL = 3
    ENTRY = 4
    TRACK = 5
    DWELL = 6
    LINK = 7
    EXIT = 8
    MAX_PRESENCE = 9


class SplitMode(IntEnum):
    """`splitMode`."""

    OTHER = 1
    NONE = 2
    MIN_RECALL = 3
    MAX_RECALL = 4
    PED_RECALL = 5
    MAX_AND_PED_RECALL = 6
    OMITTED = 7


STOP_TIME = 1 << 4
"""In `unitAlarmStatus2` (M): stop time."""
CRITICAL_ALARM = 1 << 7
"""In `shortAlarmStatus` (M): critical alarm; of `unitAlarmStatus1` the bits (M): ..."""
COORD_FAULT, MMU_FLASH, LOCAL_FLASH, LOCAL_FREE = 1 << 1, 1 << 4, 1 << 5, 1 << 6
FREE, BY_CLOCK = 254, 0
"""Of `systemPatternControl`: run free, and the controller's own choice."""
OCCUPANCY_FULL, OCCUPANCY_FAULT = 200, 201
"""Half percents; from 201 on numbers of faults (M: 210 max presence, 211 no activity, 212 open, 213 shorted loop)."""


def to_groups(numbers: Iterable[int], groups: int) -> list[int]:
    """Numbers from 1 on as masks of eight, the first of them in the lowest bit of the first mask."""
    masks = [0] * groups
    for number in numbers:
        place, bit = divmod(number - 1, PER_GROUP)
        if 0 <= place < groups:
            masks[place] |= 1 << bit
    return masks


def from_groups(masks: Iterable[int | None]) -> frozenset[int]:
    """The numbers whose bits are set; what is no number of eight bits has none."""
    found = set()
    for place, mask in enumerate(masks):
        if isinstance(mask, int) and 0 <= mask <= 255:
            found |= {place * PER_GROUP + bit + 1 for bit in range(PER_GROUP) if mask >> bit & 1}
    return frozenset(found)


def groups_for(numbers: Iterable[int]) -> int:
    """How many groups of eight these numbers need."""
    return -(-max(numbers, default=1) // PER_GROUP)
