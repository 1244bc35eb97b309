"""Whether a signal is driven group by group is said by the site file and by the check, and is what the wire does."""

from __future__ import annotations

import pytest

from controllers.cabinet.driven import BY_GROUPS, how_driven, lacks_for_groups, not_kept
from controllers.cabinet.site import SignalSite, parse_site
from tests.cabinet.sites import crossing, crossing_by_groups, crossing_with_pairs


def _site(content: dict[str, object]) -> SignalSite:
    return parse_site(content, "x").signals[0]


@pytest.mark.parametrize(("omits", "rests", "said"), [
    (True, True, ""), (False, True, "ringControlGroupOmitRedClear"), (True, False, "ringControlGroupRedRest")])
def test_a_controller_without_the_objects_is_driven_phase_by_phase(omits: bool, rests: bool, said: str) -> None:
    site = _site(crossing_by_groups())
    assert lacks_for_groups(site, omits, rests).endswith(said)
    assert (how_driven(site, omits, rests) == BY_GROUPS) == (not said)


def test_a_file_without_phases_of_groups_or_clearances_by_pair_says_which() -> None:
    assert "no phase of its own for channel 1" in how_driven(_site(crossing_with_pairs()))
    content = crossing_by_groups()
    for group in content["signals"][0]["groups"]:
        group["clear_s"] = group["yielded_s"] = {}
    assert how_driven(_site(content)) == "drive: phase by phase, as the site file has no clear_s"


def test_by_other_protocols_the_file_need_not_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert how_driven(_site(crossing(protocol="tlcfi", user="x"))) == BY_GROUPS
    assert "not by RSMP" in how_driven(_site(crossing(protocol="rsmp")))


def test_what_holds_group_by_group_alone_is_said_where_it_is_lost() -> None:
    content = crossing_by_groups()
    turn, ahead = content["signals"][0]["groups"][:2]
    turn |= {"walk_lead_s": {"2": 4.0}, "ends_with": [2]}
    ahead |= {"traffic_lead_s": {"1": 2.0}, "ends_with": [1]}
    content["signals"][0]["stages"][0]["show"] = "Ggr"  # the third stage goes on with channel 1 alone
    site = _site(content)
    assert not_kept(site) == ""
    lost = not_kept(site, omits_red=False)
    assert "without walk_lead_s of channel 1, traffic_lead_s of channel 2, ends_with of channel 2 (a yellow" in lost
    assert not_kept(_site(crossing_with_pairs())) == ""
