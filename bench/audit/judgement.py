"""What one signal showed, judged change by change: what each count of `verify_states` is counted by.

Times are simulation time in ms. What is not known of a lamp, as before its first change, is held against nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.audit.barriers import is_across
from bench.audit.layouts import Layout
from bench.audit.on_foot import OnFoot
from bench.audit.requirements import GREEN, OFF, YELLOW, Required
from bench.audit.state_record import BadRecord, Record

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
