r"""Why this forecast? What every sample of every column did to it, compared with a window in which nothing happens.

A forecast F(x) reads the window x `[samples, columns]`. Beside it stands the still window x0: the target at its last
value all along, every other column at its training mean. Each sample's share of F(x) - F(x0) is its integrated
gradient,

    a_i = (x_i - x0_i) \int_0^1 dF/dx_i (x0 + s (x - x0)) ds

The shares add up to the difference. Of the linear part they are its weights times x - x0; the networks' derivatives
are exact, back through every step of the recurrence, and the integral is a Gauss-Legendre rule.

Source: Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, ICML 2017, equation 1.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from liquid.dynamics.held import states_with_tau_held
from liquid.errors import LiquidError
from liquid.learning.data import Origins, Prepared
from liquid.learning.forecaster import Forecaster
from liquid.learning.models import ForecastModel
from liquid.models.persistence import Persistence
from liquid.models.polynomial_ar import PolynomialAR
from liquid.models.smoothing import Smoothing
from liquid.series.windows import Floats

POINTS = (32, 64, 128)  # of the path at which the derivative is taken: the fewest that are CLOSE
MOST_NUMBERS = 20_000_000  # float64 values that a few of these points keep for their derivatives
REACH = 0.9  # of a response: how far back it goes
CLOSE = 1e-6  # of the target's spread, to which shares add up


@dataclass(frozen=True)
class Attribution:
    """One forecast, `step` samples ahead of the row `rows[-1]`, and what moved it; in the series' units.

    `window` and `still` are what is read and what it is compared with, `[samples, columns]`, oldest sample first, at
    `rows[samples]`; a missing value is the last known one. `forecast` and `from_still` are those of every member,
    `[members]`; `linear[samples, columns]` and `network[members, samples, columns]` the shares of their difference,
    `linear_response` and `network_response` the derivatives of the forecast, per unit of each column. `held[members]`
    is the forecast with every neuron's tau_sys held at its mean over the window, None for a model without it. `scale`
    is the spread of each column in the training part.
    """

    model: str
    names: tuple[str, ...]
    step: int
    rows: NDArray[np.int64]
    window: Floats
    still: Floats
    forecast: Floats
    from_still: Floats
    linear: Floats
    network: Floats
    linear_response: Floats
    network_response: Floats
    held: Floats | None
    scale: Floats

    @property
    def moved(self) -> Floats:
        """What the window did to the forecast of every member, `[members]`."""
        return self.forecast - self.from_still

    @property
    def total(self) -> Floats:
        """The shares in the members' mean forecast, `[samples, columns]`."""
        total: Floats = self.linear + self.network.mean(axis=0)
        return total

    @property
    def completeness(self) -> float:
        """How far the shares are from adding up, at worst over the members; rounding, if the path has enough points."""
        added = self.linear.sum() + self.network.sum(axis=(1, 2))
        return float(np.abs(self.moved - added).max())

    @property
    def has_network(self) -> bool:
        """Whether networks have a say in it."""
        return bool(self.network_response.any())

    @property
    def linear_reach(self) -> int:
        """How many of the newest samples hold REACH of the linear part's response."""
        return reach(self.linear_response, self.scale)

    @property
    def network_reach(self) -> int:
        """The same of the mean of the networks."""
        return reach(self.network_response.mean(axis=0), self.scale)

    @property
    def network_reaches(self) -> NDArray[np.int64]:
        """The same of each network, `[members]`."""
        return np.array([reach(one, self.scale) for one in self.network_response])

    @property
    def by_tau_sys(self) -> Floats | None:
        """What it did to the forecast of every member that its tau_sys moved, `[members]`."""
        return None if self.held is None else self.forecast - self.held


# the least k with  sum over the newest k samples of |dF/dx| scale  >=  REACH of the sum over all
def reach(response: Floats, scale: Floats) -> int:
    """Newest samples of `response[samples, columns]`, oldest first, that hold REACH of it; columns count by their
    spread. 0 if there is none."""
    passed = np.cumsum((np.abs(response) @ scale)[::-1])
    return int(np.searchsorted(passed, REACH * passed[-1])) + 1 if passed[-1] > 0 else 0


