"""Site files for tests: a crossing of two streets, each a phase, with loops at the line and upstream."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.desk.own_phases import with_own_phases
from controllers.cabinet.site import Site, parse_site
from controllers.field.reading import Reading


def crossing(**link: Any) -> dict[str, Any]:
    """The content of a site file: phases 1 and 2 in one ring, a third that serves a part of the first alone."""
    def group(channel: int, foes: list[int]) -> dict[str, Any]:
        return {"channel": channel, "name": f"way {channel}", "links": [channel - 1], "yellow_s": 3.0,
                "min_green_s": 5.0, "conflicts": foes}

    def phase(number: int, channels: list[int]) -> dict[str, Any]:
        return {"number": number, "channels": channels, "min_green_s": 5.0, "max_green_s": 30.0, "yellow_s": 3.0,
                "red_clear_s": 2.0}

    def lane(k: int, rates: list[float]) -> dict[str, Any]:
        return {"id": f"in{k}_0", "channels": [k], "road": k, "stop": k, "service_vps": rates,
                "middle": [{"detector": k + 3, "share": 1.0, "lag_s": 4}], "middle_storage": 6.0}

    return {
        "name": "crossing", "signals": [{
            "id": "C", "link": {"version": "2c", "community": {"env": "DESK_COMMUNITY"}, **link},
            "limits": {"healthy_s": 5.0},
            "groups": [group(1, [3]), group(2, [3]), group(3, [1, 2])],
            "phases": [phase(1, [1, 2]), phase(2, [3]), phase(3, [1])],
            "stages": [{"number": 1, "phases": [1], "show": "GGr", "usual_green_s": 25.0},
                       {"number": 2, "phases": [2], "show": "rrG", "usual_green_s": 15.0},
                       {"number": 3, "phases": [3], "show": "Grr", "usual_green_s": 0.0, "part_of": 1}],
            "lanes": [lane(1, [0.5, 0.0, 0.5]), lane(2, [0.5, 0.0, 0.0]), lane(3, [0.0, 0.5, 0.0])],
            "detectors": [{"number": n, "name": f"d{n}", "phase": {1: 1, 2: 1, 3: 2}.get(n, 0)} for n in range(1, 7)],
            "preempts": [{"number": 1, "phases": [2]}],
            "plan": {"cycle_s": 50, "coordinated": 1, "splits": {"1": 30, "2": 20}}}]}


def crossing_with_pairs(**link: Any) -> dict[str, Any]:
    """The same with red clearances of 4 s, of which most changes need less: from 1 to 3 none, from 2 to 3 a second."""
    content = crossing(**link)
    signal = content["signals"][0]
    for phase in signal["phases"]:
        phase["red_clear_s"] = 4.0
    one, two, three = signal["groups"]
    one["clear_s"], two["clear_s"], three["clear_s"] = {"3": 3.0}, {"3": 4.0}, {"1": 7.0, "2": 5.0}
    return content


def crossing_by_groups(**link: Any) -> dict[str, Any]:
    """The same with a phase for each group besides, so that groups are ordered one by one."""
    content = crossing_with_pairs(**link)
    whole = with_own_phases(parse_site(content, "crossing").signals[0], 16)
    assert whole is not None
    content["signals"] = [whole.model_dump(mode="json", exclude_none=True)]
    return content


def walked(**link: Any) -> dict[str, Any]:
    """The same with people on foot on channel 3, who press button 9: phase 2 is theirs alone."""
    content = crossing(**link)
    signal = content["signals"][0]
    signal["groups"][2] |= {"kind": "pedestrian", "yellow_s": 0.0}
    signal["lanes"] = signal["lanes"][:2]
    signal["detectors"] = [one for one in signal["detectors"] if one["number"] not in (3, 6)]
    signal["buttons"] = [{"number": 9, "name": "button", "channels": [3], "phase": 2}]
    return content


def crossing_site(**link: Any) -> Site:
    """The same, read."""
    return parse_site(crossing(**link), "crossing")


def look(second: int, green: set[int], yellow: frozenset[int] | set[int] = frozenset()) -> Reading:
    """A look at the crossing that tells only its channels; nobody is on a detector."""
    nothing: frozenset[int] = frozenset()
    return Reading(nothing, nothing, nothing, frozenset(green), frozenset(yellow), nothing, np.zeros(6), np.zeros(6),
                   float(second), float(second), None, None, 0, 0, 0, None, None, {})
