"""The Benchmark page's view of a shift: trained as usual, tested on noisier, fewer or uneven samples."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from liquid.charts import benchmark as charts
from liquid.errors import LiquidError
from liquid.series.words import enumerated
from liquid.studies.claims.networks import BETTER, WORDS
from liquid.studies.claims.robust import CFC, LIQUID, LSTM
from liquid.studies.claims.shift import COLUMNS, TASKS
from liquid.studies.claims.shift_report import Networks, Shifted
from liquid.studies.claims.uneven import BLIND_LIQUID, BLIND_LSTM, STEPPED, TIMED
from pages.shared.claims import stored_claims
from pages.shared.controls import choice
from pages.shared.display import NO_TOOLBAR, page_look, show_problem
from pages.shared.downloads import csv_button

SHIFTS = {"Noise": "noise", "Dropped samples": "dropped", "Uneven samples": "uneven"}
AXES = {
    "noise": "noise on the test data (% of the series' spread)",
    "dropped": "test samples dropped (%)",
    "uneven": "chance that a test sample is missing (%)",
}
NAMES = {
    LIQUID: "Liquid",
    LSTM: "LSTM",
    CFC: "CfC",
    STEPPED: "Liquid, true time steps",
    BLIND_LIQUID: "Liquid, equal steps",
    TIMED: "LSTM, time as an input",
    BLIND_LSTM: "LSTM, without the time",
}
HELP = {
    "shift": "How the test data differ from the training data. Dropped: the last value seen is repeated. Uneven: "
    "samples are missing in training too, and the models differ in what they know about the gaps.",
    "task": "Two chaotic systems; the target is the clean next value.",
    "training": "How the networks were trained, all models alike: the article's optimizer, or this project's training.",
}


def shifted_view() -> None:
    """Three choices, the answer, the chart, its table and how it was measured."""
    with st.sidebar:
        kind = SHIFTS[choice("Shift", list(SHIFTS), "Noise", key="shift_kind", help=HELP["shift"])]
        task = choice("Task", list(TASKS), "Lorenz", key="shift_task", help=HELP["task"])
        training = choice("Training", list(WORDS.values()), WORDS[BETTER], key="shift_training", help=HELP["training"])
    try:
        networks = Networks.of(stored_claims(), kind)
    except LiquidError as problem:
        show_problem(problem)
        return
    shifted = Shifted.of(networks, kind, task, training)
    st.markdown(f"## {shifted.sentence}")
    st.plotly_chart(
        charts.shift(page_look(), _curves(shifted), f"{task}, trained by {training}", AXES[kind], 100 * shifted.home),
        key="benchmark_shift",
        config=NO_TOOLBAR,
        alt=f"Error on {task} against {AXES[kind]}, one line per model with its 95 % interval; trained by {training}.",
    )
    sizes = enumerated([f"{count:,} ({model})" for model, count in networks.parameters.items()])
    claims = enumerated([f"*{name}*" for name in networks.claims])
    st.caption(
        f"Bands: 95 % intervals over {networks.members} networks per model, each with its own series, noise and "
        f"initial weights; models are compared on the same series. {networks.steps[training]:,} training steps "
        f"({training}), the rate of each network chosen on validation, {sizes} parameters. Measured on {networks.date} "
        f"for {claims} of the Claims page; to repeat it: "
        f"`python -m liquid claims {' '.join(f'--only {name}' for name in networks.claims)}`."
    )
    ours = NAMES[shifted.ours]
    st.markdown(f"Error of {ours} divided by each rival's, 95 % interval; below 1, {ours} is more accurate:")
    st.table(
        table(shifted),
        hide_index=True,
        border="horizontal",
        alt=f"Ratio of the error of {ours} to each rival's, by level, with 95 % interval",
    )
    csv_button(
        "Every network as CSV",
        f"{networks.claims[0]}.csv",
        lambda: {name: [row[index] for row in networks.rows] for index, name in enumerate(COLUMNS)},
        key="shift_csv",
        help="One row per task, training, model, level and network: the rate that it chose, and its error divided by "
        "the series' standard deviation.",
    )


def table(shifted: Shifted) -> pd.DataFrame:
    """Our error divided by each rival's, a row per level."""
    columns = {
        NAMES[rival]: [f"{shifted.against(rival, level)}" for level in shifted.levels] for rival in shifted.rivals
    }
    return pd.DataFrame({"level": [f"{100 * level:.0f} %" for level in shifted.levels], **columns})


def _curves(shifted: Shifted) -> list[charts.Curve]:
    curves = []
    for kind in (shifted.ours, *shifted.rivals):
        errors = shifted.curve(kind)
        curves.append(
            charts.Curve(
                model=kind.model,
                label=NAMES[kind],
                x=[100 * level for level in shifted.levels],
                error=[error.mean for error in errors],
                low=[error.low for error in errors],
                high=[error.high for error in errors],
                dash="dash" if kind in (BLIND_LIQUID, BLIND_LSTM) else "solid",
            )
        )
    return curves
