"""Trained layers on disk: weights as safetensors, everything else as JSON beside them. Neither can run code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from liquid.dynamics.weights import Floats, LayerWeights
from liquid.errors import LiquidError
from liquid.resources import data_folder

FOLDER = data_folder() / "models"


@dataclass(frozen=True)
class PretrainedLayer:
    """A layer with the weights of its readout `[state]` and how it was trained (`about`, from the JSON)."""

    weights: LayerWeights
    readout: Floats
    about: dict[str, Any]

    @property
    def change_gain(self) -> Floats | None:
        """The gain of the changes that the layer reads beside the values; None if it reads none."""
        gain = self.about.get("change_gain")
        return None if gain is None else np.array(gain, dtype=np.float64)


def save(path: Path, arrays: dict[str, Floats], readout: Floats, about: dict[str, Any]) -> None:
    """Write a layer, its readout and how it was trained (`about`, with dt and unfolds): .safetensors and .json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}
    save_file({**tensors, "readout": np.ascontiguousarray(readout, dtype=np.float32)}, path.with_suffix(".safetensors"))
    path.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def load(name: str, folder: Path = FOLDER) -> PretrainedLayer:
    """A pretrained layer by name. LiquidError if it is missing, broken, or not one liquid layer."""
    path = folder / name
    try:
        arrays = {key: value.astype(np.float64) for key, value in load_file(path.with_suffix(".safetensors")).items()}
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise LiquidError(
            f"The pretrained model {name!r} cannot be read ({error}). Train it again: benchmarks/time_constant.py."
        ) from error
    readout = arrays.pop("readout", np.zeros(0))
    weights = LayerWeights.from_state(arrays, float(about.get("dt", 0.1)), int(about.get("unfolds", 1)))
    if readout.shape != (weights.state_size,):
        raise LiquidError(
            f"The pretrained model {name!r} has a readout of shape {readout.shape} for {weights.state_size} neurons."
        )
    return PretrainedLayer(weights, readout, about)
