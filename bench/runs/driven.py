"""The loop of a run whose controller owns the signals, as its study has it: beside SUMO, or from a tape of it."""

from __future__ import annotations

from bench.runs.prepare import Prepared
from bench.runs.spec import RunSpec
from controllers.base import Controller
from controllers.driving.drive import Drive
from controllers.logs.taping import ReplayPort, Tape
from controllers.port import Port
from controllers.registry import get, settings_for
from signal_core.settings import Settings


def drive_of(spec: RunSpec, prepared: Prepared, port: Port, controller: Controller, settings: Settings) -> Drive:
    """The loop of a run, not yet begun."""
    return Drive(port, controller, tuple(prepared.signals.values()), prepared.layout, settings, spec.study.protocol,
                 days=prepared.days)


def drive_again(tape: Tape, spec: RunSpec, prepared: Prepared) -> tuple[Drive, ReplayPort]:
    """The same of a run that was taped, and the port that says what its loops said."""
    settings, port = settings_for(spec.controller, spec.study.settings), ReplayPort(tape)
    return drive_of(spec, prepared, port, get(spec.controller).make(settings), settings), port
