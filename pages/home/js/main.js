// The Home page's layer: what it shows and what the visitor does to it. Streamlit calls the default export.

import { theme } from "./colours.js";
import { Formula } from "./formula.js";
import { UPDATES } from "./learning.js";
import { values as drawnValues, writeLink } from "./link.js";
import { drawLosses } from "./loss.js";
import { Picture } from "./picture.js";
import { Player } from "./player.js";
import { KEPT, Simulation } from "./simulation.js";
import { STORY } from "./story.js";
import { LOOP, NAMES, stream } from "./streams.js";
import { Teacher } from "./teacher.js";
import { Voice } from "./voice.js";
import { SIZE, start } from "./weights.js";
import { write } from "./words.js";

const SPIKE = 3; // standard deviations
const NOTHING = "This stream does not change: there is nothing to forecast.";
const TAP = 6; // pixels that a finger may move and still tap

class Layer {
  constructor(root, data) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.canvas = find("canvas.picture");
    this.voice = new Voice(find(".spoken"));
    this.picture = new Picture(this.canvas);
    this.formula = new Formula(find(".formula"), (part) => this.light(part && { part, neuron: this.shown }));
    this.player = new Player(find(".view"), (seconds) => this.frame(seconds), (awake) => this.teacher.run(awake));
    this.teacher = new Teacher((report) => this.learned(report));
    this.limits = data.limits;
    this.own = data.own;
    this.usual = { ...data.usual, drawn: new Float64Array(LOOP) };
    this.makeControls();
    this.take(data, true);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(find(".view"));
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.play(!still, false);
  }

  // From the server: the theme may be another, and the address too, if the visitor went back
  take(data, first = false) {
    this.picture.colours = theme(this.root.host ?? this.root);
    if (first || JSON.stringify(data.link) !== JSON.stringify(this.link)) {
      const { drawn, ...link } = data.link;
      this.link = data.link;
      const story = STORY.find(({ id }) => id === link.preset) ?? STORY[0];
      this.begin({ ...this.usual, ...story.settings, preset: story.id, ...link, ...(drawn && { drawn: drawnValues(drawn) }) });
    }
    if (!first) this.resize();
  }

  close() {
    this.player.close();
    this.teacher.stop();
    this.voice.close();
    this.observer.disconnect();
  }

  // ---- what is simulated

  begin(settings) {
    if (settings.stream === "own" && !this.own) settings.stream = this.usual.stream;
    this.settings = { ...settings, drawn: Float64Array.from(settings.drawn) };
    this.story = STORY.find(({ id }) => id === settings.preset);
    this.seen = { edited: false, spikes: { up: false, down: false }, before: settings.dt };
    this.answers = new Map();
    this.reset(true);
    this.ask();
  }

  reset(newWeights) {
    this.teacher.stop();
    this.history = [];
    if (newWeights) {
      this.weights = start(this.settings.seed);
      this.trained = false;
    }
    const { drawn, seed, stream: name } = this.settings;
    this.simulation = new Simulation(this.weights, stream(name, seed, { drawn, own: this.own?.values }), this.settings);
    this.phase = 0;
    this.refresh();
  }

  // Changes of settings, of which those of the layer's own keep what it has learned
  set(changes) {
    this.seen.before = this.settings.dt;
    Object.assign(this.settings, changes);
    this.teacher.stop();
    if ("stream" in changes || "seed" in changes) this.reset("seed" in changes);
    else this.simulation.again(-Infinity);
    this.refresh();
  }

  // A spike, or a level that is held, from the next sample on
  add(height, samples) {
    const { simulation } = this, next = simulation.now + 1;
    for (let sample = next; sample < next + samples; sample++) this.addAt(sample, height);
    if (!this.player.playing) for (let k = 0; k < Math.min(samples, 16); k++) simulation.next();
    if (samples > 1) this.seen.edited = true;
    this.refresh();
  }

  addAt(sample, height) {
    const { simulation } = this;
    simulation.spikes.set(sample, (simulation.spikes.get(sample) ?? 0) + height);
    simulation.again(sample);
    this.seen.spikes[height > 0 ? "up" : "down"] = true;
  }

  // The input becomes what the pointer drew between two places
  drag(from, to) {
    const { simulation, settings } = this, [low, high] = from.sample <= to.sample ? [from, to] : [to, from];
    for (let sample = Math.max(low.sample, simulation.first); sample <= high.sample; sample++) {
      const share = high.sample === low.sample ? 1 : (sample - low.sample) / (high.sample - low.sample);
      const value = low.value + share * (high.value - low.value);
      if (settings.stream === "drawn") settings.drawn[sample % LOOP] = value;
      else simulation.edits.set(sample, value);
    }
    if (settings.stream === "drawn") simulation.stream = stream("drawn", 0, settings);
    simulation.again(settings.stream === "drawn" ? -Infinity : low.sample);
    this.seen.edited = true;
  }

  step() {
    this.play(false);
    this.simulation.next();
    this.phase = 0;
    this.refresh();
    this.voice.say(this.described());
  }

  play(playing, aloud = true) {
    this.player.play(playing);
    const button = this.root.querySelector('[data-do="play"]');
    button.textContent = playing ? "Pause" : "Play";
    if (!playing && aloud) this.changed();
    if (aloud) this.voice.say(playing ? "Playing." : `Paused. ${this.described()}`);
    this.refresh();
  }

  frame(seconds) {
    this.phase += seconds * this.settings.speed;
    while (this.phase >= 1) {
      this.simulation.next();
      this.phase -= 1;
      this.stale = true;
    }
    this.draw();
  }

  // ---- training

  train() {
    if (this.teacher.active) {
      this.teacher.stop();
      this.voice.say("Training stopped.");
      return this.refresh();
    }
    const { simulation, settings, weights } = this, { listened, length } = simulation.stream;
    const end = Math.floor(listened / settings.pace), last = length ? Math.floor(length / settings.pace) : end + KEPT;
    const heard = (from, to) => Float64Array.from({ length: to - from }, (_, k) => simulation.input(from + k));
    const unseen = heard(end, last);
    this.history = [];
    this.naive = unseen.reduce((sum, value, t) => (t ? sum + (value - unseen[t - 1]) ** 2 : 0), 0) / (unseen.length - 1);
    if (this.naive === 0) return this.voice.say(write(this.root.querySelector(".learned"), NOTHING));
    this.trained = true;
    this.teacher.start({ weights, dt: settings.dt, series: heard(0, end), unseen, seed: settings.seed });
    this.voice.say("Training began.");
    this.refresh();
  }

  learned({ done, loss, unseen, weights }) {
    this.weights = weights;
    this.history.push({ done, loss, unseen });
    this.simulation.setWeights(weights);
    this.stale = true;
    if (done >= UPDATES || !Number.isFinite(loss)) this.teacher.stop();
    if (!this.player.playing) this.draw(); // else the next frame does
    if (this.history.length % 3 === 1 || !this.teacher.active) this.showLearning();
    if (!this.teacher.active || done % 500 < 8) this.voice.say(this.report());
  }

  report() {
    if (!this.history.length) {
      return this.teacher.active ? "" : "Eight neurons and a readout, here in your browser: Adam, backpropagation through 64 samples.";
    }
    const { done, unseen } = this.history.at(-1), ratio = Math.sqrt(unseen / this.naive);
    if (!Number.isFinite(ratio)) return "The training ran away: choose a smaller dt and reset.";
    return `After ${done.toLocaleString("en")} updates the blue forecast of the next sample errs ${ratio.toFixed(2)} times as much ` +
      "as repeating the last value (RMSE, on samples that it has not learned from).";
  }

  // ---- the story

  ask() {
    const { root, story } = this;
    for (const button of root.querySelectorAll(".story button")) {
      const chosen = button.dataset.preset === story.id;
      button.setAttribute("aria-pressed", chosen);
      if (chosen) button.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    }
    write(root.querySelector(".question"), story.question);
    this.tell();
  }

  // Whether the visitor has just tried what the caption asks for
  consider() {
    let told = "";
    for (const step of this.story.steps) {
      const tried = step.tried({ ...this.seen, settings: this.settings });
      if (!tried && !this.answers.has(step)) continue;
      if (tried) this.answers.set(step, step.answer(this));
      if (tried) told = this.answers.get(step);
    }
    this.tell();
    if (told) this.voice.say(told);
  }

  tell() {
    const { root, story } = this, tries = root.querySelector(".tries");
    const open = story.steps.filter((step) => !this.answers.has(step));
    const buttons = open.map((step) => this.button(step.label, () => {
      step.does(this);
      this.consider();
    }));
    const next = STORY[STORY.indexOf(story) + 1];
    if (!open.length && next) buttons.push(this.button(`Next: ${next.title}`, () => this.choose(next)));
    write(root.querySelector(".answer"), [...this.answers.values()].join(" "));
    const focused = tries.contains(this.root.activeElement ?? document.activeElement);
    tries.replaceChildren(...buttons);
    if (focused) buttons[0]?.focus();
    root.querySelector(".caption").append(...(this.answers.size ? [root.querySelector(".answer"), tries] : [tries, root.querySelector(".answer")]));
  }

  button(label, act) {
    const button = document.createElement("button");
    button.type = "button";
    write(button, label);
    button.onclick = act;
    return button;
  }

  choose(story) {
    const { neuron, speed, drawn } = this.settings;
    this.begin({ ...this.usual, ...story.settings, preset: story.id, neuron, speed, drawn });
    writeLink(this.settings, this.usual);
    this.voice.say(`${story.title}. ${story.question}`);
  }

  // ---- what is shown

  get shown() {
    return this.picture.lit?.neuron ?? this.settings.neuron - 1;
  }

  described() {
    const neuron = this.settings.neuron - 1, { f, x, tauSys } = this.simulation.at(this.simulation.now, neuron);
    return `Neuron ${neuron + 1}: gate ${f.toFixed(2)}, state ${x.toFixed(2)}, τ_sys ${tauSys.toFixed(2)}.`;
  }

  light(place) {
    this.picture.lit = place;
    this.formula.light(place?.part);
    this.stale = true;
    this.draw();
  }

  resize() {
    const width = this.root.querySelector(".view").clientWidth;
    if (!width) return;
    this.picture.resize(width, SIZE);
    this.refresh();
  }

  refresh() {
    this.stale = true;
    this.showControls();
    this.showLearning();
    this.draw();
  }

  draw() {
    const { picture, simulation } = this;
    if (!picture.width) return;
    picture.selected = this.settings.neuron - 1;
    picture.draw(simulation, this.phase, this.trained);
    if (!this.stale) return;
    this.stale = false;
    this.formula.show(simulation, this.shown);
    this.root.querySelector(".which .name").textContent = `Neuron ${this.shown + 1}`;
    const notice = this.root.querySelector(".notice");
    if (notice.hidden === simulation.lost) {
      notice.hidden = !simulation.lost;
      notice.textContent = simulation.lost ? `It ran away: dt = ${this.settings.dt}` : "";
    }
  }

  showControls() {
    const { root, settings } = this;
    for (const control of root.querySelectorAll("[data-setting]")) {
      const name = control.dataset.setting, value = settings[name];
      control.value = name === "dt" ? this.dtPlace(value) : value;
      if (control.nextElementSibling?.tagName === "OUTPUT") control.nextElementSibling.textContent = value.toFixed(2);
    }
    root.querySelector(".seed").textContent = `seed ${settings.seed}`;
    this.canvas.setAttribute(
      "aria-label",
      "The stream and eight neurons. Space plays and pauses, the right arrow steps, up and down choose a neuron, plus and " +
        `minus send a spike. ${this.described().replaceAll("τ_sys", "tau sys")}`,
    );
  }

  showLearning() {
    const { root, teacher } = this;
    root.querySelector('[data-do="train"]').textContent = teacher.active ? "Stop" : this.history.length ? "Train on" : "Train it here";
    root.querySelector(".learning").classList.toggle("begun", this.history.length > 0);
    root.querySelector(".learned").textContent = this.report();
    const loss = root.querySelector(".loss");
    if (this.history.length) drawLosses(loss, this.picture.colours, this.history, this.naive, UPDATES);
    loss.setAttribute("aria-label", `Errors of the training. ${this.report()}`);
  }

  // ---- what the visitor does

  makeControls() {
    const { root, limits } = this, select = root.querySelector('[data-setting="stream"]');
    for (const [name, title] of Object.entries({ ...NAMES, ...(this.own && { own: this.own.title }) })) {
      const option = document.createElement("option");
      Object.assign(option, { value: name, textContent: title });
      select.append(option);
    }
    root.querySelector(".story").append(...STORY.map((story, k) => {
      const button = this.button(`${k + 1}. ${story.title}`, () => this.choose(story));
      button.dataset.preset = story.id;
      return button;
    }));
    const [lowest, longest] = limits.dt;
    this.dtPlace = (dt) => Math.log(dt / lowest) / Math.log(longest / lowest);
    const dtAt = (place) => Number((lowest * (longest / lowest) ** place).toPrecision(2));
    for (const control of root.querySelectorAll("[data-setting]")) {
      const name = control.dataset.setting, moved = control.type === "range" ? "oninput" : "onchange";
      control[moved] = () => {
        const value = name === "dt" ? dtAt(Number(control.value)) : name === "stream" ? control.value : Number(control.value);
        this.set({ [name]: value, ...(value === "step" && { noise: 0.3 }) });
        if (moved === "onchange") this.done();
      };
      if (moved === "oninput") control.onchange = () => this.done();
    }
    const acts = {
      play: () => this.play(!this.player.playing),
      step: () => this.step(),
      reset: () => {
        this.begin(this.settings);
        this.voice.say("Back to the start.");
      },
      "spike-up": () => this.spike(SPIKE),
      "spike-down": () => this.spike(-SPIKE),
      up: () => this.select(this.settings.neuron - 1),
      down: () => this.select(this.settings.neuron + 1),
      train: () => this.train(),
      seed: () => {
        this.set({ seed: Math.floor(Math.random() * (limits.seed[1] + 1)) });
        this.changed();
        this.voice.say(`Another layer, seed ${this.settings.seed}.`);
      },
    };
    for (const button of root.querySelectorAll("[data-do]")) button.onclick = acts[button.dataset.do];
    this.canvas.onkeydown = (event) => {
      const act = { " ": acts.play, ArrowRight: acts.step, ArrowUp: acts.up, ArrowDown: acts.down, "+": acts["spike-up"], "-": acts["spike-down"] }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    this.point();
  }

  // A change is complete: a slider is let go, a stream chosen
  done() {
    this.changed();
    this.consider();
  }

  changed() {
    writeLink(this.settings, this.usual);
  }

  spike(height) {
    this.add(height, 1);
    this.consider();
  }

  select(neuron) {
    this.settings.neuron = ((neuron - 1 + SIZE) % SIZE) + 1;
    this.picture.lit = null;
    this.changed();
    this.refresh();
    this.voice.say(this.described());
  }

  // Mouse and finger: over the stream a tap is a spike and a drag draws; elsewhere a tap chooses a neuron
  point() {
    const { canvas } = this;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.picture.under(event.clientX - box.left, event.clientY - box.top, this.simulation, this.phase);
    };
    let pressed = null;
    canvas.onpointerdown = (event) => {
      pressed = { place: place(event), x: event.clientX, y: event.clientY, moved: false };
      canvas.setPointerCapture(event.pointerId);
    };
    canvas.onpointermove = (event) => {
      const at = place(event);
      if (!pressed) return this.light(at);
      if (pressed.place.part !== "I") return;
      const across = Math.abs(event.clientX - pressed.x), down = Math.abs(event.clientY - pressed.y);
      // A finger that sets out downwards is about to scroll the page.
      pressed.moved ||= across > TAP ? event.pointerType === "mouse" || across > down : down > TAP && event.pointerType === "mouse";
      if (!pressed.moved || at.part !== "I") return;
      this.drag(pressed.place, at);
      pressed.place = at;
      this.refresh();
    };
    canvas.onpointerup = (event) => {
      const was = pressed, at = place(event);
      pressed = null;
      if (!was) return;
      if (at.part === "I" && !was.moved) {
        const sample = Math.max(at.sample, this.simulation.first);
        this.addAt(sample, at.value > this.simulation.input(sample) ? SPIKE : -SPIKE);
      } else if (at.part !== "I" && !was.moved) this.select(at.neuron + 1);
      this.done();
      this.refresh();
    };
    canvas.onpointercancel = () => (pressed = null); // the finger scrolls the page
    canvas.onpointerleave = () => this.light(null);
  }
}

const layers = new WeakMap();

export default function ({ data, parentElement }) {
  const known = layers.get(parentElement);
  if (known) known.take(data);
  else layers.set(parentElement, new Layer(parentElement, data));
  return () => {
    layers.get(parentElement)?.close();
    layers.delete(parentElement);
  };
}
