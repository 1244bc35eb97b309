"""Checks every signal state SUMO recorded (SaveTLSStates) against the network's own request tables.

Stands alone with the other files of `bench.audit`: standard library only, its own reading of
the network, its own rules. What it counts per signal:

conflict          two links with priority green ('G') together whose ways cross or merge (table `foes`)
missing_yellow    green straight to red where yellow is required
short_yellow      yellow shorter than required
odd_sequence      yellow after red, or green after yellow
short_intergreen  a start (red to green, or 'g' to 'G') too soon after the end of green of a foe that is
                  not green then
short_green       green shorter than required
short_walk        green of a crossing shorter than the walk required
short_walk_clear  a start against a crossing before those on it are across
walker_met        the same sooner than the way takes, as detectors on crossings may have it, while somebody is on it
                  by SUMO's own record of those on foot
short_ride_clear  a start before a cyclist is out who came from a lane for bicycles in the last second of green, at
                  4 m/s
turn_moving       a crossing starts in front of a link in conflict with it that is green and stays so
yellow_trap       a green that gives way ends while traffic goes on that it waits for inside the junction, where the
                  program itself does not have it so
across_barrier    links are green or yellow together that no side of the barrier of a NEMA program's rings has both
short_lead        a turn that gives way starts sooner after the crossing beside it than those on foot are to lead
off               a link switched off ('o', 'O') where it must not be
start_from_off    a start from off, or before the longest clearance of the signal has passed since a link was off
longest_red_s     per link the longest time without green; -1 for a link that is never green

's' (go after a stop) and 'u' count as red; after 'o' and 'O' nothing is known of a link until its next
change. What was under way when the record begins or ends is not judged as too short.

Noted, and no violation:

flicker           a red of up to 3 s between two greens (shorter than the program's own by rule `program`)
yellow_for_speed  a yellow shorter than the speed of the approach asks for (1 s and v / 2 / 3.5 m/s2, 3 to 6 s)
collisions        of SUMO's record (`--collisions`, collision-output): at junctions, and those with people on foot

What is required, by rule:

program  yellow: the shortest yellow after green the link's program shows, 0 where a green ends without.
         Minimum green: the shortest green the program shows, at most 5 s. Intergreen j to i: the shortest
         time from the end of j's green to the start of i's before j is green again, counted only where
         nothing else starts in between, as that is the clearance the program was given; for pairs that
         never follow each other like that, the shortest such time from j to any foe, or the yellow of j.
         Rows last their minDur in programs that adapt. Off is what the program shows off.
plan     the same, with yellow at least 3 s and what the speed asks for (links that are crossings only: 0),
         intergreen at least the yellow; for a change that the program never makes what the ways through the
         junction ask (`bench.audit.ways`). Nothing is off. Walk of a crossing: 7 s, less where the program never
         shows more. Its clearance: its length at 1.2 m/s, more where the program leaves more before the first start.
         `--walk` sets another walk and speed. Turns start so long after a crossing that they give way to as the program
         has it (2 to 7 s), or `--walk-lead` where that is more. With `--on-crossing` and a record of those on foot
         (`--on-foot`) a start against a crossing may come so soon after its walk, where nobody is on it. Of who rides:
         the way through the junction and a bicycle's length.
         A link stays green as a crossing starts only where the program has it so
resco    yellow 3 s, intergreen 3 s, minimum green 5 s; crossings and off as in `plan`

The program is the one the record names, otherwise the last one read for that signal, as in SUMO.

Told which program is `ours` ("online" is SUMO's name for states that a controller orders), it counts apart, as
`by_others`, what another program did: changes in rows that SUMO wrote under another name. What a controller makes of
the state it then finds is its own again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.audit.judgement import COUNTS, NOTED, Report, judge
from bench.audit.layouts import read_layouts
from bench.audit.on_foot import read_on_foot
from bench.audit.requirements import WALKERS, Walkers, required
from bench.audit.state_record import BadRecord, Collisions, read_collisions, read_programs, read_states

RULES = ("program", "plan", "resco")


def verify(net: Path, states: Path, programs: Sequence[Path] = (), rule: str = "program",
           ours: str | None = None, walkers: Walkers = WALKERS, on_foot: Path | None = None) -> list[Report]:
    """One report per recorded signal with links and a program; on_foot: SUMO's record of those on foot, for crossings
    with detectors on them (`Walkers.least_ms`). Raises BadRecord, ValueError (rule)."""
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}; one of {', '.join(RULES)}")
    layouts, known = read_layouts(net), read_programs([net, *programs])
    seen = read_on_foot(on_foot) if on_foot is not None and walkers.least_ms else None
    reports = []
    for signal, record in sorted(read_states(states).items()):
        if signal in layouts and known.get(signal):
            named = [p for name in record.programs for p in known[signal] if p.id == name]
            program = named[-1] if named else known[signal][-1]
            layout = layouts[signal]
            need = required(program, layout, rule, walkers)
            reports.append(judge(signal, record, layout, need, ours, seen))
    return reports


def table(reports: Sequence[Report]) -> str:
    """A line per signal of what there is any of, a last one with the totals, then the examples."""
    width = max([len(report.signal) for report in reports] + [len("signal")])
    lines = [f"{'signal'.ljust(width)}  longest red  violations; noted"]
    for report in reports:
        longest = f"{max(report.longest_red_s, default=0):.0f} s"
        lines.append(f"{report.signal.ljust(width)}  {longest:>11}  {_counted([report])}")
    lines.append(f"{'total'.ljust(width)}  {'':11}  {_counted(reports)}")
    return "\n".join(lines + [example for report in reports for example in report.examples])


def _counted(reports: Sequence[Report]) -> str:
    found = {kind: sum(report.counts[kind] for report in reports) for kind in COUNTS}
    noted = {kind: sum(report.noted[kind] for report in reports) for kind in NOTED}
    noted["by others"] = sum(sum(report.by_others.values()) for report in reports)
    violations, others = (", ".join(f"{n} {kind}" for kind, n in each.items() if n) for each in (found, noted))
    return (violations or "none") + (f"; {others}" if others else "")


def _told_collisions(met: Collisions) -> str:
    return f"collisions at junctions: {met.at_junctions}, of them with people on foot: {met.on_foot}"


def _walkers(text: str) -> Walkers:
    """Of seconds and metres per second, such as 7,1.2."""
    green_s, mps = map(float, text.split(","))
    if not (0.0 <= green_s <= 600.0 and 0.1 <= mps <= 10.0):  # also where one is no number
        raise ValueError(text)
    return Walkers(round(1000 * green_s), mps)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0: clean, 1: violations found, 2: a file that cannot be used."""
    parser = argparse.ArgumentParser("python -m bench.audit.verify_states", description="Check recorded states.")
    parser.add_argument("net", type=Path)
    parser.add_argument("tlsstates", type=Path)
    parser.add_argument("--programs", type=Path, action="append", default=[], help="file with programs")
    parser.add_argument("--rule", choices=RULES, default="program", help="what is required")
    parser.add_argument("--ours", metavar="PROGRAM", help="count apart what other programs than this one did")
    parser.add_argument("--collisions", type=Path, metavar="FILE", help="what SUMO wrote for --collision-output")
    parser.add_argument("--walk", type=_walkers, default=WALKERS, metavar="S,MPS",
                        help="least green of a crossing and walking speed, as the run had them (default 7,1.2)")
    parser.add_argument("--walk-lead", type=float, default=0.0, metavar="S",
                        help="seconds by which those on foot lead the turns beside them, as the run had them")
    parser.add_argument("--on-crossing", type=float, default=0.0, metavar="S",
                        help="least clearance of crossings with detectors on them, as the run had them")
    parser.add_argument("--on-foot", type=Path, metavar="FILE",
                        help="SUMO's record of those on foot (fcd-output), needed for --on-crossing")
    options = parser.parse_args(arguments)
    if options.on_crossing and options.on_foot is None:
        parser.error("--on-crossing: give --on-foot, who was on the crossings")
    try:
        reports = verify(options.net, options.tlsstates, options.programs, options.rule, options.ours,
                         replace(options.walk, lead_ms=round(1000 * options.walk_lead),
                                 least_ms=round(1000 * options.on_crossing)), options.on_foot)
        met = read_collisions(options.collisions) if options.collisions else None
    except BadRecord as error:
        print(error, file=sys.stderr)
        return 2
    print(table(reports))
    if met is not None:
        print(_told_collisions(met))
    return 1 if any(report.violations for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
