// What a layer can listen to: clean values of a stream by sample, in standard deviations of its own.

import { generator } from "./random.js";

export const LISTENED = 1024; // samples before the picture begins: their mean and size are the scale, and training reads them
export const LOOP = 64; // samples of a drawn stream, which then repeats
const SINE = 40; // samples
const PERIODS = [50, 22.36, 11.27], SIZES = [1, 0.5, 0.3]; // as liquid.series.generators.sum_of_sines

export const NAMES = {
  sine: "Sine",
  sines: "Three sines",
  lorenz: "Lorenz",
  "mackey-glass": "Mackey-Glass",
  step: "Noisy step",
  drawn: "Drawn by you",
  silence: "Silence",
};

// A stream: `at(sample)` is its clean value, `listened` the samples before the picture begins.
export function stream(name, seed, { drawn, own } = {}) {
  if (name === "own") return repeated(own);
  if (name === "drawn") return { at: (sample) => drawn[sample % LOOP], listened: LISTENED };
  if (name === "silence") return { at: () => 0, listened: LISTENED };
  const value = { sine, sines, lorenz, "mackey-glass": mackeyGlass, step: steps }[name](generator(seed + 77));
  const known = [];
  const raw = (sample) => {
    while (known.length <= sample) known.push(value(known.length));
    return known[sample];
  };
  raw(LISTENED);
  const { mean, sd } = scale(known);
  return { at: (sample) => (raw(sample) - mean) / sd, listened: LISTENED };
}

// The visitor's series starts over at its end; the first 70 % are listened to before the picture begins.
function repeated(values) {
  const listened = Math.floor(0.7 * values.length), { mean, sd } = scale(values.slice(0, listened));
  return { at: (sample) => (values[sample % values.length] - mean) / sd, listened, length: values.length };
}

function scale(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { mean, sd: sd || 1 };
}

const sine = () => (t) => Math.sin((2 * Math.PI * t) / SINE);

function sines(uniform) {
  const phases = PERIODS.map(() => 2 * Math.PI * uniform());
  return (t) => PERIODS.reduce((sum, period, k) => sum + SIZES[k] * Math.sin((2 * Math.PI * t) / period + phases[k]), 0);
}

// dx/dt = 10 (y - x)    dy/dt = x (28 - z) - y    dz/dt = x y - 8/3 z; classic Runge-Kutta, a sample is 0.05
function lorenz(uniform) {
  const slope = ([x, y, z]) => [10 * (y - x), x * (28 - z) - y, x * y - (8 / 3) * z];
  const along = (a, h, b) => a.map((value, i) => value + h * b[i]);
  const h = 0.0125;
  let at = [1 + uniform(), 1, 25];
  const go = () => {
    const k1 = slope(at), k2 = slope(along(at, h / 2, k1)), k3 = slope(along(at, h / 2, k2)), k4 = slope(along(at, h, k3));
    at = at.map((value, i) => value + (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
  };
  for (let i = 0; i < 1600; i++) go();
  return () => {
    for (let i = 0; i < 4; i++) go();
    return at[0];
  };
}

// dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x(t), a sample is one unit of time; Runge-Kutta with ten steps a
// sample, the delayed value at half steps by a line: the eye sees no difference
function mackeyGlass(uniform) {
  const STEPS = 10, DELAY = 17 * STEPS, h = 1 / STEPS;
  const past = new Float64Array(DELAY + 1).fill(0.5 + 0.8 * uniform()); // a ring: the newest is at `now`
  let now = 0;
  const made = (x) => (0.2 * x) / (1 + x ** 10);
  const go = () => {
    const oldest = (now + 1) % past.length, next = (now + 2) % past.length, x = past[now];
    const first = made(past[oldest]), last = made(past[next]), middle = made((past[oldest] + past[next]) / 2);
    const k1 = first - 0.1 * x, k2 = middle - 0.1 * (x + (h / 2) * k1), k3 = middle - 0.1 * (x + (h / 2) * k2);
    const k4 = last - 0.1 * (x + h * k3);
    now = oldest;
    past[now] = x + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
  };
  for (let i = 0; i < 300 * STEPS; i++) go();
  return () => {
    for (let i = 0; i < STEPS; i++) go();
    return past[now];
  };
}

// A level that jumps at random times
function steps(uniform) {
  let level = 1, left = 0;
  return () => {
    if (left-- <= 0) {
      level = -level;
      left = 24 + Math.floor(32 * uniform());
    }
    return level;
  };
}
