"""Figures of the house: ``python -m tests.structure [CHECKOUT ...]``, one column for each checkout (default: this one).

Lines of a function are code lines, without docstring, comments and blank lines; parameters without self and cls.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PACKAGES = ("signal_core", "network", "controllers", "scenarios", "bench")
RECORDS = {"NamedTuple", "dataclass"}


@dataclass
class Figures:
    """Of some packages: lines of files, lines and parameters of functions, fields of records, and who imports whom."""

    files: dict[str, int] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path, module: str) -> None:
        text = path.read_text(encoding="utf-8")
        self.files[module] = text.count("\n")
        tree = ast.parse(text)
        code = {k for k, line in enumerate(text.splitlines(), 1) if line.strip() and not line.strip().startswith("#")}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                name = f"{module}.{node.name}:{node.lineno}"
                self.functions[name] = len(code & set(_body(node)))
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                self.parameters[name] = sum(each.arg not in ("self", "cls") for each in arguments)
            elif isinstance(node, ast.ClassDef) and _is_record(node):
                self.fields[f"{module}.{node.name}"] = sum(isinstance(each, ast.AnnAssign) for each in node.body)
        self.imports[module] = set(_imported(tree))


def _body(node: ast.FunctionDef) -> Iterator[int]:
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    for part in node.body[1:] if is_docstring else node.body:
        yield from range(part.lineno, (part.end_lineno or part.lineno) + 1)


def _is_record(node: ast.ClassDef) -> bool:
    named = [*node.bases, *(each.func if isinstance(each, ast.Call) else each for each in node.decorator_list)]
    return any(isinstance(each, ast.Name) and each.id in RECORDS for each in named)


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def figures(root: Path, packages: tuple[str, ...] = PACKAGES) -> Figures:
    """Of the packages below a checkout."""
    found = Figures()
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            found.read(path, module)
            found.folders[module] = ".".join(path.parent.relative_to(root).parts)
    for module in found.imports:
        found.imports[module] &= found.imports.keys() - {module}
    return found


def both_ways(found: Figures) -> list[str]:
    """Pairs of folders that import each other."""
    arrows = {(found.folders[a], found.folders[b]) for a, those in found.imports.items() for b in those}
    return sorted(f"{a} <> {b}" for a, b in arrows if a < b and (b, a) in arrows)


def circles(found: Figures) -> list[str]:
    """Files that import each other, directly or not, by one name of each circle."""
    reached = {module: _reached(found.imports, module) for module in found.imports}
    circle = {module: frozenset(m for m in reached[module] if module in reached[m]) for module in reached}
    return sorted({" ".join(sorted(members)) for members in circle.values() if members})


def _reached(imports: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(imports[start])
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            todo += imports[module]
    return seen


def rows(found: Figures) -> Iterator[tuple[str, str]]:
    """What is told, in words."""
    def most(values: dict[str, int]) -> str:
        name = max(values, key=lambda each: values[each], default="")
        return f"{values.get(name, 0)} ({name.partition(':')[0]})"

    yield "files, lines", f"{len(found.files)}, {sum(found.files.values())}"
    yield "longest file", most(found.files)
    yield "median function", f"{statistics.median(found.functions.values()):g} lines"
    yield "longest function", most(found.functions)
    yield "most parameters", most(found.parameters)
    yield "functions of more than 12 parameters", str(sum(n > 12 for n in found.parameters.values()))
    yield "most fields of a record", most(found.fields)
    yield "records of more than 20 fields", str(sum(n > 20 for n in found.fields.values()))
    yield "folders that import both ways", "; ".join(both_ways(found)) or "none"
    yield "circles of files", "; ".join(circles(found)) or "none"


def main(checkouts: list[str]) -> None:
    """Print a table for the engine and one for everything."""
    for packages in (("signal_core",), PACKAGES):
        print(f"{' '.join(packages)}:")
        for told in zip(*(rows(figures(Path(each), packages)) for each in checkouts), strict=True):
            print(f"  {told[0][0]}: {' -> '.join(value for _, value in told)}")


if __name__ == "__main__":
    main(sys.argv[1:] or ["."])
