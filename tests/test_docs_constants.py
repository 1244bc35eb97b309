"""Bare constants that the pages on how it works name are those of the code; settings are in `test_docs`."""

from __future__ import annotations

from pathlib import Path

import pytest

from network import arrays
from network.loops import detectors
from network.phasing import compatible, junctions
from network.roads import short_ways, trace
from network.safety import traffic_leads
from signal_core.kernels import (
    arrivals,
    clearance,
    drains,
    floor,
    gates,
    heads,
    lane_changes,
    locks,
    queues,
    requests,
    room,
    sequencer,
    silent_roads,
    stuck,
    tight_ways,
    trials,
    turns,
    walkers,
)
from signal_core.sequencing import brief_plans
from signal_core.tables import discharge

PAGES = Path(__file__).resolve().parent.parent / "docs" / "how-it-works"
WORDS = {2: "two", 3: "three", 4: "four", 6: "six", 8: "eight"}

MODEL = (
    f"{junctions.LAMP_ROOM_M:g} m, {junctions.ROOM_M:g} m where the way ends without a lamp, "
    f"{junctions.RING_ROOM_M:g} m in a ring",
    f"at most {compatible.MOST_SETS} of them",
    f"times {discharge.PERMISSIVE_SHARE:g} where it yields",
    f"to somebody who has green ({arrays.BESIDE_WALKS_SHARE:g} where these are on foot alone, and walks rest)",
    f"times {arrays.ARROW_SHARE:g} under an arrow",
    f"stand between it and the line, {arrays.VEHICLE_SPACE_M:g} m each",
    f"if\nthat leaves {trace.WORTH_A_LOOP_M:g} m",
    f"the far loop lies {trace.ENTRY_M:g} m in",
    f"Loops are {detectors.LENGTH_M:g} m long",
    f"has a loop {trace.START_M:g} m behind its beginning",
    f"nobody has room to wait ({trace.STUB_M:g} m)",
    f"Travel times are at {trace.SPEED_SHARE:g} of the limit",
    f"ways of less than {short_ways.LONGEST_S:g} s",
    f"shorter than a lorry or a bus ({short_ways.TIGHT_M:g} m)",
    f"starts {WORDS[int(traffic_leads.LEAD_S)]} seconds after that",
    f"Two rings of {arrivals.WINDOW} s",
    f"in the next {arrivals.SAME_VEHICLE_S} s",
    f"sure arrivals of the next {arrivals.EARLY_S} s",
    f"sums that lose {100.0 * (1.0 - arrivals.RATIO_KEEP):.1f} % a second",
    rf"f_k \leftarrow {queues.FRESH_KEEP:g} f_k",
    f"a vehicle stands on it for {queues.STOPPED_S} s",
    f"middle loop empty for {queues.LATE_AFTER_S} s",
    f"at least {lane_changes.FULL:g} of its storage",
    f"has stood for more than {clearance.STOOD_S} s before",
    f"without a gap of {clearance.GAP_S} s in what it yields to",
    f"{heads.SLOW_S:g} s over the loop in the last {clearance.SLOW_WITHIN_S} s",
    f"came against it within {clearance.NO_GAP_S} s",
    f"had priority for less than {clearance.CLEARED_S} s since and {WORDS[int(clearance.CLEARED_QUEUE)]} or more wait",
    f"until that exit moves and {stuck.LEAVES_S} s more",
    f"what a loop has missed is forgotten in {stuck.KEPT_S:g} s",
    f"for {stuck.LONGEST_S} s at most: a loop that is stuck holds nobody up",
    f"has stood at the line for {drains.STOOD_S} s, or left it {drains.CROSSES_S} s ago",
    f"room for fewer than {WORDS[int(drains.ROOM)]} more",
    f"at\nleast {WORDS[sequencer.LEAST_RED_S]} seconds",
    f"at most {tight_ways.LONGEST_S} s: a signal that runs its plan",
    f"at most {requests.AHEAD_VPS:g} for each second",
    f"(1 + {walkers.GROWTH:g}\\, (\\text{{wait}} / W_f)^2)",
)
WHEN_THINGS_BREAK = (
    f"nobody has been on the exit's loop for {turns.ROOM_S} s",
    f"for {turns.STOOD_S} s with {turns.GREEN_S:g} s of green",
    f"for fewer than {WORDS[int(turns.SHORT)]} by its loops",
    f"{turns.PLACES:g} places left",
    f"{turns.RESTS_S} s later he may have another turn",
    f"where one in {gates.FULL_ONE_IN} of its exits",
    f"served by {100.0 * (1.0 - gates.RING_HELD):.0f} % only",
    f"as many exits have stood for {gates.LONG_S} s",
    f"{room.LET_IN_S:g} s of its best green at most",
    f"opens once nobody has been on its loop for {locks.OPEN_S} s",
    f"a way with room for fewer than {WORDS[int(locks.SHORT)]}",
    f"until {silent_roads.ACROSS_S} s after its end",
)
UNKNOWN = (
    f"cycle is {WORDS[int(brief_plans.LEAST_CYCLE)]} times what its stages lose, {brief_plans.LOST_S:g} s each",
    f"no gap of {floor.GAP_S} s at the middle loop",
    f"{trials.CHANCE:g} \\sqrt{{\\frac{{T}}{{t}}}}",
    f"(1 + t / {2 * trials.MEMORY_S})",
    f"from {trials.MEMORY_S} s on smoothed over as long",
    f"it goes on for {trials.REST_S} seconds at least",
)


@pytest.mark.parametrize(("page", "said"), [
    (page, said) for page, all_said in (("model.md", MODEL), ("when-things-break.md", WHEN_THINGS_BREAK),
                                        ("unknown.md", UNKNOWN)) for said in all_said])  # fmt: skip
def test_a_page_says_what_the_code_has(page: str, said: str) -> None:
    text = " ".join((PAGES / page).read_text(encoding="utf-8").split())
    assert " ".join(said.split()) in text
