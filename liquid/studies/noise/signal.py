"""What a layer reads of a series, and how noise on the series reaches its inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from liquid.dynamics import pretrained
from liquid.dynamics.moments import InputNoise
from liquid.dynamics.weights import Floats, LayerWeights
from liquid.errors import LiquidError
from liquid.learning.data import Prepared
from liquid.learning.models import Model
from liquid.series import builtin
from liquid.series.windows import longest_complete

LAYERS = ("trained", "fresh")


@dataclass(frozen=True)
class Signal:
    """A series as a layer's input: `values[time, column]` in standard deviations.

    A trained forecaster reads every column's change from the sample before as well, times `change_gain[column]`: then
    noise on one sample reaches the layer three times, in the value and in two changes. None: values alone.
    """

    values: Floats
    change_gain: Floats | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or len(self.values) < 2 or not np.isfinite(self.values).all():
            raise LiquidError(
                f"values has shape {list(self.values.shape)}; expected [time, column], 2 samples or more, all finite."
            )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def columns(self) -> int:
        return int(self.values.shape[1])

    # I_t = [y_t, gain (y_t - y_(t-1))]
    def inputs(self, added: Floats | float = 0.0) -> Floats:
        """The layer's input with something added to the series: `added[time, ..., column] -> [time, ..., input]`."""
        extra = np.asarray(added)
        between = (1,) * max(extra.ndim - 2, 0)  # the axes of the runs
        values: Floats = self.values.reshape(len(self), *between, self.columns) + extra
        if self.change_gain is None:
            return values
        return np.concatenate([values, self.change_gain * np.diff(values, axis=0, prepend=values[:1])], axis=-1)

    def noise(self, sd: Floats, phi: float) -> InputNoise:
        """AR(1) noise of `sd[time, column]` on the series, as it arrives at the inputs."""
        if self.change_gain is None:
            return InputNoise.independent(self.values, sd, phi)
        time, columns = sd.shape
        one, none = np.eye(columns), np.zeros((columns, columns))
        now, before = sd[:, :, None] * one, np.vstack([sd[:1], sd[:-1]])[:, :, None] * one
        gain = self.change_gain[:, None]
        mix = np.zeros((time, 2 * columns, 2 * columns))  # parts: the noise of this sample, of the one before
        mix[:, :columns, :columns] = now
        mix[1:, columns:, :columns] = gain * now[1:]
        mix[1:, columns:, columns:] = -gain * before[1:]
        return InputNoise(
            mix, np.block([[phi * one, none], [one, none]]), np.block([[one, phi * one], [phi * one, one]])
        )

    # y_rate(t) = y(rate t)
    def at_rate(self, rate: float) -> Signal:
        """The series played `rate` times as fast, by a cubic through its samples."""
        if rate == 1:
            return self
        length = int((len(self) - 1) / rate) + 1
        if length < 2:
            raise LiquidError(f"rate={rate:g} leaves {length} of {len(self)} samples; use a longer series.")
        played = CubicSpline(np.arange(len(self)), self.values)(np.arange(length) * rate)
        return Signal(played, self.change_gain)


def subject(layer: str, series: str, length: int, state_size: int = 32, seed: int = 0) -> tuple[LayerWeights, Signal]:
    """A layer and a built-in series as its input: "trained" is the pretrained layer, "fresh" an untrained draw."""
    if layer not in LAYERS:
        raise LiquidError(f"layer={layer!r} is not known; choose one of {', '.join(LAYERS)}.")
    if length < 2 or state_size < 1:
        raise LiquidError(f"length={length}, state_size={state_size}: at least 2 samples and 1 neuron are needed.")
    values = clean_values(series, length)
    if layer == "fresh":
        return LayerWeights.fresh(1, state_size, seed=seed), Signal(values)
    trained = pretrained.load("lorenz")
    return trained.weights, Signal(values, trained.change_gain)


def clean_values(series: str, length: int) -> Floats:
    """One column of a built-in series, without a gap, in standard deviations: `[time, 1]`.

    Generated series keep their clean values behind the observed ones; the noise is what the study adds.
    """
    values = builtin.load(series).values
    column = values[:, 1] if series in builtin.MADE and values.shape[1] > 1 else values[:, 0]
    column = column[longest_complete(column[:, None])][:length]
    scaled: Floats = (column - column.mean())[:, None] / (float(column.std()) or 1.0)
    return scaled


def liquid_layer(model: Model) -> LayerWeights:
    """The first member's first liquid layer in NumPy; LiquidError for any other kind of model."""
    if not (members := model.liquid_members()):
        raise LiquidError(f"model={model.config.model!r} has no tau_sys; choose model='Liquid'.")
    return LayerWeights.of(members[0].liquid_layers()[0], members[0].unfolds)


def read_by(prepared: Prepared, channels: Floats) -> Signal:
    """A series `[time, column]`, in its own units, as a forecaster trained on `prepared` reads it.

    LiquidError if it reads how old values are as well, or what is known ahead: noise does not move that.
    """
    if prepared.ahead:
        raise LiquidError(
            f"This model was trained with '{prepared.ahead[0]}' known ahead, which noise does not reach: to see what "
            "noise does, train without it."
        )
    if prepared.aged:
        raise LiquidError(
            f"This model was trained on '{prepared.aged[0]}' with missing values and reads how old each one is: to see "
            "what noise does, train on a series without gaps."
        )
    zero = channels[:1] if prepared.trending else prepared.scaler.mean
    return Signal((channels - zero) / prepared.scaler.scale, prepared.scaler.scale / prepared.change_scale)
