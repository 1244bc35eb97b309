"""The result of a comparison in one sentence that can be quoted: figures, interval, and how many seeds it rests on."""

from __future__ import annotations

from typing import Any

from bench.measures.paired import change

Row = dict[str, Any]


def quote(content: Row, name: str) -> str:
    """Of controller ``name`` against the baseline; that there is no claim to make, where there is none."""
    baseline = content["baseline"]
    found = {row["controller"]: row["means"] for row in content["summary"]}
    if name not in found or baseline not in found or name == baseline:
        return ""
    delay = change(*_paired(content, name, "delay_s"))
    levels = f"{found[name]['delay_s']:.0f} s instead of {found[baseline]['delay_s']:.0f} s"
    speeds = f"{found[name]['speed_kmh']:.0f} instead of {found[baseline]['speed_kmh']:.0f} km/h"
    said = f"Under {name} control a trip loses {levels} and the network's speed is {speeds}"
    if delay.mean_pct is None or delay.low_pct is None or delay.high_pct is None or not delay.is_clear:
        return f"{said}; with {delay.pairs} paired seed{'s' * (delay.pairs != 1)} that is no claim."
    word = "less" if delay.mean_pct < 0 else "more"
    least, most = sorted((abs(delay.low_pct), abs(delay.high_pct)))
    return (f"{said}: {abs(delay.mean_pct):.0f} % {word} delay than under {baseline} (95 % interval {least:.0f} to "
            f"{most:.0f} %, {delay.pairs} seeds of the same traffic).")  # fmt: skip


def _paired(content: Row, name: str, key: str) -> tuple[list[float], list[float]]:
    mine, theirs = ({row["seed"]: float(row[key]) for row in content["runs"] if row["controller"] == each}
                    for each in (name, content["baseline"]))  # fmt: skip
    seeds = sorted(mine.keys() & theirs.keys())
    return [mine[seed] for seed in seeds], [theirs[seed] for seed in seeds]
