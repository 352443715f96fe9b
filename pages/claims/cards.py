"""A claim's card: number and verdict, a link to a page that demonstrates it, and a live measurement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pandas as pd
import streamlit as st

from liquid.engine import Task
from liquid.studies.claims.catalogue import Claim
from liquid.studies.claims.study import ClaimResult, ClaimsConfig, measure
from liquid.studies.claims.verdict import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED
from pages.shared.browser import scroll_to_top
from pages.shared.job import run_job


class Badge(NamedTuple):
    """How a verdict looks."""

    icon: str
    colour: Literal["green", "blue", "gray", "orange"]


BADGES = {
    HOLDS: Badge(":material/check_circle:", "green"),
    IN_PART: Badge(":material/contrast:", "blue"),
    NOT_DECIDED: Badge(":material/help:", "gray"),
    DOES_NOT_HOLD: Badge(":material/cancel:", "orange"),
}


@dataclass(frozen=True)
class Demo:
    """A page, the settings that demonstrate the claim there, and what to look for."""

    page: str
    look_for: str
    query: dict[str, str] = field(default_factory=dict)


FRESH = {"series": "sines", "tau_layer": "Fresh, untrained"}
DEMOS = {
    "bounded": Demo(
        "pages/solver/page.py",
        "A hard case: strong weights and an input that jumps, and yet the path does not diverge. The bounds themselves "
        "are tested here, not drawn there.",
        {"preset": "fast"},
    ),
    "stability": Demo(
        "pages/solver/page.py",
        "A step that is too long for the fastest neuron: the path diverges, and the page states the limit.",
        {"preset": "unstable"},
    ),
    "dt": Demo(
        "pages/solver/page.py",
        "Increase the unfolds, then halve dt instead; the tab 'dt is a clock' compares the two.",
        {"preset": "calm", "calm-dt": "0.2", "calm-unfolds": "2"},
    ),
    "parameters": Demo(
        "pages/train/page.py",
        "Train the LSTM of size 8, then Liquid: each result states its parameters. On that page both read the series' "
        "change as a second input, so the counts are 393 and 113; with the article's inputs they are 361 and 105.",
        {"series": "sines", "model": "LSTM", "state_size": "8", "members": "1", "horizon": "1"},
    ),
    "part-3": Demo(
        "pages/train/page.py",
        "A Liquid layer of the article's size on a sum of sines, beside persistence and a linear regression: press "
        "Train. It reads the series' change as well, so it has 113 parameters, not 105, and it is trained differently; "
        "the article's own protocol is the scatter plot on this page.",
        {"series": "sines", "state_size": "8", "members": "1", "dt": "0.1", "horizon": "1"},
    ),
    "noise": Demo(
        "pages/time_constant/page.py",
        "Noise as strong as the series, neuron by neuron. The trained layer on that page is a single network and reads "
        "the series' change as well: noise affects it more than the layers of this claim, which read the value alone.",
        {**FRESH, "tau_noise": "1.0"},
    ),
    "spike": Demo(
        "pages/time_constant/page.py",
        "One spike of five standard deviations; reverse its sign, and every neuron's change reverses.",
        {**FRESH, "tau_place": "spike", "tau_spike": "5.0"},
    ),
    "gate": Demo(
        "pages/home/page.py",
        "Eight neurons with an input that stays where it is between jumps: lift it, and the gates follow its level, "
        "although it does not change.",
        {"layer_preset": "gate"},
    ),
    "robustness": Demo(
        "pages/benchmark/page.py",
        "Every level of noise that the networks were tested at, beside the level they were trained at.",
        {"benchmark_view": "When the data shift", "shift_kind": "Noise"},
    ),
    "irregular": Demo(
        "pages/benchmark/page.py",
        "Few or many samples missing: Liquid with the true time steps, and the LSTM with and without the time.",
        {"benchmark_view": "When the data shift", "shift_kind": "Uneven samples"},
    ),
    "chaotic": Demo(
        "pages/train/page.py",
        "A sum of sines can be forecast far ahead. Try the same horizon on Lorenz.",
        {"series": "sines", "horizon": "40"},
    ),
}


def card(claim: Claim, result: ClaimResult) -> None:
    """One claim: wording, verdict, number and reason; a demonstration, a live measurement, and its statements."""
    badge = BADGES[result.verdict]
    with st.container(border=True):
        st.badge(result.verdict, icon=badge.icon, color=badge.colour)
        st.markdown(f"**{claim.words}** [Article: {claim.part}]({claim.link})")
        st.markdown(f"{result.headline.text}: **{result.headline.number}**")
        st.caption(result.why)
        with st.container(horizontal=True):
            _demo_button(claim.id)
            again: ClaimResult | None = run_job(
                f"again-{claim.id}",
                claim.id,
                lambda: Task(measure, (ClaimsConfig(quick=True, only=(claim.id,)),)),
                label="Measure again",
                help="A quick measurement from scratch on this server: fewer repetitions, so wider intervals.",
                icon=":material/replay:",
                quiet=True,
            )
        if again is not None:
            st.success(
                f"Measured again just now in {again.seconds:.0f} s, quick mode: **{again.headline.number}**; "
                f"{again.verdict}.",
                icon=":material/replay:",
            )
        with st.expander("How it was measured", on_change="rerun", key=f"details-{claim.id}") as details:
            if details.open:
                st.markdown(claim.test)
                st.dataframe(statements(result), hide_index=True, alt=f"The statements tested for: {claim.words}")
                st.caption(provenance(result))


def _demo_button(name: str) -> None:
    demo = DEMOS[name]
    if st.button("See it", icon=":material/arrow_forward:", key=f"demo-{name}", help=demo.look_for):
        scroll_to_top()
        st.switch_page(demo.page, query_params=demo.query)


def statements(result: ClaimResult) -> pd.DataFrame:
    """Every statement of a claim with its number, the range that it requires, and the outcome."""
    return pd.DataFrame(
        {
            "statement": [check.text for check in result.checks],
            "number [95 % interval]": [check.number for check in result.checks],
            "required": [check.required for check in result.checks],
            "outcome": [check.outcome for check in result.checks],
        }
    )


def provenance(result: ClaimResult) -> str:
    """When and how a result was measured."""
    versions = ", ".join(f"{library} {number}" for library, number in result.versions.items())
    mode = ", quick" if result.quick else ""
    return f"Measured on {result.date} in {result.seconds:,.0f} s{mode}, seed {result.seed}; {versions}."
