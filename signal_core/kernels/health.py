"""Which loops can be believed.

A vehicle passes all loops of its way to the stop line. What the others of a way (the mates of a loop) count is
therefore evidence: `pending` is what they have counted since the loop itself last counted, `ratio` how many
vehicles the loop usually counts for one of theirs. Vehicles change lanes, so the whole road (its lanes together, at
the other distances) must say the same. Rates are averages over a long memory, kept while a loop is bad.
"""

import numpy as np

from signal_core.kernels.compiled import inlined

HEALTHY, STUCK_ON, DEAD, CHATTER, MISSING, IMPLAUSIBLE, BIASED = 0, 1, 2, 3, 4, 5, 6
SEES, BLIND, NOBODY = 0, 1, 2
RING = 64
"""Seconds of counts kept per loop."""
LEVELS = 3
"""Distances told apart: stop line, middle, and beyond."""
MINUTE = 1.0 / 60.0
PULSE = 0.01
"""Weight of one vehicle in the shares of those that come without a count, and of two in one second."""


@inlined
def rate(X, i):
    return X.seen[i] / X.watched[i] if X.watched[i] > 0.0 else 0.0


@inlined
def believed(X, i):
    return X.status[i] == HEALTHY or X.status[i] == BIASED


@inlined
def _read(X, i, entered, left, occupied, settings):
    """The count of this second, -1 where the sample is missing or cannot be."""
    missing = np.isnan(entered) and np.isnan(left) and np.isnan(occupied)
    good = (0.0 <= entered <= settings.most_vehicles and 0.0 <= left <= settings.most_vehicles
            and 0.0 <= occupied <= 1.0)
    X.present[i] += ((0.0 if missing else 1.0) - X.present[i]) * MINUTE
    X.odd[i] += ((0.0 if missing or good else 1.0) - X.odd[i]) * MINUTE
    if missing:
        X.samples_missing[i] += 1
    elif not good:
        X.samples_odd[i] += 1
    return entered if good else -1.0


@inlined
def _note(X, R, i, now, count, occupied, keep):
    """Runs, averages and the ring of loop i with the count of this second."""
    slot = i * RING + now % RING
    X.ring[slot] = max(count, 0.0)
    if count < 0.0:
        return
    if count > 0.0 or (occupied > 0.0 and X.occupancy[i] <= 0.0):
        X.lost[i] += ((1.0 if count == 0.0 else 0.0) - X.lost[i]) * PULSE
        X.double[i] += ((1.0 if count >= 2.0 else 0.0) - X.double[i]) * PULSE
    X.occupancy[i] = occupied
    X.minute[i] += (count - X.minute[i]) * MINUTE
    X.full_s[i] = X.full_s[i] + 1 if occupied >= 0.99 and count == 0.0 else 0
    X.silent_s[i] = X.silent_s[i] + 1 if occupied <= 0.0 and count == 0.0 else 0
    if X.status[i] == HEALTHY:
        X.between_s[i] += 1.0
        if count > 0.0:  # the time since the last vehicle counts with this one: silence may be the loop's own
            kept = keep ** X.between_s[i]
            X.seen[i] = X.seen[i] * kept + count
            X.watched[i] = X.watched[i] * kept + X.between_s[i]
            X.between_s[i] = 0.0


@inlined
def _tell_roads(X, R, counts, keep):
    """What passed each road at each distance: ever, and as a rate."""
    for c in range(len(X.road_total)):
        X.road_seen[c] *= keep
    for i in range(len(counts)):
        if counts[i] > 0.0 and R.cell[i] >= 0 and believed(X, i):
            X.road_total[R.cell[i]] += counts[i]
            X.road_seen[R.cell[i]] += counts[i]


@inlined
def _elsewhere(values, R, i):
    """Sum over the road of loop i at the other distances; 0 where it is on none."""
    if R.cell[i] < 0:
        return 0.0
    first = R.cell[i] - R.cell[i] % LEVELS
    total = 0.0
    for c in range(first, first + LEVELS):
        if c != R.cell[i]:
            total += values[c]
    return total


@inlined
def _tell_mates(X, R, j, count, settings):
    """What loop j counted is evidence for its mates."""
    for e in range(R.mate_ptr[j], R.mate_ptr[j + 1]):
        i = R.mate[e]
        X.pending[i] += count
        due = X.ratio[i] * count
        X.due[i] += due
        if R.alone[i] and X.ratio[i] > 0.0 and X.seen[i] >= settings.bias_after_vehicles:
            X.surplus[i] = max(0.0, X.surplus[i] - (1.0 + settings.bias_share) * due)
            X.deficit[i] += (1.0 - settings.bias_share) * due


