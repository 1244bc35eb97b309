"""From a scenario to one run of SUMO: a configuration of our own in which every output has its place in the
run's folder, so that nothing is ever written beside the user's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from scenarios.config import INPUTS, Scenario, seconds, split_list
from scenarios.private_copies import NO_FILE, Outputs, PrivateCopies
from scenarios.switching import signals_with_programs

OUTPUT_ENDINGS = ("-output", ".output")
OUTPUTS = frozenset(
    {
        "netstate-dump",
        "log",
        "message-log",
        "device.ssm.file",
        "device.toc.file",
        "save-state.prefix",
        "save-state.files",
        "pedestrian.jupedsim.wkt",
        "pedestrian.jupedsim.py",
    }
)
# would take trips out of the count; why is said to the user
TAKES_TRIPS_OUT = {
    "max-depart-delay": "SUMO writes nothing of the trips it gives up, and every scheduled trip counts",
}
# would change our own outputs or the seed, or make SUMO wait for a client
DROPPED = frozenset(
    {
        *TAKES_TRIPS_OUT,
        "random",
        "remote-port",
        "num-clients",
        "error-log",
        "output-prefix",
        "output-suffix",
        "output.compression",
        "output.format",
        "output.column-header",
        "output.column-separator",
        "human-readable-time",
        "device.tripinfo.probability",
        "device.tripinfo.explicit",
        "device.tripinfo.deterministic",
        "save-configuration",
        "save-template",
        "save-schema",
        "configuration-file",
    }
)
TRIPINFO, STATISTICS, SHOWN_STATES = "tripinfo.xml", "statistics.xml", "tlsstates.xml"
COLLISIONS = "collisions.xml"
CHECKS_JUNCTIONS = "collision.check-junctions"
LOG = "sumo.log"
LOOKS = "gui-settings-file"
"""How a window looks, which no run depends on; left out where it is missing."""
NOTHING: Mapping[str, str] = MappingProxyType({})


def sumo_args(
    scenario: Scenario,
    run_dir: str | Path,
    seed: int,
    additional: Sequence[str | Path] = (),
    signal_ids: Sequence[str] = (),
    recorded: Mapping[str, str] = NOTHING,
) -> list[str]:
    """Options for SUMO (without the program name) for one run of ``scenario``.

    Writes run.sumocfg and what it needs into ``run_dir``. ``additional`` files are loaded after the
    scenario's own, so programs in them win, and no WAUT of the scenario switches such a signal back. The shown
    states of ``signal_ids`` are recorded every step. ``recorded`` are the options of
    `scenarios.recording`; they win over the scenario's own.
    """
    folder = Path(run_dir).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    outputs = Outputs(folder / "outputs")
    copies = PrivateCopies(folder / "inputs", outputs, signals_with_programs(additional))
    options = _redirected(scenario.options, outputs)
    options["net-file"] = copies.of(scenario.net_file)
    options["route-files"] = ",".join(copies.of(path) for path in scenario.route_files)
    ours = [*map(str, additional), *_record_states(folder, signal_ids)]
    options["additional-files"] = ",".join([*map(copies.of, scenario.additional_files), *ours])
    wanted = {**_own_options(folder, seed), **recorded}
    how = tuple(f"{name}." for name in wanted if _is_output(name))  # how a file of ours is written is for us to say
    options = {name: value for name, value in options.items() if not name.startswith(how)} | wanted
    config = folder / "run.sumocfg"
    config.write_text(_configuration(options), encoding="utf-8")
    return ["--configuration-file", str(config), "--error-log", str(folder / LOG)]


def left_out(scenario: Scenario) -> list[str]:
    """A line for each option of the scenario that the runs do without, where that changes what they measure."""
    given = {name: scenario.options.get(name, "-1") for name in TAKES_TRIPS_OUT}
    return [f"{name} is left out: {TAKES_TRIPS_OUT[name]}" for name, value in given.items() if seconds(value) >= 0.0]


def _own_options(folder: Path, seed: int) -> dict[str, str]:
    return {
        "seed": str(seed),
        "tripinfo-output": str(folder / TRIPINFO),
        "tripinfo-output.write-unfinished": "true",
        "tripinfo-output.write-undeparted": "true",
        "statistic-output": str(folder / STATISTICS),
        "collision-output": str(folder / COLLISIONS),
        "no-step-log": "true",
    }


def _redirected(options: Mapping[str, str], outputs: Outputs) -> dict[str, str]:
    kept = {name: value for name, value in options.items() if name not in DROPPED}
    if not all(Path(path).is_file() for path in split_list(kept.get(LOOKS, ""))):
        del kept[LOOKS]
    for name, value in kept.items():
        if _is_output(name):
            kept[name] = ",".join(one if one in NO_FILE else outputs.place(one) for one in value.split(","))
    return kept


def _is_output(name: str) -> bool:
    return name.endswith(OUTPUT_ENDINGS) or name in OUTPUTS


def _record_states(folder: Path, signal_ids: Sequence[str]) -> list[str]:
    if not signal_ids:
        return []
    dest = quoteattr(str(folder / SHOWN_STATES))
    events = (
        f'    <timedEvent type="SaveTLSStates" source={quoteattr(i)} dest={dest}/>\n' for i in signal_ids
    )
    path = folder / "record_states.add.xml"
    path.write_text(f"<additional>\n{''.join(events)}</additional>\n", encoding="utf-8")
    return [str(path)]


def _configuration(options: Mapping[str, str]) -> str:
    lines = (
        f"        <{name} value={quoteattr(_encoded(name, value))}/>\n"
        for name, value in options.items()
        if value
    )
    return f"<sumoConfiguration>\n    <options>\n{''.join(lines)}    </options>\n</sumoConfiguration>\n"


def _encoded(name: str, value: str) -> str:
    """SUMO decodes URL escapes in the paths of a configuration."""
    return quote(value, safe="/,:\\~+=@()[]!'&#$*?") if name in INPUTS or _is_output(name) else value
