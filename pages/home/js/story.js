// Five presets that tell a story: a question, something to try, and an answer with the numbers of this layer.

import { change } from "./simulation.js";

const CALM = { noise: 0, pace: 1, dt: 0.1, seed: 3 };
const percent = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} %`;
const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

// Of the inputs' weights: whose gate a higher input opens. A gate is monotone in the input.
const openers = ({ weights, size }) =>
  Array.from({ length: size }, (_, i) => weights.W[i * (1 + size)]).filter((w) => w > 0).length;

// Each: title, settings, question, and what can be tried there: `does` is what it does to the stage, `answer` what it
// showed. `tried` is whether the visitor has done the same by hand.
export const STORY = [
  {
    id: "gate",
    title: "What a gate does",
    settings: { ...CALM, stream: "step" },
    question: "Eight neurons listen to one input. The blue pupils are their gates. Lift the input: who opens, who closes?",
    steps: [
      {
        label: "Lift the input",
        does: (stage) => stage.add(2, 24),
        tried: ({ edited, spikes }) => edited || spikes.up,
        answer: ({ simulation }) => {
          const opened = openers(simulation);
          return `${count(opened, "gate")} opened, ${simulation.size - opened} closed, and they stay so while the input ` +
            "stays high: a gate follows the level. An open gate fills its neuron, and shortens its memory.";
        },
      },
    ],
  },
  {
    id: "memory",
    title: "What τ_sys means",
    settings: { ...CALM, stream: "silence" },
    question: "Each bead is a neuron's τ_sys, between its floor and its ceiling. Send one pulse, then silence: who loses it first?",
    steps: [
      {
        label: "Send a pulse",
        does: (stage) => stage.add(3, 4),
        tried: ({ edited, spikes }) => edited || spikes.up,
        answer: ({ simulation }) => {
          const all = Array.from({ length: simulation.size }, (_, i) => simulation.at(simulation.now, i).tauSys);
          const [low, high] = [Math.min(...all), Math.max(...all)], { dt } = simulation.settings;
          return `Neuron ${all.indexOf(low) + 1}: its τ_sys is now ${low.toFixed(2)}, or ${(low / dt).toFixed(0)} samples. ` +
            "After this long 37 % of what was there is left: at the bead, its trail has faded to that. " +
            `Neuron ${all.indexOf(high) + 1} takes ${(high / dt).toFixed(0)} samples.`;
        },
      },
    ],
  },
  {
    id: "spikes",
    title: "Spike up, spike down",
    settings: { ...CALM, stream: "sine" },
    question: "Does a spike shorten every memory? Send one up, then one down.",
    steps: [
      {
        label: "Spike up",
        does: (stage) => stage.add(3, 1),
        tried: ({ spikes }) => spikes.up,
        answer: ({ simulation }) => {
          const opened = openers(simulation);
          return `Up: τ_sys fell in ${count(opened, "neuron")} and rose in ${simulation.size - opened}.`;
        },
      },
      {
        label: "Spike down",
        does: (stage) => stage.add(-3, 1),
        tried: ({ spikes }) => spikes.down,
        answer: ({ simulation }) => {
          const opened = openers(simulation);
          return `Down: it fell in ${simulation.size - opened} and rose in ${opened}, the others. A gate rises or falls ` +
            "with its input, so of two opposite spikes one always lengthens a memory.";
        },
      },
    ],
  },
  {
    id: "noise",
    title: "Noisy is not fast",
    settings: { ...CALM, stream: "sines" },
    question: "Make it noisy. Who shrinks, who grows? Then make it fast instead.",
    steps: [
      {
        label: "Make it noisy",
        does: (stage) => stage.set({ noise: 1, pace: 1 }),
        tried: ({ settings }) => settings.noise > 0,
        answer: ({ simulation, settings }) => {
          const noise = settings.noise || 1;
          const { neurons, shrink, grow, mean } = compared(simulation, { pace: 1 }, { pace: 1, noise });
          const most = Math.max(...neurons.map((neuron) => Math.abs(neuron.mean)));
          return `Noisy (${noise.toFixed(2)} standard deviations): τ_sys shrinks in ${count(shrink, "neuron")} and grows ` +
            `in ${grow}, by up to ${most.toFixed(1)} %; their mean changes by ${percent(mean)}.`;
        },
      },
      {
        label: "Four times as fast",
        does: (stage) => stage.set({ noise: 0, pace: 4 }),
        tried: ({ settings }) => settings.pace > 1,
        answer: ({ simulation, settings }) => {
          const pace = settings.pace > 1 ? settings.pace : 4;
          const { neurons, mean } = compared(simulation, { pace: 1 }, { pace });
          const most = Math.max(...neurons.map((neuron) => Math.abs(neuron.mean)));
          return `${pace} times as fast: by up to ${most.toFixed(1)} %, their mean by ${percent(mean)}. A gate sees how ` +
            "high the input is, not how fast it moves.";
        },
      },
    ],
  },
  {
    id: "euler",
    title: "When Euler runs away",
    settings: { ...CALM, stream: "sine" },
    question: "The layer takes one Euler step of length dt per sample. Make dt longer: when does it run away?",
    steps: [
      {
        label: "dt = 1.4",
        does: (stage) => stage.set({ dt: 1.4 }),
        tried: ({ settings }) => settings.dt > 0.3,
        answer: ({ simulation, settings }) => {
          const tau = Math.min(...simulation.tau), neuron = simulation.tau.indexOf(tau) + 1;
          const bounds = [(2 * tau) / (1 + tau), 2 * tau], dt = settings.dt > 0.3 ? settings.dt : 1.4;
          const verdict = dt > bounds[1] ? "beyond both: it has to run away" : dt > bounds[0]
            ? "between them: it overshoots whenever that gate is open" : "below both: its steps are safe";
          return `A step longer than 2 τ_sys overshoots by more than it corrects. For neuron ${neuron}, the fastest, 2 τ_sys ` +
            `lies between ${bounds[0].toFixed(2)} (gate open) and ${bounds[1].toFixed(2)} (closed). dt = ${dt.toFixed(2)} is ${verdict}.`;
        },
      },
      {
        label: "Back to dt = 0.1",
        does: (stage) => stage.set({ dt: 0.1 }),
        tried: ({ before, settings }) => before > 0.3 && settings.dt <= 0.3,
        answer: () => "The equation was never unstable: only the step was too long.",
      },
    ],
  },
];

// 4,096 samples with and without, the same noise and stream in both
function compared({ weights, stream, settings }, from, to) {
  const plain = { ...settings, noise: 0 };
  return change(weights, stream, { ...plain, ...from }, { ...plain, ...to });
}
