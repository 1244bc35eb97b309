"""``signal-core live``: signals in the browser and for other machines, running or recorded. Read only."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.cli.announcing import add_sender_options, sender_of
from network.errors import ScenarioError
from network.files import writing

PORT, MOST_PORT = 8899, 65_535
PACKAGES = ("fastapi", "uvicorn", "paho", "pyarrow")
"""More is imported where it is needed: beside a cabinet there is no SUMO."""
KEEP_S = 900.0


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "live",
        help="signals in the browser and for other machines, running or recorded; read only",
        description="Show signals in the browser: a map, what they show, mean to show and why; and tell other machines "
        "by REST, server-sent events and MQTT. Give a results folder (playback), a .sumocfg, "
        "which is run live, or a site file, whose cabinet process runs on this machine.",
    )
    parser.add_argument("source", metavar="CFG|DIR|SITE",
                        help="a .sumocfg, what compare or run wrote into, or the site file of a cabinet process")
    parser.add_argument("-c", "--controller", default="adaptive", metavar="NAME", help="default: adaptive")
    parser.add_argument("--seed", default="1", metavar="N", help="default: 1")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X",
                        help="of a live run: its seconds in one of ours (default 1; 0: as fast as it goes)")
    parser.add_argument("--at", metavar="LAT,LON", help="where (0, 0) lies, of a network without a projection")
    parser.add_argument("--corridor", metavar="FROM,TO", help="edges between which time and space are drawn")
    _add_serving(parser)
    add_sender_options(parser)
    parser.set_defaults(command=command)


def _add_serving(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("who may look")
    group.add_argument("--host", action="append", metavar="ADDRESS",
                       help="address to listen on, IPv4 or IPv6, may be repeated (default: 127.0.0.1 and ::1)")
    group.add_argument("--port", type=int, default=PORT, metavar="N", help=f"default: {PORT}; 0: a free one")
    group.add_argument("--tokens", metavar="FILE", help="tokens by scope and limits (TOML); needed beyond this machine")
    group.add_argument("--tls", metavar="CERT,KEY", help="files of a certificate and its key")
    group.add_argument("--mqtt", metavar="URL", help="publish to a broker, too: mqtt[s]://[USER:PASSWORD@]HOST[:PORT]")
    group.add_argument("--mqtt-ca", metavar="FILE", help="authority that signed the broker's certificate")
    group.add_argument("--parquet", metavar="FILE", help="write a recorded run as Parquet, and end")


def command(given: argparse.Namespace) -> int:
    """Serve what the options name until interrupted, by Ctrl-C or by who manages services: both clean up."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        return _command(given)
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _frame: Any) -> None:
    sys.exit(128 + number)


def _command(given: argparse.Namespace) -> int:
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise ScenarioError(f"live needs {', '.join(missing)}: pip install 'signal-core[sumo,live]'")
    given.serving = _serving(given)
    if given.source.endswith(".toml") and not given.parquet:
        return _cabinet(given)
    from bench.cli.options import seed

    try:
        given.seed = seed(given.seed)
    except argparse.ArgumentTypeError as error:
        raise ScenarioError(f"--seed: {error}") from error
    if not Path(given.source).exists():
        raise ScenarioError(f"{given.source}: not there; give a results folder, a .sumocfg, or a site file (.toml)")
    if Path(given.source).is_dir():
        return _playback(given)
    if given.parquet:
        raise ScenarioError("--parquet: of recorded runs; give a results folder")
    return _live(given)


def _playback(given: argparse.Namespace) -> int:
    from bench.cli.options import recorded_run
    from bench.runs.console import make_console
    from bench.runs.following import keep
    from bench.runs.prepare import NETWORK
    from bench.runs.telling import frames_of_run
    from bench.studies.comparison import compile_kernels
    from controllers.live.hub import Hub
    from controllers.live.store import Store

    folder = Path(given.source).absolute()
    given.folder = given.source
    place = recorded_run(given)
    if given.parquet:
        return _archive(given, place)
    scene = _scene(given, folder / "prepared" / NETWORK, f"{folder.name}, {given.controller}, seed {given.seed}")
    hub, console = Hub(Store(keep_s=None)), make_console()
    compile_kernels(console)
    with console.status(f"replaying {given.controller}"):
        keep(frames_of_run(place), hub)
    return _serve(given, scene, hub, "playback", folder / "prepared" / NETWORK)


def _archive(given: argparse.Namespace, place: Path) -> int:
    from bench.runs.console import make_console
    from bench.runs.telling import frames_of_run
    from controllers.live.archive import write_day

    path, console = Path(given.parquet).absolute(), make_console()
    with writing(path), console.status(f"replaying {given.controller}"):
        rows = write_day(frames_of_run(place), path, sender_of(given).epoch)
    console.print(f"{rows} rows: {path}", soft_wrap=True)
    return 0


def _live(given: argparse.Namespace) -> int:
    from bench.runs.console import make_console
    from bench.runs.following import Running
    from bench.runs.prepare import NETWORK
    from bench.runs.spec import DETECTORS, Study, distances
    from bench.studies.comparison import compile_kernels
    from controllers.live.hub import Hub
    from controllers.live.store import Store
    from scenarios.config import load_scenario

    if not 0.0 <= given.speed <= 1000.0:
        raise ScenarioError(f"--speed {given.speed:g}: give a number from 0 to 1000")
    scenario = load_scenario(given.source, sumo_options=given.sumo_options)
    with tempfile.TemporaryDirectory(prefix="signal-core-live-") as folder:
        study = Study(scenario, "plan", distances(DETECTORS), "libsumo", False, str(Path(folder) / "prepared"), "none")
        console = make_console()
        with console.status("preparing"):
            running = Running(study, given.controller, given.seed, given.speed)
        compile_kernels(console)
        network = Path(folder) / "prepared" / NETWORK
        scene = _scene(given, network, f"{Path(given.source).stem}, {given.controller}, seed {given.seed}")
        hub = Hub(Store(KEEP_S))
        try:
            return _serve(given, scene, hub, "live", network, lambda hear: running.follow(hub, hear, _tell))
        finally:
            running.stop()


