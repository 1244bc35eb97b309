"""What is wrong between a site file and a controller that speaks TLC-FI: registered as one who looks, and no more."""

from __future__ import annotations

import time
from collections.abc import Iterator

from controllers.cabinet.check import Checked, Finding, about_file, about_room
from controllers.cabinet.driven import how_driven
from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Group
from controllers.cabinet.tlcfi_wire import TlcfiWire, intergreens, timing
from controllers.field.errors import FieldError
from controllers.field.reading import Reading
from controllers.field.tlcfi.model import Lamp


async def check_tlcfi(site: SignalSite) -> Checked:
    """Look at the controller and compare. Raises ScenarioError for a secret or certificate not to be had."""
    wire = TlcfiWire(site, "observe")
    try:
        await wire.connect()
        reading = await wire.poll()
        own = await wire.own_times()
    except (FieldError, OSError) as error:
        said = f"no answer: {error}; look at host, port, user, password and site_id, the intersection's id"
        return Checked({}, None, (Finding("unsafe", said),))
    finally:
        wire.close()
    findings = [*about_file(site), *_about_now(wire, reading), *about_room(site, own, wire.group_times),
                Finding("note", how_driven(site))]
    for group in site.groups:
        findings += _about_group(wire, group)
    return Checked(own, reading, tuple(findings))


def _about_now(wire: TlcfiWire, reading: Reading) -> Iterator[Finding]:
    for reason in sorted(wire.found(reading, wire.site.limits, time.time()), key=lambda one: one.name):
        yield Finding("warning", f"it would stand back now: {reason.value}")
    for name in wire.missing:
        yield Finding("warning", f"the controller has no {name}")


def _about_group(wire: TlcfiWire, group: Group) -> Iterator[Finding]:
    """Times of a signal group, and its intergreens; the controller guards its own, whatever we ask for."""
    told = wire.meta_of(group.channel)
    times = timing(told)
    for what, state, ours in (("minimum green", Lamp.PROTECTED, group.min_green_s),
                              ("yellow", Lamp.PROTECTED_CLEARANCE, group.yellow_s)):
        yield from _differs(f"channel {group.channel}: {what}", times.get(state, 0.0), ours)
    theirs = intergreens(told)
    for other in sorted(group.conflicts):
        if other not in theirs:
            yield Finding("unsafe", f"channel {group.channel}: the controller knows no conflict with {other}")
        elif str(other) in group.clear_s:
            ours = group.clear_s[str(other)]
            yield from _differs(f"channel {group.channel}: intergreen to {other}", theirs[other], ours)


def _differs(what: str, theirs: float, ours: float) -> Iterator[Finding]:
    if theirs < ours - 1e-6:
        yield Finding("unsafe", f"{what} {theirs:g} s at the controller, {ours:g} s in the site file; the controller "
                      "would not keep it: correct one of them")
    elif theirs > ours + 1e-6:
        yield Finding("note", f"{what} {theirs:g} s at the controller, {ours:g} s in the site file; the controller "
                      "keeps the longer")
