"""How a layer's tau_sys answers noise, neuron by neuron beside the theory."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from liquid.charts import time_constant as charts
from liquid.charts.style import Look
from liquid.runs.studies import Studies
from liquid.series.export import to_csv
from liquid.studies.noise.response import Response
from liquid.studies.noise.study import NoiseConfig, sentence
from pages.shared.display import STILL


def agreement(look: Look, response: Response) -> None:
    """Every neuron's measured change with its interval, on the theory's where there is one."""
    if response.theory is not None and response.r2 is None:
        st.caption("Nothing is added to the input, so nothing changes: there is nothing to compare.")
        return
    percent = 100 / response.clean
    bounds = {
        "change": response.change.mean * percent,
        "low": response.change.low * percent,
        "high": response.change.high * percent,
        "verdicts": response.verdicts,
    }
    if response.theory is None:
        fig = charts.bars(look, title="tau_sys at the spike's own sample", **bounds)
        st.plotly_chart(
            fig, key="tau_bars", config=STILL, alt="Change of every neuron's time constant at a spike, with intervals"
        )
        st.caption("The gate is monotone in the input: change the spike's sign, and the neurons change sides.")
        return
    fig = charts.agreement(look, theory=response.theory * percent, **bounds)
    st.plotly_chart(
        fig,
        key="tau_agreement",
        config=STILL,
        alt="Predicted against measured change of every neuron, with intervals",
    )
    weighted = f" Weighted by the readout: {response.weighted_percent:+.2f} %." if response.weighted_percent else ""
    st.caption(
        f"R² of the theory over neurons: {response.r2:.3f}, from {response.repetitions} antithetic pairs of runs."
        f"{weighted} Verdicts are Holm-corrected over all neurons."
    )


def answers(look: Look, studies: Studies) -> None:
    """What was found about a run: the newest question's answer, and the others on demand."""
    newest_first = studies.noise[::-1]
    chosen = 0
    if len(newest_first) > 1:
        chosen = st.selectbox(
            "Question",
            range(len(newest_first)),
            format_func=lambda index: _words(newest_first[index][0]),
            key="tau_question",
            bind="query-params",
            help="What was asked on the page Time constant, the newest first.",
        )
    config, response = newest_first[chosen]
    st.markdown(f"#### {sentence(response, config)}")
    agreement(look, response)
    neurons(response)


def _words(config: NoiseConfig) -> str:
    if config.place == "spike":
        return f"a spike of {config.level:+g}"
    also = {"in a burst": config.place == "burst", f"correlation {config.phi:g}": config.phi > 0}
    also |= {f"speed {config.rate:g}": config.rate != 1, f"seed {config.seed}": config.seed != 0}
    return ", ".join([f"noise {config.level:g}", *(words for words, so in also.items() if so)])


def neurons(response: Response) -> None:
    """All neurons as a table, and as CSV."""
    with st.expander("All neurons", on_change="rerun", key="tau_table") as details:
        if details.open:
            st.dataframe(
                pd.DataFrame(response.table()),
                hide_index=True,
                alt="Change of tau_sys of every neuron with interval and verdict",
            )
    st.download_button(
        "Download as CSV",
        to_csv(response.table()),
        "tau_sys.csv",
        "text/csv",
        on_click="ignore",
        help="The change of tau_sys, predicted and simulated, neuron by neuron.",
    )
