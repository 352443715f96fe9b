"""The dashboard: page config and navigation. Each page is a folder in `pages/` with a script `page.py`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st


class Entry(NamedTuple):
    """A page in the navigation."""

    folder: str
    title: str
    icon: str
    summary: str


PAGES = (
    Entry("home", "Home", "water_drop", "A live layer."),
    Entry("claims", "Claims", "fact_check", "The article claim by claim, measured."),
    Entry("train", "Train", "show_chart", "A series in, a forecast out."),
    Entry("runs", "Runs", "bookmarks", "What this browser has saved."),
    Entry("solver", "Solver", "stairs", "Euler against the true solution."),
    Entry("time_constant", "Time constant", "timer", "tau_sys against noise."),
    Entry("benchmark", "Benchmark", "leaderboard", "Accuracy against parameters."),
)

if __name__ == "__main__":  # a run of the script, for one browser
    from pages.shared.browser import identify
    from pages.shared.links import read_link, report_rejected
    from pages.shared.sessions import session

    st.set_page_config(page_title="Liquid neural networks", page_icon="pages/shared/icon.svg", layout="wide")
    st.logo("pages/shared/icon.svg", size="large")  # the name beside it, and what else the theme cannot say:
    st.html(Path("pages/shared/look.css"))
    # First: a script that is run again before Streamlit knows its page shows Home.
    page = st.navigation(
        [
            st.Page(
                f"pages/{entry.folder}/page.py",
                title=entry.title,
                icon=f":material/{entry.icon}:",
                url_path=entry.folder,
                default=entry.folder == "home",
                help=entry.summary,
            )
            for entry in PAGES
        ]
    )
    link = read_link(page.url_path)
    notices = st.container()
    session()  # a browser that reconnects gets its work back,
    identify()  # and so does a tab that is reloaded
    page.run()
    with notices:
        report_rejected(link)
else:  # imported once, when the server starts
    from liquid.engine.memory import keep_freed_memory
    from pages.shared.server import ignore_pages_folder, lifespan

    keep_freed_memory()
    ignore_pages_folder()
    app = st.App(__file__, lifespan=lifespan)
