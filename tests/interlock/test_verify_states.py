"""The checker of recorded states finds what is put in by hand, and nothing else."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.audit.judgement import COUNTS, Report
from bench.audit.layouts import read_layouts
from bench.audit.requirements import required
from bench.audit.state_record import BadRecord, read_programs
from bench.audit.verify_states import main, verify

# Two one-way roads and a crossing over the first; links 0 and 1 conflict, and 0 and 2.
NET = """<net>
    <edge id=":J_c0" function="crossing"><lane id=":J_c0_0" index="0" speed="1" length="8"/></edge>
    <edge id=":J_w0" function="walkingarea"><lane id=":J_w0_0" index="0" speed="1" length="2"/></edge>
    <tlLogic id="S" type="static" programID="0" offset="0">
        <phase duration="20" state="Grr"/>
        <phase duration="3" state="yrr"/>
        <phase duration="2" state="rrr"/>
        <phase duration="15" state="rGG"/>
        <phase duration="5" state="rGr"/>
        <phase duration="3" state="ryr"/>
        <phase duration="2" state="rrr"/>
    </tlLogic>
    <junction id="J" type="traffic_light" incLanes="a_0 b_0 :J_w0_0" intLanes=":J_0_0 :J_1_0 :J_c0_0">
        <request index="0" response="100" foes="110" cont="0"/>
        <request index="1" response="001" foes="001" cont="0"/>
        <request index="2" response="000" foes="001" cont="0"/>
    </junction>
    <junction id=":J_3_0" type="internal" incLanes="" intLanes=""/>
    <connection from="a" to="c" fromLane="0" toLane="0" via=":J_0_0" tl="S" linkIndex="0" dir="s" state="o"/>
    <connection from="b" to="d" fromLane="0" toLane="0" via=":J_1_0" tl="S" linkIndex="1" dir="s" state="o"/>
    <connection from="b" to=":J_w0" fromLane="0" toLane="0" dir="s" state="M"/>
    <connection from=":J_w0" to=":J_c0" fromLane="0" toLane="0" tl="S" linkIndex="2" dir="s" state="M"/>
    <connection from=":J_c0" to=":J_w0" fromLane="0" toLane="0" dir="s" state="M"/>
