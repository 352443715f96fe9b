"""Makes the series of this folder: chaotic flows and maps, and a simulated robot. All of it is seeded.

Needs, in an environment of its own: dysts 0.96, numpy 2.4.6, scipy 1.17.1, gymnasium 1.4.0, mujoco 4.0.0 and
imageio 2.38.1 (gymnasium imports it). Run: `python data/tasks/build.py`, about five minutes of processor time;
`python data/tasks/build.py chua henon` makes these two again and says how far they lie from the stored ones.

The right-hand sides and parameters are those of dysts (W. Gilpin, "Chaos as an interpretable benchmark for forecasting
and data-driven modelling", NeurIPS Datasets and Benchmarks 2021). Its exponents (`maximum_lyapunov_estimated`) are
not used: for several systems they lie far from the known value (Rössler's 0.151 instead of 0.071, for example). Every
exponent here is measured along the stored trajectories, by the growth of a tangent vector.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import gymnasium
import numpy as np
from dysts import flows
from scipy.integrate import solve_ivp
from scipy.signal import argrelmax, welch

FOLDER = Path(__file__).parent
DRAWS, SAMPLES = 6, 2000
SETTLE = 750  # samples before the first: 30 Lyapunov times, in which near starts come wholly apart
PER_RENEWAL = 25  # samples between two looks at a tangent vector: about one Lyapunov time
LEAST_PER_PERIOD, LEAST_BETWEEN_MAXIMA = 8, 6  # samples
TRAJECTORIES, LONG = 25, 500
CARRIED = "Apache 2.0, with dysts 0.96; the numbers are this project's own"

Array = np.ndarray
Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Flow:
    """A system of dysts: the sampling step in its units of time, and the column that is kept."""

    system: str
    title: str
    group: str
    equations: str
    step: float
    observed: str
    column: int = 0
    changed: dict[str, float] = field(default_factory=dict)
    sites: int = 0  # instead of dysts' own number, where the system has any
    citation: str = ""  # where dysts names another work than the one with the equations


FLOWS = {
    "halvorsen": Flow(
        "Halvorsen",
        "Halvorsen's cyclic flow",
        "cyclically symmetric",
        "dx/dt = -a x - b y - b z - y², and cyclically",
        0.059,
        "x",
    ),
    "genesio-tesi": Flow(
        "GenesioTesi", "Genesio-Tesi jerk system", "jerk", "d³x/dt³ = -c x - b dx/dt - a d²x/dt² + x²", 0.38, "x"
    ),
    "duffing": Flow(
        "Duffing",
        "Duffing oscillator",
        "driven oscillator",
        "d²x/dt² = -delta dx/dt - beta x - alpha x³ + gamma cos(omega t)",
        0.3,
        "x",
    ),
    "nuclear-quadrupole": Flow(
        "NuclearQuadrupole",
        "Nuclear quadrupole vibration",
        "conservative, Hamiltonian",
        "H = a (p1² + p2²) / 2 + a (q1² + q2²) / 2 - b (q1³ - 3 q1 q2²) / √2 + d (q1² + q2²)² / 4",
        0.14,
        "q1",
    ),
    "hyper-cai": Flow(
        "HyperCai",
        "Cai-Huang hyperchaos",
        "hyperchaotic",
        "dx/dt = a (y - x), dy/dt = b x + c y - x z + w, dz/dt = y² - d z, dw/dt = -e x",
        0.024,
        "x",
    ),
    "lorenz-96": Flow(
        "Lorenz96",
        "Lorenz 96 ring of 40 sites",
        "spatially extended",
        "dx_i/dt = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F, 40 sites on a ring, F = 8",
        0.024,
        "x_1, one of 40 sites",
        changed={"f": 8.0},
        sites=40,
    ),
    "hindmarsh-rose": Flow(
        "HindmarshRose",
        "Hindmarsh-Rose neuron",
        "bursting neuron",
        "tx dx/dt = -tx x + y - a x³ + b x² + z, dy/dt = -a x³ - (d - b) x² + z, tz dz/dt = -s x - z + c",
        0.15,
        "x, the membrane voltage",
    ),
    "blasius": Flow(
        "Blasius",
        "Blasius food chain",
        "ecological",
        "dx/dt = a x - alpha1 x y / (1 + k1 x), dy/dt = -b y + alpha1 x y / (1 + k1 x) - alpha2 y z, "
        "dz/dt = -c (z - zs) + alpha2 y z",
        0.67,
        "x, the vegetation",
    ),
    "chua": Flow(
        "Chua",
        "Chua's circuit",
        "electronic circuit, piecewise linear",
        "dx/dt = alpha (y - x - m1 x - (m0 - m1) (|x + 1| - |x - 1|) / 2), dy/dt = x - y + z, dz/dt = -beta y",
        0.092,
        "x, a voltage",
    ),
    "itik-banks-tumor": Flow(
        "ItikBanksTumor",
        "Itik-Banks tumour",
        "biological",
        "dx/dt = x (1 - x) - a12 x y - a13 x z, dy/dt = r2 y (1 - y) - a21 x y, "
        "dz/dt = r3 x z / (x + k3) - a31 x z - d3 z",
        1.95,
        "x, the tumour cells",
    ),
    "vallis-el-nino": Flow(
        "VallisElNino",
        "Vallis' El Niño",
        "climate",
        "dx/dt = b y - c (x + p), dy/dt = x z - y, dz/dt = 1 - z - x y",
        0.072,
        "x, the current",
    ),
    "hopfield": Flow(
        "Hopfield",
        "Hopfield network of six neurons",
        "neural network",
        "dx/dt = -x / tau + (1 + tanh(eps K x)) / 2 - beta",
        0.55,
        "x_1, one of six neurons",
    ),
    "rikitake-dynamo": Flow(
        "RikitakeDynamo",
        "Rikitake dynamo",
        "geophysical",
        "dx/dt = -mu x + y z, dy/dt = -mu y - a x + x z, dz/dt = 1 - x y",
        0.31,
        "x, a current",
    ),
}


def right_side(flow: Flow) -> tuple[Function, Array]:
    """dX/dt of states `[dimension, draw]`, and dysts' start `[dimension]`."""
    system = getattr(flows, flow.system)()
    for name, value in flow.changed.items():
        system.params[name] = value
        setattr(system, name, value)
    system.param_list = [system.params[name] for name in sorted(system.params)]
    start = np.resize(np.asarray(system.ic, dtype=float), flow.sites or len(system.ic))
    if flow.system in ("Lorenz96", "Hopfield"):  # written for whole states
        return (lambda x: np.asarray(system.rhs(x, 0.0))), start
    return (lambda x: np.array(np.broadcast_arrays(*system._rhs(*x, 0.0, *system.param_list)), dtype=float)), start


