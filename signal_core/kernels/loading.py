"""Kernels that have been compiled before, loaded in less time: what numba does besides is for compiling others.

Before it loads machine code it fills its registries with all that it can compile, for which it looks for SciPy's BLAS
and for C libraries; and with the code it reads the bitcode that others would be linked to. Who only calls a kernel
needs neither. Both are done as soon as something has to be compiled.
"""

from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]
from numba.core.caching import Cache
from numba.core.codegen import CPUCodeLibrary, JITCodeLibrary

_unserialize_whole: Any = vars(CPUCodeLibrary)["_unserialize"].__func__
_module_for_linking: Any = CPUCodeLibrary._get_module_for_linking
_pointer: Any = JITCodeLibrary.get_pointer_to_function


def load_quickly() -> None:
    """From here on in this process."""
    for owner, name, instead in ((Cache, "load_overload", _load_overload),
                                 (CPUCodeLibrary, "_unserialize", classmethod(_unserialize)),
                                 (CPUCodeLibrary, "_get_module_for_linking", _read_for_linking),
                                 (JITCodeLibrary, "get_pointer_to_function", _pointer_in_code)):
        setattr(owner, name, instead)


def _load_overload(cache: Any, signature: Any, target_context: Any) -> Any:
    """As numba's, but for the registries; the compiler fills them by itself."""
    with cache._guard_against_spurious_io_errors():
        return cache._load_overload(signature, target_context)


def _unserialize(kind_of_library: Any, codegen: Any, state: Any) -> Any:
    """As numba's, with the bitcode left unread."""
    name, kind, data = state
    if kind != "object":
        return _unserialize_whole(kind_of_library, codegen, state)
    library = codegen.create_library(name)
    code, bitcode = data
    library.enable_object_caching()
    library._set_compiled_object(code)
    library.code, library.unread = code, bitcode
    library._finalize_final_module()
    return library


def _read_for_linking(library: Any) -> Any:
    bitcode = library.__dict__.pop("unread", None)
    if bitcode is not None:
        library._shared_module = llvm.parse_bitcode(bitcode)
        library._codegen._engine._load_defined_symbols(library._shared_module)
    return _module_for_linking(library)


def _pointer_in_code(library: Any, name: str) -> Any:
    """Where a function of the library begins, 0 for none; where bitcode is unread, by the names in the code."""
    if "unread" not in library.__dict__:
        return _pointer(library, name)
    named = name.encode() + b"\0" in library.code
    return library._codegen._engine.get_function_address(name) if named else 0
