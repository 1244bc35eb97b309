"""Whether silence is the end of demand, or of the detection.

When traffic ends, everybody who has come leaves: the last vehicle over the loops before a line is followed by a
departure. Where detection fails somebody vanishes between. Traffic ends bit by bit and on many roads, detection at once
and where it fails.
"""

import numpy as np

from signal_core.kernels.compiled import inlined
from signal_core.kernels.verdicts import BLIND, NOBODY, SEES, believed

LEVELS = 3
"""Distances told apart: stop line, middle, and beyond."""
GONE_SHARE = 0.1
"""Of the loops that can tell, so many whose last vehicle never left its line (own choice)."""
SUDDEN_SHARE = 0.3
"""Of what is usual, so much came in the minute before a silence that did not come bit by bit (own choice)."""
SILENT_VEHICLES = 10.0
"""A road where so many are due since the last one has fallen silent (by chance once in 20,000; own choice)."""
MINUTE_S = 60.0
MINUTE = 1.0 / MINUTE_S
"""Weight of a second in averages over a minute."""
FORGOTTEN_S = 36_000
"""After so long nothing is usual any more."""


@inlined
def tell_roads(loops, relations, left, counts, keep):
    """What passed each road at each distance: ever, as a rate, and how long ago."""
    roads = loops.roads
    for c in range(len(roads.total)):
        roads.seen[c] *= keep
        roads.came_s[c] += 1
        roads.left_s[c] += 1
    for i in range(len(counts)):
        if counts[i] >= 0.0 and relations.cell[i] >= 0:
            if counts[i] > 0.0:
                roads.came_s[relations.cell[i]] = 0
            if left[i] > 0.0:
                roads.left_s[relations.cell[i]] = 0
        if counts[i] > 0.0 and relations.cell[i] >= 0 and believed(loops, i):
            loops.roads.total[relations.cell[i]] += counts[i]
            loops.roads.seen[relations.cell[i]] += counts[i]


@inlined
def _can_tell(roads, c):
    """True where cell c is of loops before a line on a road that is also counted at the line."""
    return c >= 0 and c % LEVELS == 1 and roads.total[c] > 0.0 and roads.total[c - 1] > 0.0


@inlined
def _has_vanished(roads, c):
    """True where the last vehicle that came onto cell c, before a line, was not followed by a departure there."""
    return roads.came_s[c] <= roads.left_s[c - 1]


@inlined
def _somebody_vanished(loops, relations, first, last):
    """True where enough last vehicles of signals first to last - 1 have vanished, or none of their lanes can tell."""
    known, gone = 0, 0
    for e in range(relations.loop_ptr[first], relations.loop_ptr[last]):
        c = relations.cell[relations.loop[e]]
        if _can_tell(loops.roads, c):
            known += 1
            gone += _has_vanished(loops.roads, c)
    return known == 0 or (gone > 0 and gone >= GONE_SHARE * known)


@inlined
def _is_sudden(loops, relations, first, last, silent_s, usual_vps):
    """True where signals first to last - 1, silent for so long, had traffic up to then."""
    before_vps = 0.0  # averages of a minute: all of their decay is the silence
    for e in range(relations.loop_ptr[first], relations.loop_ptr[last]):
        if believed(loops, relations.loop[e]):
            before_vps += loops.samples.minute_vps[relations.loop[e]]
    return before_vps >= SUDDEN_SHARE * usual_vps * (1.0 - MINUTE) ** np.float64(min(silent_s, FORGOTTEN_S))


@inlined
def _has_failed(loops, relations, first, last, silent_s, usual_vps, settings):
    """True where the silence of signals first to last - 1 is that of their detection."""
    return (usual_vps * silent_s >= settings.silent_vehicles
            and _is_sudden(loops, relations, first, last, silent_s, usual_vps)
            and _somebody_vanished(loops, relations, first, last))


@inlined
def all_left(loops, relations, i):
    """True where all who came on the road of loop i were seen to leave it."""
    c = relations.cell[i] - relations.cell[i] % LEVELS + 1 if relations.cell[i] >= 0 else -1
    return _can_tell(loops.roads, c) and not _has_vanished(loops.roads, c)


