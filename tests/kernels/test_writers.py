"""Every field of the engine's state has the writer that its record names, and no other kernel writes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from signal_core.estimating import loop_state
from signal_core.kernels import codes
from signal_core.ladder import modes
from signal_core.tables import state

KERNELS = sorted(path for path in Path(codes.__file__).parent.glob("*.py") if path.stem != "interlock")
RECORDS: list[Any] = [
    state.QueueState, state.ArrivalState, state.OccupancyRuns, state.LineState, state.HeadState, state.GreenState,
    state.SneakerState, state.SpacingState, state.ClaimState, state.SignalState, loop_state.Verdicts,
    loop_state.SampleStats,
    loop_state.LoopRuns, loop_state.UsualTraffic, loop_state.Evidence, loop_state.RoadCounts, loop_state.SignalCounts,
    loop_state.ExitState, loop_state.FloorState, loop_state.TrialState, loop_state.LockState,
    loop_state.SilentRoads,
    modes.ModeState]
OTHERS = {"used", "cycles", "target", "work"}
"""Records that are no state, by the name that kernels give them."""
WRITER = re.compile(r"Writer: (?:the kernel )?`(\w+)`")


def writers() -> dict[str, set[str]]:
    """Modules that may write a field, by its name; the writer of the record, unless the field has one of its own."""
    found: dict[str, set[str]] = {}
    for record in RECORDS:
        first = " ".join(record.__doc__.partition("\n\n")[0].split())
        told = WRITER.search(first)
        assert told is not None, record
        for field in record._fields:
            own = re.search(rf"\b{field}: (also )?(`\w+`(?:(?:, | and )`\w+`)*)[;.]", first)
            found.setdefault(field, set()).update(re.findall(r"\w+", own[2].replace(" and ", "")) if own else ())
            if own is None or own[1]:
                found[field].add(told[1])
    return found


def written(path: Path) -> Iterator[tuple[str, int]]:
    """Names of record fields that a module assigns entries of, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for each in target.elts if isinstance(target, ast.Tuple) else [target]:
                    place = each.value if isinstance(each, ast.Subscript) else None
                    if isinstance(place, ast.Attribute) and ast.unparse(place.value) not in OTHERS:
                        yield place.attr, node.lineno


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.stem)
def test_fields_are_written_by_their_writers_alone(path: Path) -> None:
    allowed = writers()
    for field, line in written(path):
        assert path.stem in allowed.get(field, {path.stem}), f"{path.name}:{line} writes {field}"


def test_writers_are_found_at_work() -> None:
    seen = {field for path in KERNELS for field, _ in written(path)}
    assert {"near", "sure", "refused", "has_priority", "since_gap", "clearing_s", "status", "is_queued"} <= seen