@inlined
def _learn_ratio(X, R, i, settings):
    """Vehicles of loop i for one of its mates; 0 while that is not known."""
    mates, most = 0.0, 0.0
    for e in range(R.mate_ptr[i], R.mate_ptr[i + 1]):
        if X.status[R.mate[e]] == HEALTHY:
            mates += rate(X, R.mate[e])
            most = max(most, X.seen[R.mate[e]])
    enough = settings.learned_vehicles * (0.25 if R.alone[i] else 1.0)
    X.ratio[i] = rate(X, i) / mates if X.seen[i] >= enough and most >= 0.5 * enough else 0.0


@inlined
def _learn(X, R, i, count, settings):
    """Loop i has counted: the evidence against it is settled, and its ratio learned while nothing speaks against it."""
    X.pending[i] = 0.0
    X.road_then[i] = _elsewhere(X.road_total, R, i)
    X.own[i] += count
    if R.alone[i] and X.ratio[i] > 0.0 and X.seen[i] >= settings.bias_after_vehicles:
        X.surplus[i] += count
        X.deficit[i] = max(0.0, X.deficit[i] - count)
    if X.status[i] == HEALTHY and max(X.surplus[i], X.deficit[i]) < settings.bias_doubt_vehicles:
        _learn_ratio(X, R, i, settings)
        road = _elsewhere(X.road_seen, R, i)
        X.road_ratio[i] = X.seen[i] / road if road > 0.0 else 0.0


@inlined
def _missed(X, R, i, settings):
    """Vehicles that must have passed loop i since it last counted, by its mates and by the road."""
    if R.alone[i]:
        return X.pending[i] * X.ratio[i]
    return min(X.pending[i] * X.ratio[i], (_elsewhere(X.road_total, R, i) - X.road_then[i]) * X.road_ratio[i])


@inlined
def _fault(X, R, i, settings):
    """What is wrong with loop i at this second; HEALTHY for nothing."""
    X.busy_s[i] = X.busy_s[i] + 1 if X.minute[i] * 60.0 > settings.chatter_per_min else 0
    limit = settings.bias_vehicles if X.status[i] == HEALTHY else 0.5 * settings.bias_vehicles
    X.surplus[i] = min(X.surplus[i], 2.0 * settings.bias_vehicles)
    X.deficit[i] = min(X.deficit[i], 2.0 * settings.bias_vehicles)
    X.biased_s[i] = X.biased_s[i] + 1 if max(X.surplus[i], X.deficit[i]) >= limit else 0
    if X.present[i] < settings.present_share:
        return MISSING
    if X.odd[i] > settings.odd_share:
        return IMPLAUSIBLE
    if X.busy_s[i] >= settings.chatter_s:
        return CHATTER
    missed = _missed(X, R, i, settings)
    least = settings.stuck_least_vehicles if X.queued[i] == 0 else settings.stuck_vehicles
    if X.full_s[i] >= settings.stuck_s and missed >= least:
        return STUCK_ON
    if R.alone[i] and X.full_s[i] >= settings.stuck_soon_s and missed >= settings.stuck_vehicles:
        return STUCK_ON
    if _dead(X, R, i, missed, settings):
        return DEAD
    miscounts = X.lost[i] > settings.lost_share or X.double[i] > settings.double_share
    return BIASED if miscounts or X.biased_s[i] >= settings.bias_s else HEALTHY


@inlined
def _dead(X, R, i, missed, settings):
    """Silent while its mates count; while the rest of the signal does; or for a very long time."""
    silent_s = X.silent_s[i]
    if silent_s < settings.dead_soon_s:
        return False
    if missed >= settings.dead_vehicles:
        return True
    due = rate(X, i) * silent_s if X.seen[i] >= settings.learned_vehicles else 0.0
    if silent_s >= settings.dead_s:
        return due >= settings.dead_least_vehicles
    s = R.signal[i]
    if silent_s < settings.blind_approach_s or due < settings.blind_vehicles or s < 0:
        return False
    usual = X.signal_seen[s] / max(X.signal_watched[s], 1.0) * silent_s
    return X.signal_total[s] - X.total_then[i] >= settings.active_share * usual


@inlined
def _acquit(X, i):
    """Forget the evidence against loop i."""
    X.pending[i] = 0.0
    X.surplus[i] = 0.0
    X.deficit[i] = 0.0
    X.biased_s[i] = 0


