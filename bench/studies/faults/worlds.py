"""Worlds in which more than a detector is wrong: for every controller alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

from bench.runs.prepare import Prepared
from bench.runs.spec import Study
from bench.studies.faults.classes import FROM_S

MORE = 1.5
BLOCKED_FOR_S = 600.0
BLOCKED_MPS = 0.05


def world(name: str, study: Study, prepared: Prepared, folder: Path) -> Study:
    """The study in the world ``name``; '' is the one as it is. What a world needs is written into ``folder``."""
    options = dict(study.scenario.options)
    if name == "oversaturated":
        options["scale"] = f"{MORE * float(options.get('scale') or 1.0):g}"
    elif name == "blocked_exit":
        path = folder / "blocked_exit.add.xml"
        path.write_text(_blocked(prepared, study.scenario.begin_s), encoding="utf-8")
        options["additional-files"] = ",".join(filter(None, [options.get("additional-files", ""), str(path)]))
    return replace(study, scenario=replace(study.scenario, options=options))


def _blocked(prepared: Prepared, begin_s: float) -> str:
    """A speed limit of nearly nothing on the lanes of the exit that most lanes of the largest signal lead to."""
    signal = max((s for s in prepared.signals.values() if not s.left_alone), key=lambda s: (len(s.lanes), s.id))
    lanes = [link.to_lane for link in signal.links if not link.is_crossing]
    road = Counter(lane.rpartition("_")[0] for lane in lanes).most_common(1)[0][0]
    blocked = sorted({lane for lane in lanes if lane.rpartition("_")[0] == road})
    start_s, end_s = begin_s + FROM_S, begin_s + FROM_S + BLOCKED_FOR_S
    return (f'<additional>\n    <variableSpeedSign id="signal_core_blocked" lanes={quoteattr(" ".join(blocked))}>\n'
            f'        <step time="{start_s:g}" speed="{BLOCKED_MPS}"/>\n        <step time="{end_s:g}" speed="-1"/>\n'
            "    </variableSpeedSign>\n</additional>\n")
