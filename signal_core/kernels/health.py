"""Which loops can be believed.

A vehicle passes all loops of its way to the stop line. What the others of a way (the mates of a loop) count is
therefore evidence: `pending` is what they have counted since the loop itself last counted, `ratio` how many
vehicles the loop usually counts for one of theirs. Vehicles change lanes, so the whole road (its lanes together, at
the other distances) must say the same. Rates are averages over a long memory, kept while a loop is bad.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.silence import (
    LEVELS,
    MINUTE,
    MINUTE_S,
    all_left,
    doubt_silence,
    note_signals,
    silent_share,
    tell_roads,
)
from signal_core.kernels.verdicts import BIASED, CHATTER, DEAD, HEALTHY, IMPLAUSIBLE, MISSING, STUCK_ON, believed, rate

RING = 64
"""Seconds of counts kept per loop."""
STANDING = 0.99
"""Occupancy of a second from which nothing but a vehicle that stands there fits in."""
ALONE_SHARE = 0.25
"""A loop alone on its road learns its ratio from this part of the vehicles: nobody changes lanes there (own choice)."""
MATE_SHARE = 0.5
"""Of the vehicles that a ratio is learned from, its busiest mate must have seen this part (own choice)."""
BIAS_KEPT = 2.0
"""Evidence of a bias is kept up to this many times what is needed for an alarm (own choice) ..."""
BIAS_STAYS = 0.5
"""... and the alarm stays while there is this part of it: hysteresis (own choice)."""
FACTOR_PRIOR = 10.0
"""Vehicles that the factor of a biased loop starts from, counted and due alike (own choice)."""
FACTOR_LEAST, FACTOR_MOST = 0.5, 2.0
"""What counts of a biased loop are multiplied by, at least and at most: beyond that it is no bias."""
BUSY_SHARE = 0.75
"""Traffic that ends, ends on many roads: where all who came have left, the rest must be so busy (own choice) ..."""
SILENT_SHARE = 0.25
"""... and of what is usual on all other roads less than this on silent ones (healthy towns: at most 0.22; after the end
of demand 0.28 and more; own choice)."""
ROOM_VPS = 20.0 / 7.5
"""Vehicles that stand on what is driven in a second: 7.5 m each, at 72 km/h (own choice)."""
PULSE = 0.01
"""Weight of one vehicle in the shares of those that come without a count, and of two in one second."""


class Samples(NamedTuple):
    """One second of all loops, float64[loops] each: vehicles that came onto and left each, and its occupancy [0, 1]."""

    entered: NDArray[np.float64]
    left: NDArray[np.float64]
    occupancy: NDArray[np.float64]


@inlined
def _read(loops, i, entered, left, occupied, settings):
    """The count of this second, -1 where the sample is missing or cannot be."""
    missing = np.isnan(entered) and np.isnan(left) and np.isnan(occupied)
    good = (0.0 <= entered <= settings.most_vehicles and 0.0 <= left <= settings.most_vehicles
            and 0.0 <= occupied <= 1.0)
    loops.samples.present_share[i] += ((0.0 if missing else 1.0) - loops.samples.present_share[i]) * MINUTE
    loops.samples.odd_share[i] += ((0.0 if missing or good else 1.0) - loops.samples.odd_share[i]) * MINUTE
    if missing:
        loops.samples.missing[i] += 1
    elif not good:
        loops.samples.odd[i] += 1
    return entered if good else -1.0


@inlined
def _note(loops, i, now, count, occupied, keep):
    """Runs, averages and the ring of loop i with the count of this second."""
    samples, runs, evidence = loops.samples, loops.runs, loops.evidence
    samples.ring[i * RING + now % RING] = max(count, 0.0)
    if count < 0.0:
        return
    if count > 0.0 or (occupied > 0.0 and samples.occupancy[i] <= 0.0):
        evidence.lost_share[i] += ((1.0 if count == 0.0 else 0.0) - evidence.lost_share[i]) * PULSE
        evidence.double_share[i] += ((1.0 if count >= 2.0 else 0.0) - evidence.double_share[i]) * PULSE
    samples.occupancy[i] = occupied
    samples.minute_vps[i] += (count - samples.minute_vps[i]) * MINUTE
    runs.full_s[i] = runs.full_s[i] + 1 if occupied >= STANDING and count == 0.0 else 0
    runs.silent_s[i] = runs.silent_s[i] + 1 if occupied <= 0.0 and count == 0.0 else 0
    if loops.verdict.status[i] == HEALTHY:
        _learn_rate(loops.usual, i, count, keep)


@inlined
def _learn_rate(usual, i, count, keep):
    """One second of the usual rate of loop i, told when a vehicle comes: a silence may be the loop's own."""
    usual.between_s[i] += 1.0
    if count > 0.0:
        kept = keep ** usual.between_s[i]
        usual.seen[i] = usual.seen[i] * kept + count
        usual.watched_s[i] = usual.watched_s[i] * kept + usual.between_s[i]
        usual.between_s[i] = 0.0


