// A layer that listens to a stream, and its calm twin: the same layer without noise and without what the visitor did.

import { baseTau, step, tauSys } from "../../shared/equation.js";
import { forecast } from "./learning.js";
import { noiseAt } from "./random.js";

export const KEPT = 512; // samples that can be seen again and computed anew
const LARGEST = 1e6; // of a state that Euler makes run away: what comes after infinity cannot be drawn

// settings: { dt, noise, pace, seed }. A sample is numbered from the stream's beginning.
export class Simulation {
  constructor(weights, stream, settings) {
    this.settings = settings;
    this.stream = stream;
    this.edits = new Map(); // sample -> what the visitor made of it
    this.spikes = new Map(); // sample -> what is added to it
    const block = () => new Float64Array(KEPT * weights.size);
    this.state = block();
    this.gate = block();
    this.calmState = block();
    this.calmGate = block();
    this.forecasts = new Float64Array(KEPT); // of the sample after
    this.begin = Math.floor(stream.listened / settings.pace);
    this.setWeights(weights, this.begin + KEPT - 2);
  }

  get size() {
    return this.weights.size;
  }

  clean(sample) {
    return this.stream.at(sample * this.settings.pace);
  }

  input(sample) {
    const { noise, seed } = this.settings;
    const value = this.edits.get(sample) ?? this.clean(sample) + (noise && noise * noiseAt(seed, sample));
    return value + (this.spikes.get(sample) ?? 0);
  }

  // Everything that is kept is computed anew: the picture answers at once, as if it had always been so.
  setWeights(weights, now = this.now) {
    this.weights = weights;
    this.tau = baseTau(weights);
    this.now = now;
    this.again(-Infinity);
  }

  // One sample ahead is computed too: the picture glides from one to the next.
  again(from) {
    const first = Math.max(from, this.first);
    for (let sample = first; sample <= this.now + 1; sample++) this.#compute(sample, sample === this.first);
  }

  next() {
    this.now += 1;
    this.#compute(this.now + 1, false);
  }

  // The oldest sample that is kept
  get first() {
    return this.now - KEPT + 2;
  }

  #compute(sample, fresh) {
    const { weights, tau, size, settings } = this;
    const row = (block, at) => block.subarray((at % KEPT) * size, ((at % KEPT) + 1) * size);
    const rest = new Float64Array(size);
    const go = (input, states, gates) => {
      const after = row(states, sample);
      step(weights, tau, settings.dt, [input], fresh ? rest : row(states, sample - 1), row(gates, sample), after);
      for (let i = 0; i < size; i++) after[i] = Math.min(Math.max(after[i], -LARGEST), LARGEST);
    };
    go(this.input(sample), this.state, this.gate);
    go(this.clean(sample), this.calmState, this.calmGate);
    this.forecasts[sample % KEPT] = forecast(weights, row(this.state, sample));
  }

  // One neuron at one sample; `before` is the state that the step saw
  at(sample, neuron) {
    const place = (sample % KEPT) * this.size + neuron, earlier = ((sample + KEPT - 1) % KEPT) * this.size + neuron;
    const f = this.gate[place], tau = this.tau[neuron];
    return {
      f,
      x: this.state[place],
      before: sample > this.first ? this.state[earlier] : 0,
      tauSys: tauSys(tau, f),
      calmTauSys: tauSys(tau, this.calmGate[place]),
    };
  }

  coming(neuron) {
    return this.at(this.now + 1, neuron);
  }

  // What the layer forecast for a sample, when it had seen the one before
  forecastOf(sample) {
    return this.forecasts[(sample + KEPT - 1) % KEPT];
  }

  // Whether the layer has run away: beyond what any stable step could reach
  get lost() {
    const row = this.state.subarray((this.now % KEPT) * this.size, ((this.now % KEPT) + 1) * this.size);
    return row.some((x, i) => !(Math.abs(x) < 50 * (1 + Math.abs(this.weights.A[i]))));
  }
}

// Mean tau_sys of every neuron over many samples of a stream, in blocks that follow each other
export function meanTauSys(weights, stream, settings, samples = 4096, block = 256) {
  const { size } = weights, tau = baseTau(weights);
  let state = new Float64Array(size), after = new Float64Array(size);
  const f = new Float64Array(size), blocks = [];
  for (let sample = -256; sample < samples; sample++) {
    const at = stream.listened + 256 + sample;
    step(weights, tau, settings.dt, [stream.at(at * settings.pace) + settings.noise * noiseAt(settings.seed, at)], state, f, after);
    [state, after] = [after, state];
    if (sample < 0) continue;
    if (sample % block === 0) blocks.push(new Float64Array(size));
    for (let i = 0; i < size; i++) blocks.at(-1)[i] += tauSys(tau[i], f[i]) / block;
  }
  return blocks;
}

// Change of mean tau_sys from one setting to another, in percent: of each neuron with twice its standard error over
// blocks, and of all
export function change(weights, stream, from, to) {
  const before = meanTauSys(weights, stream, from), after = meanTauSys(weights, stream, to), blocks = before.length;
  const neurons = Array.from({ length: weights.size }, (_, i) => {
    const base = before.reduce((sum, values) => sum + values[i], 0) / blocks;
    const differences = after.map((values, k) => (100 * (values[i] - before[k][i])) / base);
    const mean = differences.reduce((sum, value) => sum + value, 0) / blocks;
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (blocks - 1);
    return { mean, error: 2 * Math.sqrt(variance / blocks) };
  });
  const shrink = neurons.filter(({ mean, error }) => mean < -error).length;
  const grow = neurons.filter(({ mean, error }) => mean > error).length;
  return { neurons, shrink, grow, mean: neurons.reduce((sum, { mean }) => sum + mean, 0) / neurons.length };
}
