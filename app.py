"""The dashboard: page config and navigation. Each page is a script in `pages/`."""

from __future__ import annotations

import streamlit as st

from pages.components.browser import recognise
from pages.components.links import opened, recheck
from pages.components.work import visit

st.set_page_config(page_title="Liquid neural networks", page_icon="pages/components/icon.svg", layout="wide")

PAGES = [
    st.Page("pages/home.py", title="Home", icon=":material/water_drop:", default=True, help="One live neuron."),
    st.Page(
        "pages/claims.py", title="Claims", icon=":material/fact_check:", help="The article claim by claim, measured."
    ),
    st.Page("pages/train.py", title="Train", icon=":material/show_chart:", help="A series in, a forecast out."),
    st.Page("pages/runs.py", title="Runs", icon=":material/bookmarks:", help="What this browser has saved."),
    st.Page("pages/solver.py", title="Solver", icon=":material/stairs:", help="Euler against the true solution."),
    st.Page("pages/time_constant.py", title="Time constant", icon=":material/timer:", help="tau_sys against noise."),
    st.Page(
        "pages/benchmark.py", title="Benchmark", icon=":material/leaderboard:", help="Accuracy against parameters."
    ),
]

given = opened()
notices = st.container()
visit()  # on every page: a browser that comes back after a lost connection finds its work going on
page = st.navigation(PAGES)  # first: a browser that answers before it knows its page would be brought to Home
recognise()  # and one that loads the page again finds it, too
page.run()
with notices:
    recheck(given)
