"""Checks every signal state SUMO recorded (SaveTLSStates) against the network's own request tables.

Stands alone with `bench.audit.layouts`, `state_record` and `requirements`: standard library only, its own reading of
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
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.audit.barriers import is_across
from bench.audit.layouts import Layout, read_layouts
from bench.audit.on_foot import OnFoot, read_on_foot
from bench.audit.requirements import GREEN, OFF, WALKERS, YELLOW, Required, Walkers, required
from bench.audit.state_record import (
    BadRecord,
    Collisions,
    Record,
    read_collisions,
    read_programs,
    read_states,
)

COUNTS = (
    "conflict",
    "missing_yellow",
    "short_yellow",
    "odd_sequence",
    "short_intergreen",
    "short_green",
    "short_walk",
    "short_walk_clear",
    "walker_met",
    "short_ride_clear",
    "turn_moving",
    "short_lead",
    "across_barrier",
    "yellow_trap",
    "off",
    "start_from_off",
)
NOTED = ("flicker", "yellow_for_speed")
RULES = ("program", "plan", "resco")
EXAMPLES = 3
ROW_MS = 1000
"""Between the rows of those on foot."""


@dataclass
class Report:
    """What one signal showed; `examples` describes the first few violations of each kind.

    by_others: counts of what other programs than ours did; another_shows: one of them makes the change being judged;
    noted: what is no violation.
    """

    signal: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    longest_red_s: tuple[float, ...] = ()
    examples: list[str] = field(default_factory=list)
    by_others: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    noted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NOTED, 0))
    another_shows: bool = False

    @property
    def violations(self) -> int:
        return sum(self.counts.values())

    def add(self, kind: str, time_ms: int, what: str) -> None:
        if self.another_shows:
            self.by_others[kind] += 1
            return
        self.counts[kind] += 1
        if self.counts[kind] <= EXAMPLES:
            self.examples.append(f"{self.signal} at {time_ms / 1000:.1f} s: {kind}, {what}")

    def note(self, kind: str) -> None:
        self.noted[kind] += not self.another_shows


# --- the judgement -------------------------------------------------------------------------------


@dataclass
class _Lamp:
    """One link: its letter, when its colour began and its last green ended (None: unknown), its reds."""

    letter: str
    began: int | None = None
    ended: int | None = None
    red_began: int | None = None
    red_since: int | None = None
    longest_red: int = 0
    ever_green: bool = False


def judge(signal: str, record: Record, layout: Layout, need: Required, ours: str | None = None,
          seen: OnFoot | None = None) -> Report:
    """Every count for one signal; `ours`: see the module's words; `seen`: who was on crossings that may be cleared
    sooner where nobody is. Raises BadRecord where states and network differ in
    length."""
    report = Report(signal)
    start_ms = record.changes[0][0]
    if any(len(state) < len(layout.foes) for _, state in record.changes):
        raise BadRecord(f"{signal}: a recorded state is shorter than the network's {len(layout.foes)} links")
    lamps, off_ms, longest_ms = [_Lamp("o") for _ in layout.foes], None, need.longest(layout)
    for (time_ms, state), program in zip(record.changes, record.shown_by, strict=True):
        report.another_shows = ours is not None and program != ours
        before = [lamp.letter for lamp in lamps]
        for i, lamp in enumerate(lamps):
            was, now = _colour(lamp.letter), _colour(state[i])
            lamp.letter = state[i]
            if was != now:
                _judge_change(report, need, i, lamp, was, now, time_ms, known=time_ms > start_ms)
                _begin(lamp, was, now, time_ms, known=time_ms > start_ms)
        if time_ms > start_ms and any(letter in OFF for letter in before) and not any(need.dark):
            off_ms = time_ms
        _judge_together(report, layout, need, lamps, before, time_ms, seen)
        _judge_ends(report, need, before, state, time_ms)
        if is_across(need.sides, state):
            report.add("across_barrier", time_ms, "green or yellow on both sides")
        if off_ms is not None:
            _judge_off(report, longest_ms, lamps, before, time_ms, off_ms)
    for lamp in lamps:
        _close_red(lamp, record.last_ms)
    report.longest_red_s = tuple(lamp.longest_red / 1000 if lamp.ever_green else -1.0 for lamp in lamps)
    return report


def _colour(letter: str) -> str:
    if letter in GREEN:
        return "green"
    if letter in YELLOW:
        return "yellow"
    return "off" if letter in OFF else "red"


def _judge_change(report: Report, need: Required, i: int, lamp: _Lamp, was: str, now: str, t: int,
                  known: bool) -> None:
    """Link i goes from one colour to another: did the one before last for long enough, and may this one follow?"""
    age = t - lamp.began if lamp.began is not None else None
    if now == "off" and known and not need.dark[i]:
        report.add("off", t, f"link {i}")
    if was == "green" and now != "off":
        if age is not None and age < need.green[i]:
            report.add("short_green", t, _told(i, "green", age, need.green[i]))
        if age is not None and age < need.walk[i]:
            report.add("short_walk", t, _told(i, "walk", age, need.walk[i]))
        if now == "red" and need.yellow[i] > 0:
            report.add("missing_yellow", t, f"link {i}")
    if was == "yellow" and now == "red" and age is not None and age < need.yellow[i]:
        report.add("short_yellow", t, _told(i, "yellow", age, need.yellow[i]))
    if was == "yellow" and now == "red" and age is not None and age < need.speed_yellow[i]:
        report.note("yellow_for_speed")
    if was == "red" and now == "green" and lamp.red_began is not None and t - lamp.red_began < need.red[i]:
        report.note("flicker")
    if (was, now) in (("red", "yellow"), ("yellow", "green")):
        report.add("odd_sequence", t, f"link {i} {now} after {was}")


def _begin(lamp: _Lamp, was: str, now: str, t: int, known: bool) -> None:
    """Remember since when a lamp shows its new colour. known: the record has what was before."""
    lamp.began = t if known and was != "off" else None
    lamp.red_began = t if now == "red" and was != "off" and known and lamp.ever_green else None
    lamp.ended = t if was == "green" else (lamp.ended if was != "off" else None)
    if now == "green":
        lamp.ever_green = True
        _close_red(lamp, t)
    elif now == "off":
        lamp.red_since = None
    elif lamp.red_since is None:
        lamp.red_since = t


def _told(i: int, colour: str, age: int, need: int) -> str:
    return f"link {i} {colour} for {age / 1000:.1f} s of {need / 1000:.1f}"


def _close_red(lamp: _Lamp, t: int) -> None:
    if lamp.red_since is not None:
        lamp.longest_red = max(lamp.longest_red, t - lamp.red_since)
    lamp.red_since = None


def _judge_together(
    report: Report, layout: Layout, need: Required, lamps: Sequence[_Lamp], before: Sequence[str], t: int,
    seen: OnFoot | None,
) -> None:  # fmt: skip
    for i, lamp in enumerate(lamps):
        if lamp.letter not in GREEN or lamp.letter == before[i]:
            continue
        if lamp.letter == "G":
            for j in layout.foes[i]:
                if lamps[j].letter == "G" and (j < i or before[j] == "G"):
                    report.add("conflict", t, f"links {min(i, j)} and {max(i, j)}")
        for j in layout.foes[i] if before[i] not in GREEN else ():
            _judge_lead(report, need, lamps[j], j, i, t)
            if (j, i) in need.stops and before[j] in GREEN and lamps[j].letter in GREEN:
                report.add("turn_moving", t, f"crossing {i} starts before link {j} that goes on")
        if before[i] not in GREEN or lamp.letter == "G":
            _judge_start(report, layout, need, lamps, i, t, seen)


def _judge_ends(report: Report, need: Required, before: Sequence[str], now: str, t: int) -> None:
    for i, j in sorted(need.traps):
        if before[i] == "g" and now[i] not in GREEN | OFF and before[j] in GREEN and now[j] in GREEN:
            report.add("yellow_trap", t, f"link {i} ends while link {j} goes on, to which it gives way")


def _judge_lead(report: Report, need: Required, crossing: _Lamp, j: int, i: int, t: int) -> None:
    """Link i starts: has the crossing j beside it been green for long enough?"""
    owed = need.lead.get((i, j), 0)
    if owed and crossing.letter in GREEN and crossing.began is not None and t - crossing.began < owed:
        led_s, owed_s = (t - crossing.began) / 1000, owed / 1000
        report.add("short_lead", t, f"link {i} starts {led_s:.1f} s after crossing {j}, {owed_s:.1f} due")


def _judge_start(
    report: Report, layout: Layout, need: Required, lamps: Sequence[_Lamp], i: int, t: int, seen: OnFoot | None
) -> None:
    for j in layout.foes[i]:
        ended = lamps[j].ended
        if lamps[j].letter in GREEN or ended is None:
            continue
        if seen is not None and layout.crossed.get(j) and j in layout.walking and t - ended >= need.least_ms:
            whole_ms = max(need.intergreen[j][i], need.walk_clear[j])
            if t - ended < whole_ms and seen.is_anybody(layout.crossed[j], t - ROW_MS, t):
                report.add("walker_met", t, f"link {i} starts while somebody is on crossing {j}")
            continue
        owed = (("short_intergreen", need.intergreen[j][i]), ("short_walk_clear", need.walk_clear[j]),
                ("short_ride_clear", need.ride_clear[j]))  # fmt: skip
        for kind, due in owed:
            if t - ended < due:
                passed_s, due_s = (t - ended) / 1000, due / 1000
                report.add(kind, t, f"link {i} starts {passed_s:.1f} s after link {j}, {due_s:.1f} due")


def _judge_off(
    report: Report, longest_ms: int, lamps: Sequence[_Lamp], before: Sequence[str], t: int, off_ms: int
) -> None:
    """Starts from off, or while somebody may still be in the junction who went when a link was off."""
    for i, lamp in enumerate(lamps):
        if lamp.letter in GREEN and before[i] not in GREEN and (before[i] in OFF or t - off_ms < longest_ms):
            passed_s, due_s = (t - off_ms) / 1000, longest_ms / 1000
            report.add("start_from_off", t, f"link {i} starts {passed_s:.1f} s after a link was off, {due_s:.1f} due")


# --- together ------------------------------------------------------------------------------------


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
    """The counts as text, one line per signal, a last line with the totals, then the examples."""
    width = max([len(report.signal) for report in reports] + [5])
    lines = [" ".join(["signal".ljust(width), *COUNTS, *NOTED, "by_others", "longest_red_s"])]
    for report in reports:
        counts = [str(number).rjust(len(kind)) for kind, number in {**report.counts, **report.noted}.items()]
        others = str(sum(report.by_others.values())).rjust(len("by_others"))
        longest = f"{max(report.longest_red_s, default=0):.0f}".rjust(len("longest_red_s"))
        lines.append(" ".join([report.signal.ljust(width), *counts, others, longest]))
    totals = [str(sum(report.counts[kind] for report in reports)).rjust(len(kind)) for kind in COUNTS]
    totals += [str(sum(report.noted[kind] for report in reports)).rjust(len(kind)) for kind in NOTED]
    totals.append(str(sum(sum(report.by_others.values()) for report in reports)).rjust(len("by_others")))
    lines.append(" ".join(["total".ljust(width), *totals]))
    return "\n".join(lines + [example for report in reports for example in report.examples])


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
