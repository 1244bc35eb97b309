"""Whether a controller is driven group by group or phase by phase, and why: from its site file and what it has."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

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


def not_kept(site: SignalSite, omits_red: bool = True, rests_red: bool = True) -> str:
    """What of a site file holds group by group alone, where a controller is driven phase by phase and times changes by
    itself; empty for nothing."""
    if how_driven(site, omits_red, rests_red) == BY_GROUPS or site.link.protocol == "rsmp":
        return ""
    leads = {name: [group.channel for group in site.groups if getattr(group, name)]
             for name in ("walk_lead_s", "traffic_lead_s")}
    found = [f"{name} of {_channels(channels)}" for name, channels in leads.items() if channels]
    trapped = sorted(set(_yellow_traps(site)))
    found += [f"ends_with of {_channels(trapped)} (a yellow trap: it may end while the traffic it gives way to goes "
              "on)"] if trapped else []
    return f"phase by phase the controller makes changes by itself, without {', '.join(found)}" if found else ""


def _yellow_traps(site: SignalSite) -> Iterable[int]:
    """Channels that give way in a stage, and are red in another in which what they do not end without is green."""
    place = {group.channel: k for k, group in enumerate(site.groups)}
    for group, (one, other) in itertools.product(site.groups, itertools.permutations(site.stages, 2)):
        own = place[group.channel]
        if one.show[own] == "g" and other.show[own] not in "Gg" and any(
                one.show[place[c]] in "Gg" and other.show[place[c]] in "Gg" for c in group.ends_with):
            yield group.channel


def _channels(numbers: list[int]) -> str:
    return f"channel{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
