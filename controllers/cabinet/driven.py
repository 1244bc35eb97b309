"""Whether a controller is driven group by group or phase by phase, and why: from its site file and what it has."""

from __future__ import annotations

from controllers.cabinet.site import SignalSite

BY_GROUPS = "drive: group by group"


def lacks_for_groups(site: SignalSite, omits_red: bool, rests_red: bool) -> str:
    """By NTCIP, what is missing to order signal groups one by one, empty for nothing."""
    without = [group.channel for group in site.groups if not group.phase]
    if without:
        return f"the site file has no phase of its own for channel {without[0]}"
    if not any(group.clear_s for group in site.groups):
        return "the site file has no clear_s"
    has = {"ringControlGroupOmitRedClear": omits_red, "ringControlGroupRedRest": rests_red}
    return next((f"the controller has no {name}" for name, there in has.items() if not there), "")


def how_driven(site: SignalSite, omits_red: bool = True, rests_red: bool = True) -> str:
    """One line. Without a controller that was asked it is taken to have all objects."""
    if site.link.protocol == "rsmp":
        return "drive: not by RSMP, which advises"
    why = lacks_for_groups(site, omits_red, rests_red) if site.link.protocol == "ntcip" else ""
    return f"drive: phase by phase, as {why}" if why else BY_GROUPS
