"""Any program through the network's reading, the sequencer and the interlock; judged by readers of their own.

One is the interlock tests' oracle, with the times the network made of the program; the other the checker of recorded
states, which reads the program by itself.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.audit import state_record
from bench.audit.judgement import judge
from bench.audit.layouts import Layout
from bench.audit.requirements import required
from network.program.phases import find_phases
from network.program.plans import fixed_plan
from network.program.signals import Signal
from network.safety.clearance import Clearance, Protocol, intergreens
from network.safety.walking import walk_leads
from network.safety.yellow_traps import ends_with
from signal_core.interlock.interlock import Interlock
from signal_core.interlock.rules import SignalRules
from signal_core.kernels.codes import NO_ROW
from signal_core.sequencing.plan_rows import Target, pack_plans
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.arrays import OFF, Feeds
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection
from signal_core.tables.letters import decode, encode
from signal_core.tables.packed import pack
from tests.faults.any_programs import AnySignal, signals
from tests.interlock.oracle import Tape

pytestmark = pytest.mark.kernel
SETTLE_S = 2


def _built(given_: AnySignal, protocol: Protocol) -> tuple[Signal, Clearance]:
    found = find_phases(given_.program, given_.conflicts, given_.yields_to)
    assume(len(found) > 1)
    times = intergreens(given_.program, given_.links, given_.conflicts, given_.yields_to, protocol)
    signal = Signal("x", given_.program, given_.links, len(given_.conflicts), given_.conflicts, given_.yields_to, found,
                    times.yellow_s, times.intergreen_s, times.min_green_s, (), "", yielded_s=times.yielded_s,
                    walk_clear_s=times.walk_clear_s,
                    walk_lead_s=walk_leads(given_.program, given_.links, given_.conflicts, given_.yields_to),
                    ends_with=ends_with(given_.program, found, given_.links, given_.yields_to, protocol))
    return signal, times


def _arrays(signal: Signal) -> Intersection:
    """A lane for each link, and no loops."""
    codes = np.stack([encode(phase.state) for phase in signal.phases])
    n, whole = signal.n_links, [np.asarray(table, dtype=np.int64) for table in (
        signal.yellow_s, signal.intergreen_s, signal.min_green_s, signal.yielded_s)]
    lag, split = play_changes(codes, signal.conflicts, *whole[:3], yielded_s=whole[3], walk_lead_s=signal.walk_lead_s,
                              ends_with=signal.ends_with)
    nothing = Feeds(np.zeros(n + 1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    return Intersection(
        id="x", phase_codes=codes, conflicts=signal.conflicts, yellow_s=whole[0], intergreen_s=whole[1],
        min_green_s=whole[2], yielded_s=whole[3], service_vps=np.full((len(codes), n), 0.5), start_lag_s=lag,
        min_split_s=split, lane_link_ptr=np.arange(n + 1), lane_links=np.arange(n), stop_loop=np.full(n, -1),
        mid=nothing, far=nothing, mid_storage=np.zeros(n), far_storage=np.zeros(n),
        shown_s=np.array([phase.shown_s for phase in signal.phases]), walk_lead_s=signal.walk_lead_s,
        ends_with=signal.ends_with)


def _layout(given_: AnySignal) -> Layout:
    walking = frozenset(link.index for link in given_.links if link.is_crossing)
    return Layout(
        tuple(frozenset(np.flatnonzero(row).tolist()) for row in given_.conflicts), walking,
        {link.index: link.length_m for link in given_.links if link.is_crossing},
        {link.index: link.speed_mps for link in given_.links if not link.is_crossing},
        waits_for={link.index: frozenset(np.flatnonzero(given_.yields_to[link.index]).tolist()) - walking
                   for link in given_.links if link.waits_m > 0.0})


def _program(given_: AnySignal) -> state_record.Program:
    adapts = given_.program.kind != "static"
    rows = given_.program.intervals
    shortest_s = [min(row.min_s, row.duration_s) if adapts else row.duration_s for row in rows]
    return state_record.Program(
        "0", tuple((row.state, round(1000 * s)) for row, s in zip(rows, shortest_s, strict=True)),
        tuple(round(1000 * max(row.duration_s, row.max_s)) for row in rows) if adapts else (),
        given_.program.kind)


def _drive(given_: AnySignal, data: st.DataObject, protocol: Protocol) -> tuple[Signal, state_record.Record]:
    """Phases and rows of the plan wanted in any order, and now and then another program, or off, for a second."""
    signal, times = _built(given_, protocol)
    arrays = _arrays(signal)
    tables, shown = pack([arrays]), encode(signal.program.intervals[0].state)
    sequencer = Sequencer(tables, shown)
    rules = SignalRules(signal.conflicts, times.yellow_s, times.intergreen_s, times.min_green_s, 120.0,
                        yielded_s=times.yielded_s, walk_clear_s=times.walk_clear_s, walk_lead_s=signal.walk_lead_s,
                        ends_with=signal.ends_with)
    lock = Interlock([rules], shown)
    whole = [arrays.yellow_s, arrays.intergreen_s, arrays.min_green_s, arrays.yielded_s]
    tape = Tape(signal.conflicts.tolist(), *(table.tolist() for table in whole if table is not None),
                times.walk_clear_s.astype(int).tolist(), walk_lead_s=signal.walk_lead_s.tolist(),
                ends_with=signal.ends_with.tolist())
    plans = pack_plans([fixed_plan(signal)], tables)
    target = Target(sequencer.nearest_phases(), np.full(1, NO_ROW), plans)
    record = state_record.Record()
    tape.show(shown.tolist())
    time_s, foreign_s = 0, 0
    for _ in range(data.draw(st.integers(3, 12))):
        target.phase[0] = data.draw(st.integers(0, len(signal.phases) - 1))
        target.row[0] = data.draw(st.sampled_from([NO_ROW, NO_ROW, *range(len(plans.end_s))]))
        if data.draw(st.integers(0, 7)) == 0:
            found = data.draw(st.lists(st.integers(0, OFF), min_size=signal.n_links, max_size=signal.n_links))
            found = [OFF] * signal.n_links if data.draw(st.booleans()) else found
            foreign_s = time_s = time_s + 1
            _keep(record, tape, np.array(found, dtype=np.uint8), time_s - 1, "other")
            lock.observe(time_s, np.array(found, dtype=np.uint8))
            sequencer.found(np.array(found, dtype=np.uint8))
        for _ in range(data.draw(st.integers(1, 40))):
            answer = lock.check(time_s, sequencer.propose(target), np.zeros(signal.n_links, dtype=np.bool_))
            assert answer.status[0] == 0 or time_s < foreign_s + SETTLE_S
            assert tape.faults(answer.codes.tolist()) == []
            _keep(record, tape, answer.codes, time_s, "online")
            sequencer.show(answer.codes)
            time_s += 1
    return signal, record


def _keep(record: state_record.Record, tape: Tape, codes: np.ndarray, time_s: int, program: str) -> None:
    tape.show(codes.tolist())
    state = decode(codes)
    if not record.changes or record.changes[-1][1] != state:
        record.changes.append((1000 * time_s, state))
        record.shown_by.append(program)
    record.last_ms = 1000 * time_s


@given(signals(), st.data(), st.sampled_from(["plan", "resco"]))
@settings(max_examples=40, deadline=None)
def test_whatever_the_program_is_what_is_shown_is_clean_to_both_readers(
    given_: AnySignal, data: st.DataObject, protocol: Protocol
) -> None:
    _signal, record = _drive(given_, data, protocol)
    report = judge("x", record, _layout(given_), required(_program(given_), _layout(given_), protocol), "online")
    assert report.examples == []
    assert report.violations == 0


@given(signals())
@settings(max_examples=30, deadline=None)
def test_those_who_walk_have_their_time_whatever_the_program_says(given_: AnySignal) -> None:
    signal, times = _built(given_, "plan")
    for link in given_.links:
        if not link.is_crossing:
            continue
        foes = np.flatnonzero(signal.conflicts[link.index])
        assert (times.intergreen_s[link.index, foes] >= link.length_m / 1.2 - 0.05).all()
        assert 1.0 <= times.min_green_s[link.index] <= 7.0
