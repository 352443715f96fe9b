"""Everything that imports streamlit: a folder per page, and `shared` for what several pages use."""
