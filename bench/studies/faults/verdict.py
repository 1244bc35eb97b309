"""What came of a fault: against healthy adaptive control and against fixed, and whether anybody noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.audit.judgement import COUNTS
from bench.audit.requirements import Walkers
from bench.audit.verify_states import verify
from bench.measures.metrics import JAM_FACTOR
from bench.runs.jobs import Outcome
from bench.studies.faults.classes import FaultClass
from scenarios.launch import SHOWN_STATES
from scenarios.recording import ON_FOOT

Row = dict[str, Any]
Key = tuple[str, str, int]  # world or fault, controller, seed
OURS = "online"  # as SUMO's record calls what a controller orders
OTHERS = "by_others"


def violations(outcome: Outcome) -> dict[str, int]:
    """What the checker of shown states found in the run's own record; under `OTHERS`, in the rows in which SUMO says
    that another program was running."""
    study = outcome.spec.study
    scenario = study.scenario
    rule = "resco" if study.protocol == "resco" else "plan"
    programs = [Path(path) for path in scenario.additional_files]
    walk_s, walking_mps = study.walk
    walkers = Walkers(round(1000 * walk_s), walking_mps, round(1000 * study.walk_lead_s),
                      round(1000 * study.on_crossing_s))
    run_dir = Path(outcome.spec.run_dir)
    on_foot = run_dir / ON_FOOT if (run_dir / ON_FOOT).is_file() else None
    reports = verify(Path(scenario.net_file), run_dir / SHOWN_STATES, programs, rule, OURS, walkers, on_foot)
    found = {kind: sum(report.counts[kind] for report in reports) for kind in COUNTS}
    return found | {OTHERS: sum(sum(report.by_others.values()) for report in reports)}


def flagged_after_s(row: Row, fault: FaultClass, begin_s: float) -> float | None:
    """Seconds from the fault to the first word about it; None where nobody noticed."""
    troubles = row["troubles"]
    from_s = begin_s + fault.from_s
    told = [note.removeprefix("loops that lie: ").split() for note in row["notes"] if note.startswith("loops that lie")]
    lying = {loop for loops in told for loop in loops} if fault.target in ("loop", "approach") else None
    times = [time_s for time_s, loop, status in troubles["alarms"]
             if time_s >= from_s and status != "HEALTHY" and (lying is None or loop in lying)]  # fmt: skip
    if lying is None:
        times += [time_s for time_s, _, status in troubles["exits"] if time_s >= from_s and status != "FREE"]
    times += [time_s for time_s, _, _, _, reason in troubles["mode_changes"] if time_s >= from_s and reason]
    return min(times) - from_s if times else None


def noticed(row: Row, fault: FaultClass, begin_s: float) -> bool:
    """Whether the run says that something was wrong: an alarm, a mode, a count of rejected samples, a trip."""
    troubles = row["troubles"]
    counted = troubles["late"] + troubles["errors"] + troubles["samples_stale"] + row["interlock_trips"]
    return flagged_after_s(row, fault, begin_s) is not None or counted > 0 or any(
        note.startswith("taken up") for note in row["notes"])


def judge(fault: FaultClass, rows: Mapping[Key, Row], bad: Mapping[Key, dict[str, int]], seeds: Sequence[int],
          begin_s: float) -> Row | None:
    """One row of the table; None where no run of the fault came home."""
    name = fault.name
    base = name if fault.world else ""
    usable = [s for s in seeds if {(name, "adaptive", s), ("", "adaptive", s), (base, "fixed", s)} <= rows.keys()]
    if not usable:
        return None
    runs = [rows[name, "adaptive", s] for s in usable]
    healthy = [rows["", "adaptive", s]["delay_s"] for s in usable]
    fixed = [rows[base, "fixed", s] for s in usable]
    delays = [run["delay_s"] for run in runs]
    flags = [flagged_after_s(run, fault, begin_s) for run in runs]
    heard = [flag for flag in flags if flag is not None]
    return {
        "fault": name,
        "says": fault.says,
        "runs": len(runs),
        "delay_s": median(delays),
        "healthy_s": median(healthy),
        "fixed_s": median(run["delay_s"] for run in fixed),
        "against_healthy_pct": None if fault.world else _change(delays, healthy),
        "against_fixed_pct": _change(delays, [run["delay_s"] for run in fixed]),
        "worst_against_fixed_pct": max(_change([a], [b["delay_s"]]) for a, b in zip(delays, fixed, strict=True)),
        "noticed": sum(noticed(run, fault, begin_s) for run in runs),
        "flagged_after_s": median(heard) if heard else None,
        "alarms": sum(sum(status != "HEALTHY" for _, _, status in run["troubles"]["alarms"]) for run in runs),
        "exits": sum(sum(status != "FREE" for _, _, status in run["troubles"]["exits"]) for run in runs),
        "mode_changes": sum(len(run["troubles"]["mode_changes"]) for run in runs),
        "interlock_trips": sum(run["interlock_trips"] for run in runs),
        "late": sum(run["troubles"]["late"] for run in runs),
        "errors": sum(run["troubles"]["errors"] for run in runs),
        "violations": {kind: sum(bad[name, "adaptive", s][kind] for s in usable) for kind in COUNTS},
        OTHERS: sum(bad[name, "adaptive", s][OTHERS] for s in usable),
        "jams": sum(_jams(run, with_plan) for run, with_plan in zip(runs, fixed, strict=True)),
    }


def _jams(run: Row, with_plan: Row) -> bool:
    """Traffic stands where it does not under the fixed plan."""
    return bool(run["delay_s"] > JAM_FACTOR * with_plan["delay_s"]
                or run["finished"] < 0.9 * with_plan["finished"])


def _change(values: Sequence[float], base: Sequence[float]) -> float:
    return median(100.0 * (a / b - 1.0) if b else 0.0 for a, b in zip(values, base, strict=True))
