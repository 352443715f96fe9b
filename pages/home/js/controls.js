// Buttons, sliders, lists and keys.

import { NAMES } from "./streams.js";

const SPIKE = 3; // standard deviations
const STEP_NOISE = 0.3; // of the noisy step, when it is chosen

export class Controls {
  constructor(root, layer, limits, own) {
    this.root = root;
    [this.shortest, this.longest] = limits.dt;
    const streams = root.querySelector('[data-setting="stream"]');
    for (const [name, title] of Object.entries({ ...NAMES, ...(own && { own: own.title }) })) {
      streams.append(Object.assign(document.createElement("option"), { value: name, textContent: title }));
    }
    for (const control of root.querySelectorAll("[data-setting]")) {
      const name = control.dataset.setting, take = () => layer.set(this.#read(name, control.value));
      if (control.type === "range") control.oninput = take;
      control.onchange = () => {
        take();
        layer.done();
      };
    }
    this.acts = {
      play: () => layer.play(!layer.player.playing),
      step: () => layer.step(),
      reset: () => layer.restart(),
      "spike-up": () => layer.spike(SPIKE),
      "spike-down": () => layer.spike(-SPIKE),
      up: () => layer.select(layer.settings.neuron - 1),
      down: () => layer.select(layer.settings.neuron + 1),
      train: () => layer.train(),
      seed: () => layer.reseed(Math.floor(Math.random() * (limits.seed[1] + 1))),
    };
    for (const button of root.querySelectorAll("[data-do]")) button.onclick = this.acts[button.dataset.do];
    const keys = { " ": "play", ArrowRight: "step", ArrowUp: "up", ArrowDown: "down", "+": "spike-up", "-": "spike-down" };
    root.querySelector("canvas.picture").onkeydown = (event) => {
      if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.acts[keys[event.key]]();
    };
  }

  #read(name, text) {
    if (name === "stream") return { stream: text, ...(text === "step" && { noise: STEP_NOISE }) };
    if (name !== "dt") return { [name]: Number(text) };
    return { dt: Number((this.shortest * (this.longest / this.shortest) ** Number(text)).toPrecision(2)) };
  }

  show(settings, playing) {
    for (const control of this.root.querySelectorAll("[data-setting]")) {
      const name = control.dataset.setting, value = settings[name];
      control.value = name === "dt" ? Math.log(value / this.shortest) / Math.log(this.longest / this.shortest) : value;
      if (control.type !== "range") continue;
      control.nextElementSibling.textContent = value.toFixed(2);
      control.setAttribute("aria-valuetext", value.toFixed(2));
      control.style.setProperty("--at", `${(100 * control.value) / control.max}%`);
    }
    this.root.querySelector('[data-do="play"]').textContent = playing ? "Pause" : "Play";
    this.root.querySelector(".seed").textContent = `seed ${settings.seed}`;
  }
}
