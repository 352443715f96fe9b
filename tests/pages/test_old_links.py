"""Links of version 1, as they were sent when 0.1.0 was out, still set what they asked for. Never write them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_links import opened, values

LINKS = json.loads(Path(__file__).with_name("links_version_1.json").read_text(encoding="utf-8"))


# The live layer came in the place of one neuron, a claim's own experiment is made where it is opened, and the rest does
# nothing in the state that these links ask for.
MAY_BE_AWAY = {"neuron_input", "neuron_sample", "claims_state", "tau_spike", "tau_at", "tau_size"}


def renamed(values: dict[str, Any]) -> dict[str, Any]:
    """The two ends of the Solver page's tau are one range now."""
    ends = {name: value for name, value in values.items() if name.endswith(("-tau-low", "-tau-high"))}
    ranges = {
        f"tau-{name.removesuffix('-tau-low')}": (low, ends[name.replace("low", "high")])
        for name, low in ends.items()
        if name.endswith("-tau-low")
    }
    return {name: value for name, value in values.items() if name not in ends} | ranges


@pytest.mark.parametrize("old", LINKS, ids=[f"{number} {old['page']}" for number, old in enumerate(LINKS)])
def test_an_old_link_opens_as_it_did(old: dict[str, Any]) -> None:
    app = opened(old["page"], **old["link"])
    assert not app.warning
    assert not app.error
    shown = values(app)
    meant = renamed(old["values"])
    names = {name for name in meant if name in shown or name not in MAY_BE_AWAY}
    assert {name: shown[name] for name in names} == {name: meant[name] for name in names}
    assert names or old["page"] in ("home", "claims")


def test_a_link_with_a_models_former_name_opens() -> None:
    app = opened("train", **{"model": "Liquid, article", "rate-Liquid, article": "0.2", "v": "1"})
    assert not app.warning
    shown = values(app)
    assert (shown["model"], shown["rate-Liquid (article)"]) == ("Liquid (article)", 0.2)
    assert "rate-Liquid, article" not in app.query_params
