"""What every test may use: the maps kept beside the checkout, and hypothesis profiles."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import signal_core
from signal_core.kernels.cache import keep_only, versions

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = ROOT.parent / "shared" / "scenarios"

# Compiling outlasts any deadline, and CI must not fail by chance. HYPOTHESIS_PROFILE chooses another.
SLOW = [HealthCheck.too_slow]
CI = settings(deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("ci", CI)
settings.register_profile("nightly", CI, derandomize=False, max_examples=5000, stateful_step_count=100)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Kernels made for a test are kept beside it, and are made of parts of the engine.
KERNELS = "".join(versions(Path(signal_core.__file__).parent).values())
TESTS = ROOT / "tests" / "kernels"
keep_only({path.stem: KERNELS for path in TESTS.glob("*.py")}, TESTS / "__pycache__")


def map_folder(name: str) -> Path:
    """The folder of one of the real maps; skips the test where the maps are not there."""
    folder = SCENARIOS / name
    if not folder.is_dir():
        pytest.skip(f"the map {name} is not beside the checkout (../shared/scenarios)")
    return folder


@pytest.fixture(scope="session")
def shared_map() -> Callable[[str], Path]:
    """`shared_map("cologne1")`: that map's folder, or the test is skipped with the reason."""
    return map_folder
