"""How a layer's tau_sys responds to noise: neuron by neuron, beside the theory."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from liquid.charts import style
from liquid.charts import time_constant as charts
from liquid.charts.style import Look
from liquid.runs.studies import Studies
from liquid.studies.noise.judged import answer
from liquid.studies.noise.response import Response
from liquid.studies.noise.study import NoiseConfig
from liquid.studies.statistics import GROWS, NO_CHANGE, SHRINKS
from pages.shared.display import NO_TOOLBAR, TAU_SYS, symbols
from pages.shared.downloads import csv_button
from pages.shared.links import linked


def agreement(look: Look, config: NoiseConfig, response: Response) -> None:
    """Every neuron's measured change with its interval, against the theory's if there is one."""
    if response.theory is not None and response.r2 is None:
        st.caption("Nothing is added to the input, so nothing changes: there is nothing to compare.")
        return
    colours = {SHRINKS: look.palette.vermilion, GROWS: look.palette.blue, NO_CHANGE: look.palette.grey}
    percent = 100 / response.clean
    change = response.change
    bounds = {"change": change.mean * percent, "low": change.low * percent, "high": change.high * percent}
    if response.theory is None:
        spiked = config.place == "spike"
        title = f"{style.TAU_SYS} at the spike's own sample" if spiked else f"Mean {style.TAU_SYS}, simulated"
        st.plotly_chart(
            charts.bars(look, title=title, verdicts=response.verdicts, colours=colours, **bounds),
            key="tau_bars",
            config=NO_TOOLBAR,
            alt=f"Change of every neuron's time constant {'at a spike' if spiked else 'under noise'}, with intervals",
        )
        if spiked:
            st.caption(
                "The gate is monotone in the input: reverse the spike's sign, and every neuron's change reverses."
            )
        else:
            st.caption(
                "The simulation alone: the noise theory does not hold for this layer and noise. "
                f"{response.repetitions} antithetic pairs of runs."
            )
        return
    st.plotly_chart(
        charts.agreement(look, theory=response.theory * percent, verdicts=response.verdicts, colours=colours, **bounds),
        key="tau_agreement",
        config=NO_TOOLBAR,
        alt="Predicted against measured change of every neuron, with intervals",
    )
    weighted = f" Weighted by the readout: {response.weighted_percent:+.2f} %." if response.weighted_percent else ""
    st.caption(
        f"R² of the theory over neurons: {response.r2:.3f}, from {response.repetitions} antithetic pairs of runs."
        f"{weighted} Verdicts are Holm-corrected over all neurons."
    )


def noise_responses(look: Look, studies: Studies) -> None:
    """A run's newest response to noise, and earlier ones on request."""
    newest_first = studies.noise[::-1]
    chosen = 0
    if len(newest_first) > 1:
        chosen = st.selectbox(
            "Question",
            range(len(newest_first)),
            format_func=lambda index: _describe(newest_first[index][0]),
            key=linked("tau_question"),
            bind="query-params",
            help="Settings that were simulated on the Time constant page, newest first.",
        )
    config, response = newest_first[chosen]
    found = answer(response, config)
    st.markdown(f"### {symbols(found.markdown)}")
    st.caption(symbols(found.fold))
    agreement(look, config, response)
    neurons(response)


def _describe(config: NoiseConfig) -> str:
    if config.place == "spike":
        return f"a spike of {config.level:+g}"
    details = {"in a burst": config.place == "burst", f"correlation {config.phi:g}": config.phi > 0}
    details |= {f"speed {config.rate:g}": config.rate != 1, f"seed {config.seed}": config.seed != 0}
    return ", ".join([f"noise {config.level:g}", *(detail for detail, differs in details.items() if differs)])


def neurons(response: Response) -> None:
    """All neurons as a table, and as CSV."""
    with st.expander("All neurons", on_change="rerun", key="tau_table") as details:
        if details.open:
            alt = "Change of tau_sys of every neuron with interval and verdict"
            st.dataframe(pd.DataFrame(response.table()), hide_index=True, alt=alt)
    csv_button(
        "Download as CSV",
        "tau_sys.csv",
        response.table,
        icon=None,
        help=f"The change of {TAU_SYS}, predicted and simulated, neuron by neuron.",
    )
