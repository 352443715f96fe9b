// The Home page's layer: what is simulated, what it learns, and what is shown. Streamlit calls the default export.

import { Caption } from "./caption.js";
import { theme } from "./colours.js";
import { Controls } from "./controls.js";
import { Formula } from "./formula.js";
import { UPDATES } from "./learning.js";
import { values as drawnValues, writeLink } from "./link.js";
import { drawLosses } from "./loss.js";
import { Picture } from "./picture.js";
import { Player } from "./player.js";
import { followPointer } from "./pointer.js";
import { KEPT, Simulation } from "./simulation.js";
import { STORY } from "./story.js";
import { LOOP, stream } from "./streams.js";
import { Teacher } from "./teacher.js";
import { Voice } from "./voice.js";
import { SIZE, start } from "./weights.js";

const SPIKE = 3; // standard deviations
const AHEAD = 16; // samples that a paused layer goes on at most, to show what was added

class Layer {
  constructor(root, { limits, own, usual, ...data }) {
    const find = (selector) => root.querySelector(selector);
    this.root = root;
    this.own = own;
    this.usual = { ...usual, drawn: new Float64Array(LOOP) };
    this.canvas = find("canvas.picture");
    this.voice = new Voice(find(".spoken"));
    this.picture = new Picture(this.canvas);
    this.formula = new Formula(root, (part) => this.light(part && { part, neuron: this.shown }));
    this.player = new Player(find(".view"), (seconds) => this.frame(seconds), (awake) => this.teacher.run(awake));
    this.teacher = new Teacher((report) => this.learned(report));
    this.caption = new Caption(root, this, (text) => this.voice.say(text));
    this.controls = new Controls(root, this, limits, own);
    followPointer(this.canvas, this);
    this.take(data);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(find(".view"));
    this.player.play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
  }

  // From the server, at first and when it runs the page again: the theme may be another, and the address too, if the
  // visitor went back.
  take({ link }) {
    this.picture.colours = theme(this.root.host ?? this.root);
    this.root.querySelector(".layer").style.colorScheme = this.picture.colours.scheme; // of sliders and lists
    if (JSON.stringify(link) !== JSON.stringify(this.link)) {
      const story = STORY.find(({ id }) => id === (link.preset ?? this.usual.preset)), { drawn } = link;
      this.link = link;
      this.begin({ ...this.usual, ...story.settings, ...link, ...(drawn && { drawn: drawnValues(drawn) }) });
    }
    this.resize();
  }

  close() {
    this.player.close();
    this.teacher.stop();
    this.voice.close();
    this.observer.disconnect();
  }

  // ---- what is simulated

  begin(settings) {
    this.settings = { ...settings, drawn: Float64Array.from(settings.drawn) };
    this.seen = { edited: false, spikes: { up: false, down: false }, before: settings.dt };
    this.reset(true);
    this.caption.begin(STORY.find(({ id }) => id === settings.preset));
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

  restart() {
    this.begin(this.settings);
    this.voice.say("Back to the start.");
  }

  choose(story) {
    const { neuron, speed, drawn } = this.settings;
    this.begin({ ...this.usual, ...story.settings, preset: story.id, neuron, speed, drawn });
    this.changed();
    this.voice.say(`${story.title}. ${story.question}`);
  }

  reseed(seed) {
    this.set({ seed });
    this.changed();
    this.voice.say(`Another layer, seed ${seed}.`);
  }

  // Settings of the stream or the step: what the layer has learned stays, unless it is another layer
  set(changes) {
    this.seen.before = this.settings.dt;
    Object.assign(this.settings, changes);
    if (!("speed" in changes)) this.teacher.stop();
    if ("stream" in changes || "seed" in changes) this.reset("seed" in changes);
    else this.simulation.again(-Infinity);
    this.refresh();
  }

  // A spike, or a level that is held, from the next sample on
  add(height, samples) {
    const { simulation } = this, next = simulation.now + 1;
    for (let sample = next; sample < next + samples; sample++) this.#addAt(sample, height);
    if (!this.player.playing) for (let k = 0; k < Math.min(samples, AHEAD); k++) simulation.next();
    this.refresh();
  }

  spike(height) {
    this.add(height, 1);
    this.caption.consider();
  }

  // A spike at a place of the picture, up if that is above the stream
  spikeAt({ sample, value }) {
    const at = Math.max(sample, this.simulation.first);
    this.#addAt(at, value > this.simulation.input(at) ? SPIKE : -SPIKE);
    this.refresh();
  }

  #addAt(sample, height) {
    const { spikes } = this.simulation;
    spikes.set(sample, (spikes.get(sample) ?? 0) + height);
    this.simulation.again(sample);
    this.seen.spikes[height > 0 ? "up" : "down"] = true;
  }

