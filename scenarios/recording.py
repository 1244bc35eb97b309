"""What SUMO writes beside the trips: by level, because not everything is cheap.

always: who stood and who left, per lane every 30 s where a vehicle was, for locks and waits.
movements: beside it routes with exit times, for what each movement loses.
basic: beside it who is on foot at crossings, second by second; time lost and emissions per edge, vehicles over time,
routes with exit times, queues every 10 s, and where asked for (the first seed) every passage of every loop; SUMO takes
half as long again. full: its surrogate safety device on every vehicle, which makes a run two to four times as long, and
where asked for positions every 2 s (every second where people walk).
Nothing here draws random numbers or touches a vehicle's decisions: trips come out the same at every level, but for
the names of the recording devices.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import quoteattr

from network.loops.detectors import WIRED, Loop

Level = Literal["none", "movements", "basic", "full"]
LEVELS: tuple[Level, ...] = ("none", "basic", "full")
"""Those that the command line knows, by what is to be reported."""
REPORTED = frozenset({"basic", "full"})
"""Levels at which there is enough for a report."""
EDGES, EMISSIONS, SUMMARY, ROUTES, QUEUES = "edges.xml", "emissions.xml", "summary.xml", "routes.xml", "queues.xml"
CONFLICTS, POSITIONS, PASSAGES = "ssm.xml", "positions.csv.gz", "passages.xml"
ON_FOOT = "onfoot.xml.gz"
STANDING = "standing.xml"
STANDING_PERIOD_S = 30
QUEUE_PERIOD_S = 10
POINT = ".point"
SUMMARY_PERIOD_S = 5
POSITION_PERIOD_S = 2
# A conflict is worth a line below these: TTC in s, DRAC in m/s², PET in s. The report counts by stricter ones.
SSM_LIMITS = {"TTC": 3.0, "DRAC": 3.0, "PET": 2.0}


def recording(
    level: Level, folder: Path, trajectories: bool, loops: Sequence[Loop] = (), on_foot: Path | None = None
) -> tuple[dict[str, str], list[str]]:
    """SUMO's options, and an additional file written into ``folder``, for one run. on_foot: a file that names the edges
    on which those on foot are recorded, as SUMO reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, str] = {} if level == "none" else _routes(folder)
    if level in REPORTED:
        options |= _basic(folder) | (_of_walkers(folder, on_foot) if on_foot is not None else {})
    if level == "full":
        options |= _safety(folder) | (_positions(folder, on_foot is not None) if trajectories else {})
    measured = _standing(folder)
    if level in REPORTED:
        measured += _mean_data(folder) + (_points(folder, loops) if trajectories else "")
    path = folder / "measures.add.xml"
    path.write_text(f"<additional>\n{measured}</additional>\n", encoding="utf-8")
    return options, [str(path)]


def _routes(folder: Path) -> dict[str, str]:
    return {
        "vehroute-output": str(folder / ROUTES),
        "vehroute-output.exit-times": "true",
        "vehroute-output.last-route": "true",
        "vehroute-output.write-unfinished": "true",
    }


def _basic(folder: Path) -> dict[str, str]:
    return {
        "summary-output": str(folder / SUMMARY),
        "summary-output.period": str(SUMMARY_PERIOD_S),
        "queue-output": str(folder / QUEUES),
        "queue-output.period": str(QUEUE_PERIOD_S),
    }


def _safety(folder: Path) -> dict[str, str]:
    return {
        "device.ssm.probability": "1",
        "device.ssm.measures": " ".join(SSM_LIMITS),
        "device.ssm.thresholds": " ".join(map(str, SSM_LIMITS.values())),
        "device.ssm.trajectories": "false",
        "device.ssm.file": str(folder / CONFLICTS),
    }


def _of_walkers(folder: Path, edges: Path) -> dict[str, str]:
    """Of nobody who drives: probabilities of 0 and 1 draw nothing."""
    return {
        "fcd-output": str(folder / ON_FOOT),
        "fcd-output.attributes": "id,edge,speed",
        "fcd-output.filter-edges.input-file": str(edges),
        "fcd-output.skip-empty": "true",
        "device.fcd.period": "1",
        "device.fcd.probability": "0",
        "person-device.fcd.probability": "1",
    }


def _positions(folder: Path, walkers: bool) -> dict[str, str]:
    """Of everybody everywhere; those on foot in a file of their own, which needs every second."""
    found = {"fcd-output": str(folder / POSITIONS), "device.fcd.period": str(POSITION_PERIOD_S)}
    if not walkers:
        return found | {"fcd-output.attributes": "id,lane,pos"}
    return found | {
        "device.fcd.period": "1",
        "fcd-output.attributes": "id,lane,pos,edge,speed",
        "fcd-output.filter-edges.input-file": "",
        "fcd-output.skip-empty": "false",
        "device.fcd.probability": "1",
        "person-fcd-output": str(folder / ON_FOOT),
    }


def _standing(folder: Path) -> str:
    """A lane nobody drove on for as much as a vehicle's whole interval has nobody who stood there all the time."""
    return (
        f'    <laneData id="standing" file={quoteattr(str(folder / STANDING))} period="{STANDING_PERIOD_S}" '
        f'withInternal="true" excludeEmpty="true" minSamples="{0.9 * STANDING_PERIOD_S:g}" '
        'writeAttributes="waitingTime left"/>\n'
    )


def _mean_data(folder: Path) -> str:
    kept = 'withInternal="true" excludeEmpty="true"'
    return (
        f'    <edgeData id="time_lost" file={quoteattr(str(folder / EDGES))} {kept}/>\n'
        f'    <edgeData id="emissions" type="emissions" file={quoteattr(str(folder / EMISSIONS))} {kept}/>\n'
    )


def channel_of(point_id: str) -> str:
    """The loop that a point detector of `recording` stands for: the first of its channel."""
    return point_id.removesuffix(POINT).partition(WIRED)[0]


def _points(folder: Path, loops: Sequence[Loop]) -> str:
    """A point detector at the downstream end of each loop, under its id and the suffix ``.point``."""
    file = quoteattr(str(folder / PASSAGES))
    return "".join(
        f"    <instantInductionLoop id={quoteattr(loop_id + POINT)} lane={quoteattr(lane_id)}"
        f' pos="{position_m:.2f}" friendlyPos="true" file={file}/>\n'
        for loop in loops for loop_id, lane_id, position_m in loop.passed_once()
    )
