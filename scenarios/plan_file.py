"""Signal programs as a SUMO additional file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from network.program.signals import Interval, Program


def write_elements(lines: Iterable[str], path: str | Path) -> None:
    """Write lines of XML as an additional file; of programs in several, SUMO runs those loaded last."""
    Path(path).write_text("\n".join(["<additional>", *lines, "</additional>", ""]), encoding="utf-8")


def program_lines(program: Program) -> Iterator[str]:
    """The tlLogic of a program."""
    yield (
        f"    <tlLogic id={quoteattr(program.signal_id)} type={quoteattr(program.kind)} "
        f'programID={quoteattr(program.program_id)} offset="{program.offset_s:g}">'
    )
    for row in program.intervals:
        yield f"        <phase {_attributes(row)}/>"
    for key, value in program.parameters.items():
        yield f"        <param key={quoteattr(key)} value={quoteattr(value)}/>"
    yield "    </tlLogic>"


def _attributes(row: Interval) -> str:
    written = [f'duration="{row.duration_s:g}" state={quoteattr(row.state)}']
    if row.min_s < row.max_s:
        written.append(f'minDur="{row.min_s:g}" maxDur="{row.max_s:g}"')
    if row.early_target:
        written.append(f"earlyTarget={quoteattr(row.early_target)}")
    if row.next:
        written.append(f'next="{" ".join(map(str, row.next))}"')
    return " ".join(written)
