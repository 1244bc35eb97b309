"""``signal-core cabinet``: the process beside a signal controller. Needs the extra cabinet, and no SUMO."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from network.errors import ScenarioError

if TYPE_CHECKING:
    from controllers.cabinet.check import Checked
    from controllers.cabinet.site import SignalSite

MODES = ("observe", "advise", "drive")


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "cabinet",
        help="the process beside a signal controller: check a site file, observe, advise, drive",
        description="Work with a signal controller by a site file (signal-core site writes one).",
    )
    parts = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    check = parts.add_parser("check", help="compare the site file with the controller, read only")
    check.add_argument("site", metavar="SITE", help="the site file")
    check.set_defaults(command=_check)
    run = parts.add_parser("run", help="observe, advise or drive")
    run.add_argument("site", metavar="SITE", help="the site file")
    run.add_argument("--mode", choices=MODES, default="observe",
                     help="observe: write nothing (default); advise: a plan each cycle; drive: second by second")
    run.add_argument("--pace", choices=("real", "fast"), default="real",
                     help="fast: a second with each poll, for a desk with --speed fast alone")
    run.add_argument("--seconds", type=int, metavar="N", help="end after so many seconds")
    run.set_defaults(command=_run)
    audit = parts.add_parser("audit", help="check the chain of the audit log in a folder")
    audit.add_argument("folder", metavar="DIR", help="where the process writes")
    audit.set_defaults(command=_audit)


def _check(given: argparse.Namespace) -> int:
    """Print what differs; 1 where something is unsafe."""
    _require_extra()
    from controllers.cabinet.check import TIMES, check
    from controllers.cabinet.check_rsmp import check_rsmp
    from controllers.cabinet.check_tlcfi import check_tlcfi
    from controllers.cabinet.site import read_site

    site = read_site(given.site)
    checks: dict[str, Callable[[SignalSite], Coroutine[Any, Any, Checked]]] = {"rsmp": check_rsmp, "tlcfi": check_tlcfi}
    unsafe = False
    for one in site.signals:
        checked = asyncio.run(checks.get(one.link.protocol, check)(one))
        print(f"signal {one.id}, {one.link.host}:{one.link.port}, site {site.hash}")
        for phase in () if checked.reading is None else one.phases:
            own = checked.own.get(phase.number)
            times = ", ".join(f"{name.removesuffix('_s')} {getattr(phase, name):g}"
                              + (f"/{getattr(own, name):g}" if own else "/-") for name in TIMES)
            print(f"  phase {phase.number} (file/controller, s): {times}")
        for finding in checked.findings:
            print(f"  {finding.level}: {finding.what}")
        if all(finding.level == "note" for finding in checked.findings):
            print("  nothing is wrong")
        unsafe |= any(finding.level == "unsafe" for finding in checked.findings)
    return int(unsafe)


def _run(given: argparse.Namespace) -> int:
    _require_extra()
    from controllers.cabinet.alone import alone, alone_at
    from controllers.cabinet.service import Service
    from controllers.cabinet.signal_process import Clocks
    from controllers.cabinet.site import read_site

    path = Path(given.site).absolute()
    site = read_site(path)

    async def all_of_it() -> None:
        await Service(path, site, given.mode, Clocks(fast=given.pace == "fast")).run(given.seconds)

    with alone(Path(site.service.folder)), alone_at(() if given.mode == "observe" else site.signals):
        asyncio.run(all_of_it())
    return 0


def _audit(given: argparse.Namespace) -> int:
    from controllers.cabinet.records import Lines, verify_chain

    paths = Lines(Path(given.folder), "audit", 1, 1).paths()
    if not paths:
        raise ScenarioError(f"{given.folder}: no audit log there; give the folder that cabinet run writes into")
    broken = list(verify_chain(paths))
    print("\n".join(broken) if broken else f"the chain is whole, over {len(paths)} file{'s' * (len(paths) != 1)}")
    return int(bool(broken))


def _require_extra() -> None:
    """Raises ScenarioError where the libraries of the extra are not installed."""
    missing = [name for name in ("pysnmp", "pydantic", "prometheus_client") if find_spec(name) is None]
    if missing:
        raise ScenarioError(f"cabinet needs {', '.join(missing)}: pip install 'signal-core[cabinet]'")
