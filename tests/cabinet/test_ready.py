"""Once the engine is said to be ready nothing is loaded or compiled any more: a second has a deadline."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
import numpy as np
from controllers.cabinet.decider import Decider
from controllers.cabinet.direct import DirectDecider
from tests.cabinet.sites import crossing_site, look
from dataclasses import replace

def loaded():
    found = {f"{m}.{n}": len(f.signatures) for m, module in sorted(sys.modules.items()) if m.startswith("signal_core")
             for n, f in vars(module).items() if hasattr(f, "signatures")}
    return {name: n for name, n in found.items() if n}

site = crossing_site().signals[0]
decider = (DirectDecider if sys.argv[1] == "direct" else Decider)(site)
before = loaded()
assert before, "no kernel was found"
for second, green, phase in ((0, {1, 2}, {1}), (1, {1, 2}, {1}), (2, set(), set()), (3, {3}, {2}), (4, {3}, {2})):
    decider.see(replace(look(second, green), greens=frozenset(phase)))
    if second == 1:
        decider.take_over(0)
    if second > 1 and sys.argv[1] == "direct":
        decider.propose()
after = loaded()
print(*sorted(set(after.items()) - set(before.items())))
"""


def _late(kind: str) -> str:
    done = subprocess.run([sys.executable, "-c", LOADED, kind], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_by_phases_nothing_is_loaded_after_the_engine_is_ready() -> None:
    assert _late("phases") == ""


def test_by_groups_nothing_is_loaded_after_the_engine_is_ready() -> None:
    assert _late("direct") == ""
