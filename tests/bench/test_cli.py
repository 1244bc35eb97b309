"""Bad input is one line and exit code 2, never a traceback."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli.main import COMMANDS, main


def run(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "nowhere.sumocfg"], "nowhere.sumocfg"),
        (["live", "nowhere"], "nowhere: not there; give a results folder"),
        (["compare", "CFG", "-c", "fixed,magic"], "unknown controller 'magic'; choose from fixed"),
        (["compare", "CFG", "-c", ","], "name at least one controller"),
        (["compare", "CFG", "--seeds", "x"], "write 1:3 or 1,5,9"),
        (["compare", "CFG", "--detectors", "9,1"], "must ascend"),
        (["compare", "CFG", "-c", "adaptiv"], "perhaps adaptive is meant, or name one of your own"),
        (["compare", "CFG", "-b", "noon"], "-b 'noon' is not a time; give seconds or h:m:s"),
        (["compare", "CFG", "-e", "0"], "end: 0 s is not after the begin, 0 s; give a later one with -e"),
        (["run", "CFG", "-b", "0:30:00", "-e", "900"], "end: 900 s is not after the begin, 1800 s"),
        (["compare", "TYPO"], "typo.sumocfg: Could not set option 'end' because attribute 'value' is missing"),
        (["compare", "CFG", "--protocol", "none"], "--protocol"),
        (["compare", "CFG", "--jobs", "0"], "--jobs"),
        (["compare", "CFG", "--", "--nonsense"], "nonsense"),
        (["compare", "CFG", "--", "--step-length", "2"], "needs 1 s or less; set it"),
        (["compare", "CFG", "--", "--mesosim"], "microscopic model only; turn it off: -- --mesosim false"),
        (["sweep", "CFG", "--", "--step-length", "1.5"], "needs 1 s or less; set it"),
        (["compare", "NET", "-r", "nowhere.rou.xml"], "nowhere.rou.xml"),
        (["compare", "NET", "-r", "BROKEN", "-e", "10"], "broken.rou.xml:2: SUMO says: The edge 'nowhere'"),
        (["compare", "UNSIGNALLED", "-r", "ROUTES", "-e", "10"], "no traffic signals"),
        (["compare", "NET"], "no routes, so nobody would drive"),
        (["plan", "NET", "-e", "10", "-o", "p.add.xml"], "no routes, so nobody would drive"),
        (["plan", "CFG", "-b", "90000", "-e", "90010", "-o", "p.add.xml"], "no trip was scheduled"),
        (["compare", "CFG", "--scale", "1.2"], "go behind --"),
        (["run", "CFG", "--controller", "fixed,adaptive"], "one name here"),
        (["check", "CFG", "--signal", "0"], "no signal '0'; choose from 1x1, 2x1"),
        (["site", "CFG", "--signal", "1x11"], "no signal '1x11'; perhaps 1x1 is meant"),
        (["check", "EMPTY"], "empty.net.xml: no usable network (no 'version')"),
        (["plan", "CFG", "-o", "."], "a directory; choose a file with -o"),
        (["sweep", "CFG", "--scales", "inf"], "above 0 and up to 100"),
        (["desk", "CFG", "--port", "99999"], "not a whole number from 1 to 65535"),
        (["shadow", "log.csv", "--signal", "north"], "--signal: 'north' is no whole number; see"),
        (["live", "CFG", "--speed", "fast"], "--speed: 'fast' is no number; see"),
        (["bench", "week", "--days", "-1"], "--days: '-1' is not a number above 0"),
        (["bench", "latency", "--deadline-ms", "-5"], "--deadline-ms: '-5' is not a number above 0"),
        (["bench", "start", "--fail-above", "nan"], "--fail-above: 'nan' is not a number above 0"),
        (["cabinet", "audit", "."], "no audit log there; give the folder"),
        (["check"], "CFG"),
        (["frobnicate"], "no command 'frobnicate'; choose from compare, sweep"),
        (["compar", "CFG"], "no command 'compar'; perhaps compare is meant"),
        ([], "COMMAND"),
    ],
)
def test_bad_input(
    words: list[str],
    said: str,
    small_world: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    broken = tmp_path / "broken.rou.xml"
    broken.write_text(
        '<routes>\n<trip id="t" depart="0" from="nowhere" to="else"/></routes>', encoding="utf-8"
    )
    net = small_world.parent / "small.net.xml"
    bare = tmp_path / "bare.net.xml"
    bare.write_text(without_signals(net.read_text(encoding="utf-8")), encoding="utf-8")
    empty = tmp_path / "empty.net.xml"
    empty.write_text("<net/>", encoding="utf-8")
    routes = small_world.parent / "small.rou.xml"
    typo = small_world.with_name("typo.sumocfg")  # beside the files that it names
    typo.write_text(small_world.read_text(encoding="utf-8").replace("<end value", "<end valeu"), encoding="utf-8")
    paths = {"EMPTY": empty, "CFG": small_world, "NET": net, "BROKEN": broken, "ROUTES": routes, "UNSIGNALLED": bare,
             "TYPO": typo}  # fmt: skip
    assert run([str(paths.get(word, word)) for word in words]) == 2
    error = capfd.readouterr().err
    assert said in error
    assert error.startswith("signal-core")
    assert error.count("\n") == 1


@pytest.mark.parametrize("words", [["sweep", "nowhere.sumocfg"], ["bench", "control", "--set", "nowhere.toml"]])
def test_what_is_refused_leaves_no_folder(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words) == 2
    assert not list(tmp_path.iterdir())


def without_signals(net: str) -> str:
    """The network with its signals taken out."""
    import re

    net = re.sub(r"<tlLogic.*?</tlLogic>", "", net, flags=re.DOTALL)
    return re.sub(r' (tl|linkIndex)="[^"]*"', "", net).replace('type="traffic_light"', 'type="priority"')


def test_help_reads_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "--help"]) == 0
    text = capsys.readouterr().out
    for word in ("--seeds", "--protocol", "--detectors", "--backend", "--gui", "--jobs", "adaptive"):
        assert word in text


def test_every_command_is_the_one_its_module_brings() -> None:
    for name, module, says in COMMANDS:
        commands = argparse.ArgumentParser().add_subparsers()
        importlib.import_module(module).register(commands)
        assert list(commands.choices) == [name]
        assert len(says) < 90


def test_help_starts_without_numba_and_networkx() -> None:
    words = "import sys; from bench.cli.main import COMMANDS, main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    done = subprocess.run([sys.executable, "-c", f"{words}print(sorted({{'numba', 'networkx'}} & set(sys.modules)))"],
                          capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_the_extras_a_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "bench.cli.compare", raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)  # as if it were not there
    for name in [name for name in sys.modules if name.startswith("bench.") and name != "bench.cli.main"]:
        if name != "bench.cli":
            monkeypatch.delitem(sys.modules, name)
    assert main(["compare", "x.sumocfg"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "rich" in said
    assert "signal-core[sumo,report]" in said
