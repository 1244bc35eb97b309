"""A scenario from outside, as SUMO itself reads it: every option resolved, every input path absolute."""

from __future__ import annotations

import codecs
import math
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from network.errors import ScenarioError
from network.files import MOST_TEXT_BYTES, MOST_UNPACKED_BYTES, read_unpacked
from network.sumo_package import binary, error_lines, run_program
from scenarios.inputs import NO_LIMIT, require_input, root_of

# SUMO takes a configuration under any root; these are what users mix it up with
NOT_A_SCENARIO = frozenset(
    {"routes", "additional", "nodes", "edges", "connections", "netconvertConfiguration"}
)
INPUTS = frozenset(
    {
        "net-file",
        "route-files",
        "additional-files",
        "weight-files",
        "load-state",
        "gui-settings-file",
        "edgedata-files",
        "alternative-net-file",
        "selection-file",
        "device.fcd-replay.files",
        "fcd-output.filter-edges.input-file",
        "device.ssm.filter-edges.input-file",
        "astar.all-distances",
        "astar.landmark-distances",
        "phemlight-path",
    }
)
MUST_EXIST = ("net-file", "route-files", "additional-files")
FOLDERS = frozenset({"phemlight-path"})
RESOLVE_WITHIN_S = 60.0
"""SUMO takes a tenth of a second to read its options."""
VALUE = re.compile(rb"""(\b(?:value|v)\s*=\s*["']|>)([^"'<>]*[^"'<>\s][^"'<>]*)(["']|</)""")
"""An option's value in a configuration, as attribute or as text."""
UNSET = re.compile("Could not set option '[^']")
"""SUMO says so, leaves the option out, and goes on; of one that is written as text it says so without a name."""
VARIABLE = re.compile(r"\$\{(.+?)\}")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ENCODING = re.compile(r"""(?<=<\?xml)([^>]*?)\s+encoding\s*=\s*["'][^"']*["']""")
NUMBER = " 0123456789.:+-"
BLANKS = re.compile(r"\s*,\s*")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A world to run in. ``options`` are SUMO's own names and values; input files are absolute paths."""

    name: str
    source: str
    options: Mapping[str, str]

    @property
    def net_file(self) -> str:
        """Absolute path of the network."""
        return self.options["net-file"]

    @property
    def additional_files(self) -> tuple[str, ...]:
        """Absolute paths, in the order SUMO loads them."""
        return split_list(self.options.get("additional-files", ""))

    @property
    def route_files(self) -> tuple[str, ...]:
        """Absolute paths, in the order SUMO loads them."""
        return split_list(self.options.get("route-files", ""))

    @property
    def begin_s(self) -> float:
        """First second."""
        return seconds(self.options.get("begin", "0"))

    @property
    def end_s(self) -> float | None:
        """Last second; None where the scenario ends when its network is empty."""
        end = seconds(self.options.get("end", "-1"))
        return end if end >= 0 else None

    @property
    def step_s(self) -> float:
        """SUMO's step length."""
        return seconds(self.options.get("step-length", "1"))


def load_scenario(
    source: str | Path,
    routes: Sequence[str] = (),
    additional: Sequence[str] = (),
    begin: str | None = None,
    end: str | None = None,
    sumo_options: Sequence[str] = (),
) -> Scenario:
    """Read a .sumocfg, or a .net.xml with routes, plain or gzipped; ScenarioError says what is wrong."""
    path = Path(source).absolute()
    root = root_of(path) or "nothing"
    for time, option in ((begin, "-b"), (end, "-e")):
        seconds(time or "0", option)
    given = _given(routes, additional, begin, end, sumo_options)
    if root in NOT_A_SCENARIO:
        raise ScenarioError(
            f"{source}: neither a SUMO configuration nor a network (its root is <{root}>); "
            "give a .sumocfg, or a .net.xml with -r ROUTES"
        )
    options = (_cleaned(_resolve(path, ["--net-file", str(path), *given])) if root == "net"
               else _resolve_config(path, given))  # fmt: skip
    _check_files(source, options)
    _check_times(source, options)
    return Scenario(_name(path), str(path), options)


def seconds(text: str, option: str = "") -> float:
    """A SUMO time in seconds: ``3600``, ``1:00:00``, or ``1:00:00:00`` with days. -1 stays negative.

    ``option``: what the text was given for, named in the ScenarioError where it is no time.
    """
    parts = text.lstrip().split(":")
    try:
        values = [float(part) for part in parts] if text == text.rstrip() else []
    except ValueError:
        values = []
    if len(values) not in (1, 3, 4) or not all(map(math.isfinite, values)):
        raise ScenarioError(f"{option} '{text}' is not a time; give seconds or h:m:s".lstrip())
    factors = (86400.0, 3600.0, 60.0, 1.0)[-len(values) :]
    return sum(value * factor for value, factor in zip(values, factors, strict=True))


