"""A bare True or False from one kernel to another has numba compile that other one for this value alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import signal_core.kernels

KERNELS = sorted(Path(signal_core.kernels.__file__).parent.glob("*.py"))


def _named(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _compiled(tree: ast.Module) -> Iterator[str]:
    """Names of the functions that are compiled for themselves."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(_named(each) == "kernel" for each in node.decorator_list):
            yield node.name


def test_kernels_are_given_types_and_no_bare_truths() -> None:
    trees = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in KERNELS}
    compiled = {name for tree in trees.values() for name in _compiled(tree)}
    assert "plan" in compiled
    bare = [f"{name}:{node.lineno}" for name, tree in trees.items() for node in ast.walk(tree)
            if isinstance(node, ast.Call) and _named(node.func) in compiled
            and any(isinstance(one, ast.Constant) and isinstance(one.value, bool) for one in node.args)]
    assert bare == []
