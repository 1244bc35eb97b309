"""What the engine is given beside a controller, group by group, is what it has inside SUMO: field by field."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from bench.desk.site_of import site_of
from controllers.cabinet.arrays import intersection
from controllers.cabinet.check import about_file
from controllers.cabinet.site import SignalSite, parse_site
from network import arrays
from signal_core.tables.arrays import NEVER
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from tests.cabinet.junctions import JUNCTIONS, prepared_signal

OF_OTHER_SIGNALS = {"upstream", "upstream_link", "past", "fed_ptr", "fed_loop"}
"""Loops of other signals, which another controller has."""
NOT_TOLD = {"least_clear_s", "cycle_s"}
"""A site file has no detectors on crossings that the process could read: they are the controller's own. Its cycle is
that of the plan it has, in whole seconds."""
BY_LINK = {"yellow_s", "min_green_s", "unwatched", "max_green_s", "max_red_s"}
BY_PAIR = {"conflicts", "intergreen_s", "yielded_s", "walk_lead_s", "ends_with"}
LONGEST = {"traffic_lead_s", "caught_s", "caught_rest_s"}
"""Of the pairs of links of two groups: a turn of a group does not begin before the others of it."""
BY_STAGE = {"shown_s", "home", "has_sneakers", "min_split_s"}
BY_LANE = {"bounded", "mid_storage", "far_storage", "claim_vps"}
FEEDS = ("mid", "far", "exits")


def _read_again(site: SignalSite) -> SignalSite:
    return parse_site({"name": "x", "signals": [site.model_dump(mode="json")]}, "x").signals[0]


def _pair(name: str, folder: Path) -> tuple[Intersection, Intersection, dict[int, int]]:
    """Inside SUMO, beside a controller; and of every link that is on one, its group."""
    signal, layout = prepared_signal(name, folder)
    site = site_of(signal, layout, most_phases=40, by_conflicts=True)
    found = intersection(_read_again(site), by_groups=True)
    group = {link: k for k, one in enumerate(site.groups) for link in one.links}
    return arrays.intersection(signal.with_added(), layout), found, group


@pytest.mark.parametrize("name", JUNCTIONS)
def test_field_by_field(tmp_path: Path, name: str) -> None:
    inside, beside, group = _pair(name, tmp_path)
    links, groups = list(group), [group[i] for i in group]
    assert inside.n_phases == beside.n_phases
    for field in fields(Intersection):
        ours, theirs = getattr(beside, field.name), getattr(inside, field.name)
        assert (ours is None) == (theirs is None) or field.name in OF_OTHER_SIGNALS | NOT_TOLD, field.name
        if field.name in BY_LINK and theirs is not None:
            assert np.array_equal(ours[groups], theirs[links]), field.name
        elif field.name in BY_PAIR and theirs is not None:
            same = np.array(groups)[:, None] == np.array(groups)
            assert np.array_equal(np.where(same, 0, ours[np.ix_(groups, groups)]),
                                  np.where(same, 0, theirs[np.ix_(links, links)])), field.name
        elif field.name in LONGEST and theirs is not None:
            most = np.zeros_like(ours)
            np.maximum.at(most, np.ix_(groups, groups), theirs[np.ix_(links, links)])
            np.fill_diagonal(most, 0)
            assert np.array_equal(ours, most), field.name
        elif field.name in BY_STAGE:
            assert np.array_equal(ours, theirs), field.name
        elif field.name in BY_LANE:
            assert np.allclose(ours, theirs, atol=1e-3), field.name
    assert np.array_equal(beside.phase_codes[:, groups], inside.phase_codes[:, links])
    assert np.allclose(beside.service_vps, inside.service_vps, atol=1e-4)
    assert (beside.adapts, beside.plan_locks) == (inside.adapts, inside.plan_locks)
    assert {frozenset(one) for one in beside.forbidden} == {
        frozenset(group[i] for i in one if i in group) for one in inside.forbidden}


@pytest.mark.parametrize("name", JUNCTIONS)
def test_lanes_begin_when_they_do_inside(tmp_path: Path, name: str) -> None:
    inside, beside, _ = _pair(name, tmp_path)
    never = inside.start_lag_s == NEVER
    assert np.array_equal(beside.start_lag_s == NEVER, never)
    assert np.abs(np.where(never, 0, beside.start_lag_s - inside.start_lag_s)).max() <= 1


@pytest.mark.parametrize("name", JUNCTIONS)
def test_loops_are_the_same(tmp_path: Path, name: str) -> None:
    signal, layout = prepared_signal(name, tmp_path)
    inside = arrays.intersection(signal.with_added(), layout)
    site = _read_again(site_of(signal, layout, most_phases=40, by_conflicts=True))
    beside = intersection(site, by_groups=True)
    ids, names = [loop.id for loop in layout.loops], [detector.name for detector in site.detectors]
    assert [ids[k] for k in inside.stop_loop] == [names[k] for k in beside.stop_loop]
    for field in FEEDS:
        ours, theirs = getattr(beside, field), getattr(inside, field)
        assert len(theirs.loop) > 0, field
        assert [names[k] for k in ours.loop] == [ids[k] for k in theirs.loop], field
        for part in ("ptr", "share", "lag_s"):
            assert np.allclose(getattr(ours, part), getattr(theirs, part), atol=1e-4), (field, part)
    of_number = {detector.number: detector for detector in site.detectors}
    assert all(of_number[feed.detector].distance_m < 0.0 for lane in site.lanes for feed in lane.exits)


@pytest.mark.parametrize("name", JUNCTIONS)
def test_roads_behind_the_junction_are_the_same(tmp_path: Path, name: str) -> None:
    """Whose turn it is behind a junction is kept by road, whether its lanes have one detector or several."""
    signal, layout = prepared_signal(name, tmp_path)
    inside = pack([arrays.intersection(signal.with_added(), layout)])
    site = _read_again(site_of(signal, layout, most_phases=40))
    beside = pack([intersection(site)])
    assert len(inside.exit_road) > 0
    for field in ("exit_road", "exit_ptr", "exit_lane"):
        assert np.array_equal(getattr(beside, field), getattr(inside, field)), field
    assert np.allclose(beside.exit_share, inside.exit_share, atol=1e-4)


def test_a_file_that_names_no_roads_has_each_detector_behind_the_junction_on_its_own(tmp_path: Path) -> None:
    signal, layout = prepared_signal("actuated", tmp_path)
    site = site_of(signal, layout)
    older = site.model_copy(update={"detectors": tuple(
        one.model_copy(update={"road": None}) for one in site.detectors)})
    assert len(set(pack([intersection(site)]).exit_road.tolist())) == 4
    alone = pack([intersection(_read_again(older))])
    assert alone.exit_road.tolist() == list(range(len(alone.exit_loop)))
    assert len(alone.exit_road) == 8


def test_a_street_without_loops_behind_the_junction(tmp_path: Path) -> None:
    signal, layout = prepared_signal("actuated", tmp_path)
    whole, without = (site_of(signal, layout, exits=exits) for exits in (True, False))
    assert without.detectors == whole.detectors[:len(without.detectors)]
    assert not any(lane.exits for lane in without.lanes)
    assert len(pack([intersection(without)]).exit_loop) == 0 < len(pack([intersection(whole)]).exit_loop)
    told = [[one.what for one in about_file(site) if "behind the junction" in one.what] for site in (whole, without)]
    assert [len(each) for each in told] == [0, 1]


def test_every_field_is_looked_at() -> None:
    looked = BY_LINK | BY_PAIR | LONGEST | BY_STAGE | BY_LANE | OF_OTHER_SIGNALS | NOT_TOLD | set(FEEDS) | {
        "id", "exit_road", "phase_codes", "service_vps", "start_lag_s", "lane_link_ptr", "lane_links", "stop_loop",
        "road", "adapts", "plan_locks", "forbidden"}
    assert looked == {field.name for field in fields(Intersection)}
