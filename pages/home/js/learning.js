// Learning to forecast a stream one sample ahead: backpropagation through 64 samples, and Adam.

import { backward, baseTau, inverseSoftplus, step } from "../../shared/equation.js";
import { generator } from "./random.js";
import { PARTS, zeros } from "./weights.js";

export const SAMPLES = 64; // that an update goes back through
export const WINDOWS = 16; // per update
export const UPDATES = 3000; // of a training
const RATE = 0.02, MEAN = 0.9, SQUARE = 0.999, TINY = 1e-8; // Adam's, as in torch.optim.Adam

// The forecast of the next sample, from the state after this one: y = V x + c
export function forecast(weights, state, at = 0) {
  let sum = weights.c[0];
  for (let i = 0; i < weights.size; i++) sum += weights.V[i] * state[at + i];
  return sum;
}

// L = mean over windows and samples of (V x_t + c - I_(t+1))^2, each window from a state of zero; adds dL/d(weights)
// to `gradient`, returns L.
export function lossAndGradient(weights, dt, series, starts, samples, gradient) {
  const { size } = weights, tau = baseTau(weights), count = starts.length * samples;
  const states = new Float64Array((samples + 1) * size), gates = new Float64Array(samples * size);
  const state = (t) => states.subarray(t * size, (t + 1) * size), gate = (t) => gates.subarray(t * size, (t + 1) * size);
  const input = [0], errors = new Float64Array(samples), pull = new Float64Array(size);
  let loss = 0;
  for (const first of starts) {
    for (let t = 0; t < samples; t++) {
      input[0] = series[first + t];
      step(weights, tau, dt, input, state(t), gate(t), state(t + 1));
      errors[t] = forecast(weights, states, (t + 1) * size) - series[first + t + 1];
      loss += errors[t] ** 2 / count;
    }
    pull.fill(0);
    for (let t = samples - 1; t >= 0; t--) {
      const slope = (2 * errors[t]) / count; // dL/d(forecast)
      gradient.c[0] += slope;
      for (let i = 0; i < size; i++) {
        gradient.V[i] += slope * states[(t + 1) * size + i];
        pull[i] += slope * weights.V[i];
      }
      input[0] = series[first + t];
      backward(weights, tau, dt, input, state(t), gate(t), pull, gradient);
    }
  }
  return loss;
}

// m <- 0.9 m + 0.1 g    v <- 0.999 v + 0.001 g^2    w <- w - rate (m / (1 - 0.9^k)) / (sqrt(v / (1 - 0.999^k)) + 1e-8)
// Source: Kingma, Ba, "Adam", ICLR 2015, algorithm 1.
export function adam(weights) {
  const means = zeros(weights), squares = zeros(weights);
  let k = 0;
  return (gradient) => {
    k += 1;
    const first = 1 - MEAN ** k, second = Math.sqrt(1 - SQUARE ** k);
    for (const part of PARTS) {
      const w = weights[part], g = gradient[part], m = means[part], v = squares[part];
      for (let i = 0; i < w.length; i++) {
        m[i] = MEAN * m[i] + (1 - MEAN) * g[i];
        v[i] = SQUARE * v[i] + (1 - SQUARE) * g[i] * g[i];
        w[i] -= (RATE / first) * (m[i] / (Math.sqrt(v[i]) / second + TINY));
      }
    }
  };
}

// A training: every call makes one update of `weights` and returns the loss before it. tau stays at least dt, where
// Euler cannot diverge by the leak.
export function training(weights, dt, series, seed) {
  const update = adam(weights), gradient = zeros(weights), uniform = generator(seed + 5000);
  const samples = Math.min(SAMPLES, series.length - 2), places = series.length - samples;
  const lowest = inverseSoftplus(dt);
  return () => {
    const starts = Array.from({ length: WINDOWS }, () => Math.floor(uniform() * places));
    for (const part of PARTS) gradient[part].fill(0);
    const loss = lossAndGradient(weights, dt, series, starts, samples, gradient);
    update(gradient);
    for (let i = 0; i < weights.size; i++) weights.tauRaw[i] = Math.max(weights.tauRaw[i], lowest);
    return { loss, starts };
  };
}
