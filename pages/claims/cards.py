"""What the claims page shows of a claim: a card with its number and verdict, the doors, and measuring it again live."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from liquid.engine import Task
from liquid.studies.claims.catalogue import Claim
from liquid.studies.claims.study import ClaimResult, ClaimsConfig, load, measure
from liquid.studies.claims.verdict import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED
from pages.shared.browser import to_the_top
from pages.shared.job import answer

BADGES: dict[str, tuple[str, Any]] = {
    HOLDS: (":material/check_circle:", "green"),
    IN_PART: (":material/contrast:", "blue"),
    NOT_DECIDED: (":material/help:", "gray"),
    DOES_NOT_HOLD: (":material/cancel:", "orange"),
}


@st.cache_data(ttl="10m")
def stored_claims() -> dict[str, ClaimResult]:
    return load()


@dataclass(frozen=True)
class Door:
    """A page, the settings that show the claim there, and what to look for."""

    page: str
    look_for: str
    query: dict[str, str] = field(default_factory=dict)


FRESH = {"series": "sines", "tau_layer": "Fresh, untrained"}
DOORS = {
    "bounded": Door(
        "pages/solver/page.py",
        "A hard case: strong weights and an input that jumps, and yet the path does not run away. The range itself is "
        "tested here and not drawn there.",
        {"preset": "fast"},
    ),
    "stability": Door(
        "pages/solver/page.py",
        "A step beyond the fastest neuron: the path runs away, and the page says past which limit.",
        {"preset": "unstable"},
    ),
    "dt": Door(
        "pages/solver/page.py",
        "Raise the unfolds, then halve dt instead; the tab named dt is a clock compares the two.",
        {"preset": "calm", "calm-dt": "0.2", "calm-unfolds": "2"},
    ),
    "parameters": Door(
        "pages/train/page.py",
        "Train the LSTM of size 8, then Liquid: the parameters stand beside the result. There both read the series' "
        "change as a second input, so the counts are 393 and 113 where the article's inputs make 361 and 105.",
        {"series": "sines", "model": "LSTM", "state_size": "8", "members": "1", "horizon": "1"},
    ),
    "part-3": Door(
        "pages/train/page.py",
        "A Liquid layer of the article's size on a sum of sines, beside persistence and a linear regression: press "
        "Train. It reads the series' change as well, so it has 113 parameters, not 105, and it is trained otherwise; "
        "the article's own protocol is the cloud on this page.",
        {"series": "sines", "state_size": "8", "members": "1", "dt": "0.1", "horizon": "1"},
    ),
    "noise": Door(
        "pages/time_constant/page.py",
        "Noise as strong as the series, neuron by neuron. The trained layer there is one network, and reads the "
        "series' change as well: noise moves it more than the layers of this claim, which read the value alone.",
        {**FRESH, "tau_noise": "1.0"},
    ),
    "spike": Door(
        "pages/time_constant/page.py",
        "One spike of five standard deviations; change its sign, and the neurons change sides.",
        {**FRESH, "tau_place": "spike", "tau_spike": "5.0"},
    ),
    "gate": Door(
        "pages/home/page.py",
        "One neuron under a held input: drag the level, and the gate follows it although nothing changes any more.",
        {"neuron_input": "3.0", "neuron_sample": "50"},
    ),
    "robustness": Door(
        "pages/benchmark/page.py",
        "Every level of noise that the networks were tested at, beside the one they were trained at.",
        {"benchmark_view": "When the data shift", "shift_kind": "Noise"},
    ),
    "irregular": Door(
        "pages/benchmark/page.py",
        "Few or many samples missing: Liquid with its true steps, and the LSTM with and without the time.",
        {"benchmark_view": "When the data shift", "shift_kind": "Uneven samples"},
    ),
    "chaotic": Door(
        "pages/train/page.py",
        "A sum of sines can be forecast far ahead. Try the same horizon on Lorenz.",
        {"series": "sines", "horizon": "40"},
    ),
}


def card(claim: Claim, result: ClaimResult) -> None:
    """One claim: words, verdict, number, why; a door, a live measurement, and all its statements on request."""
    icon, colour = BADGES[result.verdict]
    with st.container(border=True):
        st.badge(result.verdict, icon=icon, color=colour)
        st.markdown(f"**{claim.words}** [Article: {claim.part}]({claim.link})")
        st.markdown(f"{result.headline.text}: **{result.headline.number}**")
        st.caption(result.why)
        with st.container(horizontal=True):
            _door(claim.id)
            again: ClaimResult | None = answer(
                f"again-{claim.id}",
                claim.id,
                lambda: Task(measure, (ClaimsConfig(quick=True, only=(claim.id,)),)),
                label="Measure again",
                help="A quick measurement on this server, from nothing: fewer repetitions, so wider intervals.",
                icon=":material/replay:",
                quiet=True,
            )
        if again is not None:
            st.success(
                f"Measured again just now in {again.seconds:.0f} s, quickly: **{again.headline.number}**; "
                f"{again.verdict}.",
                icon=":material/replay:",
            )
        with st.expander("How it was measured", on_change="rerun", key=f"details-{claim.id}") as details:
            if details.open:
                st.markdown(claim.test)
                st.dataframe(statements(result), hide_index=True, alt=f"The statements tested for: {claim.words}")
                st.caption(made(result))


def _door(name: str) -> None:
    door = DOORS[name]
    if st.button("See it", icon=":material/door_open:", key=f"door-{name}", help=door.look_for):
        to_the_top()
        st.switch_page(door.page, query_params=door.query)


def statements(result: ClaimResult) -> pd.DataFrame:
    """Every statement of a claim with its number, the range that it requires, and the outcome."""
    return pd.DataFrame(
        {
            "statement": [one.text for one in result.checks],
            "number [95 % interval]": [one.number for one in result.checks],
            "required": [one.required for one in result.checks],
            "outcome": [one.outcome for one in result.checks],
        }
    )


def made(result: ClaimResult) -> str:
    """When, in how long, and with what a result was made."""
    versions = ", ".join(f"{library} {number}" for library, number in result.versions.items())
    pace = ", quick" if result.quick else ""
    return f"Measured on {result.date} in {result.seconds:,.0f} s{pace}, seed {result.seed}; {versions}."
