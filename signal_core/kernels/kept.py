"""Records of arrays that a kernel is given by address: `kept`.

A call from Python unpacks every array of every record that it is given, 20 ns apiece, and there are two hundred. What
is in the arrays changes, they themselves never do. So they are unpacked once, into memory of their own, and a kernel is
given its address and loads what it needs. In the kernel it reads as the record does, and so do the records in it.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numpy.typing import NDArray

Record = TypeVar("Record", bound=tuple[Any, ...])


class Kept(int):
    """Where a record lies unpacked; as long as this is held, that and the record stay."""

    record: Any
    leaves: list[Any]  # held by two, an array cannot be resized in place
    words: NDArray[np.int64]

    def __new__(cls, record: Any) -> "Kept":
        leaves = list(_leaves(record))
        words = np.array([word for leaf in leaves for word in _words(leaf)], dtype=np.int64)
        address = super().__new__(cls, words.ctypes.data)
        address.record, address.leaves, address.words = record, leaves, words
        return address

    def __reduce__(self) -> tuple[type["Kept"], tuple[Any]]:
        return Kept, (self.record,)  # a copy lies elsewhere

    @cached_property
    def kind(self) -> "KeptType":
        """What a kernel takes it for."""
        return KeptType(numba.typeof(self.record))


def kept(record: Record) -> Record:
    """What to give a kernel for `record`, this time and every time; for kernels in plain Python it is the record.

    Raises TypeError where it holds anything but whole numbers, floats, arrays and records of these.
    """
    is_plain = numba.config.DISABLE_JIT  # type: ignore[attr-defined]
    return record if is_plain else cast("Record", Kept(record))


def _leaves(record: Any) -> Iterator[Any]:
    for part in record:
        if isinstance(part, tuple):
            yield from _leaves(part)
        else:
            yield part


def _words(leaf: Any) -> tuple[int, ...]:
    """As numba lays it out: 8 bytes for a number; of an array its owner, size, place, shape and strides."""
    if isinstance(leaf, np.ndarray):
        return 0, 0, leaf.size, leaf.itemsize, leaf.ctypes.data, *leaf.shape, *leaf.strides
    if type(leaf) in (int, np.int64):
        return (int(leaf),)
    if isinstance(leaf, float):
        return (int(np.float64(leaf).view(np.int64)),)
    raise TypeError(f"{type(leaf).__name__} in a record of arrays and numbers")


class KeptType(types.Type):
    """The address of a record of that type."""

    def __init__(self, record: types.BaseNamedTuple) -> None:
        self.record = record
        super().__init__(f"Kept({record})")


register_model(KeptType)(models.OpaqueModel)


@typeof_impl.register(Kept)
def _type(kept, context):
    return kept.kind


@unbox(KeptType)
def _unbox(kept, value, c):
    address = c.pyapi.long_as_voidptr(value)
    return NativeValue(address, is_error=cgutils.is_null(c.builder, address))


@infer_getattr
class _Fields(AttributeTemplate):
    key = KeptType

    def generic_resolve(self, kept, name):
        if name in kept.record.fields:
            field = kept.record[kept.record.fields.index(name)]
            return KeptType(field) if isinstance(field, types.BaseNamedTuple) else field
        return None


@lower_getattr_generic(KeptType)
def _field(context, builder, kept, address, name):
    layout, at = context.get_data_type(kept.record), kept.record.fields.index(name)
    place = cgutils.gep_inbounds(builder, builder.bitcast(address, layout.as_pointer()), 0, at)
    is_record = isinstance(kept.record[at], types.BaseNamedTuple)
    return builder.bitcast(place, cgutils.voidptr_t) if is_record else _load(builder, place)


def _load(builder, place):
    """What lies there; as it never changes, it need not be loaded again after anything is written."""
    kind = place.type.pointee
    if isinstance(kind, ir.LiteralStructType | ir.ArrayType):
        value = ir.Constant(kind, ir.Undefined)
        for k in range(len(kind)):
            value = builder.insert_value(value, _load(builder, cgutils.gep_inbounds(builder, place, 0, k)), k)
        return value
    word = builder.load(place)
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word