@inlined
def _elsewhere(values, relations, i):
    """Sum over the road of loop i at the other distances; 0 where it is on none."""
    if relations.cell[i] < 0:
        return 0.0
    first = relations.cell[i] - relations.cell[i] % LEVELS
    total = 0.0
    for c in range(first, first + LEVELS):
        if c != relations.cell[i]:
            total += values[c]
    return total


@inlined
def _tells_bias(loops, relations, i, settings):
    """True where the mates of loop i tell how much it should count: alone on its road, and usually counting what each
    of them does. What passes one passes all then, which it does not where a road forks between them, or has drives."""
    if not relations.alone[i] or loops.usual.seen[i] < settings.bias_after_vehicles:
        return False
    good = 0.0
    for e in range(relations.mate_ptr[i], relations.mate_ptr[i + 1]):
        good += loops.verdict.status[relations.mate[e]] == HEALTHY
    each, most = loops.usual.ratio[i] * good, 1.0 + settings.bias_share
    return each <= most and each * most >= 1.0


@inlined
def _tell_mates(loops, relations, j, count, settings):
    """What loop j counted is evidence for its mates."""
    for e in range(relations.mate_ptr[j], relations.mate_ptr[j + 1]):
        i = relations.mate[e]
        loops.evidence.pending[i] += count
        due = loops.usual.ratio[i] * count
        loops.evidence.due[i] += due
        if _tells_bias(loops, relations, i, settings):
            loops.evidence.surplus[i] = max(0.0, loops.evidence.surplus[i] - (1.0 + settings.bias_share) * due)
            loops.evidence.deficit[i] += (1.0 - settings.bias_share) * due


@inlined
def _learn_ratio(loops, relations, i, settings):
    """Vehicles of loop i for one of its mates; 0 while that is not known."""
    mates, most = 0.0, 0.0
    for e in range(relations.mate_ptr[i], relations.mate_ptr[i + 1]):
        if loops.verdict.status[relations.mate[e]] == HEALTHY:
            mates += rate(loops, relations.mate[e])
            most = max(most, loops.usual.seen[relations.mate[e]])
    enough = settings.learned_vehicles * (ALONE_SHARE if relations.alone[i] else 1.0)
    known = loops.usual.seen[i] >= enough and most >= MATE_SHARE * enough
    loops.usual.ratio[i] = rate(loops, i) / mates if known else 0.0


@inlined
def _learn(loops, relations, i, count, settings):
    """Loop i has counted: the evidence against it is settled, and its ratio learned while nothing speaks against it."""
    evidence = loops.evidence
    evidence.pending[i] = 0.0
    evidence.own[i] += count
    if _tells_bias(loops, relations, i, settings):
        evidence.surplus[i] += count
        evidence.deficit[i] = max(0.0, evidence.deficit[i] - count)
    doubt = max(evidence.surplus[i], evidence.deficit[i])
    if loops.verdict.status[i] == HEALTHY and doubt < settings.bias_doubt_vehicles:
        _learn_ratio(loops, relations, i, settings)
        road = _elsewhere(loops.roads.seen, relations, i)
        loops.usual.road_ratio[i] = loops.roads.seen[relations.cell[i]] / road if road > 0.0 else 0.0
    evidence.road_then[i] = _owed(loops, relations, i)


@inlined
def _owed(loops, relations, i):
    """Vehicles that the road of loop i has counted too few at its distance, by the other distances: who has changed
    lanes since is counted beside it, and not missed."""
    if relations.cell[i] < 0:
        return 0.0
    due = _elsewhere(loops.roads.total, relations, i) * loops.usual.road_ratio[i]
    return due - loops.roads.total[relations.cell[i]]


