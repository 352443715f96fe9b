"""A claim's row: verdict, number and its drawing; it opens into reason, experiment, and all statements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import pandas as pd
import streamlit as st

from liquid.answers import DOES_NOT_HOLD, HOLDS, IN_PART, NOT_DECIDED, WORDS
from liquid.charts.strip import Mark, strip
from liquid.engine import Task
from liquid.studies.claims.catalogue import Claim
from liquid.studies.claims.study import ClaimResult, ClaimsConfig, measure
from liquid.studies.verdict import Check
from pages.shared.browser import scroll_to_top
from pages.shared.display import page_look, symbols
from pages.shared.job import finished, run_job


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
    "cfc-dropped": Demo(
        "pages/benchmark/page.py",
        "Errors with few and many samples dropped: the CfC and the LSTM, and Liquid beside them.",
        {"benchmark_view": "When the data shift", "shift_kind": "Dropped samples"},
    ),
    "chaotic": Demo(
        "pages/train/page.py",
        "A sum of sines can be forecast far ahead. Try the same horizon on Lorenz.",
        {"series": "sines", "horizon": "40"},
    ),
}


def row(claim: Claim, result: ClaimResult, experiment: Callable[[], None] | None = None) -> None:
    """One claim: verdict, wording, number and drawing; opened: reason, `experiment`, live measurement, statements."""
    badge, answer = BADGES[result.verdict], result.answer
    again: ClaimResult | None = finished(f"again-{claim.id}", claim.id)  # if this session measured it
    with st.container(border=True, gap="xsmall", key=f"claim-{claim.id}"):
        words, drawing = st.columns([3, 2], gap="medium", vertical_alignment="center")
        sentence = " ".join([_sentence(f"{answer.before} **{answer.number}**{answer.after}"), *_told(result)])
        words.markdown(
            f":{badge.colour}-badge[{badge.icon} {WORDS[result.verdict]}] "
            + symbols(f"**{claim.words}**  \n{sentence}")
        )
        with drawing:
            _drawn(result, again)
        with st.expander("Why, and try it", on_change="rerun", key=f"details-{claim.id}", type="compact") as details:
            if details.open:
                st.markdown(symbols(result.why))
                st.markdown(f"{symbols(answer.fold)} [{claim.cited}]({claim.link})")
                if experiment is not None:
                    experiment()
                _live(claim.id)
                st.markdown(f"**How it was measured.** {symbols(claim.test)}")
                st.dataframe(statements(result), hide_index=True, alt=f"The statements tested for: {claim.words}")
                st.caption(provenance(result))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _drawn(result: ClaimResult, now: ClaimResult | None) -> None:
    """The headline's interval against what it requires, below it what was measured just now, then all statements that
    require the same of the same unit."""
    first = result.headline
    rest = [one for one in result.checks[1:] if _asks(one) == _asks(first)]
    marks = [_mark(first), *([_mark(now.headline, fresh=True)] if now else []), *map(_mark, rest)]
    required = f"{first.required} {first.unit}".strip()
    ends = {"at_least": first.at_least, "at_most": first.at_most}
    alt = "; ".join(f"{one.text}: {one.number}" for one in (first, *rest)) + f". For a yes: {required}."
    st.image(strip(page_look(), marks, **ends, required=required), width="content", alt=alt)


def _asks(check: Check) -> tuple[float, float, str, bool]:
    return check.at_least, check.at_most, check.unit, check.positive_control


def _mark(check: Check, *, fresh: bool = False) -> Mark:
    return Mark(check.value.mean, check.value.low, check.value.high, fresh)


def _told(result: ClaimResult) -> list[str]:
    """How many statements hold, where it is not all or one, and whether the training decides, where that is asked."""
    tested = [check for check in result.checks if not check.positive_control]
    held = sum(check.outcome == HOLDS for check in tested)
    some = [f"{held} of {len(tested)} statements hold."] if len(tested) > 1 and held < len(tested) else []
    return some + ([result.on_training] if result.on_training else [])


def _live(name: str) -> None:
    with st.container(horizontal=True):
        _demo_button(name)
        again: ClaimResult | None = run_job(
            f"again-{name}",
            name,
            lambda: Task(measure, (ClaimsConfig(quick=True, only=(name,)),)),
            label="Measure it now",
            help="From scratch on this server, with fewer repetitions, so the interval is wider: a second to half a "
            "minute.",
            icon=":material/replay:",
            quiet=True,
        )
    if again is not None:
        st.success(
            f"Measured just now in {again.seconds:.0f} s with fewer repetitions (orange in the drawing): "
            f"**{again.headline.number}**; {again.verdict}.",
            icon=":material/replay:",
        )


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
