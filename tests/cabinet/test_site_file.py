"""The site file: what is written is read again, and what does not fit is said in one line that names the place."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.cabinet.arrays import Times, group_times, intersection, stricter
from controllers.cabinet.check import about_file
from controllers.cabinet.site import parse_site, read_site, schema
from controllers.cabinet.site_parts import Secret
from controllers.cabinet.site_text import write_toml
from network.errors import ScenarioError
from signal_core.tables.arrays import NEVER
from signal_core.tables.packed import pack
from tests.cabinet.sites import crossing, crossing_site


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    site = crossing_site()
    path = tmp_path / "site.toml"
    path.write_text(write_toml(site), encoding="utf-8")
    assert read_site(path) == site
    assert read_site(path).hash == site.hash


def test_the_schema_is_one_and_takes_the_file() -> None:
    content = tomllib.loads(write_toml(crossing_site()))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(json.loads(json.dumps(content)), schema())


def test_the_hash_is_of_the_content() -> None:
    changed = crossing()
    changed["signals"][0]["phases"][0]["min_green_s"] = 6.0
    assert parse_site(changed, "x").hash != crossing_site().hash


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "conflict with priority": (lambda s: s["stages"][0].update(show="GGG"), "conflict and both have priority"),
    "one-sided conflict": (lambda s: s["groups"][2].update(conflicts=[1]), "but 3 not with 2"),
    "no such detector": (lambda s: s["lanes"][0].update(stop=99), "no detector 99"),
    "two in one ring": (lambda s: s["stages"][0].update(phases=[1, 3]), "never on together"),
    "a letter too few": (lambda s: s["stages"][1].update(show="rr"), "2 letters for 3 groups"),
    "green without phase": (lambda s: s["stages"][2].update(show="GGr"), "in none of its phases"),
    "twice": (lambda s: s["phases"][1].update(number=1), "phase 1 stands there twice"),
    "not a number": (lambda s: s["phases"][0].update(min_green_s=float("nan")), "finite"),
    "unknown word": (lambda s: s["phases"][0].update(mingreen=5), "mingreen: no such key; docs"),
    "left out": (lambda s: s["phases"][0].pop("yellow_s"), "yellow_s: is missing"),
    "rates": (lambda s: s["lanes"][0].update(service_vps=[0.5]), "1 rates for 3 stages"),
    "split of nothing": (lambda s: s["plan"]["splits"].update({"9": 10}), "no phase 9"),
    "who is caught by whom": (lambda s: s["groups"][0].update(caught_s={"2": 5.0}), "caught_s of '2', no channel"),
    "caught without rest": (lambda s: s["groups"][0].update(caught_s={"3": 5.0}), "only one of caught_s and caught"),
    "caught for ever": (lambda s: s["groups"][0].update(caught_s={"3": 256.0}), "less than or equal to 255"),
    "part of no stage": (lambda s: s["stages"][2].update(part_of=9), "stage 3: part_of: no stage 9"),
    "greens that never end": (lambda s: s["phases"][2].update(min_green_s=255.0), "up to 255 s after clearances"),
    "clearances that never end": (lambda s: s["phases"][2].update(red_clear_s=3000.0), "clearances of up to 3003 s"),
    "no secret": (lambda s: s["link"].update(community={}), "community"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_what_does_not_fit_is_named(broken: str) -> None:
    change, said = BREAKS[broken]
    content = crossing()
    change(content["signals"][0])
    with pytest.raises(ScenarioError, match=said) as caught:
        parse_site(content, "here.toml")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("here.toml: signals.1")


def test_a_file_that_is_no_toml_is_one_line(tmp_path: Path) -> None:
    for content in (b"[[", b"\xff\xfe", b"x = " + b"[" * 50_000):
        path = tmp_path / "site.toml"
        path.write_bytes(content)
        with pytest.raises(ScenarioError, match=r"site\.toml"):
            read_site(path)
    with pytest.raises(ScenarioError, match="no site file"):
        read_site(tmp_path / "nothing.toml")


def test_secrets_are_read_from_where_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_text("word\n", encoding="utf-8")
    monkeypatch.setenv("A_SECRET", "other")
    assert Secret(file=str(path)).read() == "word"
    assert Secret(env="A_SECRET").read() == "other"
    with pytest.raises(ScenarioError, match="NOT_THERE"):
        Secret(env="NOT_THERE").read()


def test_the_arrays_of_the_engine_have_the_times_of_the_controller() -> None:
    site = crossing_site().signals[0]
    array = intersection(site)
    assert pack([array]).cycle_s.tolist() == [50.0]
    assert array.yellow_s.tolist() == [3, 3, 3]
    assert array.intergreen_s[0, 2] == 5
    assert array.intergreen_s[0, 1] == 0
    assert array.start_lag_s[0, 1].tolist() == [NEVER, NEVER, 5]
    assert array.start_lag_s[0, 2].tolist() == [0, NEVER, NEVER]  # the group goes on between two of its phases
    assert array.home is not None
    assert array.home.tolist() == [0, 1, 0]
    assert array.min_split_s[0, 1] == 10


def test_who_is_caught_inside_is_waited_for_as_the_file_says() -> None:
    content = crossing()
    content["signals"][0]["groups"][0] |= {"caught_s": {"3": 8.5}, "caught_rest_s": {"3": 6.0}}
    site = parse_site(content, "x")
    assert read_back(write_toml(site)) == site
    tables = pack([intersection(site.signals[0])])
    assert tables.caught_s.reshape(3, 3).tolist() == [[0, 0, 9], [0, 0, 0], [0, 0, 0]]
    assert tables.caught_rest_s.reshape(3, 3).tolist() == [[0, 0, 6], [0, 0, 0], [0, 0, 0]]


def test_check_names_channels_whose_wait_is_not_told() -> None:
    content = crossing()
    content["signals"][0]["lanes"][0]["waits_inside"] = [1]
    assert [one.what[:26] for one in about_file(parse_site(content, "x").signals[0]) if "caught_s" in one.what] == [
        "no caught_s of channel 1, "]
    content["signals"][0]["groups"][0] |= {"caught_s": {"3": 8.5}, "caught_rest_s": {"3": 6.0}}
    assert not [one for one in about_file(parse_site(content, "x").signals[0]) if "caught_s" in one.what]


def test_a_group_is_cleared_by_whichever_of_its_phases_ends_it() -> None:
    content = crossing()
    content["signals"][0]["phases"][2]["red_clear_s"] = 1.0
    site = parse_site(content, "x").signals[0]
    assert intersection(site).intergreen_s[0, 2] == 5  # planned for with the longest
    assert group_times(site, min)[1].tolist() == [4, 5, 5]  # looked at with the shortest


def test_the_stricter_of_two_times_holds() -> None:
    site = crossing_site().signals[0]
    both = stricter(site, {1: Times(8.0, 4.0, 1.0), 2: Times(3.0, 3.5, 3.0)})
    first, second = both.phases[0], both.phases[1]
    assert (first.min_green_s, first.yellow_s, first.red_clear_s) == (8.0, 4.0, 2.0)
    assert (second.min_green_s, second.yellow_s, second.red_clear_s) == (5.0, 3.5, 3.0)
    assert np.all(intersection(both).intergreen_s >= intersection(site).intergreen_s)


WORDS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 300), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)))


@given(st.sampled_from(["link", "limits", "groups", "phases", "stages", "lanes", "detectors", "plan", "id"]), WORDS)
def test_whatever_stands_in_it_is_a_site_or_one_line(part: str, instead: Any) -> None:
    content = crossing()
    content["signals"][0][part] = instead
    site, said = outcome(content)
    assert "\n" not in said
    assert site is None or read_back(write_toml(site)) == site


def outcome(content: dict[str, Any]) -> tuple[Any, str]:
    """The site, or what is wrong with it."""
    try:
        return parse_site(content, "here"), ""
    except ScenarioError as error:
        return None, str(error)


def read_back(text: str) -> Any:
    """The site of a text."""
    return parse_site(tomllib.loads(text), "text")