def _tell(text: str) -> None:
    print(f"signal-core: {' '.join(text.split())}", file=sys.stderr, flush=True)


def _cabinet(given: argparse.Namespace) -> int:
    """Beside a cabinet process; needs no SUMO."""
    from controllers.cabinet.site import read_site
    from controllers.cabinet.telling import NAME
    from controllers.live.beside import Beside
    from controllers.live.hub import Hub
    from controllers.live.listen import Listening
    from controllers.live.scene import in_a_row
    from controllers.live.store import Store

    site = read_site(given.source)
    groups = {one.id: [(group.name, group.kind) for group in one.groups] for one in site.signals}
    given.epoch = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
    hub, path, beside = Hub(Store(KEEP_S)), Path(site.service.folder) / NAME, Beside(site.signals)
    listening = Listening(path, sender_of(given).epoch.timestamp())
    try:
        return _serve(given, in_a_row(site.name, groups), hub, "live", None,
                      lambda hear: listening.follow(hub, hear, beside.second))
    finally:
        listening.close()


def _scene(given: argparse.Namespace, network: Path, name: str) -> Any:
    from bench.cli.map import degrees
    from bench.measures.corridor import fastest_way
    from bench.runs.scene import scene_of
    from network.roads.reader import read_network

    edges: tuple[str, ...] = ()
    if given.corridor:
        ends = given.corridor.split(",")
        if len(ends) != 2:
            raise ScenarioError("--corridor: two edges, FROM,TO")
        edges = fastest_way(read_network(network), ends[0], ends[1])
    return scene_of(network, name, edges, degrees(given.at))


@dataclass(frozen=True)
class _Serving:
    """What the options say of who may look: `Access`, addresses, certificate and key, `Address` of a broker."""

    access: Any
    hosts: tuple[str, ...]
    tls: tuple[str, str] | None
    broker: Any


def _serving(given: argparse.Namespace) -> _Serving:
    """Looked at before anything is run. Raises ScenarioError naming the option that is wrong."""
    from controllers.live.access import read_access
    from controllers.live.broker import address_of
    from controllers.live.serve import LOCAL, is_local

    access = read_access(None if given.tokens is None else Path(given.tokens))
    hosts = tuple(given.host or LOCAL)
    try:
        beyond = [host for host in hosts if not is_local(host)]
    except ValueError as error:
        raise ScenarioError(f"--host: {error}; give addresses, not names") from error
    if beyond and not access.tokens:
        raise ScenarioError(f"--host {beyond[0]}: who may look from other machines? Give --tokens FILE")
    if not 0 <= given.port <= MOST_PORT:
        raise ScenarioError(f"--port {given.port}: give a number from 0 to {MOST_PORT}")
    if given.mqtt and Path(given.source).is_dir():
        raise ScenarioError("--mqtt: what is recorded is not published; give a .sumocfg or a site file")
    broker = None if given.mqtt is None else address_of(given.mqtt, given.mqtt_ca)
    return _Serving(access, hosts, _tls(given.tls), broker)


Follow = Callable[[Callable[[Any], None]], None]


def _serve(given: argparse.Namespace, scene: Any, hub: Any, kind: str, network: Path | None,
           follow: Follow | None = None) -> int:
    from controllers.live.app import Board, make_app
    from controllers.live.serve import bind, niced, serve, url_of

    serving, sender = given.serving, sender_of(given)
    board = Board(scene, hub, serving.access, kind, sender.epoch.isoformat().replace("+00:00", "Z"),
                  _spat(sender), _maps(network, sender, given.at), None if network is None else _free_s(network))
    with contextlib.ExitStack() as stack:
        publisher = _publisher(serving.broker, scene, board.epoch)
        if publisher is not None:
            stack.callback(publisher.close)
        sockets = bind(serving.hosts, given.port)
        for one in sockets:
            stack.callback(one.close)
        if follow is not None:
            niced()
            follow(publisher.second if publisher is not None else lambda frame: None)
        line = f"look at {' or '.join(map(url_of, sockets))}; end with Ctrl-C"
        serve(make_app(board), sockets, lambda: print(line, flush=True), serving.tls)
    return 0


def _free_s(network: Path) -> dict[str, float]:
    from network.roads.reader import free_times_s, read_network

    return free_times_s(read_network(network))


def _tls(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    files = text.split(",")
    if len(files) != 2 or not all(Path(file).is_file() for file in files):
        raise ScenarioError(f"--tls '{text[:80]}': two files, CERT,KEY")
    return files[0], files[1]


def _publisher(broker: Any, scene: Any, epoch: str) -> Any:
    if broker is None:
        return None
    from controllers.live.broker import Publisher

    return Publisher(broker, scene, epoch)


def _spat(sender: Any) -> Any:
    from controllers.announce.on_air import SpatWriter

    return SpatWriter(sender).messages


def _maps(network: Path | None, sender: Any, origin: str | None) -> list[dict[str, Any]] | None:
    """Where the network lies on the globe; None where nobody knows."""
    if network is None:
        return None
    from bench.cli.map import degrees
    from controllers.announce.mapem import map_messages
    from network.roads.reader import read_network

    try:
        return list(map_messages(read_network(network), sender, degrees(origin)))
    except ScenarioError:
        return None
