"""A controller of one's own: nothing of the project is changed, it is named by its module and class.

    python examples/own_controller.py [FOLDER]

or, in the folder of this file, with any scenario:

    signal-core compare my.sumocfg -c fixed,own_controller:GapOut
"""

import sys
from pathlib import Path

import numpy as np
from own_scenario import make

import bench
from controllers.base import EngineController, IntArray, Observation, Site

LEAST_S, MOST_S, GAP_S = 8, 40, 3
GREEN = frozenset("Gg")


class GapOut(EngineController):
    """A phase goes on while somebody is on a stop-line loop of it, within bounds; then the next one of the program."""

    def start(self, site: Site) -> None:
        self.site = site
        self.shown_s = np.zeros(len(site.signals))
        self.empty_s = np.zeros(len(site.signals))
        self.loops = [[stop_loops(site, i, phase.state) for phase in signal.phases]
                      for i, signal in enumerate(site.signals)]

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        changes = 0
        for i, loops in enumerate(self.loops):
            self.shown_s[i] += 1
            empty = not (seen.occupancy[loops[wanted[i]]] > 0.0).any()
            self.empty_s[i] = self.empty_s[i] + 1 if empty else 0
            if self.shown_s[i] >= MOST_S or (self.shown_s[i] >= LEAST_S and self.empty_s[i] >= GAP_S):
                wanted[i] = (wanted[i] + 1) % len(loops)
                self.shown_s[i] = self.empty_s[i] = 0
                changes += 1
        return changes


def stop_loops(site: Site, i: int, state: str) -> list[int]:
    """The loops at the stop lines of lanes that have green in this state."""
    lanes = site.layout.lane_loops[site.signals[i].id]
    return [each.stop for each in lanes if each.stop >= 0 and any(state[j] in GREEN for j in each.lane.links)]


def main(folder: Path, end_s: int = 600) -> bench.Comparison:
    net, flows = make(folder, end_s)
    found = bench.compare(net, ["fixed", "own_controller:GapOut"], seeds=[1],
                          options=bench.Options(routes=[flows], end=end_s), output=folder / "results")
    for name, row in found.summary.items():
        print(f"{name:24} delay per trip {row['delay_s']:.1f} s")
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "own-controller").absolute(), int((sys.argv[2:] or ["600"])[0]))
