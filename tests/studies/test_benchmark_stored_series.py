"""The stored series of the benchmark: whole, as the catalogue says, and as chaotic as it says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from liquid.errors import LiquidError
from liquid.studies.benchmark import stored_series
from liquid.studies.benchmark.stored_series import StoredTask, catalogue, chaos, half_cheetah

TASKS = {task.name: task for task in catalogue()}
CHAOTIC = [task for task in catalogue() if task.kind != "robot"]


def test_there_are_flows_of_fourteen_kinds_four_maps_and_a_robot() -> None:
    kinds = [task.kind for task in catalogue()]
    assert [kinds.count(kind) for kind in ("chaotic flow", "chaotic map", "robot")] == [14, 4, 1]
    flows = [task.group for task in catalogue() if task.kind == "chaotic flow"]
    assert len(set(flows)) == len(flows)


@pytest.mark.parametrize("task", CHAOTIC, ids=lambda task: task.name)
def test_every_system_has_its_draws_finite_in_motion_and_unlike_each_other(task: StoredTask) -> None:
    draws = np.array([chaos(task.name, draw) for draw in range(task.shape[0])])
    assert draws.shape == task.shape
    assert draws.dtype == np.float64
    assert np.isfinite(draws).all()
    assert (draws[:, 1200:].std(axis=1) > 0.3 * draws.std()).all()
    between = np.corrcoef(draws)[np.triu_indices(len(draws), 1)]
    assert np.abs(between).max() < 0.8  # near starts have come apart, but for the even phase of the food chain


def test_the_file_holds_what_the_catalogue_names_and_no_more() -> None:
    with np.load(stored_series.FOLDER / "chaos.npz") as file:
        assert set(file.files) == {task.name for task in CHAOTIC}


def test_the_robot_has_its_trajectories_each_another() -> None:
    observations = half_cheetah()
    assert observations.shape == TASKS["half-cheetah"].shape
    assert np.isfinite(observations).all()
    assert (observations.std(axis=1) > 0).all()
    assert np.abs(observations[:, :, 1]).max() < np.pi / 2  # none lies on its back
    starts = observations[:, 1:50].reshape(len(observations), -1)
    assert np.abs(np.corrcoef(starts) - np.eye(len(starts))).max() < 0.99


@pytest.mark.parametrize("task", CHAOTIC, ids=lambda task: task.name)
def test_the_sampling_follows_from_exponent_and_step(task: StoredTask) -> None:
    assert task.lyapunov_exponent is not None
    assert task.samples_per_lyapunov_time == pytest.approx(1 / (task.lyapunov_exponent * task.step), abs=0.1)
    if task.kind == "chaotic flow":
        assert 20 <= task.samples_per_lyapunov_time <= 33
        assert task.samples_per_period is not None
        assert task.samples_per_period >= 8


# x_{t+1} = 1 - 1.4 x_t^2 + 0.3 x_{t-1}:   the tangent obeys dx_{t+1} = -2.8 x_t dx_t + 0.3 dx_{t-1}
def test_the_henon_draws_obey_the_map_and_part_at_its_exponent() -> None:
    exponents = []
    for draw in range(6):
        x = chaos("henon", draw)
        np.testing.assert_allclose(x[2:], 1 - 1.4 * x[1:-1] ** 2 + 0.3 * x[:-2], atol=1e-6)
        tangent, growth = np.array([1.0, 0.0]), []
        for value in x:
            tangent = np.array([-2.8 * value * tangent[0] + 0.3 * tangent[1], tangent[0]])
            growth.append(math.log(np.linalg.norm(tangent)))
            tangent /= np.linalg.norm(tangent)
        exponents.append(np.mean(growth[20:]))
    assert np.mean(exponents) == pytest.approx(0.419, abs=0.006)  # the literature's
    assert np.mean(exponents) == pytest.approx(TASKS["henon"].lyapunov_exponent, abs=0.003)


# x_{t+1} = 1.76 - x_{t-1}^2 - 0.1 x_{t-2}:   |dx_{t+1}| by -2 x_{t-1} dx_{t-1} - 0.1 dx_{t-2}
def test_the_generalised_henon_draws_obey_the_map_and_part_at_its_exponent() -> None:
    exponents = []
    for draw in range(6):
        x = chaos("generalised-henon", draw)
        np.testing.assert_allclose(x[3:], 1.76 - x[1:-2] ** 2 - 0.1 * x[:-3], atol=1e-6)
        tangent, growth = np.ones(3), []
        for value in x[:-1]:
            tangent = np.array([-2 * value * tangent[1] - 0.1 * tangent[2], *tangent[:2]])
            growth.append(math.log(np.linalg.norm(tangent)))
            tangent /= np.linalg.norm(tangent)
        exponents.append(np.mean(growth[20:]))
    assert np.mean(exponents) == pytest.approx(TASKS["generalised-henon"].lyapunov_exponent, abs=0.005)


def test_another_name_or_draw_is_answered_with_what_there_is() -> None:
    with pytest.raises(LiquidError, match=r"choose one of halvorsen, .*rulkov"):
        chaos("half-cheetah", 0)
    with pytest.raises(LiquidError, match="choose 0 to 5"):
        chaos("henon", 6)
