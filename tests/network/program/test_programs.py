"""Programs from files: which one runs, SUMO's defaults, and files that are none."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from network.errors import ScenarioError
from network.program.programs import read_all_programs, read_programs, stated_programs

TWO = """<additional>
  <tlLogic id="a" type="static" programID="day" offset="3"><phase duration="20" state="Gr"/></tlLogic>
  <tlLogic id="a" type="actuated" programID="night" offset="begin">
    <phase minDur="5" maxDur="40" duration="10" state="rG" next="0 1"/><phase minDur="7" state="yy"/>
    <param key="max-gap" value="3.0"/>
  </tlLogic>
</additional>"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "programs.add.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_last_program_runs(tmp_path: Path) -> None:
    path = _write(tmp_path, TWO)
    assert [program.program_id for program in read_all_programs(path)] == ["day", "night"]
    program = read_programs([path])["a"]
    assert (program.program_id, program.kind, program.offset_s) == ("night", "actuated", 0.0)
    assert program.parameters == {"max-gap": "3.0"}
    first, second = program.intervals
    assert (first.min_s, first.duration_s, first.max_s, first.next) == (5.0, 10.0, 40.0, (0, 1))
    assert (second.min_s, second.duration_s, second.max_s, second.next) == (7.0, 7.0, 7.0, ())


def test_a_program_without_rows_moves_the_one_read_before(tmp_path: Path) -> None:
    path = _write(tmp_path, TWO)
    moves = tmp_path / "offsets.add.xml"
    moves.write_text("""<additional>
      <tlLogic id="a" programID="day" offset="7"/>
      <tlLogic id="a" programID="night" offset="23.6"><param key="passing-time" value="2"/></tlLogic>
    </additional>""", encoding="utf-8")  # fmt: skip
    stated = stated_programs([path, moves])
    assert (stated["a", "day"].offset_s, len(stated["a", "day"].intervals)) == (7.0, 1)
    program = read_programs([path, moves])["a"]
    assert (program.program_id, program.offset_s, len(program.intervals)) == ("night", 23.6, 2)
    assert program.parameters == {"max-gap": "3.0", "passing-time": "2"}


def test_additional_file_replaces_the_networks_program(rilsa: Callable[[int], Path]) -> None:
    network = rilsa(1)
    programs = read_programs([network, network.with_name("rilsa1_tls.add.xml")])
    assert programs["0"].program_id == "own"
    assert sum(row.duration_s for row in programs["0"].intervals) == 72.0


def test_zipped_and_without_programs(tmp_path: Path) -> None:
    zipped = tmp_path / "programs.add.xml.gz"
    zipped.write_bytes(gzip.compress(TWO.encode()))
    assert set(read_programs([zipped])) == {"a"}
    assert read_all_programs(_write(tmp_path, "<additional/>")) == ()


def test_nema_rows_keep_their_clearance_as_parameters(tmp_path: Path) -> None:
    rows = '<phase duration="9" state="Gr" yellow="3" red="1.5"/><phase duration="9" state="rG" yellow="4"/>'
    text = f'<additional><tlLogic id="a" type="NEMA" programID="0" offset="0">{rows}</tlLogic></additional>'
    parameters = read_programs([_write(tmp_path, text)])["a"].parameters
    assert parameters == {"rows.yellow": "4.0", "rows.red": "1.5"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<additional><tlLogic id='a'>",
        "<additional><tlLogic id='a'><phase state='G'/></tlLogic></additional>",
        "<additional><tlLogic id='a'><phase duration='9'/></tlLogic></additional>",
        "<additional><tlLogic id='a'><phase duration='ten' state='G'/></tlLogic></additional>",
        "<additional><tlLogic programID='a'/></additional>",
    ],
)
def test_broken_programs_are_said_in_one_line(tmp_path: Path, text: str) -> None:
    path = _write(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        read_programs([path])
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no such file"):
        read_programs([tmp_path / "absent.add.xml"])
