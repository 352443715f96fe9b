// A layer of 8 neurons with a linear readout, from a seed.

import { inverseSoftplus } from "../../shared/equation.js";
import { generator, normal } from "./random.js";

export const SIZE = 8;
const FASTEST = 0.6, SLOWEST = 6; // tau of the first and the last neuron: memories that the eye can tell apart
const RECURRENT = 1; // of an orthogonal matrix

// Trained numbers, in the order in which a training reads them
export const PARTS = ["W", "b", "A", "tauRaw", "V", "c"];

export function start(seed, size = SIZE) {
  const uniform = generator(seed), columns = 1 + size;
  const between = (low, high) => low + (high - low) * uniform();
  const W = new Float64Array(size * columns), recurrent = orthogonal(size, uniform);
  for (let i = 0; i < size; i++) {
    W[i * columns] = (uniform() < 0.5 ? -1 : 1) * between(0.7, 2); // no neuron is deaf
    for (let j = 0; j < size; j++) W[i * columns + 1 + j] = RECURRENT * recurrent[i][j];
  }
  const list = (draw) => Float64Array.from({ length: size }, (_, i) => draw(i));
  return {
    size,
    inputs: 1,
    W,
    b: list(() => between(-2.5, 0.5)),
    A: list(() => (uniform() < 0.5 ? -1 : 1) * between(0.7, 2)),
    tauRaw: list((i) => inverseSoftplus(FASTEST * (SLOWEST / FASTEST) ** (i / Math.max(size - 1, 1)))),
    V: list(() => between(-0.3, 0.3)),
    c: new Float64Array(1),
  };
}

export const copy = (weights) =>
  Object.fromEntries(Object.entries(weights).map(([name, part]) => [name, part.slice ? part.slice() : part]));

export const zeros = (weights) =>
  Object.fromEntries(PARTS.map((name) => [name, new Float64Array(weights[name].length)]));

// Gram and Schmidt
function orthogonal(size, uniform) {
  const rows = [];
  while (rows.length < size) {
    let row = Array.from({ length: size }, () => normal(uniform));
    for (const done of rows) {
      const along = row.reduce((sum, value, j) => sum + value * done[j], 0);
      row = row.map((value, j) => value - along * done[j]);
    }
    const length = Math.hypot(...row);
    if (length > 1e-6) rows.push(row.map((value) => value / length));
  }
  return rows;
}
