"""Files from users and strangers: there, no pipe or device, of a size that can be; one line says what is wrong."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import os
import re
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from network.errors import ScenarioError

GZIP_MAGIC = b"\x1f\x8b"
MOST_UNPACKED_BYTES = 1 << 30
"""Of a file that is read as a whole. The network of a city of 1,600 signals takes 1/27 of it."""
MOST_TEXT_BYTES = 64 << 20
MOST_FIELD = 10_000
KINDS = ((stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
         (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"))  # fmt: skip


def require_file(path: str | Path, advice: str = "give a file") -> None:
    """ScenarioError where there is none, or something that cannot be read to its end, such as a pipe."""
    try:
        found = Path(path).stat()
        mode = found.st_mode
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ScenarioError(f"{path}: {reason}; {advice}") from error
    if not stat.S_ISREG(mode):
        kind = next((name for is_one, name in KINDS if is_one(mode)), "no file")
        raise ScenarioError(f"{path}: {kind} instead of a file; {advice}")
    if found.st_size == 0 and _gives_more(path):
        raise ScenarioError(f"{path}: the system's own, without an end, instead of a file; {advice}")


def _gives_more(path: str | Path) -> bool:
    """Whether a file that says it is empty is not, or has its reader wait, as those of /proc."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False  # said where it is read
    try:
        return bool(os.read(descriptor, 1))
    except OSError:
        return True
    finally:
        os.close(descriptor)


@contextmanager
def unpacked(path: str | Path, advice: str = "give a file") -> Iterator[IO[bytes]]:
    """A file's content as a stream, unpacked where it is gzipped; ScenarioError where it cannot be read."""
    require_file(path, advice)
    try:
        with Path(path).open("rb") as stream:
            is_packed = stream.read(2) == GZIP_MAGIC
            stream.seek(0)
            if not is_packed:
                yield stream
                return
            with gzip.GzipFile(fileobj=stream) as content:
                yield io.BufferedReader(content)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ScenarioError(f"{path}: {reason}; {advice}") from error


def read_unpacked(path: str | Path, advice: str = "give a file", most: int = MOST_UNPACKED_BYTES) -> bytes:
    """All of a file, unpacked where it is gzipped; ScenarioError beyond ``most`` bytes."""
    with unpacked(path, advice) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise ScenarioError(f"{path}: longer than {most >> 20} MiB, unpacked; no real one is; {advice}")
    return data


def read_text(path: Path, advice: str) -> str:
    """A text in UTF-8, with or without a byte order mark; ScenarioError where it is none or too long."""
    data = read_unpacked(path, advice, MOST_TEXT_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not text in UTF-8 (byte {error.start}); {advice}") from error


MARK = "\ufeff"
"""The byte order mark, at the begin of a file."""


def read_rows(path: Path, columns: tuple[str, ...], advice: str,
              spellings: Mapping[str, str] | None = None) -> Iterator[tuple[int, dict[str, str]]]:
    """Number of the line and cells of each row of a CSV that has these columns; ScenarioError names file and line.

    Cells are parted by what parts the first line: comma, semicolon or tab. spellings: other names of columns, in small
    letters and digits alone, with the name that each stands for.
    """
    with unpacked(path, advice) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        lines = _lines(path, text, advice)
        try:
            head = next(lines, "")
            reader = csv.reader(itertools.chain([head], lines), delimiter=max(",;\t", key=head.count))
            first = next(reader, [])
            names = [_column(name, columns, spellings or {}) for name in first]
            lacking = [name for name in columns if name not in names]
            if lacking:
                raise ScenarioError(f"{path}: no column {lacking[0]} in its first line; {advice}")
            for cells in reader:
                if cells and cells[0].lstrip(MARK) == first[0] and cells[1:] == first[1:]:
                    continue  # another file was put behind this one, its first line and all
                if len(cells) >= len(names):
                    yield reader.line_num, dict(zip(names, cells, strict=False))
                elif any(cells):
                    here = f"{path}:{reader.line_num}"
                    raise ScenarioError(f"{here}: {len(cells)} cells instead of {len(names)}; {advice}")
        except csv.Error as error:
            raise ScenarioError(f"{path}:{reader.line_num}: {error}; {advice}") from error
        finally:
            text.detach()


def _column(name: str, columns: tuple[str, ...], spellings: Mapping[str, str]) -> str:
    """The name of ours that a column's name stands for, or its own."""
    plain = re.sub("[^a-z0-9]", "", name.lower())
    known = {column.lower(): column for column in columns}
    return known.get(plain) or spellings.get(plain, name.strip())


@contextmanager
def writing(path: str | Path, advice: str = "make room, or choose another place with -o") -> Iterator[None]:
    """What goes wrong while ``path`` is written, as a ScenarioError that names it."""
    try:
        yield
    except OSError as error:
        raise ScenarioError(f"{error.filename or path}: {error.strerror or error}; {advice}") from error


def _lines(path: Path, text: io.TextIOWrapper, advice: str) -> Iterator[str]:
    """Lines of a length that can be."""
    try:
        for number in itertools.count(1):
            line = text.readline(MOST_FIELD)
            if not line:
                return
            if len(line) == MOST_FIELD and not line.endswith("\n"):
                raise ScenarioError(f"{path}:{number}: a line longer than {MOST_FIELD} characters; {advice}")
            yield line
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not text in UTF-8 (byte {error.start} of a block); {advice}") from error
