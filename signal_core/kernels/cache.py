"""Where compiled kernels are kept; to be imported before anything is compiled.

What is compiled is kept beside the source, otherwise in the user's cache directory. Where neither can be written
it is kept for this process only: slow to start, but it starts. What another version of the engine has left there is
removed: numba sees a change in the file of a kernel, but not one in the parts it is made of, and would run the old
machine code on arrays of another layout.
"""

import atexit
import contextlib
import hashlib
import shutil
import tempfile
from pathlib import Path

import numba

VERSION_FILE = "signal-core.version"
COMPILED = ("*.nbi", "*.nbc")


def _nothing() -> None:
    """Any function of this folder shows where numba can keep what it compiles."""


def provide_cache() -> None:
    """Find a place that can be written, and have nothing in it but what this version has compiled."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return
    try:
        probe = numba.njit(cache=True)(_nothing)
    except RuntimeError:
        folder = tempfile.mkdtemp(prefix="signal-core-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        numba.config.CACHE_DIR = folder  # type: ignore[attr-defined]
    else:
        with contextlib.suppress(OSError):
            keep_only(source_version(Path(__file__).parents[1]), Path(str(probe.stats.cache_path)))


def source_version(package: Path) -> str:
    """Digest of every source file below `package`."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def keep_only(version: str, folder: Path) -> None:
    """Remove what is compiled in `folder` unless `version` has compiled it. Raises OSError where it may not."""
    mark = folder / VERSION_FILE
    if mark.is_file() and mark.read_text(encoding="ascii") == version:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in COMPILED:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    mark.write_text(version, encoding="ascii")


provide_cache()
