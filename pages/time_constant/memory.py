"""What the Time constant page says beside the simulation: the series at another speed, and the network's memory."""

from __future__ import annotations

import numpy as np
import streamlit as st

from liquid.errors import LiquidError
from liquid.studies.noise.study import NoiseConfig
from liquid.studies.statistics import GROWS, SHRINKS
from pages.shared.display import TAU_SYS, verbatim
from pages.time_constant import tau


def speed(layer: tau.StudiedLayer, config: NoiseConfig) -> None:
    """The same series, played faster or slower."""
    try:
        response = tau.speed_response(layer, config)
    except LiquidError as problem:
        st.warning(verbatim(str(problem)))
        return
    st.markdown(
        f"**Fast is another claim.** Played {config.rate:g} times as fast, at the same noise, the change of mean "
        f"{TAU_SYS} is {response.percent:+.2f} %; {response.count(SHRINKS)} neurons shrink, "
        f"{response.count(GROWS)} grow."
    )


def memory(layer: tau.StudiedLayer, config: NoiseConfig) -> None:
    """The network's memory of the clean input, beside its neurons' tau_sys."""
    with st.expander("What does the network remember?", on_change="rerun", key="tau_memory") as details:
        if details.open:
            times = tau.memory_times(layer, config.rate)
            dt = layer.weights.dt  # tau / dt counts samples
            beyond = "longer than the rest of the series"
            visible = beyond if np.isnan(times.visible) else f"{times.visible:.0f} samples"
            st.markdown(
                f"- Mean {TAU_SYS} over neurons and time: {times.tau_sys / dt:.1f} samples, the memory of a single "
                "neuron with a frozen gate.\n"
                f"- **Effective time constants**, from the Jacobian of the coupled layer: median "
                f"{times.median / dt:.1f} samples, the slowest {times.slowest / dt:.1f} (medians along the run).\n"
                "- **Measured**: an impulse of one standard deviation in the middle of the input stays visible in the "
                f"state (5 % of its peak) for {visible}."
            )
