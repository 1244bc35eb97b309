"""Who starts after whom: by hand."""

from __future__ import annotations

import numpy as np

from network.safety.traffic_leads import LEAD_S, traffic_leads
from tests.network.programs_by_hand import link, one_way


def test_who_gives_way_to_traffic_starts_after_it_and_walkers_are_not_asked() -> None:
    turn, against, crossing = range(3)
    links = (link(turn), link(against), link(crossing, 1.4, crossing=True, length_m=6.0))
    yields = one_way(3, [(turn, against), (turn, crossing), (crossing, against)])
    found = traffic_leads(links, yields, "plan")
    assert np.argwhere(found).tolist() == [[turn, against]]
    assert found[turn, against] == LEAD_S
    assert not traffic_leads(links, yields, "resco").any()