def follow(change: Function, start: Array, step: float, samples: int, rtol: float) -> Array:
    """The solution at `samples` later times, `[*state, time]`."""
    solved = solve_ivp(
        lambda _, x: change(x.reshape(start.shape)).ravel(),
        (0, samples * step),
        start.ravel(),
        method="DOP853",
        t_eval=step * np.arange(1, samples + 1),
        rtol=rtol,
        atol=rtol / 100,
    )
    if not solved.success:
        raise SystemExit(solved.message)
    return solved.y.reshape(*start.shape, samples)


# d(dx)/dt = (f(x + e dx) - f(x)) / e,   exponent = mean of ln |dx| per unit of time, dx made a unit vector again
def flow_exponent(change: Function, start: Array, step: float) -> float:
    """The largest Lyapunov exponent, over all draws, from states `[dimension, draw]`."""
    tiny = 1e-6

    def with_tangent(both: Array) -> Array:
        x, dx = both
        return np.stack([change(x), (change(x + tiny * dx) - change(x - tiny * dx)) / (2 * tiny)])

    dx = np.random.default_rng(1).normal(size=start.shape)
    both, growth = np.stack([start, dx / np.linalg.norm(dx, axis=0)]), []
    for _ in range(SAMPLES // PER_RENEWAL):
        both = follow(with_tangent, both, PER_RENEWAL * step, 1, 1e-6)[..., -1]
        size = np.linalg.norm(both[1], axis=0)
        growth.append(np.log(size))
        both[1] /= size
    return float(np.mean(growth[5:]) / (PER_RENEWAL * step))


def flow_draws(flow: Flow) -> tuple[Array, float]:
    """The kept column `[draw, time]` from six near starts after they have come apart, and the exponent."""
    change, start = right_side(flow)
    near = 1e-2 * np.abs(start).mean() * np.random.default_rng(0).normal(size=(len(start), DRAWS))
    settled = follow(change, start[:, None] + near, SETTLE * flow.step, 1, 1e-10)[..., -1]
    path = follow(change, settled, flow.step, SAMPLES, 1e-10)
    return path[flow.column], flow_exponent(change, settled, flow.step)


# dx/dt = mu sin(x(t - tau)) - x(t)
IKEDA_MU, IKEDA_TAU, IKEDA_STEP, IKEDA_SUBSTEPS = -20.0, 2.0, 0.08, 16


def delay_draws() -> tuple[Array, float]:
    """Ikeda's delay equation: x `[draw, time]` and the exponent. Classic Runge-Kutta, 200 steps per delay.

    The delayed value at half steps comes from a cubic through four neighbours. The tangent obeys
    dv/dt = mu cos(x(t - tau)) v(t - tau) - v(t), and its size is taken over a whole delay.
    """
    h, delay = IKEDA_STEP / IKEDA_SUBSTEPS, round(IKEDA_TAU / IKEDA_STEP * IKEDA_SUBSTEPS)
    steps = (SETTLE + SAMPLES) * IKEDA_SUBSTEPS
    x, v = np.empty((2, delay + 1 + steps, DRAWS))
    rng = np.random.default_rng(0)
    x[: delay + 1], v[: delay + 1] = rng.uniform(-3, 3, DRAWS), rng.normal(size=(delay + 1, DRAWS))
    growth = []

    def half(values: Array, then: int) -> Array:
        if then == 0:  # the history is a constant
            return values[0]
        return (9 * (values[then] + values[then + 1]) - values[then - 1] - values[then + 2]) / 16

    def advance(values: Array, now: int, pushes: list[Array]) -> None:
        old = values[now]
        k1 = pushes[0] - old
        k2 = pushes[1] - (old + h / 2 * k1)
        k3 = pushes[1] - (old + h / 2 * k2)
        k4 = pushes[2] - (old + h * k3)
        values[now + 1] = old + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    for now in range(delay, delay + steps):
        then = now - delay
        past = [x[then], half(x, then), x[then + 1]]
        past_v = [v[then], half(v, then), v[then + 1]]
        advance(x, now, [IKEDA_MU * np.sin(one) for one in past])
        advance(v, now, [IKEDA_MU * np.cos(one) * two for one, two in zip(past, past_v, strict=True)])
        if (now + 1) % delay == 0:
            window = slice(now + 1 - delay, now + 2)
            size = np.linalg.norm(v[window], axis=0)
            v[window] /= size
            growth.append(np.log(size))
    settled = round(SETTLE * IKEDA_STEP / IKEDA_TAU)
    kept = x[delay + 1 + SETTLE * IKEDA_SUBSTEPS :: IKEDA_SUBSTEPS]
    return kept.T, float(np.mean(growth[settled:]) / IKEDA_TAU)


@dataclass(frozen=True)
class Map:
    """x' = f(x) of states `[dimension, draw]`, observed in its first coordinate."""

    title: str
    group: str
    equations: str
    citation: str
    function: Function
    start: tuple[float, ...]
    literature: str


def henon(x: Array) -> Array:
    return np.array([1 - 1.4 * x[0] ** 2 + x[1], 0.3 * x[0]])


def ikeda_map(x: Array) -> Array:
    angle = 0.4 - 6 / (1 + x[0] ** 2 + x[1] ** 2)
    return np.array(
        [
            1 + 0.9 * (x[0] * np.cos(angle) - x[1] * np.sin(angle)),
            0.9 * (x[0] * np.sin(angle) + x[1] * np.cos(angle)),
        ]
    )


def generalised_henon(x: Array) -> Array:
    return np.array([1.76 - x[1] ** 2 - 0.1 * x[2], x[0], x[1]])


def rulkov(x: Array) -> Array:
    return np.array([4.3 / (1 + x[0] ** 2) + x[1], x[1] - 0.001 * x[0] - 0.001])


MAPS = {
    "henon": Map(
        "Hénon map",
        "dissipative, plane",
        "x' = 1 - 1.4 x² + y, y' = 0.3 x",
        "M. Hénon, A two-dimensional mapping with a strange attractor, Commun. Math. Phys. 50 (1976)",
        henon,
        (0.1, 0.1),
        "0.419 (J. C. Sprott, Chaos and Time-Series Analysis, 2003)",
    ),
    "ikeda-map": Map(
        "Ikeda map",
        "optical cavity",
        "x' = 1 + 0.9 (x cos t - y sin t), y' = 0.9 (x sin t + y cos t), t = 0.4 - 6 / (1 + x² + y²)",
        "K. Ikeda, Multiple-valued stationary state and its instability of the transmitted light by a ring cavity "
        "system, Opt. Commun. 30 (1979)",
        ikeda_map,
        (0.1, 0.1),
        "",
    ),
    "generalised-henon": Map(
        "Generalised Hénon map",
        "hyperchaotic",
        "x' = 1.76 - y² - 0.1 z, y' = x, z' = y",
        "G. Baier and M. Klein, Maximum hyperchaos in generalized Hénon maps, Phys. Lett. A 151 (1990)",
        generalised_henon,
        (0.1, 0.2, 0.3),
        "",
    ),
    "rulkov": Map(
        "Rulkov neuron map",
        "bursting neuron",
        "x' = 4.3 / (1 + x²) + y, y' = y - 0.001 x - 0.001",
        "N. F. Rulkov, Regularization of synchronized chaotic bursts, Phys. Rev. Lett. 86 (2001)",
        rulkov,
        (-1.0, -2.9),
        "",
    ),
}


def map_draws(one: Map) -> tuple[Array, float]:
    """x `[draw, time]` from six near starts after they have come apart, and the exponent per iteration."""
    x = np.array(one.start)[:, None] + 1e-2 * np.random.default_rng(0).normal(size=(len(one.start), DRAWS))
    dx, tiny, path, growth = np.ones_like(x), 1e-7, [], []
    for _ in range(10 * SETTLE):
        x = one.function(x)
    for _ in range(SAMPLES):
        dx = (one.function(x + tiny * dx) - one.function(x - tiny * dx)) / (2 * tiny)
        size = np.linalg.norm(dx, axis=0)
        dx, x = dx / size, one.function(x)
        growth.append(np.log(size))
        path.append(x[0])
    return np.array(path).T, float(np.mean(growth[100:]))


def dominant_period(draws: Array) -> float:
    """Samples: where the mean spectrum of the draws has most power per octave, Welch's with pieces of 1,000.

    Per octave, because a flow that jumps between two lobes has its highest power per Hertz at frequency 0.
    """
    frequency, power = welch(draws - draws.mean(), nperseg=1000, axis=1)
    return float(1 / frequency[1:][np.argmax((frequency * power.mean(axis=0))[1:])])


def between_maxima(draws: Array) -> float:
    """Samples from one maximum to the next, on average."""
    return draws.size / max(1, len(argrelmax(draws, axis=1)[0]))


def look_over(name: str, draws: Array) -> None:
    """A series that is no task stops the build: unbounded, at rest, periodic, or with a test part unlike the rest."""
    if not np.isfinite(draws).all() or draws.std(axis=1).min() < 1e-3 * np.abs(draws).max():
        raise SystemExit(f"{name}: not finite, or hardly moves.")
    z = (draws - draws.mean()) / draws.std()
    far = max(abs(np.mean(z[:, :-lag] * z[:, lag:])) for lag in range(700, 1300))
    spread = z[:, : 6 * SAMPLES // 10].std(axis=1) / z[:, -SAMPLES // 4 :].std(axis=1)
    print(f"{name:20s} far autocorrelation {far:.2f}, spread of train to test {spread.min():.2f} to {spread.max():.2f}")
    if far > 0.9 or spread.min() < 0.7 or spread.max() > 1.4:
        raise SystemExit(f"{name}: periodic, or its parts differ.")


def entry(name: str, draws: Array, exponent: float, step: float) -> dict[str, object]:
    """What the catalogue says about the measured numbers."""
    return {
        "lyapunov_exponent": round(exponent, 4),
        "lyapunov_source": "measured along these trajectories by data/tasks/build.py, tangent vector",
        "step": step,
        "samples_per_lyapunov_time": round(1 / (exponent * step), 1),
        "samples_per_period": round(dominant_period(draws), 1),
        "samples_between_maxima": round(between_maxima(draws), 1),
        "shape": [DRAWS, SAMPLES],
    }


def make_flow(name: str) -> tuple[Array, dict[str, object]]:
    """A flow's draws and entry."""
    if name == "ikeda-delay":
        draws, exponent = delay_draws()
        about = {
            "title": "Ikeda's delay equation",
            "group": "delay, optical resonator",
            "equations": f"dx/dt = {IKEDA_MU:g} sin(x(t - {IKEDA_TAU:g})) - x",
            "citation": "K. Ikeda and K. Matsumoto, High-dimensional chaotic behavior in systems with time-delayed "
            "feedback, Physica D 29 (1987)",
            "observed": "x",
        }
        step, licence, parameters, documented = IKEDA_STEP, "the project's own (MIT)", {}, ""
    else:
        flow, system = FLOWS[name], getattr(flows, FLOWS[name].system)()
        draws, exponent = flow_draws(flow)
        about = {
            "title": flow.title,
            "group": flow.group,
            "equations": flow.equations,
            "citation": flow.citation or " ".join(system.citation.split()),
            "observed": flow.observed,
        }
        parameters = {key: np.asarray(value).tolist() for key, value in system.params.items()} | flow.changed
        step, licence = flow.step, CARRIED
        documented = "" if flow.changed else f"{system.maximum_lyapunov_estimated:.4f} (dysts)"
    measured = entry(name, draws, exponent, step)
    if not 20 <= measured["samples_per_lyapunov_time"] <= 33 or (
        measured["samples_per_period"] < LEAST_PER_PERIOD or measured["samples_between_maxima"] < LEAST_BETWEEN_MAXIMA
    ):
        raise SystemExit(f"{name}: {measured}: another step, or another system.")
    kind = {"kind": "chaotic flow"}
    return draws, about | kind | {"parameters": parameters} | measured | {"documented": documented, "licence": licence}


def make_map(name: str) -> tuple[Array, dict[str, object]]:
    """A map's draws and entry; its samples are its iterations, so there is no step to choose."""
    one = MAPS[name]
    draws, exponent = map_draws(one)
    about = {"title": one.title, "group": one.group, "equations": one.equations, "citation": one.citation}
    ends = {"documented": one.literature, "licence": "the project's own (MIT)"}
    return draws, about | {"observed": "x", "kind": "chaotic map", "parameters": {}} | entry(
        name, draws, exponent, 1
    ) | ends


# action_j(t) = size_j sin(2 pi f t + phase_j) + noise_j,   noise_j(t + 1) = 0.9 noise_j(t) + 0.436 * 0.2 e
def half_cheetah() -> Array:
    """Observations `[trajectory, time, 17]` under a scripted gait that differs from one trajectory to the next.

    The frequency (0.5 to 2 Hz), the six sizes (0.3 to 0.9), phases and the smooth noise come from the trajectory's
    seed; the seeds count up from 0, and one whose robot tips by more than a right angle is left out.
    """
    env, kept, seed = gymnasium.make("HalfCheetah-v5"), [], 0
    while len(kept) < TRAJECTORIES:
        rng = np.random.default_rng(seed)
        observation, _ = env.reset(seed=seed)
        frequency, size = rng.uniform(0.5, 2.0), rng.uniform(0.3, 0.9, 6)
        phase, noise, rows = rng.uniform(0, 2 * np.pi, 6), np.zeros(6), []
        for t in env.unwrapped.dt * np.arange(LONG):
            rows.append(observation)
            noise = 0.9 * noise + np.sqrt(1 - 0.9**2) * 0.2 * rng.normal(size=6)
            action = np.clip(size * np.sin(2 * np.pi * frequency * t + phase) + noise, -1, 1)
            observation, *_ = env.step(action.astype(np.float32))
        if np.abs(np.array(rows)[:, 1]).max() < np.pi / 2:  # column 1 is the pitch
            kept.append(rows)
        seed += 1
    print(f"half-cheetah: {TRAJECTORIES} of the first {seed} seeds stayed on their feet")
    return np.array(kept)


HALF_CHEETAH = {
    "title": "Half-Cheetah",
    "group": "simulated robot, six driven joints",
    "equations": "HalfCheetah-v5 of gymnasium 1.4.0 with mujoco 4.0.0, under the gait of half_cheetah() in build.py",
    "citation": "P. Wawrzyński, A cat-like robot real-time learning to run, ICANNGA 2009; the protocol: R. Hasani et "
    "al., Liquid Time-constant Networks, AAAI 2021",
    "observed": "all 17 observations",
    "kind": "robot",
    "parameters": {},
    "lyapunov_exponent": None,
    "lyapunov_source": "",
    "step": 0.05,
    "samples_per_lyapunov_time": None,
    "samples_per_period": None,
    "samples_between_maxima": None,
    "shape": [TRAJECTORIES, LONG, 17],
    "documented": "",
    "licence": "the project's own (MIT); gymnasium is MIT, mujoco Apache 2.0",
}


def made(name: str) -> tuple[Array, dict[str, object]]:
    """A chaotic series by its name, looked over."""
    draws, about = make_map(name) if name in MAPS else make_flow(name)
    look_over(name, draws)
    return draws.astype(np.float32), about


def build() -> None:
    """Every file of this folder."""
    names = [*FLOWS, "ikeda-delay", *MAPS]
    with ProcessPoolExecutor(2) as pool:
        results = dict(zip(names, pool.map(made, names), strict=True))
    np.savez_compressed(FOLDER / "chaos.npz", **{name: draws for name, (draws, _) in results.items()})
    np.savez_compressed(FOLDER / "half-cheetah.npz", observations=half_cheetah().astype(np.float32))
    catalogue = {name: about for name, (_, about) in results.items()} | {"half-cheetah": HALF_CHEETAH}
    text = json.dumps(catalogue, indent=1, ensure_ascii=False)
    (FOLDER / "catalogue.json").write_text(text + "\n", encoding="utf-8")


def compare(names: list[str]) -> None:
    """How far a second making lies from what is stored."""
    with np.load(FOLDER / "chaos.npz", allow_pickle=False) as stored:
        for name in names:
            print(f"{name}: largest difference {np.abs(made(name)[0] - stored[name]).max()}")


if __name__ == "__main__":
    if sys.argv[1:]:
        compare(sys.argv[1:])
    else:
        build()
