"""What of a site file does not fit the rest of it, one sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from controllers.cabinet.site_parts import Group, SignalParts

LONGEST_S = 250.0
"""What a clearance and a least green may last together."""


def misfits(site: SignalParts) -> Iterable[str]:
    """What of a signal does not fit the rest of it, one sentence each."""
    channels = [group.channel for group in site.groups]
    phases = [phase.number for phase in site.phases]
    detectors = [detector.number for detector in site.detectors]
    pressed = [button.number for button in site.buttons]
    for what, numbers in (("channel", channels), ("phase", phases), ("detector or button", detectors + pressed),
                          ("stage", [stage.number for stage in site.stages])):
        yield from (f"{what} {n} stands there twice" for n, times in Counter(numbers).items() if times > 1)
    yield from _unknown(site, set(channels), set(phases), set(detectors))
    foes = {group.channel: set(group.conflicts) for group in site.groups}
    yield from (f"channel {a} conflicts with {b}, but {b} not with {a}"
                for a, others in foes.items() for b in others if a not in foes.get(b, {a}))
    yield from _stage_misfits(site, channels, foes)
    yield from _clearance_misfits(site)
    yield from too_long(site)


def too_long(site: SignalParts) -> Iterable[str]:
    """Times the engine has no room for: a change and the least green after it are kept in a byte."""
    least = [max(p.min_green_s, p.walk_s + p.ped_clear_s) for p in site.phases] + [g.min_green_s for g in site.groups]
    owed = [p.yellow_s + max(p.red_clear_s, p.ped_clear_s) for p in site.phases] + [g.yellow_s for g in site.groups]
    owed += [seconds for g in site.groups for table in (g.clear_s, g.yielded_s) for seconds in table.values()]
    if max(least, default=0.0) + max(owed, default=0.0) > LONGEST_S:
        yield (f"least greens of up to {max(least):g} s after clearances of up to {max(owed):g} s: "
               f"together {LONGEST_S:g} s at most")


def _named(table: Mapping[str, float]) -> tuple[int, ...]:
    """Channels a table is by; one that is no number stands for none."""
    return tuple(int(c) if c.isdigit() else 0 for c in table)


def _clearance_misfits(site: SignalParts) -> Iterable[str]:
    for group in site.groups:
        if group.least_clear_s > 0.0 and group.kind == "vehicle":
            yield f"channel {group.channel}: least_clear_s is for crossings (kind = 'pedestrian')"
        known = {str(channel) for channel in group.conflicts}
        for name, table in (("clear_s", group.clear_s), ("yielded_s", group.yielded_s)):
            yield from (f"channel {group.channel}: {name} of '{c}', no channel it conflicts with"
                        for c in table if c not in known)
            yield from (f"channel {group.channel}: {name} of {c} is shorter than its yellow"
                        for c, seconds in table.items() if group.kind == "vehicle" and seconds < group.yellow_s)
        yield from _caught_misfits(group, known)
        yield from (f"channel {group.channel}: clear_s lacks channel {c}"
                    for c in sorted(known - group.clear_s.keys()) if group.clear_s)


def _caught_misfits(group: Group, known: set[str]) -> Iterable[str]:
    yield from (f"channel {group.channel}: {name} of '{c}', no channel it conflicts with"
                for name in ("caught_s", "caught_rest_s") for c in getattr(group, name) if c not in known)
    yield from (f"channel {group.channel}: only one of caught_s and caught_rest_s has channel {c}"
                for c in sorted(group.caught_s.keys() ^ group.caught_rest_s.keys()))


def _unknown(site: SignalParts, channels: set[int], phases: set[int], detectors: set[int]) -> Iterable[str]:
    """Numbers that nothing stands for."""
    served = {c for phase in site.phases for c in phase.channels}
    yield from (f"channel {c}: in no phase" for c in sorted(channels - served))
    asked = [(f"channel {g.channel}", "channel",
              (*g.conflicts, *_named(g.walk_lead_s | g.traffic_lead_s), *g.ends_with), channels)
             for g in site.groups]
    asked += [(f"channel {g.channel}", "phase", (g.phase,), phases) for g in site.groups if g.phase]
    asked += [("forbidden", "channel", one, channels) for one in site.forbidden]
    asked += [(f"phase {p.number}", "channel", p.channels, channels) for p in site.phases]
    asked += [(f"phase {p.number}", "phase", p.concurrent, phases) for p in site.phases]
    asked += [(f"stage {s.number}", "phase", s.phases, phases) for s in site.stages]
    stages = {s.number for s in site.stages}
    asked += [(f"stage {s.number}: part_of", "stage", (s.part_of,), stages) for s in site.stages if s.part_of]
    asked += [(f"button {b.number}", "channel", b.channels, channels) for b in site.buttons]
    asked += [(f"button {b.number}", "phase", (b.phase,), phases) for b in site.buttons]
    asked += [(f"preempt {p.number}", "phase", p.phases, phases) for p in site.preempts]
    if site.requests is not None and site.requests.ntcip is not None:
        asked += [(f"requests.ntcip: strategy {n}", "channel", (c,), channels)
                  for n, c in site.requests.ntcip.strategies.items()]
    for lane in site.lanes:
        feeds = [feed.detector for feed in (*lane.middle, *lane.far, *lane.exits)] + ([lane.stop] if lane.stop else [])
        asked += [(f"lane {lane.id}", "channel", lane.channels, channels),
                  (f"lane {lane.id}", "detector", tuple(feeds), detectors)]
    for where, what, numbers, known in asked:
        yield from (f"{where}: no {what} {n}" for n in sorted(set(numbers) - known))
    named = {p for p in site.plan.splits if p.isdigit()}
    yield from (f"plan: split of '{p}', which is no phase" for p in sorted(set(site.plan.splits) - named))
    yield from (f"plan: no phase {p}" for p in sorted(named) if int(p) not in phases)


def _stage_misfits(site: SignalParts, channels: list[int], foes: dict[int, set[int]]) -> Iterable[str]:
    of_phase = {phase.number: phase for phase in site.phases}
    for stage in site.stages:
        if len(stage.show) != len(channels):
            yield f"stage {stage.number}: {len(stage.show)} letters for {len(channels)} groups"
            continue
        on = [of_phase[p] for p in stage.phases if p in of_phase]
        if len({phase.side for phase in on}) > 1 or len({phase.ring for phase in on}) < len(on):
            yield f"stage {stage.number}: its phases are never on together (one ring, or two sides of a barrier)"
        major = [c for c, letter in zip(channels, stage.show, strict=True) if letter == "G"]
        yield from (f"stage {stage.number}: channels {a} and {b} conflict and both have priority"
                    for a in major for b in major if a < b and b in foes.get(a, ()))
        served = {c for phase in on for c in phase.channels}
        yield from (f"stage {stage.number}: channel {c} is green, but in none of its phases"
                    for c, letter in zip(channels, stage.show, strict=True) if letter in "Gg" and c not in served)
    yield from (f"lane {lane.id}: {len(lane.service_vps)} rates for {len(site.stages)} stages"
                for lane in site.lanes if len(lane.service_vps) != len(site.stages))