def unexplained(prepared: Prepared) -> str:
    """Why no forecast of such data can be attributed; empty if one can."""
    if prepared.ahead:
        return (
            "This forecast also reads what is known ahead, which is no part of the window that is explained here: "
            "train without it to see what moved a forecast. What each column is worth stands under Columns."
        )
    return ""


def attribute(forecaster: Forecaster, origin: int | None = None, step: int | None = None) -> Attribution:
    """What moved the forecast made after row `origin` (None: the newest) of the value `step` samples ahead (None: the
    last of the horizon).

    LiquidError if there is no such forecast, or the model reads more than a window.
    """
    prepared, horizon = forecaster.prepared, forecaster.config.horizon
    origin = len(prepared.target) - 1 if origin is None else origin
    step = horizon if step is None else step
    if not 1 <= step <= horizon:
        raise LiquidError(f"Nothing is forecast {step} steps ahead: choose 1 to {horizon}.")
    if problem := unexplained(prepared):
        raise LiquidError(problem)
    rule = _rule(forecaster)
    weights = rule.response(prepared.scaler.scale, step)
    model = forecaster.model if isinstance(forecaster.model, ForecastModel) else None
    size = max(len(weights), prepared.window if model else 1)
    first = int(np.argmax(np.isfinite(prepared.read))) + size - 1
    if not first <= origin < len(prepared.target):
        raise LiquidError(
            f"Nothing is forecast from row {origin + 1:,}, because {size:,} samples are read: choose one of the rows "
            f"{first + 1:,} to {len(prepared.target):,}."
        )
    rows = np.arange(origin - size + 1, origin + 1)
    window = prepared.channels[rows]
    still = np.repeat(prepared.scaler.mean[None], size, axis=0)
    still[:, 0] = window[-1, 0]
    base, base_from_still = (rule.forecast(one, step) for one in (window, still))
    actual = float(rule.predict(prepared.read, prepared.channels, np.array([origin]))[0, step - 1])
    if abs(base - actual) > CLOSE * prepared.scaler.scale[0]:
        raise LiquidError(
            f"{forecaster.config.model} passes over missing values, so that no window explains this forecast: choose a "
            "row that follows known values."
        )
    weights = _longer(weights, size)
    net = _networks(model, prepared, rows[-prepared.window :], still[-1], step) if model else _Networks.none(prepared)
    return Attribution(
        model=forecaster.config.model,
        names=prepared.names,
        step=step,
        rows=rows,
        window=window,
        still=still,
        forecast=base + net.forecast,
        from_still=base_from_still + net.from_still,
        linear=weights * (window - still),
        network=_longer(net.shares, size),
        linear_response=weights,
        network_response=_longer(net.response, size),
        held=None if net.held is None else base + net.held,
        scale=prepared.scaler.scale,
    )


@dataclass(frozen=True)
class _Rule:
    """A forecast that is linear in the newest `memory` samples: `predict(observed[time], channels[time, columns],
    origins) -> [origins, horizon]`."""

    predict: Callable[[Floats, Floats, Origins], Floats]
    memory: int

    def forecast(self, window: Floats, step: int) -> float:
        """From the end of one window, `[samples, columns]`."""
        return float(self.predict(window[:, 0], window, np.array([len(window) - 1]))[0, step - 1])

    # F(x + e_i) - F(x), the same for every x
    def response(self, scale: Floats, step: int) -> Floats:
        """The weight of every sample of every column, `[samples, columns]`, from the oldest that has one on.

        One series has a pulse in each column, so far apart that no forecast reads two; the forecasts after a pulse show
        its weight at every age.
        """
        columns = len(scale)
        pulses = np.zeros((self.memory * (columns + 1), columns))
        pulses[self.memory * np.arange(1, columns + 1), np.arange(columns)] = scale
        answers = self.predict(pulses[:, 0], pulses, np.arange(self.memory, len(pulses)))[:, step - 1]
        rest = self.forecast(np.zeros((self.memory, columns)), step)
        weights = ((answers - rest).reshape(columns, self.memory) / scale[:, None]).T
        weighing = np.flatnonzero(weights.any(axis=1))
        return weights[: weighing[-1] + 1 if len(weighing) else 1][::-1]


