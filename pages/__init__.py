"""Everything that imports streamlit. `app.py` is the way in."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

# A folder called pages/ makes Streamlit run a page file by itself, without app.py, when a link to that page is the
# first thing that a fresh server is asked for. st.navigation ends that for good, but only once app.py has run.
if PagesManager.uses_pages_directory:
    PagesManager.uses_pages_directory = False
    st.rerun()
