"""A phase for every signal group, where a controller can only be told of phases: so groups are ordered one by one."""

from __future__ import annotations

from controllers.cabinet import site_parts as model
from controllers.cabinet.site import SignalSite

MOST_RINGS = 16
LEAST_YELLOW_S = 3.0
"""A phase of crossings alone times one, too, a part of their clearance that nobody sees."""


def with_own_phases(site: SignalSite, most_phases: int) -> SignalSite | None:
    """The same with a phase for every group, concurrent with all it may be green with; None where there is no room.

    Groups in each other's way share a ring. Phases of the plan stay as they are.
    """
    first, after = max(phase.number for phase in site.phases), max(phase.ring for phase in site.phases)
    rings = _rings_by_conflict(site)
    if first + len(site.groups) > most_phases or after + len(rings) > MOST_RINGS:
        return None
    groups = [group.model_copy(update={"phase": k}) for k, group in enumerate(site.groups, start=first + 1)]
    ring = {c: number for number, channels in enumerate(rings, start=after + 1) for c in channels}
    phases = [*site.phases, *(_own_phase(site, group, ring[group.channel]) for group in groups)]
    fits = {group.channel: {other.channel for other in groups} - _foes(site, group) for group in groups}
    apart = {phase.number: _never_beside(site, phase) for phase in site.phases}
    together = {p.number: tuple(q.number for q in phases if _concurrent(p, q, first, fits, apart)) for p in phases}
    return site.model_copy(update={"groups": tuple(groups), "phases": tuple(
        phase.model_copy(update={"concurrent": together[phase.number]}) for phase in phases)})


def _own_phase(site: SignalSite, group: model.Group, ring: int) -> model.Phase:
    """By itself it clears for the longest that may follow."""
    served = [phase for phase in site.phases if group.channel in phase.channels]
    between = max([*group.clear_s.values(), *group.yielded_s.values()], default=group.yellow_s)
    yellow = group.yellow_s if group.kind == "vehicle" else LEAST_YELLOW_S
    return model.Phase(number=group.phase, ring=ring, channels=(group.channel,), yellow_s=yellow,
                       red_clear_s=max(0.0, between - yellow), min_green_s=group.min_green_s,
                       max_green_s=max(phase.max_green_s for phase in served))


def _foes(site: SignalSite, group: model.Group) -> set[int]:
    """Channels a group is never green with."""
    k = [one.channel for one in site.groups].index(group.channel)
    lit = {other.channel for stage in site.stages if stage.show[k] in "Gg"
           for other, letter in zip(site.groups, stage.show, strict=True) if letter in "Gg"}
    return set(group.conflicts) - lit


def _rings_by_conflict(site: SignalSite) -> list[list[int]]:
    """Channels of each ring: no two of one ring are ever green together."""
    found: list[list[int]] = []
    foes = {group.channel: _foes(site, group) for group in site.groups}
    for channel in sorted(foes, key=lambda c: -len(foes[c])):
        ring = next((one for one in found if set(one) <= foes[channel]), None)
        if ring is None:
            found.append([channel])
        else:
            ring.append(channel)
    return found


def _never_beside(site: SignalSite, phase: model.Phase) -> set[int]:
    """Channels in the way of a phase of the plan that no stage shows beside it: it does not give way to them, and must
    not begin while they clear, though some other phase that serves its channels does."""
    foes = {c for group in site.groups if group.channel in phase.channels for c in group.conflicts}
    return {group.channel for k, group in enumerate(site.groups) if group.channel in foes and not any(
        stage.show[k] in "Gg" for stage in site.stages if phase.number in stage.phases)}


def _concurrent(one: model.Phase, other: model.Phase, of_plan: int, fits: dict[int, set[int]],
                apart: dict[int, set[int]]) -> bool:
    """Whether two phases may be on together; those of the plan (numbers up to `of_plan`) by their sides."""
    if one.ring == other.ring:
        return False
    if max(one.number, other.number) <= of_plan:
        return one.side == other.side
    if any(apart.get(a.number, set()) & set(b.channels) for a, b in ((one, other), (other, one))):
        return False
    return all(b in fits[a] for a in one.channels for b in other.channels)
