"""The public names and their arguments: whoever changes this list changes other people's code (docs/api/public.md)."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import liquid
from liquid import LiquidError, LiquidLayer, LiquidRNN, LiquidStream

ARGUMENTS = {
    LiquidLayer: {"__init__": "input_size state_size dt", "forward": "x state"},
    LiquidRNN: {
        "__init__": "input_size state_size dt num_layers unfolds solver backend dropout batch_first",
        "forward": "x state timespans lengths",
        "trace": "x state timespans",
        "liquid_layers": "",
    },
    LiquidStream: {"__init__": "network readout state", "__call__": "sample timespan"},
}


def test_the_list_of_public_names_and_their_arguments() -> None:
    assert liquid.__all__ == ["LiquidError", "LiquidLayer", "LiquidRNN", "LiquidStream"]
    assert set(liquid.__all__) <= set(dir(liquid)), "where a notebook completes a name"
    for kind, methods in ARGUMENTS.items():
        for method, names in methods.items():
            _, *found = inspect.signature(getattr(kind, method)).parameters
            assert found == names.split(), f"{kind.__name__}.{method}"
    assert isinstance(LiquidStream.state, property)
    state = [f"layers.0.{name}" for name in ("A", "tau", "fc.weight", "fc.bias")]
    assert list(LiquidRNN(1, 2).state_dict()) == state
    assert issubclass(LiquidError, ValueError)


def test_the_docs_name_them() -> None:
    page = Path(liquid.__file__).parents[1].joinpath("docs/api/public.md").read_text(encoding="utf-8")
    assert f"from liquid import {', '.join(liquid.__all__)}" in page
    assert all(name in page for name in ("trace", "liquid_layers", "lengths", "batch_first", "dropout"))


def test_an_old_name_warns_for_one_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(liquid._RENAMED, "LiquidCell", "LiquidLayer")
    with pytest.warns(DeprecationWarning, match=r"liquid\.LiquidCell is now liquid\.LiquidLayer"):
        assert liquid.LiquidCell is LiquidLayer
    with pytest.raises(AttributeError, match="no attribute 'LiquidNothing'"):
        _ = liquid.LiquidNothing
