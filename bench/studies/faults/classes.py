"""The fault classes: what each does, and in which world it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FROM_S = 900.0
"""Faults begin so long after the begin of a run, unless their class says otherwise: loops have been seen to work."""

Target = Literal["", "loop", "approach", "all"]


@dataclass(frozen=True, slots=True)
class FaultClass:
    """One row of the table. ``target``: whose loops lie; ``world``: what else is different, for every controller;
    ``from_s``: when it begins, after the begin of the run."""

    name: str
    says: str
    target: Target = ""
    world: str = ""
    from_s: float = FROM_S


CLASSES = (
    FaultClass("stuck", "one loop occupied for good", "loop"),
    FaultClass("dead", "one loop silent", "loop"),
    FaultClass("chatter", "one loop counts 0 to 2 vehicles a second", "loop"),
    FaultClass("bias_high", "one loop counts 30 % too many", "loop"),
    FaultClass("bias_low", "one loop counts 30 % too few", "loop"),
    FaultClass("nan", "one loop gives no numbers", "loop"),
    FaultClass("missing", "60 % of one loop's samples are missing", "loop"),
    FaultClass("approach_dead", "all loops of one approach silent", "approach"),
    FaultClass("approach_never", "all loops of one approach silent from the first second on", "approach", from_s=0.0),
    FaultClass("all_dead", "all loops silent", "all"),
    FaultClass("never_alive", "all loops silent from the first second on", "all", from_s=0.0),
    FaultClass("lost_5", "5 % of all vehicles are not counted", "all"),
    FaultClass("lost_20", "20 % of all vehicles are not counted", "all"),
    FaultClass("late_data", "15 % of the samples 1 to 4 s late: some come twice, some never, some in the wrong order"),
    FaultClass("slow_engine", "for 30 s in every 300 s the engine misses its deadline"),
    FaultClass("nonsense", "for 20 s in every 200 s the engine wants phases that do not exist, or fails"),
    FaultClass("bad_codes", "for 5 s in every 100 s what is proposed to the interlock is drawn at random"),
    FaultClass("restart", "the controller is killed every 300 s, and started again 5 s later"),
    FaultClass("foreign", "every 120 s somebody switches a signal to its own program"),
    FaultClass("oversaturated", "half as much traffic again, no fault", world="oversaturated"),
    FaultClass("blocked_exit", "one exit blocked from 900 s to 1500 s, no fault", world="blocked_exit"),
)
BY_NAME = {each.name: each for each in CLASSES}
