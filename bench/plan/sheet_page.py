"""The timing sheet as a page to print: one table per signal and plan, and a bar of its splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from bench.plan.sheet import SheetRow
from network.files import writing

HEADINGS = ("phase", "movements", "links", "min green", "max green", "yellow", "red", "split", "walk",
            "flashing don't walk")
STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #222; margin: 2em auto; max-width: 70em; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin: 1.8em 0 .2em; border-top: 1px solid #999; padding-top: .8em;
     overflow-wrap: anywhere; }
p.plan { margin: .2em 0 .6em; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding: .3em 0; }
th, td { border: 1px solid #999; padding: .25em .5em; text-align: right; vertical-align: top; }
th { background: #eee; font-weight: 600; } td.words, th.words { text-align: left; } td.words { min-width: 5em; }
td.words, h2 { overflow-wrap: break-word; }
.ring { display: flex; margin: .3em 0; height: 1.7em; border: 1px solid #444; }
.ring div { overflow: hidden; white-space: nowrap; text-align: center; font-size: .85em; line-height: 2em; }
.green { background: #fff; } .yellow { background: #bbb; } .red { background: #555; }
.barrier { border-right: 3px double #222; }
section { break-inside: avoid; }
.ring div, th { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
@media (max-width: 800px) { table { font-size: 12px; } th, td { padding: .2em .3em; } }
@media print { body { margin: 0; max-width: none; font-size: 11px; } }
"""


def write_sheet_page(rows: Sequence[SheetRow], title: str, path: Path) -> None:
    """Write it; it needs nothing else."""
    body = "".join(_signal(list(own)) for _, own in groupby(rows, key=lambda row: (row.signal, row.plan)))
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Timing sheet: {escape(title)}</title><style>{STYLE}</style></head><body>
<h1>Timing sheet: {escape(title)}</h1>
<p>Times in seconds. Split: green, yellow and red clearance of a phase. Max green: of a fixed-time phase its green.
Flashing don't walk: from the end of the walk until anything may start against it, at least; where the way over the
crossing takes longer, that is said below the table. Bars: white green, grey yellow, black red clearance. Offsets count
from second 0.</p>
{body}</body></html>
"""
    with writing(path):
        path.write_text(page, encoding="utf-8")


def _signal(rows: Sequence[SheetRow]) -> str:
    first = rows[0]
    cells = "".join(_row(row) for row in rows)
    heads = "".join(f'<th{" class=words" if k in (1, 2) else ""}>{head}</th>' for k, head in enumerate(HEADINGS))
    ring = "<th>ring</th><th>barrier</th>" if first.ring else ""
    return (f"<section><h2>Signal {escape(first.signal)}</h2><p class=plan>Plan {escape(first.plan)}, from "
            f"{first.from_s:g} s: cycle {first.cycle_s:g} s, offset {first.offset_s:g} s</p>{''.join(_bars(rows))}"
            f"<div class=scroll><table><tr>{ring}{heads}</tr>{cells}</table></div>{''.join(_short(rows))}</section>\n")


def _short(rows: Sequence[SheetRow]) -> Iterator[str]:
    for row in rows:
        if row.crossing_takes_s > row.flashing_dont_walk_s:
            yield (f"<p>Phase {escape(row.phase)}: {row.flashing_dont_walk_s:g} s to clear a crossing whose way takes "
                   f"{row.crossing_takes_s:g} s.</p>")


def _row(row: SheetRow) -> str:
    ring = f"<td>{row.ring}</td><td>{row.barrier}</td>" if row.ring else ""
    walks = (f"{row.walk_s:g}", f"{row.flashing_dont_walk_s:g}") if row.walk_s else ("", "")
    numbers = (f"{row.min_green_s:g}", f"{row.max_green_s:g}", f"{row.yellow_s:g}", f"{row.red_s:g}",
               f"{row.split_s:g}", *walks)
    return (f"<tr>{ring}<td>{escape(row.phase)}</td><td class=words>{escape(row.movements)}</td>"
            f"<td class=words>{escape(row.links)}</td>{''.join(f'<td>{number}</td>' for number in numbers)}</tr>")


def _bars(rows: Sequence[SheetRow]) -> Iterator[str]:
    """One per ring, phases one after the other."""
    for _, own in groupby(rows, key=lambda row: row.ring):
        ring = list(own)
        parts = []
        for row, after in zip(ring, [*ring[1:], None], strict=True):
            ends = after is not None and after.barrier != row.barrier
            pieces = (("green", row.max_green_s, row.phase), ("yellow", row.yellow_s, ""), ("red", row.red_s, ""))
            shown = [piece for piece in pieces if piece[1] > 0.0]
            parts += [f'<div class="{kind}{" barrier" if ends and k == len(shown) - 1 else ""}" '
                      f'style="flex:{length_s:g}">{escape(name)}</div>'
                      for k, (kind, length_s, name) in enumerate(shown)]
        yield f"<div class=ring>{''.join(parts)}</div>"
