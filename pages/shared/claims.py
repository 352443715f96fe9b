"""The stored results of the claims."""

from __future__ import annotations

import streamlit as st

from liquid.studies.claims.study import ClaimResult, load


@st.cache_resource(ttl="10m")  # one for all: cache_data would give every visitor a copy of 1 MB
def stored_claims() -> dict[str, ClaimResult]:
    return load()
