"""Where compiled kernels are kept; to be imported before anything is compiled.

What is compiled is kept beside the source, otherwise in the user's cache directory. Where neither can be written
it is kept for this process only: slow to start, but it starts. What other source than today's has left there is
removed: numba sees a change in the file of a kernel, but not one in the parts it is made of or in the records it is
given, and would run the old machine code on arrays of another layout.
"""

import ast
import atexit
import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numba

VERSION_FILE = "signal-core.version"
WHOLE = "signal_core"  # beside the modules of the kernels: the digest of all source
COMPILED = (".nbi", ".nbc")


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
            keep_current(Path(__file__).parents[1], Path(str(probe.stats.cache_path)))


def keep_current(package: Path, folder: Path) -> None:
    """Remove what is compiled in `folder` but by the source in `package`; to see that nothing has changed is quick."""
    paths = sorted(package.rglob("*.py"))
    whole = _digest([part for path in paths for part in (path.name.encode(), path.read_bytes())])
    if _read(folder / VERSION_FILE).get(WHOLE) != whole:
        keep_only({**versions(package), WHOLE: whole}, folder)


def versions(package: Path) -> dict[str, str]:
    """For each module of `package`/kernels: digest of the kernels' source it is made of and of all records' fields."""
    source = {path.stem: path.read_bytes() for path in sorted((package / "kernels").glob("*.py"))}
    parts = {name: _parts(text) & source.keys() for name, text in source.items()}
    records = _records(package)
    return {name: _digest([records, *(source[part] for part in sorted(_reachable(name, parts)))]) for name in source}


def keep_only(current: Mapping[str, str], folder: Path) -> None:
    """Remove what is compiled in `folder` but by the current version of its module. Raises OSError where it may not."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / VERSION_FILE
    kept = _read(mark)
    if kept == current:
        return
    for path in folder.iterdir():
        module = path.name.partition(".")[0]
        if path.suffix in COMPILED and (module not in current or kept.get(module) != current[module]):
            path.unlink(missing_ok=True)
    mark.write_text(json.dumps(dict(current)), encoding="ascii")


def _read(mark: Path) -> dict[str, str]:
    """The versions a folder's mark names; none where there is no mark, or one of another kind."""
    try:
        found = json.loads(mark.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _parts(text: bytes) -> set[str]:
    """Names of the kernels' modules that source imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module == "signal_core.kernels":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("signal_core.kernels."):
            found.add(str(node.module).rpartition(".")[2])
    return found


def _reachable(name: str, parts: Mapping[str, set[str]]) -> set[str]:
    """`name` and all it imports, directly or not."""
    found, ahead = {name}, [name]
    while ahead:
        new = parts[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def _records(package: Path) -> bytes:
    """Names of all classes with fields outside of the kernels, and of their fields: what arrays are handed over in."""
    lines = []
    for path in sorted(set(package.rglob("*.py")) - set((package / "kernels").glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ClassDef):
                fields = [ast.unparse(part) for part in node.body if isinstance(part, ast.AnnAssign)]
                lines.append(f"{path.stem}.{node.name}: {fields}")
    return "\n".join(lines).encode()


def _digest(texts: list[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        digest.update(b"%d:" % len(text) + text)
    return digest.hexdigest()


provide_cache()
