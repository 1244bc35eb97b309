"""One intersection under the engine, without a simulator: what its loops count goes in, what its lamps show comes out.

    python examples/one_intersection.py [FOLDER] [SECONDS]
"""

import random
import sys

import signal_core as sc

intersection = sc.Intersection.from_phases(
    [["north", "south"], ["east", "west"]],
    conflicts=[("north", "east"), ("north", "west"), ("south", "east"), ("south", "west")],
    yellow_s=3, intergreen_s=6)  # loops: one at the stop line of each
engine = sc.Engine([intersection], "rrrr")
waiting, shown, draw = [0, 0, 0, 0], "rrrr", random.Random(1)
for second in range(int((sys.argv[2:] or ["120"])[0])):
    come = [int(draw.random() < flow) for flow in (0.12, 0.1, 0.1, 0.05)]
    go = [int(n > 0 and letter == "G" and second % 2 == 0) for n, letter in zip(waiting, shown, strict=True)]
    waiting = [n + a - b for n, a, b in zip(waiting, come, go, strict=True)]
    before, shown = shown, sc.decode(engine.step(come, go, [float(n > 0) for n in waiting], float(second)))
    if shown != before:
        print(f"{second:4} s  {shown}  waiting {waiting}")
