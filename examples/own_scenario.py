"""A scenario made in Python, two controllers on it, and what came out, as data.

    python examples/own_scenario.py [FOLDER]
"""

import subprocess
import sys
from pathlib import Path

import sumolib

import bench

FLOWS = """<routes>
    <flow id="row" from="left0A0" to="B0right0" begin="0" end="{end_s}" vehsPerHour="700"/>
    <flow id="column" from="bottom0A0" to="A0top0" begin="0" end="{end_s}" vehsPerHour="350"/>
    <flow id="other" from="top1B0" to="B0bottom1" begin="0" end="{end_s}" vehsPerHour="350"/>
</routes>
"""


def make(folder: Path, end_s: int) -> tuple[Path, Path]:
    """Two signals in a row, by SUMO's own tool, and three streams through them."""
    net, flows = folder / "two.net.xml", folder / "two.rou.xml"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sumolib.checkBinary("netgenerate"), "--grid", "--grid.x-number", "2", "--grid.y-number", "1",
                    "--grid.length", "200", "--grid.attach-length", "300", "--default-junction-type", "traffic_light",
                    "--output-file", str(net)], check=True, stdout=subprocess.DEVNULL)
    flows.write_text(FLOWS.format(end_s=end_s))
    return net, flows


def main(folder: Path, end_s: int = 600) -> bench.Comparison:
    net, flows = make(folder, end_s)
    found = bench.compare(net, ["fixed", "adaptive"], seeds=[1, 2],
                          options=bench.Options(routes=[flows], end=end_s), output=folder / "results")
    for name, delays_s in found.figures("delay_s").items():
        print(f"{name:10} delay per trip {', '.join(f'{delay:.1f} s' for delay in delays_s)}")
    print(f"adaptive against fixed: {found.summary['adaptive']['delay_change_pct']:+.1f} %")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "own-scenario").absolute(), int((sys.argv[2:] or ["600"])[0]))