@inlined
def silent_share(roads, watched_s, but, keep):
    """Of the usual traffic of all roads but one, the part that is on roads which have fallen silent.

    Usual is what it was before the silence: as much as the memory, of which `keep` stays a second, has lost since.
    """
    silent, usual = 0.0, 0.0
    for q in range(len(roads.total) // LEVELS):
        most, ago_s = 0.0, FORGOTTEN_S
        for c in range(q * LEVELS, (q + 1) * LEVELS):
            if roads.total[c] > 0.0:
                most, ago_s = max(most, roads.seen[c]), min(ago_s, roads.came_s[c])
        if q != but:
            most *= keep ** -np.float64(ago_s)
            usual += most
            silent += most if most * ago_s >= SILENT_VEHICLES * watched_s else 0.0
    return silent / usual if usual > 0.0 else 0.0


@inlined
def _stands(loops, relations, s):
    """True where vehicles stand on some loops of signal s and on others not: nobody moves, but they are seen."""
    full, empty = False, False
    for e in range(relations.loop_ptr[s], relations.loop_ptr[s + 1]):
        i = relations.loop[e]
        if believed(loops, i):
            full = full or loops.samples.occupancy[i] > 0.0
            empty = empty or loops.samples.occupancy[i] <= 0.0
    return full and empty


@inlined
def note_signals(loops, relations, counts, keep, settings):
    """Traffic of every signal, how long it has seen none, and whether it can still see at all."""
    signals = loops.signals
    for s in range(len(signals.total)):
        total, good, valid = 0.0, 0, 0
        for e in range(relations.loop_ptr[s], relations.loop_ptr[s + 1]):
            i = relations.loop[e]
            if counts[i] >= 0.0:
                valid += 1
                if believed(loops, i):
                    good += 1
                    total += counts[i]
        signals.total[s] += total
        signals.seen[s] = signals.seen[s] * keep + total
        signals.watched_s[s] = signals.watched_s[s] * keep + 1.0
        signals.silent_s[s] = signals.silent_s[s] + 1 if total == 0.0 else 0
        signals.unsampled_s[s] = signals.unsampled_s[s] + 1 if valid == 0 else 0
        signals.sight[s] = SEES
        if relations.loop_ptr[s + 1] > relations.loop_ptr[s]:
            signals.sight[s] = _sight(loops, relations, s, good == 0 and valid > 0, settings)


@inlined
def _sight(loops, relations, s, none_believed, settings):
    """What signal s sees, which has loops."""
    signals = loops.signals
    usual, silent_s = signals.seen[s] / signals.watched_s[s], signals.silent_s[s]
    if signals.unsampled_s[s] >= settings.lost_s or none_believed:
        return BLIND
    if silent_s >= settings.silent_signal_s and not _stands(loops, relations, s):
        if _has_failed(loops, relations, s, s + 1, silent_s, usual, settings):
            return BLIND
    return NOBODY if silent_s >= settings.dead_s and signals.total[s] == 0.0 else SEES


@inlined
def doubt_silence(loops, relations, settings):
    """Where all signals are silent together the detection has failed, or has never worked."""
    anybody, silent_s, usual = False, -1, 0.0
    for s in range(len(loops.signals.total)):
        if relations.loop_ptr[s + 1] > relations.loop_ptr[s]:
            anybody = anybody or loops.signals.total[s] > 0.0
            silent_s = loops.signals.silent_s[s] if silent_s < 0 else min(silent_s, loops.signals.silent_s[s])
            usual += loops.signals.seen[s] / loops.signals.watched_s[s]
    n = len(loops.signals.total)
    failed = silent_s >= settings.silent_town_s and _has_failed(loops, relations, 0, n, silent_s, usual, settings)
    never = not anybody and silent_s >= settings.never_s
    for s in range(n):
        if loops.signals.sight[s] == BLIND or relations.loop_ptr[s + 1] == relations.loop_ptr[s]:
            continue
        if failed and not _stands(loops, relations, s):
            loops.signals.sight[s] = BLIND
        elif never:
            loops.signals.sight[s] = NOBODY