  // The stream becomes what was drawn from one place of the picture to another
  drag(from, to) {
    const { simulation, settings } = this, [low, high] = from.sample <= to.sample ? [from, to] : [to, from];
    const drawn = settings.stream === "drawn", first = Math.max(low.sample, simulation.first);
    for (let sample = first; sample <= high.sample; sample++) {
      const share = high.sample === low.sample ? 1 : (sample - low.sample) / (high.sample - low.sample);
      const value = low.value + share * (high.value - low.value);
      if (drawn) settings.drawn[(sample * settings.pace) % LOOP] = value;
      else simulation.edits.set(sample, value);
    }
    if (drawn) simulation.stream = stream("drawn", settings.seed, settings);
    simulation.again(drawn ? -Infinity : first);
    this.seen.edited = true;
    this.refresh();
  }

  step() {
    this.play(false);
    this.simulation.next();
    this.phase = 0;
    this.refresh();
    this.voice.say(this.described());
  }

  play(playing) {
    this.player.play(playing);
    if (!playing) this.changed();
    this.voice.say(playing ? "Playing." : `Paused. ${this.described()}`);
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

  // A change is complete: a slider is let go, a finger lifted
  done() {
    this.changed();
    this.caption.consider();
  }

  changed() {
    writeLink(this.settings, this.usual);
  }

  // ---- what it learns

  train() {
    if (this.teacher.active) {
      this.teacher.stop();
      this.voice.say(`Training stopped. ${this.report()}`);
      return this.refresh();
    }
    const { simulation, settings, weights } = this, { listened, length } = simulation.stream;
    const end = Math.floor(listened / settings.pace), last = length ? Math.floor(length / settings.pace) : end + KEPT;
    const heard = (from, to) => Float64Array.from({ length: to - from }, (_, k) => simulation.input(from + k));
    const unseen = heard(end, last), jumps = unseen.slice(1).map((value, t) => (value - unseen[t]) ** 2);
    this.history = [];
    this.naive = jumps.reduce((sum, jump) => sum + jump, 0) / jumps.length; // of repeating the last value
    if (this.naive > 0) {
      this.teacher.start({ weights, dt: settings.dt, series: heard(0, end), unseen, seed: settings.seed });
      this.trained = true;
    }
    this.voice.say(this.naive > 0 ? "Training began." : this.report());
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
    if (this.naive === 0) return "This stream does not change: there is nothing to forecast.";
    if (!this.history.length) {
      return "Let it learn to forecast the next sample, here in your browser: Adam, backpropagation through 64 samples.";
    }
    const { done, unseen } = this.history.at(-1), ratio = Math.sqrt(unseen / this.naive);
    if (!Number.isFinite(ratio)) return "The training ran away: choose a smaller dt and reset.";
    return `After ${done.toLocaleString("en")} updates the blue forecast of the next sample errs ${ratio.toFixed(2)} times as ` +
      "much as repeating the last value (RMSE, on samples that it has not learned from).";
  }

  // ---- what is shown

  // The neuron whose numbers are shown: the one under the mouse, else the chosen one
  get shown() {
    return this.picture.lit?.neuron ?? this.settings.neuron - 1;
  }

  select(neuron) {
    this.settings.neuron = ((neuron - 1 + SIZE) % SIZE) + 1;
    this.picture.lit = null;
    this.changed();
    this.refresh();
    this.voice.say(this.described());
  }

  light(place) {
    this.picture.lit = place;
    this.formula.light(place?.part);
    this.stale = true;
    if (!this.player.playing) this.draw();
  }

  described() {
    const neuron = this.settings.neuron - 1, { f, x, tauSys } = this.simulation.at(this.simulation.now, neuron);
    return `Neuron ${neuron + 1}: gate ${f.toFixed(2)}, state ${x.toFixed(2)}, τ_sys ${tauSys.toFixed(2)}.`;
  }

  resize() {
    const width = this.root.querySelector(".view").clientWidth;
    if (width) this.picture.resize(width, SIZE);
    this.refresh();
  }

  refresh() {
    this.stale = true;
    this.controls.show(this.settings, this.player.playing);
    this.canvas.setAttribute(
      "aria-label",
      "The stream and eight neurons. Space plays and pauses, the right arrow steps, up and down choose a neuron, plus and " +
        `minus send a spike. ${this.described().replace("τ_sys", "tau sys")}`,
    );
    this.showLearning();
    this.draw();
  }

  showLearning() {
    const { root, teacher, history, trained } = this, loss = root.querySelector(".loss");
    root.querySelector('[data-do="train"]').textContent = teacher.active ? "Stop" : trained ? "Train on" : "Train it here";
    root.querySelector(".learning").classList.toggle("begun", history.length > 0);
    root.querySelector(".learned").textContent = this.report();
    loss.setAttribute("aria-label", `Errors of the training. ${this.report()}`);
    if (history.length) drawLosses(loss, this.picture.colours, history, this.naive, UPDATES);
  }

  draw() {
    const { picture, simulation, root } = this;
    if (!picture.width) return;
    picture.selected = this.settings.neuron - 1;
    picture.draw(simulation, this.phase, this.trained);
    if (!this.stale) return;
    this.stale = false;
    this.formula.show(simulation, this.shown);
    root.querySelector(".which .name").textContent = `Neuron ${this.shown + 1}`;
    const notice = root.querySelector(".notice");
    notice.hidden = !simulation.lost;
    if (simulation.lost) notice.textContent = `It ran away: dt = ${this.settings.dt}`;
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
