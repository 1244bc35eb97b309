"""Controllers by name, and settings in a name."""

from __future__ import annotations

import pytest

from controllers import registry
from network.errors import ScenarioError
from signal_core.settings import Settings


@pytest.mark.parametrize("name", registry.names())
def test_every_name_makes_a_controller(name: str) -> None:
    assert registry.get(name).name == name
    assert registry.get(name).make(Settings()) is not None
    assert registry.settings_for(name, Settings()) == Settings()


def test_a_name_may_change_settings_and_keeps_the_others() -> None:
    given = Settings(max_red_s=90)
    changed = registry.settings_for("adaptive+horizon_s=40+packing=2.5", given)
    assert changed == given._replace(horizon_s=40, packing=2.5)
    assert isinstance(changed.horizon_s, int)
    assert registry.get("adaptive+horizon_s=40") is registry.get("adaptive")


@pytest.mark.parametrize(("name", "said"), [
    ("adaptiv", "unknown controller 'adaptiv'"), ("adaptiv+horizon_s=40", "unknown controller 'adaptiv'"),
    ("adaptive+horizon=40", "no setting 'horizon'; perhaps horizon_s is meant"),
    ("adaptive+horizon_s=4.5", "a whole number"),
    ("adaptive+packing=many", "a number"), ("adaptive+packing=-1", "from 0 to"), ("adaptive+packing=nan", "0 to"),
    ("adaptive+packing=inf", "from 0 to 1000"), ("adaptive+horizon_s=1000000000", "from 1 to 3600"),
    ("adaptive+horizon_s=0", "from 1 to 3600"), ("adaptive+stall_s=" + "9" * 5000, "a whole number"),
    ("adaptive+", "no setting ''"), ("adaptive+packing", "a number")])
def test_a_bad_name_says_what_there_is(name: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said.replace("(", r"\(")):
        registry.get(name)