def _rule(forecaster: Forecaster) -> _Rule:
    """What forecasts before any network has a say. LiquidError if it reads more than a window."""
    model, linear, horizon = forecaster.model, forecaster.prepared.linear, forecaster.config.horizon
    if linear is not None and isinstance(model, ForecastModel):
        return _Rule(linear.forecast, linear.memory)
    rule = Persistence() if isinstance(model, ForecastModel) else model.rule
    if isinstance(rule, Smoothing):
        raise LiquidError(
            f"{forecaster.config.model} follows a level through the whole series, so no window explains its forecast: "
            "choose a model that reads one."
        )
    if isinstance(rule, PolynomialAR):
        raise LiquidError(
            f"{forecaster.config.model} multiplies the values that it reads, so they have no shares of their own: "
            "choose a linear model or a network."
        )
    return _Rule(lambda observed, channels, origins: rule.predict(observed, origins, horizon), rule.memory)


@dataclass(frozen=True)
class _Networks:
    """What networks add: the first and last in `[members]`, shares and response in `[members, window, columns]`."""

    forecast: Floats
    from_still: Floats
    shares: Floats
    response: Floats
    held: Floats | None

    @staticmethod
    def none(prepared: Prepared) -> _Networks:
        nothing = np.zeros((1, 1, len(prepared.names)))
        return _Networks(np.zeros(1), np.zeros(1), nothing, nothing, None)


def _networks(model: ForecastModel, prepared: Prepared, rows: NDArray[np.int64], still: Floats, step: int) -> _Networks:
    """In float64, along the path from the still window, which holds `still[columns]`, to that of `rows[window]`."""
    exact = deepcopy(model).double()
    window, beside = torch.from_numpy(prepared.channels[rows]), prepared.beside(rows)
    start = torch.from_numpy(still).expand_as(window)
    spans = prepared.timespans_at(rows[None])
    spans = spans.double() if isinstance(spans, Tensor) else spans

    def ahead(x: Tensor, states: Callable[[Tensor, Tensor | float], Tensor]) -> Tensor:
        """What is added to the forecast from `x[members, points, window, columns]`: `[members, points]`."""
        lasting = spans.expand(x.shape[1], -1) if isinstance(spans, Tensor) else spans
        added = exact.read(states(prepared.as_input(x, beside), lasting), prepared.as_past(x))
        return added[..., step - 1] * float(prepared.step_scale[step - 1])

    at_once = max(1, MOST_NUMBERS // (model.config.numbers + model.config.tape))
    for points in POINTS:
        nodes, weights = np.polynomial.legendre.leggauss(points)
        places, weights = np.append((nodes + 1) / 2, (0.0, 1.0)), np.append(weights / 2, (0.0, 0.0))
        slopes, forecasts = torch.zeros(model.members, *window.shape, dtype=torch.float64), []
        for part in np.array_split(np.arange(len(places)), -(-len(places) // at_once)):
            place = torch.from_numpy(places[part])[:, None, None]
            x = (start + place * (window - start)).expand(model.members, -1, -1, -1).clone().requires_grad_()
            forecast = ahead(x, exact.core.plain)
            slope = torch.autograd.grad(forecast.sum(), x)[0]
            slopes += torch.einsum("p,mpwc->mwc", torch.from_numpy(weights[part]), slope)
            forecasts.append(forecast.detach())
        from_still, added = torch.cat(forecasts, dim=1)[:, -2:].unbind(1)
        shares = slopes * (window - start)
        if float((added - from_still - shares.sum(dim=(1, 2))).abs().max()) <= CLOSE * float(prepared.scaler.scale[0]):
            break
    held = None
    if networks := exact.liquid_members():

        def with_tau_held(x: Tensor, lasting: Tensor | float) -> Tensor:
            return torch.stack([states_with_tau_held(net, one, lasting) for net, one in zip(networks, x, strict=True)])

        held = ahead(window.expand(model.members, 1, -1, -1), with_tau_held)[:, 0].detach().numpy()
    return _Networks(added.numpy(), from_still.numpy(), shares.numpy(), slope[:, -1].numpy(), held)


def _longer(values: Floats, size: int) -> Floats:
    """Values of the newest samples, `[..., samples, columns]`, with zeros for those before, `size` in all."""
    before = [(0, 0)] * (values.ndim - 2) + [(size - values.shape[-2], 0), (0, 0)]
    return np.pad(values, before)
