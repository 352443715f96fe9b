"""The stored results of the claims."""

from __future__ import annotations

import streamlit as st

from liquid.studies.claims.study import ClaimResult, load


@st.cache_data(ttl="10m")
def stored_claims() -> dict[str, ClaimResult]:
    return load()
