"""What is said to be the earliest end of a lamp's state: it never ends before, whatever is wanted."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from controllers.cabinet.direct import LIT, DirectDecider
from controllers.cabinet.site import parse_site
from signal_core.tables.arrays import PERMISSIVE, YELLOW, CodeArray
from tests.cabinet.sites import crossing, crossing_with_pairs, look

SECONDS = 400


def with_a_turn_that_gives_way() -> dict[str, Any]:
    """Group 2 crosses group 1, and goes beside it where it gives way."""
    content = crossing()
    signal = content["signals"][0]
    one, two, _ = signal["groups"]
    one["conflicts"], two["conflicts"] = [2, 3], [1, 3]
    signal["stages"][0]["show"] = "Ggr"
    return content


def _seen(decider: DirectDecider, second: int, codes: CodeArray) -> None:
    channels = [group.channel for group in decider.site.groups]
    of = {code: {c for c, shown in zip(channels, codes.tolist(), strict=True) if shown == code} for code in range(6)}
    green = set().union(*(of[code] for code in LIT))
    reading = replace(look(second, green, of[YELLOW]), channel_yields=frozenset(of[PERMISSIVE]))
    phases = frozenset(p.number for p in decider.site.phases if set(p.channels) <= green)
    decider.see(replace(reading, greens=phases if not of[YELLOW] else frozenset()))


@pytest.mark.parametrize("make", [crossing, crossing_with_pairs, with_a_turn_that_gives_way])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_ends_before_its_earliest_end(make: Any, seed: int) -> None:
    decider, chance = DirectDecider(parse_site(make(), "site").signals[0]), random.Random(seed)
    said: list[tuple[int, int]] = []  # per group the state and the latest of its earliest ends, in s
    ends, wish = 0, 0
    codes = decider.codes(look(0, {1, 2}), 0)
    for second in range(1, SECONDS):
        _seen(decider, second, codes)
        if second == 1:
            decider.take_over(0)
        wish = chance.randrange(len(decider.site.stages)) if chance.random() < 0.15 else wish
        decider._wish[0] = wish
        codes = decider.propose().copy()
        rows = [(row["state"], second + row["minEnd"] // 1000) for row in decider.predictions(codes, 0)]
        for (before, until), (state, _) in zip(said, rows, strict=bool(said)):
            assert state == before or second >= until, (second, said, rows)
            ends += state != before
        said = [(state, max(until, said[k][1] if said and said[k][0] == state else 0))
                for k, (state, until) in enumerate(rows)]
    assert ends > SECONDS / 10
