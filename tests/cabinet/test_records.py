"""Bounded lines, and the chain of the audit log: what is taken out or changed shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli.main import main
from controllers.cabinet.records import Chain, Lines, verify_chain


def test_files_are_bounded_in_size_and_number(tmp_path: Path) -> None:
    lines = Lines(tmp_path, "log", 1_000, 3)
    for k in range(500):
        assert lines.write(f"line {k:04d} " + "x" * 40)
    paths = lines.paths()
    assert len(paths) == 3
    assert sum(path.stat().st_size for path in paths) < 4_000
    assert "line 0499" in paths[-1].read_text(encoding="utf-8")


def chained(folder: Path, n: int = 6) -> list[Path]:
    for k in range(n):
        Chain(Lines(folder, "audit", 300, 9)).add({"object": "hold", "new": k})  # a start each time
    return Lines(folder, "audit", 1, 1).paths()


def test_a_chain_is_whole_over_files_and_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = chained(tmp_path)
    assert len(paths) > 1
    assert list(verify_chain(paths)) == []
    assert main(["cabinet", "audit", str(tmp_path)]) == 0
    assert "the chain is whole" in capsys.readouterr().out


def test_a_changed_line_shows(tmp_path: Path) -> None:
    path = chained(tmp_path)[0]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"new":0', '"new":7'), encoding="utf-8")
    assert any("changed" in said for said in verify_chain(chained(tmp_path, 0)))
    assert main(["cabinet", "audit", str(tmp_path)]) == 1


def test_a_line_taken_out_shows(tmp_path: Path) -> None:
    path = chained(tmp_path)[0]
    first, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(first + "".join(rest[1:]), encoding="utf-8")
    assert any("is missing" in said for said in verify_chain(chained(tmp_path, 0)))


def test_half_a_line_at_the_end_is_passed_over(tmp_path: Path) -> None:
    path = chained(tmp_path)[-1]
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"object": "ho')
    chained(tmp_path, 1)
    said = list(verify_chain(Lines(tmp_path, "audit", 1, 1).paths()))
    assert all("not a line of the chain" in one for one in said)


def test_a_folder_that_cannot_be_written_costs_lines_only(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    chain = Chain(Lines(blocked / "below", "audit", 300, 3))
    chain.add({"new": 1})
    assert chain.lost == 1
    chain._lines.folder = tmp_path
    chain.add({"new": 2})
    path = Lines(tmp_path, "audit", 1, 1).paths()[0]
    assert json.loads(path.read_text(encoding="utf-8"))["lost_before"] == 1
