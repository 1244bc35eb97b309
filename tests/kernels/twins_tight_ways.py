"""Tight ways once more, in plain words (docs/how-it-works/model.md). Shares no code with the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field

GREENS = ("permissive", "green")


@dataclass
class Lamp:
    """Now, and for how long it has not been green."""

    shown: str
    clearing_s: int
    yellow_s: int


@dataclass
class Lane:
    """Its lamps at its own signal, whether each phase clears it, and the lamps before a tight way to it with the
    seconds from there."""

    lamps: list[int]
    clears: list[bool]
    before: list[tuple[Signal, int, int]] = field(default_factory=list)
    waits_s: int = 0


@dataclass
class Signal:
    """In `phase`, and on its way to `following` if that is not None; `phases`: words for every lamp."""

    phases: list[list[str]]
    lamps: list[Lamp]
    lanes: list[Lane]
    phase: int
    following: int | None
    since_s: int = 0

    def goes_to(self) -> int:
        return self.phase if self.following is None else self.following

    def lets_through(self, lane: Lane) -> bool:
        """Who comes to the lane now goes on, and who comes next, too."""
        stays = lane.clears[self.phase] and lane.clears[self.goes_to()]
        return stays and all(self.lamps[i].shown in GREENS for i in lane.lamps)

    def may_go_to(self, other: int) -> bool:
        """Nobody is left on a way that would not be cleared any more."""
        for lane in self.lanes:
            if lane.clears[self.phase] and not lane.clears[other]:
                for signal, i, seconds in lane.before:
                    lamp = signal.lamps[i]
                    if lamp.clearing_s < lamp.yellow_s + seconds:
                        return False
        return True

    def sends(self, lamp: int) -> bool:
        """It would show the lamp green where the way behind it takes somebody."""
        return self.phases[self.goes_to()][lamp] in GREENS


def held(signals: list[Signal]) -> set[tuple[int, int]]:
    """Signal and lamp of everybody who is kept out."""
    found = set()
    for signal in signals:
        for lane in signal.lanes:
            for before, i, _ in lane.before:
                if not signal.lets_through(lane):
                    found.add((next(n for n, one in enumerate(signals) if one is before), i))
    return found


def stays(signals: list[Signal], signal: Signal, least_s: int, limit_s: int) -> bool:
    """Somebody is about to be let onto a way at its other end or at this one, or has waited too long at this one."""
    if signal.since_s >= 30:
        return False
    for lane in signal.lanes:  # who comes from the other end
        for other, lamp, _ in lane.before:
            (head,) = [one for one in other.lanes if lamp in one.lamps]
            waits = head.waits_s >= least_s and other.lamps[lamp].shown not in GREENS
            if lane.clears[signal.phase] and waits and other.sends(lamp):
                return True
    ways = [(end, lane, lamp) for end in signals for lane in end.lanes
            for other, lamp, _ in lane.before if other is signal and not end.lets_through(lane)]  # fmt: skip
    for own in signal.lanes:
        for lamp in own.lamps:
            shut = [(end, lane) for end, lane, i in ways if i == lamp]
            soon = all(lane.clears[end.goes_to()] for end, lane in shut)
            enough = own.waits_s >= (least_s if soon else limit_s)
            if shut and enough and signal.phases[signal.phase][lamp] in GREENS:
                return True
    return False


def is_cleared(codes: list[str], conflicts: list[list[bool]], driven: set[int], lamps: list[int]) -> bool:
    """All lamps are green, and none gives way to green traffic that it meets."""
    for i in lamps:
        meets = any(conflicts[i][j] and j in driven and word in GREENS for j, word in enumerate(codes))
        if codes[i] not in GREENS or (codes[i] == "permissive" and meets):
            return False
    return True
