"""What is done to input: cut, overwritten; elements, attributes and lines dropped, doubled, moved, changed."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from network.errors import ScenarioError

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


OF_XML: tuple[Mutation, ...] = (
    cut, overwrite, drop, double, shuffle, move, drop_attribute, wrong_value, swap_values, rename)


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def drop_line(draw: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    del lines[draw.randrange(len(lines))]
    return b"".join(lines)


def double_line(draw: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    lines.insert(draw.randrange(len(lines) + 1), draw.choice(lines))
    return b"".join(lines)


def shuffle_lines(draw: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    draw.shuffle(lines)
    return b"".join(lines)


def wrong_word(draw: random.Random, data: bytes) -> bytes:
    words = data.split(b" ")
    for _ in range(draw.randrange(1, 3)):
        words[draw.randrange(len(words))] = draw.choice((*VALUES, "[]", "{a=1}", "1979-05-27", '"x"', "=")).encode()
    return b" ".join(words)


OF_BYTES: tuple[Mutation, ...] = (cut, overwrite)
OF_TEXT: tuple[Mutation, ...] = (*OF_BYTES, drop_line, double_line, shuffle_lines, wrong_word)


def mutants(source: Path, mutation: Mutation, rounds: int) -> list[bytes]:
    """So many, always the same ones."""
    draw, data = random.Random(mutation.__name__), source.read_bytes()
    return [mutation(draw, data) for _ in range(rounds)]


def names(mutations: Sequence[Mutation]) -> list[str]:
    """For the ids of tests."""
    return [mutation.__name__ for mutation in mutations]


@contextmanager
def refused_in_one_line(name: str = "", refusal: type[Exception] = ScenarioError) -> Iterator[None]:
    """What is done inside succeeds, or is refused in a line that holds `name`; anything else is raised."""
    try:
        yield
    except refusal as error:
        _one_line(error, name)


def _one_line(error: Exception, name: str) -> None:
    assert "\n" not in str(error).strip()
    assert name in str(error)
