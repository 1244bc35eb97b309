"""Input XML cut short, shuffled, with wrong types: an answer in one line or a network, never a traceback.

What is mutated: a generated network (.net.xml), its routes and its configuration, and additional files with programs.
What is done to it: cut at any byte, bytes overwritten, elements dropped, doubled or put elsewhere, attributes dropped,
emptied, swapped, renamed or given another type.
"""

from __future__ import annotations

import copy
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.state_record import BadRecord, read_layouts, read_states
from bench.state_record import read_programs as read_recorded_programs
from network.arrays import intersection
from network.build import build_signals
from network.detectors import lay_out
from network.errors import ScenarioError
from network.plans import fixed_plan
from network.programs import read_programs
from network.reader import read_network
from network.relations import relate_loops
from scenarios.config import load_scenario
from scenarios.generated import GridPlan, write_scenario
from signal_core.intersection import pack
from signal_core.modes import pack_plans

ROUNDS = 25
VALUES = ("", "x", "-1", "1e999", "nan", "99999999999999999999", "0", " ", "a b", "<", "true", "ÿ", "GGGG", "-0.0")
Mutation = Callable[[random.Random, bytes], bytes]


def cut(draw: random.Random, data: bytes) -> bytes:
    return data[:draw.randrange(len(data))]


def overwrite(draw: random.Random, data: bytes) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] + draw.randbytes(draw.randrange(1, 20)) + data[at + 10:]


def _parents(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [element for element in root.iter() if len(element)]


def drop(draw: random.Random, data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    for _ in range(draw.randrange(1, 4)):
        parent = draw.choice(_parents(root) or [root])
        if len(parent):
            parent.remove(draw.choice(list(parent)))
    return ElementTree.tostring(root)


def double(draw: random.Random, data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    parent = draw.choice(_parents(root))
    parent.insert(draw.randrange(len(parent) + 1), copy.deepcopy(draw.choice(list(parent))))
    return ElementTree.tostring(root)


def shuffle(draw: random.Random, data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    for parent in draw.sample(_parents(root), min(3, len(_parents(root)))):
        children = list(parent)
        draw.shuffle(children)
        parent[:] = children
    return ElementTree.tostring(root)


def move(draw: random.Random, data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    parent = draw.choice(_parents(root))
    child = draw.choice(list(parent))
    parent.remove(child)
    draw.choice([element for element in root.iter() if element is not child]).append(child)
    return ElementTree.tostring(root)


def _any_attribute(draw: random.Random, root: ElementTree.Element) -> tuple[ElementTree.Element, str]:
    element = draw.choice([element for element in root.iter() if element.attrib])
    return element, draw.choice(sorted(element.attrib))


def drop_attribute(draw: random.Random, data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    element, name = _any_attribute(draw, root)
    del element.attrib[name]
    return ElementTree.tostring(root)


def wrong_value(draw: random.Random, data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    for _ in range(draw.randrange(1, 4)):
        element, name = _any_attribute(draw, root)
        element.set(name, draw.choice(VALUES))
    return ElementTree.tostring(root)


def swap_values(draw: random.Random, data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    (one, name), (other, second) = _any_attribute(draw, root), _any_attribute(draw, root)
    one.attrib[name], other.attrib[second] = other.attrib[second], one.attrib[name]
    return ElementTree.tostring(root)


def rename(draw: random.Random, data: bytes) -> bytes:
    root = ElementTree.fromstring(data)
    draw.choice(list(root.iter())).tag = draw.choice(["phase", "lane", "junction", "nonsense"])
    return ElementTree.tostring(root)


MUTATIONS: tuple[Mutation, ...] = (
    cut, overwrite, drop, double, shuffle, move, drop_attribute, wrong_value, swap_values, rename)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small scenario."""
    folder = tmp_path_factory.mktemp("world")
    write_scenario(folder, GridPlan(columns=1, rows=1, end_s=60), 1, "cross")
    return folder


def _mutants(source: Path, mutation: Mutation, rounds: int = ROUNDS) -> list[bytes]:
    draw, data = random.Random(mutation.__name__), source.read_bytes()
    return [mutation(draw, data) for _ in range(rounds)]


def _one_line(error: Exception, names: str = "") -> None:
    assert "\n" not in str(error).strip()
    assert names in str(error)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_networks(world: Path, tmp_path: Path, mutation: Mutation) -> None:
    """Everything up to the engine's arrays: read, build, lay out, pack; and the independent checker's own reader."""
    path = tmp_path / "mutant.net.xml"
    for data in _mutants(world / "cross.net.xml", mutation):
        path.write_bytes(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what sumolib thinks of it
                network = read_network(path)
                signals = build_signals(network, read_programs([path]))
                _arrays(network, signals)
        except ScenarioError as error:
            _one_line(error, path.name)
        try:
            read_layouts(path)
            read_recorded_programs([path])
        except BadRecord as error:
            _one_line(error, path.name)


def _arrays(network, signals) -> None:  # type: ignore[no-untyped-def]
    layout = lay_out(network, signals)
    kept, arrays = [], []
    for signal in signals.values():
        if signal.left_alone:
            continue
        try:
            arrays.append(intersection(signal, layout))
            kept.append(signal)
        except ValueError:
            continue  # said by the drive as a signal left alone
    if kept:
        tables = pack(arrays)
        relate_loops(kept, layout)
        pack_plans([fixed_plan(signal) for signal in kept], tables)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_programs_and_recorded_states(world: Path, tmp_path: Path, mutation: Mutation) -> None:
    states = tmp_path / "states.xml"
    rows = (f'<tlsState time="{t}" id="A0" programID="0" phase="{t % 3}" state="GrGr"/>' for t in range(20))
    states.write_text(f"<tlsStates>{''.join(rows)}</tlsStates>")
    path = tmp_path / "mutant.xml"
    for data in _mutants(states, mutation):
        path.write_bytes(data)
        try:
            read_states(path)
        except BadRecord as error:
            _one_line(error, path.name)
        try:
            read_programs([path])
        except ScenarioError as error:
            _one_line(error, path.name)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_configurations(world: Path, tmp_path: Path, mutation: Mutation) -> None:
    """A few only: SUMO itself is asked what a configuration means."""
    path = world / f"mutant_{mutation.__name__}.sumocfg"
    for data in _mutants(world / "cross.sumocfg", mutation, 3):
        path.write_bytes(data)
        try:
            load_scenario(path)
        except ScenarioError as error:
            _one_line(error)
