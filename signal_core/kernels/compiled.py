"""How kernels are compiled: `kernel` for what is called from Python or is large, `inlined` for the parts of one.

Without numba's runtime nothing can be allocated (the compiler refuses it) and no references are counted on the way.
Small parts are inlined, and those that are given records made on the way, which a call would copy; by numba, as what
LLVM inlines is compiled sooner but ends a quarter slower. A call with records by address (`kept`) costs nothing, and
the time to compile grows with the square of a kernel: large parts are kernels. Division by zero gives inf or nan.
Kernels let other threads run.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numba
from numba import njit, typeof
from numba.core import event, ir

import signal_core.kernels.cache  # noqa: F401  a place to keep what is compiled
from signal_core.kernels import kept  # noqa: F401  how kernels are given records

_OPTIONS: dict[str, Any] = {"_nrt": False, "error_model": "numpy", "no_cfunc_wrapper": True}
_PART: dict[str, Any] = {"_nrt": False, "error_model": "numpy", "inline": "always"}

# four labels of the planner in one instruction
numba.config.SLP_VECTORIZE = 1  # type: ignore[attr-defined]

# While it inlines a part, numba copies the part's table of variables once for each of its blocks: a fifth of all
# compiling. Blocks may share it; the machine code is the same.
ir.Scope.__deepcopy__ = lambda table, copied: table  # type: ignore[attr-defined]

kernel = njit(cache=True, nogil=True, **_OPTIONS)
inlined = njit(**_PART)


def direct(function: Any, *arguments: Any) -> Callable[..., Any]:
    """`function` compiled for arguments of these types, without looking at the types again on every call.

    That look costs more than a decision. The caller answers for the types: others would be misread, not refused.
    """
    if not hasattr(function, "compile"):  # the JIT is off
        return function  # type: ignore[no-any-return]
    types = tuple(typeof(argument) for argument in arguments)
    function.compile(types)
    return function.overloads[types].entry_point  # type: ignore[no-any-return]


def compilations(hear: Callable[[str], None]) -> AbstractContextManager[None]:
    """While it is open, `hear` is told the name of every kernel that has to be compiled, as it begins."""
    listener: AbstractContextManager[None] = event.install_listener("numba:compile", _Outermost(hear))
    return listener


class _Outermost(event.Listener):
    """Passes on what is compiled for its own sake, not the parts it needs."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        self._hear, self._depth = hear, 0

    def on_start(self, event: event.Event) -> None:
        if self._depth == 0:
            self._hear(event.data["dispatcher"].py_func.__name__)
        self._depth += 1

    def on_end(self, event: event.Event) -> None:
        self._depth -= 1
