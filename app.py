"""The dashboard: page config and navigation. Each page is a folder in `pages/` with a script `page.py`."""

from __future__ import annotations

import streamlit as st

from pages.shared.browser import recognise
from pages.shared.links import opened, recheck
from pages.shared.sessions import visit

st.set_page_config(page_title="Liquid neural networks", page_icon="pages/shared/icon.svg", layout="wide")


# folder, title, icon, help
PAGES = (
    ("home", "Home", "water_drop", "One live neuron."),
    ("claims", "Claims", "fact_check", "The article claim by claim, measured."),
    ("train", "Train", "show_chart", "A series in, a forecast out."),
    ("runs", "Runs", "bookmarks", "What this browser has saved."),
    ("solver", "Solver", "stairs", "Euler against the true solution."),
    ("time_constant", "Time constant", "timer", "tau_sys against noise."),
    ("benchmark", "Benchmark", "leaderboard", "Accuracy against parameters."),
)

given = opened()
notices = st.container()
visit()  # on every page: a browser that comes back after a lost connection finds its work going on
# First: a browser that answers before it knows its page would be brought to Home.
page = st.navigation(
    [
        st.Page(
            f"pages/{folder}/page.py",
            title=title,
            icon=f":material/{icon}:",
            url_path=folder,
            default=folder == "home",
            help=words,
        )
        for folder, title, icon, words in PAGES
    ]
)
recognise()  # and one that loads the page again finds it, too
page.run()
with notices:
    recheck(given)
