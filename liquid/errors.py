"""The one kind of error that a user can cause."""

from __future__ import annotations


class LiquidError(ValueError):
    """A sentence for the user: what is wrong, where (the value given), and the way out."""
