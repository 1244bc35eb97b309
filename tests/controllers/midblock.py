"""A road with a crossing in the middle of it, of our own making, with those who drive and those who walk."""

from __future__ import annotations

import subprocess
from pathlib import Path

from network.sumo_package import binary

END_S = 300
PROGRAM = """<tlLogics><tlLogic id="X" type="actuated" programID="0" offset="0">
<phase duration="40" state="GGr" minDur="5" maxDur="50" next="0 1"/><phase duration="3" state="yyr"/>
<phase duration="6" state="rrG"/><phase duration="9" state="rrr"/></tlLogic></tlLogics>"""


def write_midblock(folder: Path, walks_vph: float, cars_vph: float = 500.0) -> Path:
    """The scenario's sumocfg; everything that comes is named."""
    plain = {
        "nod": '<nodes><node id="W" x="0" y="0"/><node id="X" x="250" y="0" type="traffic_light"/>'
        '<node id="E" x="500" y="0"/></nodes>',
        "edg": "<edges>" + "".join(
            f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="1" speed="13.9" sidewalkWidth="2"/>'
            for a, b in ("WX", "XE", "EX", "XW")) + "</edges>",
        "con": '<connections><crossing node="X" edges="WX XW" priority="true"/></connections>',
        "tll": PROGRAM,
    }  # fmt: skip
    for end, text in plain.items():
        (folder / f"m.{end}.xml").write_text(text, encoding="utf-8")
    net = folder / "midblock.net.xml"
    names = (("node", "nod"), ("edge", "edg"), ("connection", "con"))
    files = [word for kind, end in names for word in (f"--{kind}-files", str(folder / f"m.{end}.xml"))]
    subprocess.run([binary("netconvert"), *files, "-o", str(net)], check=True, capture_output=True)
    _give_program(net)
    walks = (f'<personFlow id="p" begin="20" end="{END_S - 60}" perHour="{walks_vph}" departPos="230">'
             '<walk from="WX" to="EX" arrivalPos="200"/></personFlow>') if walks_vph else ""  # fmt: skip
    flows = "".join(f'<flow id="{a}" begin="0" end="{END_S}" from="{a}" to="{b}" vehsPerHour="{cars_vph}"/>'
                    for a, b in (("WX", "XE"), ("EX", "XW")))  # fmt: skip
    (folder / "midblock.rou.xml").write_text(f"<routes>{flows}{walks}</routes>", encoding="utf-8")
    config = folder / "midblock.sumocfg"
    config.write_text(
        '<configuration><input><net-file value="midblock.net.xml"/><route-files value="midblock.rou.xml"/></input>'
        "</configuration>", encoding="utf-8")  # fmt: skip
    return config


def _give_program(net: Path) -> None:
    """netconvert's own program, replaced by one that calls the crossing on demand."""
    text = net.read_text(encoding="utf-8")
    start, end = text.index("<tlLogic"), text.index("</tlLogic>") + len("</tlLogic>")
    own = PROGRAM.removeprefix("<tlLogics>").removesuffix("</tlLogics>")
    net.write_text(text[:start] + own + text[end:], encoding="utf-8")
