"""A virtual controller set up as the site file says its signal's is, and the letters its channels stand for."""

from __future__ import annotations

from collections.abc import Mapping

from bench.desk.controller import Controller, Lamp
from bench.desk.rings import Ring
from bench.desk.setup import TENTHS, ControllerSetup, PatternSetup, PhaseSetup, PreemptSetup
from controllers.cabinet.gives_way import GivesWay
from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Group, Phase


def setup_of(site: SignalSite) -> ControllerSetup:
    """The controller of a site, on its own plan."""
    rings = sorted({phase.ring for phase in site.phases})
    own = site.plan
    splits = {int(n): split for n, split in own.splits.items()}
    clear_s = max(phase.yellow_s + phase.red_clear_s for phase in site.phases)
    plan = PatternSetup(own.cycle_s, own.offset_s, splits, own.coordinated)
    return ControllerSetup(
        phases={phase.number: _phase(phase) for phase in site.phases},
        order={ring: tuple(p.number for p in site.phases if p.ring == ring) for ring in rings},
        channels={g.channel: frozenset(p.number for p in site.phases if g.channel in p.channels) for g in site.groups},
        detectors={detector.number: detector.phase for detector in site.detectors},
        patterns={own.pattern: plan}, own_pattern=own.pattern,
        start_red=round(clear_s * TENTHS),  # nobody knows who was under way before the power came back
        buttons={button.number: button.phase for button in site.buttons},
        preempts={one.number: PreemptSetup(frozenset(one.phases)) for one in site.preempts},
        concurrent={phase.number: frozenset(phase.concurrent) for phase in site.phases if phase.concurrent},
        serves_calls_of=_serves_calls_of(site))


def _serves_calls_of(site: SignalSite) -> dict[int, frozenset[int]]:
    """Of phases that serve one group alone: those whose call the buttons of that group make."""
    own = {group.phase: group.channel for group in site.groups if group.phase}
    return {n: frozenset(b.phase for b in site.buttons if channel in b.channels) for n, channel in own.items()}


def _phase(phase: Phase) -> PhaseSetup:
    def tenths(seconds: float) -> int:
        return round(seconds * TENTHS)

    return PhaseSetup(phase.number, phase.ring, phase.side, tenths(phase.min_green_s), tenths(phase.passage_s),
                      tenths(phase.max_green_s), tenths(phase.yellow_s), tenths(phase.red_clear_s),
                      tenths(phase.walk_s), tenths(phase.ped_clear_s))


def letters(site: SignalSite) -> Mapping[tuple[int, int], str]:
    """(channel, phase): what green of the channel means with that phase, G or g; the lesser where stages differ."""
    found: dict[tuple[int, int], str] = {}
    single = {group.phase for group in site.groups}  # what those give follows from who else is green
    for phase in [phase for phase in site.phases if phase.number not in single]:
        for k, group in enumerate(site.groups):
            if group.channel in phase.channels:
                shown = {s.show[k] for s in site.stages if phase.number in s.phases}
                alone = {s.show[k] for s in site.stages
                         if phase.number in s.phases and _only(site, group.channel, phase.number, s.phases)}
                found[group.channel, phase.number] = "G" if "g" not in (alone or shown) else "g"
    return found


def _only(site: SignalSite, channel: int, phase: int, on: tuple[int, ...]) -> bool:
    """Whether of the phases that are on, this one alone serves the channel."""
    serving = [p.number for p in site.phases if channel in p.channels and p.number in on]
    return serving == [phase]


class Letters:
    """What lamps of the controller's own plan are in SUMO's letters."""

    def __init__(self, site: SignalSite, controller: Controller) -> None:
        self._letters, self._controller = letters(site), controller
        self._gives_way = GivesWay(site)
        self._yielding: frozenset[int] = frozenset()

    def see(self, lamps: Mapping[int, Lamp]) -> None:
        """A second of every channel: who gives way to whom follows from it, where phases serve one group alone."""
        greens = frozenset(channel for channel, lamp in lamps.items() if lamp is Lamp.GREEN)
        self._yielding = self._gives_way.see(greens, self._controller.up_tenths / TENTHS)

    def of(self, group: Group, lamp: Lamp) -> str:
        """One group's."""
        if lamp is Lamp.FLASHING:
            return "o"
        if lamp is not Lamp.GREEN:
            return "y" if lamp is Lamp.YELLOW and group.kind != "pedestrian" else "r"
        meant = [self._meant(group.channel, ring) for ring in self._controller.rings.rings.values()]
        if group.phase and (group.channel in self._yielding or not any(meant)):
            return "g" if group.channel in self._yielding else "G"
        return "G" if "G" in meant else "g"

    def _meant(self, channel: int, ring: Ring) -> str:
        """What one ring gives a green channel: on the way between two phases that both serve it, the lesser."""
        one = self._letters.get((channel, ring.phase), "")
        if ring.is_green or not one:
            return one
        other = self._letters.get((channel, ring.next), "")
        return min(one, other, key=("", "g", "G").index)
