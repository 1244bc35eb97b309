"""What is wrong between a site file and its controller: read only, one row for every phase and finding."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from controllers.cabinet.address import address_of, layout_of
from controllers.cabinet.arrays import Times, stricter
from controllers.cabinet.driven import how_driven, not_kept
from controllers.cabinet.misfits import too_long
from controllers.cabinet.site import SignalSite
from controllers.cabinet.stage_orders import ways
from controllers.cabinet.standback import found_in
from controllers.field import oids
from controllers.field.errors import FieldError
from controllers.field.ntcip import NtcipPort, OwnTimes
from controllers.field.reading import Reading
from controllers.field.snmp import SnmpClient
from signal_core.settings import Settings

TIMES = ("min_green_s", "yellow_s", "red_clear_s", "walk_s", "ped_clear_s")
LEAST_YELLOW_S, MOST_YELLOW_S, MOST_RED_S = 3.0, 6.0, 6.0


@dataclass(frozen=True)
class Finding:
    """level: unsafe, warning or note."""

    level: str
    what: str


@dataclass(frozen=True)
class Checked:
    """own: the controller's times, by phase; reading: what it shows now, None where it does not answer."""

    own: dict[int, OwnTimes]
    reading: Reading | None
    findings: tuple[Finding, ...]


async def check(site: SignalSite) -> Checked:
    """Look at the controller and compare."""
    client = SnmpClient(address_of(site.link))
    port = NtcipPort(client, layout_of(site))
    found = list(about_file(site))
    try:
        await port.connect()
        reading = await port.poll()
        own = await port.own_times(phase.number for phase in site.phases)
        backup = await client.probe([oids.UNIT_BACKUP_TIME.at()])
    except (FieldError, OSError) as error:
        return Checked({}, None, (*found, Finding("unsafe", f"no answer: {error}; look at host, port, version (many "
                                                  "controllers speak 1 only) and community")))
    finally:
        client.close()
    found += [*_about_objects(port.layout.missing), *_about_times(site, own), *about_room(site, own)]
    found += _about_now(site, reading)
    found += _about_backup(site, backup.get(oids.UNIT_BACKUP_TIME.at()))
    found.append(Finding("note", how_driven(site, port.omits_red, port.rests_red)))
    if lost := not_kept(site, port.omits_red, port.rests_red):
        found.append(Finding("warning", lost))
    return Checked(own, reading, tuple(found))


def about_file(site: SignalSite) -> Iterator[Finding]:
    """What can be said of a site without its controller."""
    for phase in site.phases:
        if not LEAST_YELLOW_S <= phase.yellow_s <= MOST_YELLOW_S:
            yield Finding("warning", f"phase {phase.number}: yellow {phase.yellow_s:g} s; 3 to 6 s are usual")
        if phase.red_clear_s > MOST_RED_S:
            yield Finding("note", f"phase {phase.number}: red clearance {phase.red_clear_s:g} s; 6 s at most are usual")
    sides = ways(site)
    if not sides or not all(sides):
        yield Finding("note", "no row of its stages leads through the plan's phases: advise is not possible")
    for lane in site.lanes:
        if lane.stop is None:
            yield Finding("warning", f"lane {lane.id}: no detector at the stop line; its queue is only guessed at")
        if not any(lane.service_vps):
            yield Finding("warning", f"lane {lane.id}: no stage serves it")
    unseen = [lane.id for lane in site.lanes if not lane.exits]
    if unseen:
        yield Finding("note", f"no detectors behind the junction for {_some(unseen)}: who stands inside because the "
                      "road behind is full is not waited for")
    yield from _about_caught(site)


def about_room(site: SignalSite, own: Mapping[int, OwnTimes],
               of_groups: Mapping[int, OwnTimes] | None = None) -> Iterator[Finding]:
    """Times of the controller, by phase and by channel, that are longer than the engine has room for."""
    tables = ({n: Times(**vars(times)) for n, times in table.items()} for table in (own, of_groups or {}))
    for said in too_long(stricter(site, *tables)):
        yield Finding("unsafe", f"with the controller's times {said}: the engine cannot be made, and it would only "
                      "observe; correct them")


def _about_caught(site: SignalSite) -> Iterator[Finding]:
    """Channels that leave somebody inside, where the file does not say how long others wait for him."""
    inside = {c for lane in site.lanes if lane.waits_inside for c in lane.channels}
    untold = sorted(group.channel for group in site.groups
                    if group.channel in inside and group.conflicts and not group.caught_s)
    if untold:
        yield Finding("note", f"no caught_s of channel {', '.join(map(str, untold))}, on whose lanes somebody may wait "
                      f"inside: all others wait {Settings().sneaker_red_s} s of red for him, whatever their ways need")


def _about_objects(missing: frozenset[oids.Oid]) -> Iterator[Finding]:
    for oid in sorted(missing):
        name = oids.name_of(oid)
        level = "unsafe" if name.startswith(("phaseStatusGroup", "channelStatus")) else "warning"
        yield Finding(level, f"the controller has no {name}")


def _about_times(site: SignalSite, own: dict[int, OwnTimes]) -> Iterator[Finding]:
    for phase in site.phases:
        if phase.number not in own:
            yield Finding("unsafe", f"phase {phase.number}: the controller has no such phase")
            continue
        for name in TIMES:
            ours, theirs = getattr(phase, name), getattr(own[phase.number], name)
            if theirs < ours - 1e-6:
                yield Finding("unsafe", f"phase {phase.number}: {_words(name)} {theirs:g} s at the controller, "
                              f"{ours:g} s in the site file; the controller would end it sooner: correct one of them")
            elif theirs > ours + 1e-6:
                yield Finding("note", f"phase {phase.number}: {_words(name)} {theirs:g} s at the controller, "
                              f"{ours:g} s in the site file; the longer is taken")


def _about_now(site: SignalSite, reading: Reading) -> Iterator[Finding]:
    for reason in sorted(found_in(reading, site.limits, time.time()), key=lambda one: one.name):
        yield Finding("warning", f"it would stand back now: {reason.value}")
    if reading.sequence is None:
        yield Finding("note", "no number of the period of counts: a second may be counted twice or not at all")
    odd = [d.number for d, share in zip(site.detectors, reading.occupancy, strict=True) if share != share]
    if odd:
        yield Finding("warning", f"detectors {', '.join(map(str, odd))} report a fault or nothing")


def _about_backup(site: SignalSite, backup: object) -> list[Finding]:
    if not isinstance(backup, int):
        return [Finding("unsafe", "no unitBackupTime: orders would not expire, so only observe is possible")]
    if backup == 0 or backup > site.link.unit_backup_s:
        ours = site.link.unit_backup_s
        return [Finding("note", f"unitBackupTime is {backup} s; advise and drive set it to {ours} s")]
    return []


def _some(names: Sequence[str]) -> str:
    return f"lane {names[0]}" if len(names) == 1 else f"{len(names)} lanes, the first {names[0]}"


def _words(name: str) -> str:
    return {"min_green_s": "minimum green", "yellow_s": "yellow", "red_clear_s": "red clearance", "walk_s": "walk",
            "ped_clear_s": "pedestrian clearance"}[name]
