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
