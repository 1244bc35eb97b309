"""Records that kernels are given by address: read as they are, and nothing else is taken for one."""

from __future__ import annotations

import gc
from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import config

from signal_core.kernels.compiled import direct, kernel
from signal_core.kernels.kept import kept
from signal_core.tables.arrays import CodeArray, FloatArray, IntArray
from signal_core.tables.slots import Slots, no_requests

pytestmark = pytest.mark.kernel
compiled = pytest.mark.skipif(config.DISABLE_JIT, reason="plain Python is given the record itself")


class Inner(NamedTuple):
    """Arrays of one kind, which numba lays out another way than a record of several."""

    first: IntArray
    second: IntArray


class Outer(NamedTuple):
    """One of everything that the engine's records hold."""

    number: int
    codes: CodeArray
    inner: Inner
    share: float
    table: FloatArray
    asked: Slots


@kernel
def read(record: Any, k: int) -> tuple[Any, ...]:
    """What is in it at place k, and how long its arrays are."""
    inner = record.inner
    return (record.number, record.codes[k], inner.first[k], record.inner.second[k], record.share, record.table[k, 1],
            record.asked[k]["weight"], len(record.codes), record.table.shape[0], record.table.shape[1])


@kernel
def count(record: Any) -> None:
    """One more in each code."""
    for k in range(len(record.codes)):
        record.codes[k] += 1


def outer() -> Outer:
    asked = no_requests(2)
    asked["weight"][:3] = 1.5, 2.5, 3.5
    return Outer(-7, np.array([3, 4, 5], np.uint8), Inner(np.array([1, -2, 3]), np.array([40, 50, 60])), 0.25,
                 np.arange(6.0).reshape(3, 2), asked)


@pytest.mark.parametrize("k", range(3))
def test_a_kernel_reads_what_the_record_holds(k: int) -> None:
    record = outer()
    expected = (-7, record.codes[k], record.inner.first[k], record.inner.second[k], 0.25, record.table[k, 1],
                record.asked["weight"][k], 3, 3, 2)
    given = kept(record)
    assert direct(read, given, 0)(given, k) == read(given, k) == expected


def test_what_is_written_in_place_is_seen_on_both_sides() -> None:
    record = outer()
    given = kept(record)
    run = direct(count, given)
    run(given)
    assert record.codes.tolist() == [4, 5, 6]
    record.codes[1] = 20
    run(given)
    assert record.codes.tolist() == [5, 21, 7]


def test_it_keeps_the_arrays_of_a_record_that_nobody_else_holds() -> None:
    given = [kept(outer()) for _ in range(50)]
    gc.collect()
    others = [np.full(3, 99, np.uint8) for _ in range(500)]
    assert [read(each, 2)[:3] for each in given] == [(-7, 5, 3)] * 50
    assert len(others) == 500


@compiled
def test_no_array_of_a_record_can_be_replaced_or_moved() -> None:
    record = outer()
    given = kept(record)
    with pytest.raises(AttributeError):
        record.codes = np.zeros(3, np.uint8)  # type: ignore[misc]
    with pytest.raises(ValueError, match="resize"):
        record.codes.resize(300)
    assert read(given, 0)[1] == 3


@compiled
@pytest.mark.parametrize("value", [True, "text", None, np.float32(1.0), [1.0]])
def test_what_would_be_misread_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        kept(outer()._replace(share=value))


@compiled
def test_the_record_itself_is_refused_where_its_address_is_due() -> None:
    record = outer()
    run = direct(count, kept(record))
    with pytest.raises(TypeError):
        run(record)
    assert record.codes.tolist() == [3, 4, 5]


def test_plain_python_is_given_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "DISABLE_JIT", True)
    record = outer()
    assert kept(record) is record
