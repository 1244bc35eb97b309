"""Records (frozen dataclasses) as JSON and back. What is read is checked against the types declared in the source; the
data names no class and no function, so nothing in it is ever run.

Arrays are their type, shape and bytes (base64, little-endian). Numbers, words, tuples, mappings from words and records
of these are as JSON has them.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

T = TypeVar("T")
DTYPES = {"bool": np.dtype("?"), "float64": np.dtype("<f8"), "int64": np.dtype("<i8"), "uint8": np.dtype("u1")}


class BadRecord(ValueError):
    """Data that is not the record it should be; ``str()`` is the place in it and what is wrong there."""


def encode(value: Any) -> Any:
    """A record as what JSON can hold."""
    if isinstance(value, np.ndarray):
        return {"dtype": str(value.dtype), "shape": list(value.shape), "base64": _bytes(value)}
    if dataclasses.is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: encode(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(each) for each in value]
    return value


def decode(kind: type[T], found: Any, place: str = "") -> T:
    """What `encode` made of a ``kind``; BadRecord where ``found`` is something else."""
    return typing.cast(T, _decode(kind, found, place or kind.__name__.lower()))


def _bytes(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array, DTYPES[str(array.dtype)]).tobytes()).decode()


def _decode(kind: Any, found: Any, place: str) -> Any:
    """What was read from JSON as the type that is written in the code; BadRecord names the place that does not fit."""
    origin = get_origin(kind)
    if kind is Any:
        return found
    if kind in PLAIN:
        return PLAIN[kind](found, place)
    if dataclasses.is_dataclass(kind):
        return _record(kind, found, place)
    if origin is Literal:
        return _one_of(get_args(kind), found, place)
    if origin is tuple:
        return _tuple(get_args(kind), found, place)
    if origin is list:
        return list(_tuple((get_args(kind)[0], ...), found, place))
    if hasattr(kind, "_fields"):
        return kind(*_tuple(tuple(get_type_hints(kind).values()), found, place))
    if origin is np.ndarray:
        return _array(get_args(get_args(kind)[1])[0], found, place)
    if origin in (Union, types.UnionType):
        return None if found is None else _decode(_only(kind), found, place)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        of = get_args(kind)[1]
        return {key: _decode(of, each, f"{place}[{key!r}]") for key, each in _mapping(found, place).items()}
    raise TypeError(f"{place}: no rule for {kind}")


def _only(kind: Any) -> Any:
    (of,) = (each for each in get_args(kind) if each is not type(None))
    return of


def _record(kind: Any, found: Any, place: str) -> Any:
    fields, given = _fields(kind), _mapping(found, place)
    for name in given.keys() - fields.keys():
        raise BadRecord(f"{place}: nothing here is called {name!r}")
    lacking = [name for name, (_, needed) in fields.items() if needed and name not in given]
    if lacking:
        raise BadRecord(f"{place}: {lacking[0]} is missing")
    return kind(**{name: _decode(fields[name][0], each, f"{place}.{name}") for name, each in given.items()})


@lru_cache(maxsize=64)
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Type of each field, and whether it has to be given."""
    hints = get_type_hints(kind)
    none = dataclasses.MISSING
    return {field.name: (hints[field.name], field.default is none and field.default_factory is none)
            for field in dataclasses.fields(kind)}  # fmt: skip


def _mapping(found: Any, place: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise BadRecord(f"{place}: {_called(found)} instead of names with values")
    return found


def _tuple(kinds: tuple[Any, ...], found: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(found, list):
        raise BadRecord(f"{place}: {_called(found)} instead of a list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], each, f"{place}[{k}]") for k, each in enumerate(found))
    if len(found) != len(kinds):
        raise BadRecord(f"{place}: {len(found)} entries instead of {len(kinds)}")
    return tuple(_decode(kind, each, f"{place}[{k}]") for k, (kind, each) in enumerate(zip(kinds, found, strict=True)))


def _one_of(choices: tuple[Any, ...], found: Any, place: str) -> Any:
    if not isinstance(found, str) or found not in choices:
        raise BadRecord(f"{place}: {_called(found)} instead of one of {', '.join(choices)}")
    return found


def _array(scalar: Any, found: Any, place: str) -> np.ndarray[Any, Any]:
    """Read-only, of the declared type and of as many bytes as its shape says."""
    given, wanted = _mapping(found, place), np.dtype(scalar)
    shape = _tuple((int, ...), given.get("shape"), f"{place}.shape")
    if given.get("dtype") != str(wanted):
        raise BadRecord(f"{place}: {_called(given.get('dtype'))} instead of {wanted}")
    try:
        data = base64.b64decode(given.get("base64", ""), validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise BadRecord(f"{place}: its bytes are not base64") from None
    if min(shape, default=0) < 0 or math.prod(shape) * wanted.itemsize != len(data):
        raise BadRecord(f"{place}: {len(data)} bytes do not make {shape} of {wanted}")
    return np.frombuffer(data, DTYPES[str(wanted)]).astype(wanted, copy=False).reshape(shape)


def _text(found: Any, place: str) -> str:
    if not isinstance(found, str):
        raise BadRecord(f"{place}: {_called(found)} instead of text")
    return found


def _whole(found: Any, place: str) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or abs(found) >= 2**63:
        raise BadRecord(f"{place}: {_called(found)} instead of a whole number")
    return found


def _number(found: Any, place: str) -> float:
    if isinstance(found, bool) or not isinstance(found, (int, float)) or _is_huge(found):
        raise BadRecord(f"{place}: {_called(found)} instead of a number")
    return float(found)


def _is_huge(found: float) -> bool:
    """A whole number that no float can hold."""
    return isinstance(found, int) and abs(found) >= 2**1000


def _yes_or_no(found: Any, place: str) -> bool:
    if not isinstance(found, bool):
        raise BadRecord(f"{place}: {_called(found)} instead of true or false")
    return found


PLAIN: dict[Any, Any] = {str: _text, int: _whole, float: _number, bool: _yes_or_no}


def _called(found: Any) -> str:
    """Something as it is named in a message, cut short."""
    text = repr(found)
    return text if len(text) <= 40 else text[:36] + " ..."
