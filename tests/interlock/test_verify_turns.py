"""The checker of recorded states: lights that are shared, and turns that wait inside the junction."""

from __future__ import annotations

from pathlib import Path

from bench.audit.layouts import read_layouts
from bench.audit.requirements import required
from bench.audit.state_record import read_programs
from bench.audit.verify_states import verify

from .test_verify_states import record

SHARED_NET = """<net>
    <edge id=":J_c0" function="crossing"><lane id=":J_c0_0" index="0" speed="1" length="8"/></edge>
    <edge id=":J_w0" function="walkingarea"><lane id=":J_w0_0" index="0" speed="1" length="2"/></edge>
    <tlLogic id="S" type="static" programID="0" offset="0">
        <phase duration="20" state="Gr"/>
        <phase duration="3" state="yr"/>
        <phase duration="15" state="rG"/>
        <phase duration="3" state="ry"/>
    </tlLogic>
    <junction id="J" type="traffic_light" incLanes="a_0 e_0 :J_w0_0" intLanes=":J_0_0 :J_2_0 :J_c0_0">
        <request index="0" response="110" foes="110" cont="0"/>
        <request index="1" response="000" foes="001" cont="0"/>
        <request index="2" response="000" foes="001" cont="0"/>
    </junction>
    <connection from="a" to="c" fromLane="0" toLane="0" via=":J_0_0" tl="S" linkIndex="0" dir="s" state="o"/>
    <connection from="e" to="f" fromLane="0" toLane="0" via=":J_2_0" tl="S" linkIndex="1" dir="s" state="o"/>
    <connection from=":J_w0" to=":J_c0" fromLane="0" toLane="0" tl="S" linkIndex="1" dir="s" state="M"/>
</net>
"""


def test_a_light_that_walkers_and_cyclists_share_owes_both(tmp_path: Path) -> None:
    """8 m at 1.2 m/s and 7 s of walk, whoever rides there; and a yellow, as for vehicles."""
    net = tmp_path / "net.xml"
    net.write_text(SHARED_NET)
    layout = read_layouts(net)["S"]
    assert (layout.shared, layout.walking, layout.way_m) == ({1}, set(), {1: 8.0})
    need = required(read_programs([net])["S"][0], layout, "plan")
    assert (need.walk[1], need.walk_clear[1], need.yellow[1]) == (7000, 7000, 3000)


TURN_NET = """<net>
    <tlLogic id="S" type="static" programID="0" offset="0">
        <phase duration="20" state="gGr"/>
        <phase duration="3" state="yyr"/>
        <phase duration="2" state="rrr"/>
        <phase duration="15" state="rrG"/>
        <phase duration="3" state="rry"/>
        <phase duration="2" state="rrr"/>
    </tlLogic>
    <junction id="J" type="traffic_light" incLanes="a_0 b_0 c_0" intLanes=":J_3_0 :J_1_0 :J_2_0">
        <request index="0" response="110" foes="110" cont="1"/>
        <request index="1" response="100" foes="101" cont="0"/>
        <request index="2" response="000" foes="011" cont="0"/>
    </junction>
    <connection from="a" to="d" fromLane="0" toLane="0" via=":J_0_0" tl="S" linkIndex="0" dir="l" state="o"/>
    <connection from="b" to="d" fromLane="0" toLane="0" via=":J_1_0" tl="S" linkIndex="1" dir="s" state="o"/>
    <connection from="c" to="e" fromLane="0" toLane="0" via=":J_2_0" tl="S" linkIndex="2" dir="s" state="o"/>
    <connection from=":J_0" to="d" fromLane="0" toLane="0" via=":J_3_0" dir="l" state="o"/>
</net>
"""
TURNS = [("gGr", 20), ("yyr", 3), ("rrr", 2), ("rrG", 15), ("rry", 3), ("rrr", 2)]


def traps(tmp_path: Path, rows: list[tuple[str, float]], net: str = TURN_NET, rule: str = "plan") -> int:
    (tmp_path / "net.xml").write_text(net)
    (tmp_path / "states.xml").write_text(record(rows, program="online"))
    (report,) = verify(tmp_path / "net.xml", tmp_path / "states.xml", rule=rule)
    return report.counts["yellow_trap"]


def test_a_turn_that_ends_while_the_traffic_against_it_goes_on_is_a_yellow_trap(tmp_path: Path) -> None:
    assert traps(tmp_path, TURNS * 3) == 0
    alone = [("gGr", 20), ("yGr", 3), ("rGr", 10), *TURNS[1:], *TURNS]
    assert traps(tmp_path, alone) == traps(tmp_path, alone, rule="program") == 1
    assert traps(tmp_path, alone, rule="resco") == 0
    assert traps(tmp_path, [("GGr", 20), *alone[1:]]) == 0, "it had priority at its end"
    at_the_line = TURN_NET.replace("via=\":J_3_0\" dir", "dir")
    assert traps(tmp_path, alone, at_the_line) == 0, "who waits before the line is not caught"
    own = TURN_NET.replace("""        <phase duration="3" state="yyr"/>
""", """        <phase duration="3" state="yGr"/>
        <phase duration="9" state="rGr"/>
        <phase duration="3" state="ryr"/>
""")
    assert traps(tmp_path, alone, own) == 0, "the program has it so"
