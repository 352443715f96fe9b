"""What the time-constant page shows of a simulation: neuron by neuron beside the theory, and the fast input."""

from __future__ import annotations

import numpy as np
import streamlit as st

from liquid.errors import LiquidError
from liquid.studies.noise.study import NoiseConfig
from pages.shared.display import verbatim
from pages.time_constant import tau

HEIGHT = 460  # pixels that the answer takes


def fast(chosen: tau.Chosen, config: NoiseConfig) -> None:
    """The other claim's answer: the same series, played faster or slower."""
    try:
        found = tau.rate_answer(chosen.name, config, chosen)
    except LiquidError as problem:
        st.warning(verbatim(str(problem)))
        return
    st.markdown(
        f"**Fast is another claim.** Played {config.rate:g} times as fast, at the same noise, mean tau_sys changes by "
        f"{found.percent:+.2f} %; {found.count('shrinks')} neurons shrink, {found.count('grows')} grow."
    )


def memory(chosen: tau.Chosen, config: NoiseConfig) -> None:
    """What the network remembers of the clean input, beside what a neuron's tau_sys says."""
    with st.expander("What does the network remember?", on_change="rerun", key="tau_memory") as details:
        if details.open:
            found = tau.remembered(chosen.name, config.rate, chosen)
            unit = chosen.weights.dt  # of tau; times in samples are easier to hold against the series
            seen = "longer than the rest of the series" if np.isnan(found.visible) else f"{found.visible:.0f} samples"
            st.markdown(
                f"- Mean **tau_sys** over neurons and time: {found.tau_sys / unit:.1f} samples, the memory that a "
                "neuron would have alone, with its gate held.\n"
                f"- **Effective time constants**, from the Jacobian of the coupled layer: median "
                f"{found.median / unit:.1f} samples, the slowest {found.slowest / unit:.1f} (medians along the run).\n"
                "- **Measured**: an impulse of one standard deviation in the middle of the input stays visible in the "
                f"state (5 % of its peak) for {seen}."
            )
