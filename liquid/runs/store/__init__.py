"""Saved runs and study results: SQLite with nothing to set up, PostgreSQL through LIQUID_DATABASE_URL."""

from liquid.runs.store.retention import Limits
from liquid.runs.store.store import SavedRun, Store, new_token

__all__ = ["Limits", "SavedRun", "Store", "new_token"]
