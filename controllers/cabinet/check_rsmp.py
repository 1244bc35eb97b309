"""What is wrong between a site file and a controller that speaks RSMP: it is waited for, and only read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from controllers.cabinet.bands import bands_of
from controllers.cabinet.check import Checked, Finding, about_file
from controllers.cabinet.driven import how_driven
from controllers.cabinet.rsmp_wire import RsmpWire
from controllers.cabinet.site import SignalSite
from controllers.field.errors import FieldError
from controllers.field.reading import Reading
from controllers.field.rsmp import sxl

CONNECTS_WITHIN_S = 30.0
"""Sites try again every 10 s where nothing else is set up."""


async def check_rsmp(site: SignalSite, wait_s: float = CONNECTS_WITHIN_S) -> Checked:
    """Wait for the controller, look, and compare. Raises ScenarioError for a secret or certificate not to be had."""
    wire = RsmpWire(site)
    try:
        reading = await _first_look(wire, wait_s)
    except (FieldError, OSError) as error:
        said = f"no answer: {error}; look at port, site_id and the supervisor that is set up in the controller"
        return Checked({}, None, (Finding("unsafe", said),))
    finally:
        wire.close()
    return Checked({}, reading, (*about_file(site), *_about_now(wire, reading), *_about_plan(wire),
                                 Finding("note", how_driven(site))))


async def _first_look(wire: RsmpWire, wait_s: float) -> Reading:
    """Connected, and one look. Raises FieldError when it takes longer."""
    until = time.monotonic() + wait_s
    while True:
        try:
            await wire.connect()
            await wire.poll()
            await asyncio.sleep(1.1)  # a period of counts more
            return await wire.poll()
        except FieldError:
            if time.monotonic() > until:
                raise


def _about_now(wire: RsmpWire, reading: Reading) -> Iterator[Finding]:
    found = wire.found(reading, wire.site.limits, time.time())
    for reason in sorted(found, key=lambda one: one.name):
        yield Finding("warning", f"it would stand back now: {reason.value}")
    for code, component in sorted(wire.supervisor.known.alarms):
        yield Finding("warning", f"alarm {code} of {component} is active")
    for code in wire.missing:
        yield Finding("unsafe" if code in ("S0016", "S0017") else "warning", f"the controller does not know {code}")
    odd = [d.number for d, share in zip(wire.site.detectors, reading.volume, strict=True) if share != share]
    if odd:
        yield Finding("warning", f"detectors {', '.join(map(str, odd))} report a fault or nothing (S0205)")
    yield Finding("note", "RSMP does not tell minimum greens, yellow and clearance: compare them with the controller's "
                  "configuration yourself")


def _about_plan(wire: RsmpWire) -> Iterator[Finding]:
    known, plan = wire.supervisor.known.values, wire.site.link.spare_pattern
    if plan not in sxl.wholes(known.get(("S0022", "status"))):
        yield Finding("warning", f"no time plan {plan}: advise needs one prepared with bands (spare_pattern)")
        return
    there = sxl.bands(known.get(("S0023", "status"))).get(plan, {})
    lacking = [band for band in bands_of(wire.site) if band.number not in there]
    for band in lacking:
        yield Finding("warning", f"plan {plan} has no band {band.number}, for phase {band.phase}")
    minutes = sxl.whole(known.get(("S0034", "status")))
    if minutes != wire.site.link.band_timeout_min:
        yield Finding("note", f"time-out of bands is {minutes} minutes; advise sets it to "
                      f"{wire.site.link.band_timeout_min}")
