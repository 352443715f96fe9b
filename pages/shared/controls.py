"""Controls whose values are kept in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

import streamlit as st

from pages.shared.links import linked

T = TypeVar("T")


def choice(
    label: str, options: Sequence[T], default: T, *, key: str, help: str, show: Callable[[Any], str] | None = None
) -> T:
    """Exactly one of a few options."""
    return st.segmented_control(
        label,
        options,
        default=default,
        required=True,
        format_func=show,
        key=linked(key),
        bind="query-params",
        help=help,
    )


@overload
def step(label: str, options: Sequence[T], start: tuple[T, T], *, key: str, help: str) -> tuple[T, T]: ...
@overload
def step(label: str, options: Sequence[T], start: T, *, key: str, help: str) -> T: ...
def step(label: str, options: Sequence[Any], start: Any, *, key: str, help: str) -> Any:
    """One of a few numbers, along a slider; or a range from one to another, if it starts as one."""
    return st.select_slider(label, options, start, key=linked(key), bind="query-params", help=help)
