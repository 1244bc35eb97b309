"""``signal-core shadow``: what the engine would have done beside what a recorded controller did."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from controllers.shadow.follow import CHANGING, Ended, Shadow, greens
from controllers.shadow.recorded import Recorded
from controllers.shadow.site import ShadowSite
from network.errors import ScenarioError

MOST_ALARMS = 20
NOTE = (
    "Held: the green as the controller showed it. Free: how far into it the engine was allowed to decide. Left: greens "
    "in which the engine wanted another stage before the controller did, and after how many seconds. The engine sees "
    "what was really shown, so each green is judged by itself; it knows nothing of pedestrians, coordination or "
    "priority."
)


def tell(recorded: Recorded, site: ShadowSite, shadow: Shadow, console: Console) -> None:
    """Print what came out."""
    free, same = agreement(shadow)
    minutes = shadow.known.sum() / 60.0
    lines = [
        f"device {recorded.device}: {minutes:.0f} min, phases {', '.join(map(str, recorded.phases))}, "
        f"{len(site.lanes)} lanes, {len(recorded.detectors)} detectors",
        f"the engine could decide in {free} s; in {100.0 * same / max(1, free):.0f} % of them it wanted what was shown",
    ]
    for line in (*lines[:1], *missing(recorded), *lines[1:]):
        console.print(line, soft_wrap=True)
    console.print(_stage_table(site, shadow))
    console.print(_lane_table(site, shadow))
    for t, detector, status in shadow.alarms[:MOST_ALARMS]:
        fault = status.lower().replace("_", " ")
        console.print(f"detector {detector}: {fault} from {_clock(recorded.begin_s + t)}")
    if not shadow.alarms:
        console.print("no detector was flagged")
    console.print(NOTE)


def missing(recorded: Recorded) -> list[str]:
    """Holes and repeats of the log, a line each."""
    found = [f"{end - start:.0f} s are missing from {_clock(start)} to {_clock(end)}: left out"
             for start, end in recorded.holes]  # fmt: skip
    found += [f"{each.rows} rows twice from {_clock(each.first_s)} to {_clock(each.last_s)}: counted once"
              for each in recorded.repeated]  # fmt: skip
    more = len(found) - MOST_ALARMS
    return found if more <= 0 else [*found[:MOST_ALARMS], f"and {more} more holes or repeats"]


def _clock(time_s: float) -> str:
    """Of the day, from the second day on with its number."""
    day, second = divmod(int(time_s), 86400)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"day {day + 1} {clock}" if day else clock


def agreement(shadow: Shadow) -> tuple[int, int]:
    """Seconds in which the engine could decide, and those of them in which it wanted what was shown."""
    free = (shadow.wanted != CHANGING) & (shadow.stage != CHANGING)
    return int(free.sum()), int((shadow.wanted[free] == shadow.stage[free]).sum())


def stage_name(site: ShadowSite, stage: int) -> str:
    """The phases that are green in it."""
    return "+".join(map(str, site.stages[stage]))


def stage_rows(site: ShadowSite, shadow: Shadow) -> list[dict[str, Any]]:
    """Per stage: greens, their mean length, and how often and when the engine would have ended them."""
    rows = []
    for stage in range(len(site.stages)):
        own = [green for green in greens(shadow) if green.stage == stage]
        left = [green.wish_s for green in own if green.wish_s is not None]
        rows.append({
            "stage": stage_name(site, stage), "greens": len(own), "held_s": _mean([green.shown_s for green in own]),
            "free_s": _mean([green.free_s for green in own if green.free_s is not None]),
            "left_earlier": len(left), "left_after_s": _mean(left), "same_next": _same_next(own),
        })  # fmt: skip
    return rows


def _same_next(own: Sequence[Ended]) -> int:
    """Greens that the engine wanted to end for the very stage that came."""
    return sum(green.wish == green.next_stage for green in own)


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _stage_table(site: ShadowSite, shadow: Shadow) -> Table:
    table = Table()
    table.add_column("phases green", no_wrap=True)
    for heading in ("greens", "held s", "free after s", "left earlier", "left after s", "for the same next"):
        table.add_column(heading, justify="right")
    for row in stage_rows(site, shadow):
        cells = [f"{value:.1f}" if isinstance(value, float) else "–" if value is None else str(value)
                 for value in row.values()]  # fmt: skip
        table.add_row(*cells)
    return table


def _lane_table(site: ShadowSite, shadow: Shadow) -> Table:
    table = Table()
    table.add_column("detector", justify="right")
    table.add_column("phase")
    table.add_column("queue, mean", justify="right")
    table.add_column("queue, largest", justify="right")
    for k, (number, phases) in enumerate(site.lanes):
        queue = shadow.queues[shadow.known, k]
        table.add_row(str(number), ", ".join(map(str, phases)), f"{queue.mean():.1f}", f"{queue.max():.0f}")
    return table


def write(path: Path, recorded: Recorded, site: ShadowSite, shadow: Shadow) -> None:
    try:
        WRITERS[path.suffix](path, recorded, site, shadow)
    except ImportError as error:
        raise ScenarioError("a picture needs matplotlib: pip install 'signal-core[report]'") from error
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error


def _write_csv(path: Path, recorded: Recorded, site: ShadowSite, shadow: Shadow) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("time_s", "shown", "wanted", *(f"queue_{number}" for number, _ in site.lanes)))
        for t, (stage, wanted, queues) in enumerate(zip(shadow.stage, shadow.wanted, shadow.queues, strict=True)):
            names = ("" if k == CHANGING else stage_name(site, int(k)) for k in (stage, wanted))
            cells = ("" if np.isnan(queue) else f"{queue:.2f}" for queue in queues)
            writer.writerow((recorded.begin_s + t, *names, *cells))


def _write_json(path: Path, recorded: Recorded, site: ShadowSite, shadow: Shadow) -> None:
    free, same = agreement(shadow)
    content = {
        "device": recorded.device, "begin_s": recorded.begin_s, "seconds": len(shadow.stage),
        "stages": [list(stage) for stage in site.stages], "free_s": free, "agrees_s": same,
        "alarms": [list(alarm) for alarm in shadow.alarms],
        "holes_s": [list(hole) for hole in recorded.holes], "repeated": [each._asdict() for each in recorded.repeated],
        "by_stage": stage_rows(site, shadow), "travel_s": {str(k): v for k, v in site.travel_s.items()},
        "queue_mean": {str(number): float(np.nanmean(shadow.queues[:, k])) for k, (number, _) in enumerate(site.lanes)},
    }  # fmt: skip
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _draw(path: Path, recorded: Recorded, site: ShadowSite, shadow: Shadow) -> None:
    from bench.report.draw_shadow import draw_shadow

    draw_shadow(recorded, site, shadow).savefig(path, dpi=150)


WRITERS = {".svg": _draw, ".png": _draw, ".csv": _write_csv, ".json": _write_json}