@inlined
def _by_mates(loops, i):
    """Vehicles that have usually passed loop i when its mates have counted what they did since it last counted."""
    return loops.evidence.pending[i] * loops.usual.ratio[i]


@inlined
def _missed(loops, relations, i):
    """Vehicles that must have passed loop i since it last counted, by its mates and by the road."""
    if relations.alone[i]:
        return _by_mates(loops, i)
    return min(_by_mates(loops, i), _owed(loops, relations, i) - loops.evidence.road_then[i])


@inlined
def _time_doubts(loops, i, settings):
    """For how long loop i has counted more than can be, or other than its mates."""
    runs, evidence = loops.runs, loops.evidence
    busy = loops.samples.minute_vps[i] * MINUTE_S > settings.chatter_per_min
    runs.busy_s[i] = runs.busy_s[i] + 1 if busy else 0
    limit = settings.bias_vehicles if loops.verdict.status[i] == HEALTHY else BIAS_STAYS * settings.bias_vehicles
    evidence.surplus[i] = min(evidence.surplus[i], BIAS_KEPT * settings.bias_vehicles)
    evidence.deficit[i] = min(evidence.deficit[i], BIAS_KEPT * settings.bias_vehicles)
    biased = max(evidence.surplus[i], evidence.deficit[i]) >= limit
    runs.biased_s[i] = runs.biased_s[i] + 1 if biased else 0


@inlined
def _fault(loops, relations, i, settings):
    """What is wrong with loop i at this second; HEALTHY for nothing."""
    _time_doubts(loops, i, settings)
    evidence = loops.evidence
    if loops.samples.present_share[i] < settings.present_share:
        return MISSING
    if loops.samples.odd_share[i] > settings.odd_share:
        return IMPLAUSIBLE
    if loops.runs.busy_s[i] >= settings.chatter_s:
        return CHATTER
    missed = _missed(loops, relations, i)
    if loops.runs.full_s[i] >= settings.stuck_s and missed >= _least_stuck(loops, relations, i, settings):
        return STUCK_ON
    if relations.alone[i] and loops.runs.full_s[i] >= settings.stuck_soon_s and missed >= settings.stuck_vehicles:
        return STUCK_ON
    if _dead(loops, relations, i, missed, settings):
        return DEAD
    miscounts = evidence.lost_share[i] > settings.lost_share or evidence.double_share[i] > settings.double_share
    return BIASED if miscounts or loops.runs.biased_s[i] >= settings.bias_s else HEALTHY


@inlined
def _least_stuck(loops, relations, i, settings):
    """Vehicles that must be missed before loop i is stuck: those that its mates before it have counted may stand in
    front of it, in a queue that is real."""
    room = 0.0
    for e in range(relations.mate_ptr[i], relations.mate_ptr[i + 1]):
        room += max(relations.mate_lag_s[e], 0) * ROOM_VPS
    least = settings.stuck_least_vehicles + room * loops.usual.ratio[i]
    return min(least, settings.stuck_vehicles) if loops.verdict.is_queued[i] == 0 else settings.stuck_vehicles


@inlined
def _dead(loops, relations, i, missed, settings):
    """Silent while its mates count, or for long while the rest of signal and town does, nearly as usual where nobody
    has vanished on its road: silence alone is no evidence."""
    silent_s = loops.runs.silent_s[i]
    if silent_s < settings.dead_soon_s:
        return False
    if missed >= settings.dead_vehicles and _is_passed(loops, relations, i, settings):
        return True
    if missed < settings.dead_vehicles <= _by_mates(loops, i):
        return False  # they come, and are counted beside it
    due = rate(loops, i) * silent_s if loops.usual.seen[i] >= settings.learned_vehicles else 0.0
    s = relations.signal[i]
    least = settings.dead_least_vehicles if silent_s >= settings.dead_s else settings.blind_vehicles
    if silent_s < settings.blind_approach_s or due < least or s < 0:
        return False
    usual = loops.signals.seen[s] / max(loops.signals.watched_s[s], 1.0) * silent_s
    share = BUSY_SHARE if all_left(loops, relations, i) else settings.active_share
    if loops.signals.total[s] - loops.evidence.signal_then[i] < share * usual:
        return False
    road, keep = relations.cell[i] // LEVELS, 1.0 - 1.0 / settings.memory_s
    return silent_share(loops.roads, loops.signals.watched_s[s], road, keep) < SILENT_SHARE


