"""From a wanted stage to orders for phases, and a guard of them that asks nobody but the site file."""

from __future__ import annotations

from collections.abc import Iterable

from controllers.cabinet.site import SignalSite
from controllers.field.ntcip import PhaseOrders
from controllers.field.oids import FREE


def orders_for(site: SignalSite, on: Iterable[int], wanted: int, omit_red: bool = False) -> PhaseOrders:
    """Hold what is on and stays, end what is on and goes, call what is to come, and let nothing else begin.

    on: phases in green; wanted: index of a stage; omit_red: nobody needs what is left of a red clearance.
    """
    target = frozenset(site.stages[wanted].phases)
    green = frozenset(on)
    every = frozenset(phase.number for phase in site.phases)
    rings = frozenset(phase.ring for phase in site.phases) if omit_red else frozenset()
    return PhaseOrders(hold=green & target, force=green - target, omit=every - target, call=target, omit_red=rings,
                       pattern=FREE)


def orders_for_groups(site: SignalSite, on: Iterable[int], lit: Iterable[int]) -> PhaseOrders:
    """The same where every group has a phase of its own: what is not to be lit ends at once, whoever waits.

    on: phases in green, lit: channels that are to be green in the coming second, all of them clear of what has gone.
    """
    wanted, green = set(lit), frozenset(on)
    target = frozenset(group.phase for group in site.groups if group.channel in wanted)
    every = frozenset(phase.number for phase in site.phases)
    rings = frozenset(phase.ring for phase in site.phases)
    return PhaseOrders(hold=green & target, force=green - target, omit=every - target, call=target,
                       omit_red=rings if target - green else frozenset(), rest_red=rings, pattern=FREE)


def refusal_of_groups(site: SignalSite, orders: PhaseOrders) -> str:
    """Why such orders must not be given; empty where they may."""
    asked = [k for k, group in enumerate(site.groups) if group.phase in orders.hold | orders.call]
    for k, one in enumerate(asked):
        for other in asked[k + 1:]:
            a, b = site.groups[one], site.groups[other]
            if b.channel in a.conflicts and not any(stage.show[one] in "Gg" and stage.show[other] in "Gg"
                                                    for stage in site.stages):
                return f"channels {a.channel} and {b.channel} are never green together"
    green = {site.groups[k].channel for k in asked}
    found = next((one for one in site.forbidden if set(one) <= green), None)
    return "" if found is None else f"channels {sorted(found)} are never green all at once"


def refusal(site: SignalSite, orders: PhaseOrders) -> str:
    """Why orders must not be given; empty where they may."""
    of = {phase.number: phase for phase in site.phases}
    named = orders.hold | orders.force | orders.omit | orders.call
    if not named <= of.keys():
        return f"phases {sorted(named - of.keys())} are not the site's"
    together = [frozenset(stage.phases) for stage in site.stages]
    if not any(orders.hold | orders.call <= phases for phases in together):
        return f"phases {sorted(orders.hold | orders.call)} are never on together"
    if orders.hold & orders.force:
        return f"phases {sorted(orders.hold & orders.force)} are held and ended"
    if orders.call & orders.omit:
        return f"phases {sorted(orders.call & orders.omit)} are called and omitted"
    return ""
