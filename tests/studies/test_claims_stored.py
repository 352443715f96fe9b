"""The stored result of the claims: whole, of a full run, and with verdicts that follow from its numbers."""

from __future__ import annotations

import json
import math

from liquid.studies import stored
from liquid.studies.claims.catalogue import CLAIMS
from liquid.studies.claims.study import NAME, load

IDS = {
    *("parameters", "part-3", "noise", "spike", "gate", "robustness", "irregular", "dt", "stability", "bounded"),
    "chaotic",
    "cfc-dropped",
}


def test_the_stored_result_is_whole_and_its_verdicts_follow_from_its_numbers() -> None:
    found = load()
    assert set(found) == set(CLAIMS) == IDS
    assert not any(one.quick for one in found.values())
    assert json.loads((stored.FOLDER / f"{NAME}.json").read_text())["verdicts"] == {
        name: one.verdict for name, one in found.items()
    }
    for one in found.values():
        assert one.date
        assert {"python", "torch", "numpy"} <= set(one.versions)
        assert one.seconds >= 0
        assert one.why
        assert all(math.isfinite(check.value.mean) for check in one.checks)
    assert sum(one.seconds for one in found.values()) / 2 < 30 * 60  # two at a time, on a busy machine