@inlined
def _is_passed(loops, relations, i, settings):
    """True where a loop behind loop i has counted since it went silent, or none lies there: its lane is in use."""
    behind = False
    for e in range(relations.mate_ptr[i], relations.mate_ptr[i + 1]):
        j = relations.mate[e]
        if relations.mate_lag_s[e] < 0 and believed(loops, j):
            behind = True
            if loops.runs.silent_s[j] + settings.dead_soon_s < loops.runs.silent_s[i]:
                return True
    return not behind


@inlined
def _acquit(loops, i):
    """Forget the evidence against loop i."""
    loops.evidence.pending[i] = 0.0
    loops.evidence.surplus[i] = 0.0
    loops.evidence.deficit[i] = 0.0
    loops.runs.biased_s[i] = 0


@inlined
def _raise_alarm(loops, relations, i, found):
    """Loop i is bad; what it said against its mates is forgotten."""
    verdict = loops.verdict
    verdict.status[i] = found
    verdict.alarms[i] += 1
    verdict.events[0] += 1
    verdict.factor[i] = 1.0
    loops.evidence.own[i] = 0.0
    loops.evidence.due[i] = 0.0
    for e in range(relations.mate_ptr[i], relations.mate_ptr[i + 1]):
        if verdict.status[relations.mate[e]] == HEALTHY:
            _acquit(loops, relations.mate[e])


@inlined
def _judge(loops, relations, i, settings):
    """The status of loop i after this second."""
    found = _fault(loops, relations, i, settings)
    if loops.verdict.status[i] == HEALTHY:
        loops.verdict.clear_s[i] = 0
        if found != HEALTHY:
            _raise_alarm(loops, relations, i, found)
        return
    loops.verdict.clear_s[i] = loops.verdict.clear_s[i] + 1 if found == HEALTHY else 0
    if loops.verdict.status[i] == BIASED and found != HEALTHY and found != BIASED:
        loops.verdict.status[i] = found  # worse than it looked, but the same event
        loops.verdict.events[0] += 1
    if found == BIASED and loops.verdict.status[i] == BIASED:
        counted = (1.0 - loops.evidence.lost_share[i]) * (1.0 + loops.evidence.double_share[i])
        if loops.runs.biased_s[i] > 0:
            counted = (loops.evidence.own[i] + FACTOR_PRIOR) / (loops.evidence.due[i] + FACTOR_PRIOR)
        loops.verdict.factor[i] = min(max(1.0 / max(counted, FACTOR_LEAST), FACTOR_LEAST), FACTOR_MOST)
    if loops.verdict.clear_s[i] >= settings.clear_s:
        loops.verdict.status[i] = HEALTHY
        loops.verdict.events[0] += 1
        loops.verdict.factor[i] = 1.0
        _acquit(loops, i)


@kernel
def watch(loops, relations, now, samples, counts, settings):
    """Judge one second of samples (Samples); writes the counts believed into `counts`, float64[loops], -1 for none.

    loops: LoopHealth; relations: Relations; now: seconds since the start. Never raises, allocates nothing.
    """
    keep = 1.0 - 1.0 / settings.memory_s
    for i in range(len(counts)):
        counts[i] = _read(loops, i, samples.entered[i], samples.left[i], samples.occupancy[i], settings)
        _note(loops, i, now, counts[i], samples.occupancy[i], keep)
    note_signals(loops, relations, counts, keep, settings)
    doubt_silence(loops, relations, settings)
    tell_roads(loops, relations, samples.left, counts, keep)
    for i in range(len(counts)):
        if counts[i] > 0.0 and loops.verdict.status[i] == HEALTHY:
            _tell_mates(loops, relations, i, counts[i], settings)
    for i in range(len(counts)):
        if counts[i] > 0.0:
            _learn(loops, relations, i, counts[i], settings)
        if loops.runs.silent_s[i] == 0 and relations.signal[i] >= 0:
            loops.evidence.signal_then[i] = loops.signals.total[relations.signal[i]]
        _judge(loops, relations, i, settings)
