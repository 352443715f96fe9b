"""Where a visitor's long work runs, and what it last gave."""

from __future__ import annotations

import sys

import streamlit as st
import torch

from liquid.dynamics import scan
from liquid.dynamics.memory import keep_freed_memory
from liquid.engine import LocalEngine
from liquid.learning.run import Run


@st.cache_resource
def engine() -> LocalEngine:
    """The workers that all visitors share; the compiled scan is made ready beside them."""
    sys.setswitchinterval(0.001)  # seconds: a page that wants Python's lock does not wait for five of a training's
    torch.set_num_threads(1)  # matrices are small: more threads a training only get into each other's way
    keep_freed_memory()
    scan.warm()
    return LocalEngine(workers=2)


def trained_run() -> Run | None:
    """This visitor's newest finished training."""
    run = st.session_state.get("run")
    return run if isinstance(run, Run) else None
