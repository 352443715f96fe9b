"""Parts of the first page's layer on their own: its streams, the numbers of its answers, and how often it speaks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from javascript import run
from playwright.sync_api import Browser
from test_equation import in_torch

from liquid.series import generators

STREAM = """({stream}, [name, seed, length]) => {
    const {at} = stream(name, seed)
    return Array.from({length}, (_, sample) => at(sample))
}"""


@pytest.mark.parametrize(
    ("name", "same"),
    [("lorenz", generators.lorenz), ("mackey-glass", generators.mackey_glass), ("sines", generators.sum_of_sines)],
)
def test_streams_move_as_the_built_in_series_do(chromium: Browser, name: str, same: object) -> None:
    assert callable(same)
    found = np.array(run(chromium, "home/js/streams.js", STREAM, [name, 5, 6000]))
    known = same(6000, noise=0.0).values[:, 0]
    known = (known - known.mean()) / known.std()
    levels = (5, 25, 50, 75, 95)
    assert np.percentile(found, levels) == pytest.approx(np.percentile(known, levels), abs=0.25)
    for lag in (1, 4, 10):  # samples
        ours, theirs = (np.corrcoef(values[lag:], values[:-lag])[0, 1] for values in (found, known))
        assert ours == pytest.approx(theirs, abs=0.05)


def test_a_seed_is_a_stream(chromium: Browser) -> None:
    first, again, other = (run(chromium, "home/js/streams.js", STREAM, ["lorenz", seed, 50]) for seed in (1, 1, 2))
    assert first == again
    assert np.abs(np.subtract(first, other)).max() > 0.1


ANSWER = """({start, stream, change, noiseAt}, seed) => {
    const weights = start(seed), sines = stream("sines", seed), settings = {dt: 0.1, noise: 0, pace: 1, seed}
    const from = sines.listened, heard = noise => Array.from({length: 256 + 4096}, (_, k) =>
        sines.at(from + k) + noise * noiseAt(seed, from + k))
    const list = ([name, part]) => [name, part.length ? [...part] : part]
    const plain = Object.fromEntries(Object.entries(weights).map(list))
    return [plain, heard(0), heard(1), change(weights, sines, settings, {...settings, noise: 1})]
}"""


def mean_times(weights: dict[str, object], inputs: list[float]) -> np.ndarray:
    """Mean tau_sys of every neuron from the 256th sample on, by the Python layer."""
    layer, _ = in_torch(weights)
    layer.dt = 0.1
    state, times = torch.zeros(1, 8, dtype=torch.float64), []
    with torch.no_grad():
        for value in torch.tensor(inputs, dtype=torch.float64)[:, None, None]:
            times.append(layer.tau_sys(layer.gate(layer.drive(value), state)))
            state = layer(value, state)
    return torch.cat(times)[256:].mean(dim=0).numpy()


def test_the_answer_on_noise_is_what_the_python_layer_says(chromium: Browser) -> None:
    weights, calm, noisy, told = run(chromium, "home/js/main.js", ANSWER, 3)
    before, after = mean_times(weights, calm), mean_times(weights, noisy)
    found = np.array([neuron["mean"] for neuron in told["neurons"]])
    assert found == pytest.approx(100 * (after - before) / before, rel=1e-9, abs=1e-9)
    errors = np.array([neuron["error"] for neuron in told["neurons"]])
    assert told["shrink"] == np.sum(found < -errors)
    assert told["grow"] == np.sum(found > errors)
    assert told["mean"] == pytest.approx(found.mean())


SPEAK = """({Voice}) => {
    const element = {textContent: ""}, heard = [], timers = [], wait = window.setTimeout
    window.setTimeout = (act, ms) => timers.push({act, ms})
    const voice = new Voice(element), say = text => (voice.say(text), heard.push(element.textContent))
    say("first"); say("second"); say("third")
    timers.at(-1).act()
    heard.push(element.textContent)
    window.setTimeout = wait
    return [heard, timers.map(({ms}) => ms)]
}"""


def test_a_screen_reader_hears_the_newest_message_every_few_seconds(chromium: Browser) -> None:
    heard, waits = run(chromium, "home/js/voice.js", SPEAK, None)
    assert heard == ["first", "first", "first", "third"]
    assert all(2500 < wait <= 3000 for wait in waits)
