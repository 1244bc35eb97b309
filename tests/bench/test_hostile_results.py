"""A results folder from a stranger, damaged, or moved: read as data, within itself, or refused in a line."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.cli.main import main
from bench.runs.codec import BadRecord, decode, encode
from bench.runs.folders import make_folder
from bench.runs.fresh import RunDied, fresh_run
from bench.runs.jobs import Outcome, made_before, run_one
from bench.runs.prepare import NETWORK, PREPARED, Prepared, load, prepare
from bench.runs.spec import RunSpec, Study, distances, read_spec, read_study, write_spec
from network.errors import ScenarioError
from scenarios.config import load_scenario

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[Path], None]


def said(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """The one line of a command that ends with 2."""
    capfd.readouterr()
    code = main(words)
    lines = capfd.readouterr().err.strip().splitlines()
    assert code == 2, lines
    assert len(lines) == 1
    return lines[0]


@pytest.fixture(scope="module")
def made(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What compare wrote, with one run; the scenario is gone since, and the folder elsewhere."""
    folder = tmp_path_factory.mktemp("results")
    world = shutil.copytree(small_world.parent, folder / "world")
    assert main(["compare", str(world / small_world.name), "-c", "fixed", "--seeds", "1", "-o", str(folder / "a")]) == 0
    shutil.rmtree(world)
    (folder / "a").rename(folder / "b")
    return folder / "b"


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "copy")


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Have a JSON file say something else; ``change`` edits in place or returns another content."""
    content = json.loads(path.read_text())
    path.write_text(json.dumps(change(content) or content))


def test_a_folder_that_was_moved_is_read_without_the_scenario(made: Path, tmp_path: Path) -> None:
    assert main(["report", str(made)]) == 0
    assert main(["events", str(made), "-c", "fixed", "-o", str(tmp_path / "log.csv")]) == 0
    spec = read_spec(made / "runs/fixed/1/spec.json", made)
    assert Path(spec.study.prepared).samefile(made / "prepared")
    assert str(made.parent / "a") not in (made / "runs/fixed/1/spec.json").read_text()
    assert load(spec.study).signals.keys() == load(read_study(made / "prepared/study.json")).signals.keys()


def test_what_was_prepared_is_read_as_it_was_written(small_world: Path, tmp_path: Path) -> None:
    study = Study(load_scenario(small_world), "plan", distances("0,40,120"), "libsumo", False, str(tmp_path))
    prepared = prepare(study)
    again = decode(Prepared, encode(prepared))
    assert encode(again) == encode(prepared)
    assert again.programs == prepared.programs
    assert again.layout == prepared.layout
    for one, other in zip(again.signals.values(), prepared.signals.values(), strict=True):
        assert np.array_equal(one.conflicts, other.conflicts)
        assert one.intergreen_s.dtype == other.intergreen_s.dtype
        assert not one.conflicts.flags.writeable
    text = (tmp_path / PREPARED).read_text()
    assert "network.program" not in text  # no name of a class or module
    assert "Signal(" not in text


def test_nothing_that_runs_code_reads_a_file() -> None:
    words = re.compile(r"\b(pickle|marshal|shelve|dill|joblib|eval|exec|yaml\.load)\b\s*[.(]"
                       r"|import (pickle|marshal|shelve|dill)|allow_pickle\s*=\s*True")
    for package in ("signal_core", "network", "controllers", "scenarios", "bench"):
        for path in sorted((ROOT / package).rglob("*.py")):
            assert not words.search(path.read_text(encoding="utf-8")), path


def test_a_pickle_in_the_folder_is_not_opened(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(copy / "evil"),)

    for name in ("prepared.pickle", PREPARED):
        (copy / "prepared" / name).write_bytes(pickle.dumps(Evil()))
    assert PREPARED in said(["report", str(copy)], capfd)
    assert PREPARED in said(["events", str(copy), "-c", "fixed", "-o", str(copy / "log.csv")], capfd)
    assert not (copy / "evil").exists()


@pytest.mark.parametrize("prepared", ["/etc", "../../../../..", "../../../../elsewhere", "x\0y", "", "link"])
def test_a_spec_that_leads_out_of_the_folder(prepared: str, copy: Path) -> None:
    place = copy / "runs/fixed/1"
    (place / "link").symlink_to("/etc")
    edit(place / "spec.json", lambda spec: spec["study"].update(prepared=prepared))
    if prepared == "":  # the run's own folder: inside, and nothing prepared there
        with pytest.raises(ScenarioError, match="no such file|No such file"):
            load(read_spec(place / "spec.json", copy).study)
        return
    with pytest.raises(ScenarioError, match=r"spec\.json|leads out of|null"):
        read_spec(place / "spec.json", copy)


@pytest.mark.parametrize("what", ["prepared", "runs", "runs/fixed/1", "results.json", "prepared/study.json"])
def test_links_that_lead_out_of_the_folder(what: str, copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (copy / what).rename(copy.parent / "elsewhere")
    (copy / what).symlink_to(copy.parent / "elsewhere")
    assert "leads out of" in said(["report", str(copy)], capfd)


@pytest.mark.parametrize("what", ["report.html", "tables", "figures/headline.svg", "tables/headline.csv"])
def test_a_report_is_not_written_through_a_link(what: str, copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    place, victim = copy / what, copy.parent / "victim"
    if place.is_dir():
        shutil.rmtree(place)
        victim.mkdir()
    else:
        place.parent.mkdir(exist_ok=True)
        place.unlink(missing_ok=True)
        victim.write_text("mine")
    place.symlink_to(victim)
    assert "leads out of" in said(["report", str(copy)], capfd)
    assert victim.is_dir() and not list(victim.iterdir()) if victim.is_dir() else victim.read_text() == "mine"


def odd_entry(place: Path, kind: str) -> None:
    """Something in the place of a file of ours that nobody should write to."""
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    if kind == "a pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(kind)


@pytest.mark.parametrize("kind", ["a pipe", "/nowhere/else", "/dev/zero"])
@pytest.mark.parametrize("what", ["results.json", "results.json.part", "results.csv", "comparison.svg", ".writable",
                                  "prepared", "prepared/study.json", "prepared/loops.add.xml", "runs", "runs/fixed/1",
                                  "runs/fixed/1/spec.json", "runs/fixed/1/tripinfo.xml"])
def test_nothing_is_written_through_what_lies_in_the_folder(what: str, kind: str, copy: Path, small_world: Path,
                                                            capfd: pytest.CaptureFixture[str]) -> None:
    """Nor does anybody wait for a pipe: a damaged run is done anew in the folder of whomever."""
    odd_entry(copy / what, kind)
    before = set(copy.parent.iterdir())
    found = said(["compare", str(small_world), "-c", "fixed", "--seeds", "1", "-o", str(copy)], capfd)
    assert str(copy / what) in found
    assert "a pipe instead of a file" in found or "leads out of" in found
    assert set(copy.parent.iterdir()) == before


def test_a_comparison_whose_baseline_died_says_no_more_than_that(small_world: Path, tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch,
                                                                 capfd: pytest.CaptureFixture[str]) -> None:
    def dying(spec: RunSpec, hear: Any) -> Outcome:
        return Outcome(spec, None, "its process was killed") if spec.controller == "static" else run_one(spec, hear)

    monkeypatch.setattr("bench.runs.jobs.run_one", dying)
    words = ["compare", str(small_world), "-c", "static,fixed", "--seeds", "1", "-o", str(tmp_path / "out")]
    assert main(words) == 1
    told = capfd.readouterr()
    assert "died: static, seed 1: its process was killed" in told.out
    assert not told.err


def test_other_links_in_a_folder_are_its_owners_business(tmp_path: Path) -> None:
    (tmp_path / "tool").symlink_to("/usr/bin/env")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/again").symlink_to(tmp_path)  # inside: followed by nobody
    make_folder(tmp_path)


@pytest.mark.parametrize("text", ["[]", "bytes", "a pipe"])
@pytest.mark.parametrize("command", [["report"], ["replay"], ["events", "-c", "fixed", "-o", "/dev/null"],
                                     ["explain", "-c", "fixed", "--signal", "1x1", "--time", "100"]])
def test_a_run_that_did_not_come_to_its_end_is_none(command: list[str], text: str, copy: Path,
                                                    capfd: pytest.CaptureFixture[str]) -> None:
    place = copy / "runs/fixed/1/run.json"
    odd_entry(place, text) if text == "a pipe" else place.write_bytes(b"[]" if text == "[]" else bytes(range(256)))
    if command == ["replay"]:
        command = ["replay", "-c", "fixed"]
    found = said([command[0], str(copy), *command[1:]], capfd)
    assert "run.json: " in found
    assert "again" in found


ODD: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "a list": ("results.json", lambda found: [found]),
    "no runs": ("results.json", lambda found: {**found, "runs": {}}),
    "runs of numbers": ("results.json", lambda found: {**found, "runs": [1, 2]}),
    "a delay in words": ("results.json", lambda found: found["runs"][0].update(delay_s="long")),
    "no delay": ("results.json", lambda found: found["runs"][0].pop("delay_s") * 0),
    "a controller above": ("results.json", lambda found: found["runs"][0].update(controller="../../..")),
    "a controller of letters": ("results.json", lambda found: found["runs"][0].update(controller=["x"])),
    "a baseline of nobody": ("results.json", lambda found: found.update(baseline="adaptive")),
    "a seed in words": ("results.json", lambda found: found["runs"][0].update(seed="1/../..")),
    "a seed below": ("results.json", lambda found: found["runs"][0].update(seed=-1)),
    "no versions": ("results.json", lambda found: found.pop("versions") and None),
    "an end in words": ("results.json", lambda found: found.update(end_s="noon")),
    "troubles in words": ("results.json", lambda found: found["runs"][0].update(troubles="none")),
    "alarms of one word": ("results.json", lambda found: found["runs"][0]["troubles"].update(alarms=["x"])),
    "another schema": ("prepared/study.json", lambda found: found.update(schema=1)),
    "options in a list": ("prepared/study.json", lambda found: found["scenario"].update(options=[1])),
    "another key": ("prepared/study.json", lambda found: found.update(__class__="os.system")),
    "no signals": (f"prepared/{PREPARED}", lambda found: found.pop("signals") and None),
    "a loop too far": (f"prepared/{PREPARED}", lambda found: first(found["layout"]["lane_loops"])[0].update(stop=9999)),
    "a loop in words": (f"prepared/{PREPARED}", lambda found: first(found["layout"]["lane_loops"])[0].update(stop="1")),
    "a link too far": (f"prepared/{PREPARED}", lambda found: first(found["signals"])["lanes"][0].update(links=[500])),
    "a link below": (f"prepared/{PREPARED}", lambda found: first(found["signals"])["links"][0].update(index=-7)),
    "a short state": (f"prepared/{PREPARED}", lambda found: first(found["signals"])["phases"][0].update(state="G")),
    "fewer lamps": (f"prepared/{PREPARED}", lambda found: first(found["signals"]).update(n_links=3)),
    "a table of another size": (f"prepared/{PREPARED}",
                                lambda found: first(found["signals"])["conflicts"].update(shape=[10**9, 10**9])),
    "a table of objects": (f"prepared/{PREPARED}",
                           lambda found: first(found["signals"])["conflicts"].update(dtype="O")),
    "a table of no bytes": (f"prepared/{PREPARED}",
                            lambda found: first(found["signals"])["conflicts"].update(base64=7)),
}  # fmt: skip


def first(content: dict[str, Any]) -> Any:
    return next(iter(content.values()))


@pytest.mark.parametrize("odd", list(ODD))
def test_json_that_is_something_else(odd: str, copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    name, change = ODD[odd]
    edit(copy / name, change)
    assert Path(name).name in said(["report", str(copy)], capfd)


@pytest.mark.parametrize("text", ["", "{", "null", "7", "[" * 100_000, '"x', "\0", '{"a": ' + "9" * 5000 + "}"])
@pytest.mark.parametrize("name", ["results.json", "prepared/study.json", f"prepared/{PREPARED}"])
def test_files_that_are_no_json_of_ours(text: str, name: str, copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (copy / name).write_text(text)
    assert Path(name).name in said(["report", str(copy)], capfd)


@pytest.mark.parametrize("name", [f"{name}.xml" for name in ("tripinfo", "tlsstates", "summary", "edges", "routes",
                                                             "queues", "passages", "emissions")])
@pytest.mark.parametrize("how", ["half", "one line less", "nothing", "a pipe"])
def test_half_a_file_is_never_read_in_silence(name: str, how: str, copy: Path,
                                              capfd: pytest.CaptureFixture[str]) -> None:
    path = copy / "runs/fixed/1" / name
    whole = path.read_bytes()
    if how == "a pipe":
        path.unlink()
        os.mkfifo(path)
    else:
        lines = whole.splitlines(keepends=True)
        shorter = {"half": whole[:len(whole) // 2], "one line less": b"".join(lines[:-1]), "nothing": b""}
        path.write_bytes(shorter[how])
    found = said(["report", str(copy)], capfd)
    assert name in found
    assert "again" in found


def test_events_of_a_run_that_was_cut_short(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, log = copy / "runs/fixed/1/tlsstates.xml", copy / "log.csv"
    events = ["events", str(copy), "-c", "fixed", "-o", str(log)]
    assert main(events) == 0
    whole = len(log.read_text().splitlines())
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    log.unlink()
    assert "tlsstates.xml: ends in the middle" in said(events, capfd)
    assert not log.exists()
    assert main([*events, "--partial"]) == 0
    assert 0 < len(log.read_text().splitlines()) < whole


@pytest.mark.parametrize("text", ["[]", "{}", "null", "{", "", '{"run": "same"}'])
def test_a_damaged_run_is_done_anew(text: str, copy: Path, small_world: Path) -> None:
    place = copy / "runs/fixed/1"
    row = json.loads((place / "run.json").read_text())
    spec = RunSpec(read_study(copy / "prepared/study.json"), "fixed", 1, str(place), identity=row["run"])
    assert made_before(spec) == row
    (place / "run.json").write_text(text.replace("same", row["run"]))
    assert made_before(spec) is None


def test_a_spec_is_read_as_it_was_written(copy: Path, tmp_path: Path) -> None:
    study = read_study(copy / "prepared/study.json")
    spec = RunSpec(study, "adaptive+horizon_s=40", 7, str(copy / "runs/adaptive/7"), True, "ab", "restart")
    write_spec(spec, copy / "runs/adaptive/7/spec.json")
    again = read_spec(copy / "runs/adaptive/7/spec.json", copy)
    assert Path(again.study.prepared).samefile(study.prepared)
    assert encode(again) | {"study": None} == encode(spec) | {"study": None}
    assert (copy / "prepared" / NETWORK).is_file()


def test_a_killed_process_is_called_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dies.py").write_text(
        "import os, signal\nprint('Try to uninstall pyarrow')\nos.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RunDied, match=r"killed by signal 9 \(SIGKILL\)") as died:
        fresh_run("dies", tmp_path / "spec.json", tmp_path, lambda message: None)
    assert "pyarrow" not in str(died.value)


@pytest.mark.parametrize(("kind", "found"), [
    (int, "1"), (int, True), (int, 2**70), (float, "1"), (float, None), (bool, 1), (str, 7), (tuple[int, ...], {}),
    (tuple[int, str], [1]), (dict[str, int], {"a": "b"}), (int | None, "x"), (float, 10**400)])
def test_the_codec_takes_nothing_for_something_else(kind: Any, found: Any) -> None:
    with pytest.raises(BadRecord):
        decode(kind, found, "place")
