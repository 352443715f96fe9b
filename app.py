"""The dashboard: page config and navigation. Each page is a folder in `pages/` with a script `page.py`."""

from __future__ import annotations

import streamlit as st

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

if __name__ == "__main__":  # a run of the script, for one browser
    from pages.shared.browser import identify
    from pages.shared.links import read_link, report_rejected
    from pages.shared.sessions import session

    st.set_page_config(page_title="Liquid neural networks", page_icon="pages/shared/icon.svg", layout="wide")
    # First: a script that is run again before Streamlit knows its page shows Home.
    page = st.navigation(
        [
            st.Page(
                f"pages/{folder}/page.py",
                title=title,
                icon=f":material/{icon}:",
                url_path=folder,
                default=folder == "home",
                help=summary,
            )
            for folder, title, icon, summary in PAGES
        ]
    )
    link = read_link()
    notices = st.container()
    session()  # a browser that reconnects gets its work back,
    identify()  # and so does a tab that is reloaded
    page.run()
    with notices:
        report_rejected(link)
else:  # imported once, when the server starts
    from pages.shared.server import ignore_pages_folder, open_browser

    ignore_pages_folder()
    app = st.App(__file__, lifespan=open_browser)
