"""Where compiled kernels are kept; to be imported before anything is compiled.

What is compiled is kept beside the source, otherwise in the user's cache directory. Where neither can be written
it is kept for this process only: slow to start, but it starts.
"""

import atexit
import shutil
import tempfile

import numba


def _nothing() -> None:
    """Any function of this folder shows where numba can keep what it compiles."""


def provide_cache() -> None:
    """Find a place that can be written."""
    try:
        numba.njit(cache=True)(_nothing)
    except RuntimeError:
        folder = tempfile.mkdtemp(prefix="signal-core-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        numba.config.CACHE_DIR = folder  # type: ignore[attr-defined]


provide_cache()