</net>
"""
CYCLE = [("Grr", 20), ("yrr", 3), ("rrr", 2), ("rGG", 15), ("rGr", 5), ("ryr", 3), ("rrr", 2)]


def record(rows: list[tuple[str, float]], program: str = "0", step_s: float = 1.0) -> str:
    lines, time_s = [], 0.0
    for state, seconds in rows:
        for _ in range(round(seconds / step_s)):
            lines.append(f'<tlsState time="{time_s:.2f}" id="S" programID="{program}" state="{state}"/>')
            time_s += step_s
    return "<tlsStates>\n" + "\n".join(lines) + "\n</tlsStates>\n"


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., Report]:
    def run(rows: list[tuple[str, float]], rule: str = "program", step_s: float = 1.0) -> Report:
        (tmp_path / "net.xml").write_text(NET)
        (tmp_path / "states.xml").write_text(record(rows, step_s=step_s))
        (report,) = verify(tmp_path / "net.xml", tmp_path / "states.xml", rule=rule)
        return report

    return run


def only(**found: int) -> dict[str, int]:
    return {kind: found.get(kind, 0) for kind in COUNTS}


def changed(position: int, *rows: tuple[str, float]) -> list[tuple[str, float]]:
    """Three cycles, in the middle one the row at `position` replaced."""
    return [*CYCLE, *CYCLE[:position], *rows, *CYCLE[position + 1 :], *CYCLE]


@pytest.mark.parametrize("rule", ["program", "plan", "resco"])
def test_the_program_itself_is_clean(judged: Callable[..., Report], rule: str) -> None:
    report = judged(CYCLE * 3, rule)
    assert report.counts == only()
    assert report.examples == []
    assert report.longest_red_s == (30.0, 30.0, 35.0)


def test_a_record_finer_than_a_second_is_judged_the_same(judged: Callable[..., Report]) -> None:
    assert judged(CYCLE * 3, step_s=0.1).counts == only()
    assert judged(changed(1, ("yrr", 2.9), ("rrr", 0.1)), step_s=0.1).counts == only(short_yellow=1)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (changed(3, ("GGG", 1), ("rGG", 14)), only(conflict=2, missing_yellow=1, short_green=1)),
        (changed(1, ("rrr", 3)), only(missing_yellow=1)),
        (changed(1, ("yrr", 2), ("rrr", 1)), only(short_yellow=1)),
        (changed(1, ("yrr", 1), ("Grr", 2), ("yrr", 3)), only(odd_sequence=1, short_green=1)),
        (changed(2, ("yrr", 2)), only()),
        (changed(2, ("rrr", 1)), only(short_intergreen=2)),
        (changed(2, ("rrr", 1), ("rrG", 1)), only(short_intergreen=1)),
        (changed(0, ("Grr", 4)), only(short_green=1)),
        (changed(0, ("Grr", 5)), only()),
        (changed(0, ("Grr", 3), ("grr", 2)), only()),
        (changed(2, ("rrr", 1), ("rry", 1)), only(odd_sequence=2)),
        (changed(4, ("rGG", 4), ("rGr", 1)), only(short_intergreen=1)),
        (changed(4, ("rGr", 9)), only()),
        (changed(6, ("srs", 2)), only()),
        (changed(6, ("rrr", 1), ("rgr", 1)), only(missing_yellow=1, short_green=1, short_intergreen=1)),
    ],
)
def test_what_is_put_in_is_found(
    judged: Callable[..., Report], rows: list[tuple[str, float]], found: dict[str, int]
) -> None:
    assert judged(rows).counts == found


def test_a_rise_to_priority_owes_clearance(judged: Callable[..., Report]) -> None:
    rows = [("Grr", 20), ("Ggr", 10), ("ygr", 3), ("rgr", 1), ("rGr", 10)]
    assert judged(rows).counts == only(short_intergreen=1)
    rows[3] = ("rgr", 2)
    assert judged(rows).counts == only()


def test_off_makes_the_past_unknown(judged: Callable[..., Report]) -> None:
    assert judged([("Grr", 9), ("Orr", 1), ("rGr", 3)]).counts == only(off=1, start_from_off=1)


def test_what_a_record_cuts_off_is_not_judged(judged: Callable[..., Report]) -> None:
    assert judged([("Grr", 1), ("yrr", 3), ("rrr", 2), ("rGG", 1)]).counts == only()


def test_examples_say_when_and_which(judged: Callable[..., Report]) -> None:
    report = judged(changed(1, ("yrr", 2), ("rrr", 1)))
    assert report.examples == ["S at 72.0 s: short_yellow, link 0 yellow for 2.0 s of 3.0"]


def test_requirements_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / "net.xml.gz"
    path.write_bytes(gzip.compress(NET.encode()))
    layout, (program,) = read_layouts(path)["S"], read_programs([path])["S"]
    assert [sorted(foes) for foes in layout.foes] == [[1, 2], [0], [0]]
    assert layout.walking == {2}
    need = required(program, layout, "program")
    assert need.yellow == (3000, 3000, 0)
    assert need.green == (5000, 5000, 5000)
    assert [need.intergreen[j][i] for j, i in ((0, 1), (0, 2), (1, 0), (2, 0))] == [5000, 5000, 5000, 10000]


def test_a_later_file_replaces_the_program_unless_the_record_names_one(tmp_path: Path) -> None:
    net, more, states = tmp_path / "net.xml", tmp_path / "more.xml", tmp_path / "states.xml"
    net.write_text(NET)
    logic = NET[NET.index("<tlLogic") : NET.index("</tlLogic>")] + "</tlLogic>"
    slow = logic.replace('programID="0"', 'programID="slow"').replace('"3" state="yrr"', '"4" state="yrr"')
    more.write_text(f"<additional>{slow}</additional>")
    states.write_text(record(CYCLE * 2))
    assert verify(net, states, [more])[0].violations == 0
    states.write_text(record(CYCLE * 2, program="online"))
    assert verify(net, states, [more])[0].counts["short_yellow"] == 2


def test_a_file_that_only_moves_a_program_leaves_its_rows(tmp_path: Path) -> None:
    net, moves, states = tmp_path / "net.xml", tmp_path / "moves.xml", tmp_path / "states.xml"
    net.write_text(NET)
    moves.write_text('<additional><tlLogic id="S" programID="0" offset="7"/></additional>')
    states.write_text(record(CYCLE * 2).replace('state="yrr"', 'state="rrr"'))
    assert verify(net, states, [moves])[0].counts == verify(net, states)[0].counts
    assert verify(net, states, [moves])[0].violations > 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</net>", ""),
        ("<net>", "<net><net"),
        ('foes="110"', 'foes="11"'),
        ('index="2" response', 'index="x" response'),
        ('linkIndex="1"', 'linkIndex="one"'),
        ('duration="20"', 'duration="long"'),
        ('duration="20" state="Grr"', 'duration="20" state="G"'),
        ('incLanes="a_0 b_0', 'incLanes="a_0'),
    ],
)
def test_a_broken_network_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str
) -> None:
    net, states = tmp_path / "net.xml", tmp_path / "states.xml"
    assert old in NET
    net.write_text(NET.replace(old, new))
    states.write_text(record(CYCLE))
    assert main([str(net), str(states)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize("text", ["", "<tlsStates>", "<tlsStates/>", record([("Gr", 3)]), "no xml"])
def test_a_broken_record_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    net, states = tmp_path / "net.xml", tmp_path / "states.xml"
    net.write_text(NET)
    states.write_text(text)
    assert main([str(net), str(states)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    with pytest.raises(BadRecord):
        verify(net, tmp_path / "missing.xml")


def test_command_line_tells_clean_from_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, states = tmp_path / "net.xml", tmp_path / "states.xml"
    net.write_text(NET)
    states.write_text(record(CYCLE * 2))
    assert main([str(net), str(states)]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]] == ["none", "none"]
    states.write_text(record(changed(1, ("rrr", 3))))
    assert main([str(net), str(states), "--rule", "plan"]) == 1
    found = capsys.readouterr().out
    assert "1 missing_yellow" in found.splitlines()[1]
    assert "missing_yellow, link 0" in found


def test_a_real_plan_run_by_sumo_is_clean(tmp_path: Path, shared_map: Callable[[str], Path]) -> None:
    folder = shared_map("cologne1")
    sumo = shutil.which("sumo", path=sysconfig.get_path("scripts"))
    if sumo is None:
        pytest.skip("SUMO is not installed in this environment")
    states, save = tmp_path / "tlsstates.xml", tmp_path / "save.add.xml"
    event = f'<timedEvent type="SaveTLSStates" source="GS_cluster_357187_359543" dest="{states}"/>'
    save.write_text(f"<additional>{event}</additional>")
    config = str(folder / "cologne1.sumocfg")
    command = [sumo, "-c", config, "-a", str(save), "-e", "25500", "--no-step-log", "--no-warnings"]
    subprocess.run(command, check=True, capture_output=True)
    (report,) = verify(folder / "cologne1.net.xml", states, rule="plan")
    assert report.counts == only()
    assert max(report.longest_red_s) == 61.0


def test_of_a_crossing_walk_and_way_are_required_whatever_the_program_leaves(judged: Callable[..., Report]) -> None:
    """8 m take 7 s; the program leaves 10 s before link 0, so those are owed."""
    walk = [("Grr", 20), ("yrr", 3), ("rrr", 2), ("rGG", 15), ("rGr", 3), ("ryr", 3), ("rrr", 2)]
    short = judged([*CYCLE, *walk, ("Grr", 20)], rule="plan")
    assert short.counts == only(short_intergreen=1, short_walk_clear=1)
    hasty = judged([*CYCLE, *CYCLE[:3], ("rGG", 6), ("rGr", 9), *CYCLE[5:], *CYCLE], rule="resco")
    assert hasty.counts == only(short_walk=1)
    assert judged([*CYCLE, *CYCLE[:3], ("rGG", 6), ("rGr", 9), *CYCLE[5:], *CYCLE]).counts == only()


@pytest.mark.parametrize(("first_s", "found"), [(6, 1), (7, 0)])
def test_the_way_counts_where_the_program_leaves_less(tmp_path: Path, first_s: int, found: int) -> None:
    """7 s for 8 m, while the program leaves 4 s."""
    short = NET.replace('<phase duration="5" state="rGr"/>', "").replace('"2" state="rrr"', '"1" state="rrr"')
    (tmp_path / "net.xml").write_text(short)
    rows = [("rGG", 15), ("ryr", 3), ("rrr", first_s - 3), ("Grr", 20)]
    (tmp_path / "states.xml").write_text(record([("Grr", 9), ("yrr", 3), ("rrr", 4), *rows]))
    (report,) = verify(tmp_path / "net.xml", tmp_path / "states.xml", rule="plan")
    assert report.counts == only(short_walk_clear=found)


@pytest.mark.parametrize(("lane", "red_s", "found"), [
    ('allow="bicycle"', 2, 1), ('allow="bicycle"', 3, 0), ('disallow="passenger truck"', 2, 1),
    ('allow="bicycle passenger"', 2, 0), ('disallow="all"', 2, 0), ('disallow="bicycle passenger"', 2, 0)])  # fmt: skip
def test_who_rides_is_out_before_a_start(tmp_path: Path, lane: str, red_s: int, found: int) -> None:
    """20.4 m through the junction and 1.6 m of bicycle take 5.5 s at 4 m/s."""
    lanes = (f'<edge id="a"><lane id="a_0" index="0" speed="13.9" length="90" {lane}/></edge>'
             '<edge id=":J_0"><lane id=":J_0_0" index="0" speed="13.9" length="8.4"/></edge>'
             '<edge id=":J_3"><lane id=":J_3_0" index="0" speed="13.9" length="12"/></edge>')  # fmt: skip
    onward = '<connection from=":J_0" to="c" fromLane="0" toLane="0" via=":J_3_0" dir="s" state="M"/>'
    (tmp_path / "net.xml").write_text(NET.replace("<net>", f"<net>{lanes}").replace("</net>", f"{onward}</net>"))
    (tmp_path / "states.xml").write_text(record([*CYCLE[:2], ("rrr", red_s), ("rGG", 15)]))
    (report,) = verify(tmp_path / "net.xml", tmp_path / "states.xml", rule="plan")
    assert report.counts == only(short_ride_clear=2 * found)  # link 1 starts, and the crossing


@pytest.mark.parametrize(("more", "found"), [("", 1), ('<phase duration="9" state="grG"/>', 0)])
def test_a_crossing_starts_in_front_of_a_turn_only_where_the_program_has_it_so(
    tmp_path: Path, more: str, found: int
) -> None:
    first = '<phase duration="20" state="Grr"/>'
    (tmp_path / "net.xml").write_text(NET.replace(first, first + more))
    (tmp_path / "states.xml").write_text(record([*CYCLE, ("grr", 9), ("grG", 9), ("grr", 20), *CYCLE[1:]]))
    (report,) = verify(tmp_path / "net.xml", tmp_path / "states.xml", rule="plan")
    assert report.counts == only(turn_moving=found)
    together = [*CYCLE, ("grG", 9), ("grr", 20), *CYCLE[1:]]
    (tmp_path / "states.xml").write_text(record(together))
    assert verify(tmp_path / "net.xml", tmp_path / "states.xml", rule="plan")[0].counts == only()


@pytest.mark.parametrize(("program_s", "shown_s", "asked", "found"), [
    (5, 5, "0", 0), (5, 4, "0", 1), (9, 4, "0", 0), (1, 4, "0", 0), (1, 4, "5", 1), (5, 6, "7", 1), (1, 5, "5", 0)])
def test_those_on_foot_lead_by_the_programs_interval_or_what_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], program_s: int, shown_s: int, asked: str, found: int
) -> None:
    """Beyond 7 s the turn (0) has a phase of its own."""
    def rows(lead_s: int) -> list[tuple[str, float]]:
        rest = [("grG", 12), ("grr", 9), ("yrr", 3), ("rrr", 2), ("rGr", 15), ("ryr", 3), ("rrr", 2)]
        return [("rrG", lead_s), *rest]

    phases = "".join(f'<phase duration="{seconds}" state="{state}"/>' for state, seconds in rows(program_s))
    before, after = NET[:NET.index("<phase")], NET[NET.index("</tlLogic>"):]
    (tmp_path / "net.xml").write_text(before + phases + after)
    (tmp_path / "states.xml").write_text(record([*rows(program_s), *rows(shown_s), *rows(max(program_s, 8))]))
    given = [str(tmp_path / "net.xml"), str(tmp_path / "states.xml"), "--rule", "plan", "--walk-lead", asked]
    assert main(given) == found
    assert capsys.readouterr().out.count("s after crossing 2") == found


def test_walk_and_speed_are_those_the_run_had(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """8 m at 0.5 m/s take 16 s, and at 1.2 m/s no longer than the program leaves, 10 s; 12 s of walk are no 15."""
    (tmp_path / "net.xml").write_text(NET)
    rows = [*CYCLE, *CYCLE[:3], ("rGG", 12), ("rGr", 5), ("ryr", 3), ("rrr", 2), ("Grr", 20)]
    (tmp_path / "states.xml").write_text(record(rows))
    given = [str(tmp_path / "net.xml"), str(tmp_path / "states.xml"), "--rule", "plan"]
    assert main(given) == 0
    assert main([*given, "--walk", "7,0.5"]) == 1
    assert "10.0 s after link 2, 16.0 due" in capsys.readouterr().out
    assert main([*given, "--walk", "15,1.2"]) == 1
    assert "link 2 walk for 12.0 s of 15.0" in capsys.readouterr().out
    for words in ("nan,1", "7,nan", "7", "7,0", "x,y", "-1,1", "7,1.2,3"):
        with pytest.raises(SystemExit):
            main([*given, "--walk", words])


def test_the_shortest_green_of_a_program_that_adapts_is_no_walk(tmp_path: Path) -> None:
    adapts = NET.replace('type="static"', 'type="actuated"').replace(
        '"15" state="rGG"', '"15" minDur="5" maxDur="40" state="rGG"'
    )
    (tmp_path / "net.xml").write_text(adapts)
    (tmp_path / "states.xml").write_text(record([*CYCLE[:3], ("rGG", 5), ("rGr", 9), *CYCLE[5:], *CYCLE]))
    (report,) = verify(tmp_path / "net.xml", tmp_path / "states.xml", rule="plan")
    assert report.counts == only(short_walk=1)


def test_off_is_told_and_so_is_who_starts_from_it(judged: Callable[..., Report]) -> None:
    assert judged([("Grr", 9), ("Orr", 1), ("rGr", 5)], rule="plan").counts == only(off=1, start_from_off=1)
    early = [("Grr", 9), ("OOO", 3), ("rrr", 9), ("rGr", 9)]
    assert judged(early, rule="plan").counts == only(off=3, start_from_off=1)
    early[2] = ("rrr", 10)
    assert judged(early, rule="plan").counts == only(off=3)


def test_what_a_program_shows_off_may_be_off_by_it(tmp_path: Path) -> None:
    (tmp_path / "net.xml").write_text(NET.replace("<tlLogic", "<tlLogic", 1).replace(
        '<phase duration="20" state="Grr"/>', '<phase duration="5" state="ooo"/><phase duration="20" state="Grr"/>'))
    (tmp_path / "states.xml").write_text(record([*CYCLE, ("ooo", 5), *CYCLE]))
    assert verify(tmp_path / "net.xml", tmp_path / "states.xml")[0].counts == only()
    assert verify(tmp_path / "net.xml", tmp_path / "states.xml", rule="resco")[0].counts["off"] == 3


def test_a_lamp_that_flickers_and_a_yellow_too_short_for_the_speed_are_noted(tmp_path: Path) -> None:
    road = '<edge id="a"><lane id="a_0" index="0" speed="27.78" length="200"/></edge>'
    (tmp_path / "net.xml").write_text(NET.replace("<net>", f"<net>{road}"))
    rows = [("Grr", 20), ("yrr", 3), ("rrr", 3), ("Grr", 20), ("yrr", 5), ("rrr", 4), ("Grr", 20)]
    (tmp_path / "states.xml").write_text(record(rows))

    def told(rule: str) -> tuple[dict[str, int], dict[str, int]]:
        (report,) = verify(tmp_path / "net.xml", tmp_path / "states.xml", rule=rule)
        return report.counts, report.noted

    assert told("resco") == (only(), {"flicker": 1, "yellow_for_speed": 1})
    assert told("plan") == (only(short_yellow=1), {"flicker": 1, "yellow_for_speed": 1})


def test_collisions_are_read_from_sumos_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.xml").write_text(NET)
    (tmp_path / "states.xml").write_text(record(CYCLE))
    met = (
        ("junction", ":J_0_0", "a", "b", "car"),
        ("junction", ":J_0_0", "b", "a", "car"),
        ("junctionPedestrian", ":J_c0_0", "c", "p", "DEFAULT_PEDTYPE"),
        ("collision", "a_0", "x", "y", "car"),
    )
    (tmp_path / "met.xml").write_text("<collisions>" + "".join(
        f'<collision time="5" type="{kind}" lane="{lane}" collider="{one}" victim="{other}" colliderType="car" '
        f'victimType="{hit}"/>' for kind, lane, one, other, hit in met) + "</collisions>")
    given = [str(tmp_path / name) for name in ("net.xml", "states.xml")]
    assert main([*given, "--collisions", str(tmp_path / "met.xml")]) == 0
    assert "collisions at junctions: 2, of them with people on foot: 1" in capsys.readouterr().out
    assert main([*given, "--collisions", str(tmp_path / "none.xml")]) == 2


def test_what_another_program_shows_is_counted_apart_and_what_is_made_of_it_is_our_own(tmp_path: Path) -> None:
    """Link 0 is green by ours, for a second link 1 is by another program, then ours goes on from what it finds."""
    (tmp_path / "net.xml").write_text(NET)

    def shown(after: list[tuple[str, float]]) -> Report:
        parts = [("0", [("Grr", 1.0)]), ("online", [("Grr", 10.0)]), ("0", [("rGG", 1.0)]), ("online", after)]
        rows = [(state, program) for program, part in parts for state, seconds in part for _ in range(round(seconds))]
        (tmp_path / "states.xml").write_text("<tlsStates>" + "".join(
            f'<tlsState time="{t}.00" id="S" programID="{program}" state="{state}"/>'
            for t, (state, program) in enumerate(rows)) + "</tlsStates>")
        (report,) = verify(tmp_path / "net.xml", tmp_path / "states.xml", ours="online")
        return report

    careful = shown([("rGG", 8.0), ("rGr", 5.0), ("ryr", 3.0), ("rrr", 2.0), ("Grr", 5.0)])
    assert careful.counts == only()
    assert careful.by_others == only(missing_yellow=1, short_intergreen=2)
    assert (careful.violations, careful.examples) == (0, [])
    careless = shown([("Grr", 10.0)])
    assert careless.by_others == only(missing_yellow=1, short_intergreen=2)
    assert careless.counts == only(missing_yellow=1, short_intergreen=2, short_green=2)


def test_without_being_told_whose_program_it_is_everything_counts(judged: Callable[..., Report]) -> None:
    report = judged([*CYCLE, ("Grr", 6), ("rGG", 10)])
    assert report.counts["missing_yellow"] == 1
    assert report.by_others == only()
