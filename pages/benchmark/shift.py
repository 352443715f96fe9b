"""The benchmark page's view of a shift: trained as always, tested on noisier, thinned out or uneven samples."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from liquid.charts import benchmark as charts
from liquid.errors import LiquidError
from liquid.series.export import to_csv
from liquid.studies.claims.shift import TASKS
from liquid.studies.claims.shift_report import BLIND_LIQUID, BLIND_LSTM, CLAIM, LIQUID, LSTM, STEPPED, TIMED, Shifted
from pages.claims.cards import stored_claims
from pages.shared.display import page_look, verbatim

SHIFTS = {"Noise": "noise", "Dropped samples": "dropped", "Uneven samples": "uneven"}
AXES = {
    "noise": "noise on the test data (% of the series' spread)",
    "dropped": "test samples dropped (%)",
    "uneven": "chance that a test sample is missing (%)",
}
NAMES = {
    LIQUID: "Liquid",
    LSTM: "LSTM",
    STEPPED: "Liquid, true time steps",
    BLIND_LIQUID: "Liquid, equal steps",
    TIMED: "LSTM, time as an input",
    BLIND_LSTM: "LSTM, without the time",
}
HELP = {
    "shift": "How the test data differ from the training data. Dropped: the last value seen is repeated. Uneven: "
    "samples are missing in training too, and the models differ in what they learn about the gaps.",
    "task": "Two chaotic systems; the target is the clean next value.",
}


def shifted_view() -> None:
    """Two choices, the answer, the picture, its table and how it was made."""
    with st.sidebar:
        kind = SHIFTS[
            st.segmented_control(
                "Shift",
                list(SHIFTS),
                default="Noise",
                required=True,
                key="shift_kind",
                bind="query-params",
                help=HELP["shift"],
            )
        ]
        task = st.segmented_control(
            "Task",
            list(TASKS),
            default="Lorenz",
            required=True,
            key="shift_task",
            bind="query-params",
            help=HELP["task"],
        )
    try:
        claims = stored_claims()
        shifted = Shifted.of(claims, kind, task)
    except LiquidError as problem:
        st.error(verbatim(str(problem)))
        return
    st.markdown(f"### {shifted.sentence}")
    st.plotly_chart(
        charts.shift(page_look(), _curves(shifted), task, AXES[kind], 100 * shifted.home),
        key="benchmark_shift",
        alt=f"Error on {task} against {AXES[kind]}, one line a model with its 95 % interval.",
    )
    result = claims[CLAIM[kind]]
    made = result.picture
    sizes = " and ".join(f"{count:,} ({model})" for model, count in made["parameters"].items())
    st.caption(
        f"Bands: 95 % intervals over {made['members']} networks a model, each with a series, noise and starting "
        f"weights of its own; models are compared on the same series. {made['steps']:,} training steps, {sizes} "
        f"parameters. Measured on {result.date} for the claim *{CLAIM[kind]}* on the Claims page; again: "
        f"`python -m liquid claims --only {CLAIM[kind]}`."
    )
    ours = NAMES[shifted.ours]
    st.markdown(f"Error of {ours} over that of its rivals, 95 % interval; below 1, its error is smaller:")
    st.table(
        table(shifted),
        hide_index=True,
        border="horizontal",
        alt=f"Ratio of the error of {ours} to each rival's, by level, with 95 % interval",
    )
    st.download_button(
        "Every network as CSV",
        to_csv({name: [row[place] for row in made["rows"]] for place, name in enumerate(made["columns"])}),
        f"{CLAIM[kind]}.csv",
        "text/csv",
        key="shift_csv",
        on_click="ignore",
        icon=":material/download:",
        help="One row per task, shift, model, level and network: its error over the series' spread.",
    )


def table(shifted: Shifted) -> pd.DataFrame:
    """Our error over each rival's, one row per level."""
    columns = {
        NAMES[rival]: [f"{shifted.against(rival, level)}" for level in shifted.levels] for rival in shifted.rivals
    }
    return pd.DataFrame({"level": [f"{100 * level:.0f} %" for level in shifted.levels], **columns})


def _curves(shifted: Shifted) -> list[charts.Curve]:
    curves = []
    for network in (shifted.ours, *shifted.rivals):
        errors = shifted.curve(network)
        curves.append(
            charts.Curve(
                model=network.model,
                label=NAMES[network],
                x=[100 * level for level in shifted.levels],
                error=[one.mean for one in errors],
                low=[one.low for one in errors],
                high=[one.high for one in errors],
                dash="dash" if network in (BLIND_LIQUID, BLIND_LSTM) else "solid",
            )
        )
    return curves