def split_list(value: str) -> tuple[str, ...]:
    """The entries of one of SUMO's list options."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _given(
    routes: Sequence[str],
    additional: Sequence[str],
    begin: str | None,
    end: str | None,
    sumo_options: Sequence[str],
) -> list[str]:
    pairs = (
        ("--route-files", ",".join(_absolute(routes))),
        ("--additional-files", ",".join(_absolute(additional))),
        ("--begin", begin),
        ("--end", end),
    )
    named = [word for name, value in pairs if value for word in (name, value)]
    return named + [BLANKS.sub(",", word) for word in sumo_options]


def _absolute(paths: Sequence[str]) -> list[str]:
    return [os.path.abspath(one) for path in paths for one in split_list(path)]


def _resolve_config(path: Path, given: Sequence[str]) -> dict[str, str]:
    data = read_unpacked(path, "give the path of a .sumocfg", MOST_TEXT_BYTES)
    plain = _spelled_out(data)
    if plain == path.read_bytes():
        return _cleaned(_resolve(path, ["--configuration-file", str(path), *given]))
    # SUMO saves a packed or unusually spelled configuration as no path can be read: spell it out below a root
    # mirroring its place, then cut the root off
    with tempfile.TemporaryDirectory() as root:
        copy = Path(root + str(path)).with_suffix(".sumocfg")
        copy.parent.mkdir(parents=True)
        copy.write_bytes(plain)
        options = _resolve(path, ["--configuration-file", str(copy), *given])
        return _cleaned({name: value.replace(f"{root}{os.sep}", os.sep) for name, value in options.items()})


def _spelled_out(data: bytes) -> bytes:
    """A configuration with its ${VARIABLES} filled in and its lists without the blanks that SUMO skips."""
    if data[:2] in UTF_16:
        text = ENCODING.sub(r"\1", data.decode("utf-16", errors="replace"), count=1)
        data = text.encode("utf-8")
    return VALUE.sub(lambda found: found[1] + _as_written(found[2]) + found[3], data)


def _as_written(value: bytes) -> bytes:
    """A value spelled out; bytes that are no text stay what they are, SUMO says so."""
    return _without_blanks(_filled(value.decode(errors="surrogateescape"))).encode(errors="surrogateescape")


def _without_blanks(value: str) -> str:
    """Without those around the entries of a list, but behind a number, where SUMO takes none."""
    return BLANKS.sub(",", value).strip() if value.strip(NUMBER) else value


def _filled(value: str) -> str:
    """With ${VARIABLES} of the environment, as SUMO fills them in; one that is not set is empty."""
    return VARIABLE.sub(lambda found: os.environ.get(found[1], ""), value)


def _resolve(path: Path, arguments: Sequence[str]) -> dict[str, str]:
    """Let SUMO itself read the options; it knows its synonyms, defaults and relative paths."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "saved.sumocfg"
        command = [binary("sumo"), *arguments, "--save-configuration", str(saved)]
        try:
            done = run_program(command, RESOLVE_WITHIN_S)
        except subprocess.TimeoutExpired:
            raise ScenarioError(
                f"{path}: SUMO has not read it within {RESOLVE_WITHIN_S:g} s; look at the files that it names"
            ) from None
        said = error_lines(done.stderr).replace(" Could not parse commandline options.", "")
        if done.returncode != 0 or not saved.is_file() or UNSET.search(said):
            raise ScenarioError(f"{path}: {said or 'SUMO cannot read it'}")
        sections = ElementTree.parse(saved).getroot()
    return {option.tag: option.get("value", "") for section in sections for option in section}


def _cleaned(options: Mapping[str, str]) -> dict[str, str]:
    return {name: _clean(name, value) for name, value in options.items()}


def _clean(name: str, value: str) -> str:
    """SUMO saves paths URL-encoded, and leaves ${VARIABLES} of the command line to be filled in."""
    filled = _filled(value)
    if name not in INPUTS:
        return filled
    return ",".join(_decoded(path) for path in _absolute([unquote(filled)]))


def _decoded(path: str) -> str:
    """A path may be URL-encoded in the configuration itself, too; SUMO decodes it whatever else there is."""
    return unquote(path) if Path(unquote(path)).exists() else path


def _check_files(source: str | Path, options: Mapping[str, str]) -> None:
    if "net-file" not in options:
        raise ScenarioError(f'{source}: names no net-file; add <net-file value="..."/> to its <input>')
    for name in INPUTS & options.keys():
        for path in split_list(options[name]):
            if name in MUST_EXIST and not Path(path).exists():
                raise ScenarioError(f"{path}: no such file; {source} gives it as {name}")
            if name in MUST_EXIST and Path(path).is_dir():
                raise ScenarioError(f"{path}: a directory; {source} gives it as {name}, perhaps by a comma too many")
            if Path(path).exists() and name not in FOLDERS:
                require_input(path, MOST_UNPACKED_BYTES if name == "net-file" else NO_LIMIT)


def _check_times(source: str | Path, options: Mapping[str, str]) -> None:
    for name in ("begin", "end", "step-length"):
        if name in options:
            try:
                value_s = seconds(options[name])
            except ScenarioError as error:
                raise ScenarioError(f"{source}: {name}: {error}") from error
            if name == "begin" and value_s < 0.0:
                raise ScenarioError(f"{source}: begin: {value_s:g} s is negative; give 0 or more with -b")
    begin_s, end_s = seconds(options.get("begin", "0")), seconds(options.get("end", "-1"))
    if 0.0 <= end_s <= begin_s:
        raise ScenarioError(f"{source}: end: {end_s:g} s is not after the begin, {begin_s:g} s; "
                            "give a later one with -e")


def _name(path: Path) -> str:
    return re.sub(r"(\.gz|\.sumocfg|\.sumo|\.cfg|\.net|\.xml)+$", "", path.name) or path.name