@inlined
def _judge(X, R, i, settings):
    """The status of loop i after this second."""
    found = _fault(X, R, i, settings)
    if X.status[i] == HEALTHY:
        X.clear_s[i] = 0
        if found != HEALTHY:
            X.status[i] = found
            X.alarms[i] += 1
            X.events[0] += 1
            X.factor[i] = 1.0
            X.own[i] = 0.0
            X.due[i] = 0.0
            for e in range(R.mate_ptr[i], R.mate_ptr[i + 1]):
                if X.status[R.mate[e]] == HEALTHY:
                    _acquit(X, R.mate[e])  # it was the word of a bad loop
        return
    X.clear_s[i] = X.clear_s[i] + 1 if found == HEALTHY else 0
    if X.status[i] == BIASED and found != HEALTHY and found != BIASED:
        X.status[i] = found  # worse than it looked, but the same event
        X.events[0] += 1
    if found == BIASED and X.status[i] == BIASED:
        counted = (1.0 - X.lost[i]) * (1.0 + X.double[i])
        if X.biased_s[i] > 0:
            counted = (X.own[i] + 10.0) / (X.due[i] + 10.0)
        X.factor[i] = min(max(1.0 / max(counted, 0.5), 0.5), 2.0)
    if X.clear_s[i] >= settings.clear_s:
        X.status[i] = HEALTHY
        X.events[0] += 1
        X.factor[i] = 1.0
        _acquit(X, i)


@inlined
def _note_signals(X, R, counts, keep, settings):
    """Traffic of every signal, how long it has seen none, and whether it can still see at all."""
    for s in range(len(X.signal_total)):
        total, good, valid = 0.0, 0, 0
        for e in range(R.loop_ptr[s], R.loop_ptr[s + 1]):
            i = R.loop[e]
            if counts[i] >= 0.0:
                valid += 1
                if believed(X, i):
                    good += 1
                    total += counts[i]
        X.signal_total[s] += total
        X.signal_seen[s] = X.signal_seen[s] * keep + total
        X.signal_watched[s] = X.signal_watched[s] * keep + 1.0
        X.signal_silent_s[s] = X.signal_silent_s[s] + 1 if total == 0.0 else 0
        X.signal_lost_s[s] = X.signal_lost_s[s] + 1 if valid == 0 else 0
        usual = X.signal_seen[s] / X.signal_watched[s]
        silent_s = X.signal_silent_s[s]
        X.blind[s] = SEES
        if R.loop_ptr[s + 1] == R.loop_ptr[s]:
            continue
        if (X.signal_lost_s[s] >= settings.lost_s or (good == 0 and valid > 0)
                or (silent_s >= settings.silent_signal_s and usual * silent_s >= settings.silent_vehicles)):
            X.blind[s] = BLIND
        elif silent_s >= settings.dead_s:  # a quiet night, or loops that fail
            X.blind[s] = NOBODY


@inlined
def _doubt_silence(X, R, settings):
    """Where all signals are silent together the detection has failed, or has never worked."""
    anybody, silent_s, usual = False, -1, 0.0
    for s in range(len(X.signal_total)):
        if R.loop_ptr[s + 1] > R.loop_ptr[s]:
            anybody = anybody or X.signal_total[s] > 0.0
            silent_s = X.signal_silent_s[s] if silent_s < 0 else min(silent_s, X.signal_silent_s[s])
            usual += X.signal_seen[s] / X.signal_watched[s]
    failed = silent_s >= settings.silent_town_s and usual * silent_s >= settings.silent_vehicles
    never = not anybody and silent_s >= settings.never_s
    for s in range(len(X.signal_total)):
        if X.blind[s] != BLIND and R.loop_ptr[s + 1] > R.loop_ptr[s] and (failed or never):
            X.blind[s] = BLIND if failed else NOBODY


@inlined
def watch(X, R, now, entered, left, occupancy, counts, settings):
    """Judge one second of samples, float64[loops] each; writes the counts believed into `counts`, -1 for none.

    X: LoopHealth, R: Relations, now: seconds since the start. Never raises, allocates nothing.
    """
    keep = 1.0 - 1.0 / settings.memory_s
    for i in range(len(counts)):
        counts[i] = _read(X, i, entered[i], left[i], occupancy[i], settings)
        _note(X, R, i, now, counts[i], occupancy[i], keep)
    _note_signals(X, R, counts, keep, settings)
    _doubt_silence(X, R, settings)
    _tell_roads(X, R, counts, keep)
    for i in range(len(counts)):
        if counts[i] > 0.0 and X.status[i] == HEALTHY:
            _tell_mates(X, R, i, counts[i], settings)
    for i in range(len(counts)):
        if counts[i] > 0.0:
            _learn(X, R, i, counts[i], settings)
        if X.silent_s[i] == 0 and R.signal[i] >= 0:
            X.total_then[i] = X.signal_total[R.signal[i]]
        _judge(X, R, i, settings)
