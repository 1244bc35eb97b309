"""Judges a sequence of shown states second by second, as text: one letter per link and second.

m moving (either green), o off (who may move, too), y yellow, r red or arrow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LETTERS = "rymmro"


class Tape:
    """What a signal has shown, one entry per second, and what it must keep to."""

    def __init__(
        self,
        conflicts: Sequence[Sequence[bool]],
        yellow: Sequence[int],
        intergreen: Sequence[Sequence[int]],
        min_green: Sequence[int],
        yielded: Sequence[Sequence[int]] | None = None,
        walk_clear: Sequence[int] | None = None,
        forbidden: Sequence[Sequence[int]] = (),
        walk_lead_s: Sequence[Sequence[float]] | None = None,
        ends_with: Sequence[Sequence[bool]] | None = None,
    ) -> None:
        one_way = {(i, j) for i, row in enumerate(conflicts) for j, foe in enumerate(row) if foe and i != j}
        self.pairs = one_way | {(j, i) for i, j in one_way}
        self.yellow, self.intergreen, self.min_green = yellow, intergreen, min_green
        self.yielded = intergreen if yielded is None else yielded
        self.walk_clear = [0] * len(yellow) if walk_clear is None else walk_clear
        self.forbidden = forbidden
        self.walk_lead_s = [[0] * len(yellow)] * len(yellow) if walk_lead_s is None else walk_lead_s
        self.ends_with = [[False] * len(yellow)] * len(yellow) if ends_with is None else ends_with
        self.seconds: list[tuple[int, ...]] = []
        owed = [max(self.intergreen[j][i], self.yielded[j][i]) for j, i in self.pairs]
        self.longest = int(max([0, *yellow, *(self.walk_clear[j] for j, _ in self.pairs), *owed]))
        leads = [int(lead) for row in self.walk_lead_s for lead in row]
        self._kept = 2 + max(self.longest, *(int(s) for s in min_green), *leads, 0)

    def show(self, codes: Sequence[int], seconds: int = 1) -> None:
        """What is older than every time that must be kept is forgotten: nothing is asked of it any more."""
        self.seconds += [tuple(int(code) for code in codes)] * min(seconds, self._kept)
        del self.seconds[:-self._kept]

    def _letters(self, i: int, last: tuple[int, ...]) -> str:
        return "".join(LETTERS[codes[i]] for codes in [*self.seconds, last])

    def faults(self, codes: Sequence[int]) -> list[str]:
        """What would be wrong with showing `codes` next. The tape begins in the middle of everything, off before."""
        last = tuple(int(code) for code in codes)
        if any(code > 4 for code in last):
            return ["unknown code, or off"]
        now, found = len(self.seconds), [f"{sorted(each)}: forbidden together" for each in self.forbidden
                                         if all(last[i] in (2, 3) for i in each)]
        changed = {i for i, code in enumerate(last) if not now or code != self.seconds[-1][i]}
        lines = [self._letters(i, last) for i in range(len(last))] if changed else []
        for i in sorted(changed):
            line = lines[i]
            found += [f"{i}: {odd}" for odd in ("ry", "ym", "oy", "om") if line.endswith(odd)]
            off_lately = now < self.longest or any(5 in codes for codes in self.seconds[now - self.longest :])
            if line.endswith(("rm", "ym")) and off_lately:
                found.append(f"{i} starts too soon after something was off, or may have been")
            if line.endswith("mr") and self.yellow[i] > 0:
                found.append(f"{i}: no yellow")
            for letter, after, least in (("y", "r", self.yellow[i]), ("m", "[yr]", self.min_green[i])):
                run = re.search(f"({letter}+){after}$", line)
                if run and len(run[1]) < least:
                    found.append(f"{i}: {letter} for {len(run[1])} s")
        for i, j in sorted(self.pairs):
            if last[i] == 3 and last[j] == 3:
                found.append(f"{i} and {j} both have priority")
            if not {i, j} & changed:
                continue
            if self.walk_lead_s[j][i] and re.search("[ryo]m$", lines[i]) and re.search("[mo]m$", lines[j]):
                found.append(f"{i} starts in front of {j}, which moves on")
            gave_way = bool(self.seconds) and self.seconds[-1][i] == 2
            if self.ends_with[i][j] and gave_way and last[i] not in (2, 3) and re.search("[mo]m$", lines[j]):
                found.append(f"{i} ends while {j} goes on")
            run = re.search("([mo]*)m$", lines[i])
            if run and lines[j].endswith(("rm", "ym")) and 1 < self.walk_lead_s[j][i] > len(run[1]):
                found.append(f"{j} starts {len(run[1])} s after {i}")
            rises = last[i] == 3 and self.seconds[-1][i] != 3
            if (lines[i].endswith(("rm", "ym")) or rises) and lines[j][-1] != "m":
                owed = max(self.intergreen[j][i], self.walk_clear[j])
                waited = max(owed, self.yielded[j][i])
                lately = lines[j][max(now - owed, 0) : now]
                gave_way = any(codes[j] in (2, 5) for codes in self.seconds[max(now - waited, 0) :])
                if (last[i] == 3 and last[j] == 1) or waited > now or gave_way or "m" in lately or "o" in lately:
                    found.append(f"{i} starts too soon after {j}")
        return found
