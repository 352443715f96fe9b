"""Results and layers on disk: what comes back is what was put in, and what is broken says so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from liquid.dynamics import pretrained
from liquid.dynamics.layer import LiquidLayer
from liquid.dynamics.weights import LayerWeights
from liquid.errors import LiquidError
from liquid.studies import stored


@dataclass(frozen=True)
class Found:
    name: str
    values: np.ndarray


def test_results_come_back(tmp_path: Path) -> None:
    stored.save("one", {"a": Found("x", np.array([[1.0, np.nan]])), ("b", 1): (2, np.float64(1 / 3))}, tmp_path)
    assert stored.load("one", tmp_path) == {"a": {"name": "x", "values": [[1.0, None]]}, "('b', 1)": [2, 0.333333]}
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for name in ("broken", "missing"):
        with pytest.raises(LiquidError, match=f"restore data/results/{name}.json"):
            stored.load(name, tmp_path)


def test_a_layer_comes_back(tmp_path: Path) -> None:
    layer = LiquidLayer(2, 5, dt=0.3)
    arrays = {name: p.detach().double().numpy() for name, p in layer.named_parameters()}
    pretrained.save(tmp_path / "layer", arrays, np.arange(5.0), {"dt": 0.3, "title": "five"})
    found = pretrained.load("layer", tmp_path)
    expected = LayerWeights.of(layer)
    for name in ("inputs", "recurrent", "bias", "A", "tau"):
        np.testing.assert_allclose(getattr(found.weights, name), getattr(expected, name), atol=1e-7)
    assert found.weights.dt == 0.3
    assert found.about["title"] == "five"
    np.testing.assert_array_equal(found.readout, np.arange(5.0))


def test_broken_layers_are_refused(tmp_path: Path) -> None:
    layer = LiquidLayer(1, 4)
    arrays = {name: p.detach().numpy() for name, p in layer.named_parameters()}
    pretrained.save(tmp_path / "odd", {**arrays, "A": np.ones(3)}, np.ones(4), {"dt": 0.1})
    pretrained.save(tmp_path / "mute", arrays, np.ones(3), {"dt": 0.1})
    torch.save(arrays, tmp_path / "pickle.safetensors")
    for name, match in (
        ("odd", "not one liquid layer"),
        ("mute", "readout of shape"),
        ("pickle", "cannot be read"),
        ("none", "cannot be read"),
    ):
        with pytest.raises(LiquidError, match=match):
            pretrained.load(name, tmp_path)


@pytest.mark.parametrize("path", sorted(pretrained.FOLDER.glob("*.safetensors")), ids=lambda path: path.stem)
def test_every_pretrained_layer_is_stable(path: Path) -> None:
    found = pretrained.load(path.stem)
    assert found.weights.dt < 2 * found.weights.bounds[0].min()
    assert np.isfinite(found.weights.run(np.ones((200, found.weights.input_size)))[0]).all()
