// The picture: the stream on top, coming from the right; below it a lane for every neuron. Left of `now` is the past.
//
// A lane shows the state x as the level of a vessel that the gate fills and the leak empties; full is where an open gate
// would hold it, A tau / (1 + tau). Its colour is tau_sys; its strength is what is left of it, exp(-sum dt / tau_sys) since then. So a trail is as long as the memory.

import { LIT, CLOSING } from "./colours.js";

const REACH = 3.4; // standard deviations of the stream that its panel shows
const HIGHEST = 3; // lanes that a level may rise above its own
const LOW_END = 0.12; // of the heat map: its darkest tenth is no colour for a dark ground

export class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.lit = null; // { part, neuron }
    this.selected = 0;
    this.colours = null;
  }

  // The canvas as wide as its place, at the screen's own resolution
  resize(width, size) {
    const narrow = width < 480, step = narrow ? 34 : width < 900 ? 42 : 50;
    this.narrow = narrow;
    this.width = width;
    this.sample = narrow ? 4 : 7; // pixels
    this.nowX = Math.round(width - (narrow ? 104 : Math.min(260, 0.28 * width)));
    this.input = { top: 18, bottom: narrow ? 104 : 122 };
    this.top = this.input.bottom + 16;
    this.lane = step - 7;
    this.step = step;
    this.height = this.top + size * step + 18;
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    Object.assign(this.canvas, { width: Math.round(width * scale), height: Math.round(this.height * scale) });
    this.canvas.style.height = `${this.height}px`;
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.gateX = this.nowX + (narrow ? 20 : 30);
    this.wireX = this.gateX + (narrow ? 17 : 24);
    this.wireStep = narrow ? 3 : 5;
    this.samples = Math.ceil(this.nowX / this.sample) + 2; // that the past shows
  }

  laneTop(neuron) {
    return this.top + neuron * this.step;
  }

  inputY(value) {
    const middle = (this.input.top + this.input.bottom) / 2, half = (this.input.bottom - this.input.top) / 2;
    return middle - (Math.min(Math.max(value, -REACH), REACH) / REACH) * half;
  }

  // What lies at a place of the picture
  under(x, y, simulation, phase) {
    if (y < this.input.bottom + 8) {
      const middle = (this.input.top + this.input.bottom) / 2, half = (this.input.bottom - this.input.top) / 2;
      const sample = Math.round(simulation.now + phase + (x - this.nowX) / this.sample);
      return { part: "I", neuron: null, sample, value: (REACH * (middle - y)) / half };
    }
    const neuron = Math.min(Math.max(Math.floor((y - this.top + 3) / this.step), 0), simulation.size - 1);
    if (x > this.wireX - 4) return { part: "w", neuron };
    if (x > this.nowX + 4) return { part: "f", neuron };
    const height = (this.laneTop(neuron) + this.lane - y) / this.lane, { tauSys } = simulation.at(simulation.now, neuron);
    if (height < 0.3) {
      const away = (time) => Math.abs(x - this.#ago(time, simulation.settings.dt));
      if (away(tauSys) < 14) return { part: "tau_sys", neuron };
      if (away(simulation.tau[neuron]) < 14) return { part: "tau", neuron };
    }
    return { part: height > 0.85 ? "A" : "x", neuron };
  }

  #ago(time, dt) {
    return Math.max(this.nowX - (time / dt) * this.sample, 5);
  }

  draw(simulation, phase, showForecast) {
    const { context, colours, width, height } = this;
    context.clearRect(0, 0, width, height);
    context.font = `12px ${colours.font}`;
    context.lineJoin = "round";
    this.#stream(simulation, phase, showForecast);
    const wires = this.#wires(simulation, phase);
    const tau = simulation.tau, slowest = Math.max(...tau), fastest = Math.min(...tau);
    const low = Math.log(fastest / (1 + fastest)), high = Math.log(slowest);
    const heat = (tauSys) => colours.heat(LOW_END + ((1 - LOW_END) * (Math.log(tauSys) - low)) / (high - low));
    for (let neuron = 0; neuron < simulation.size; neuron++) this.#lane(simulation, phase, neuron, heat, wires[neuron]);
    this.#axis();
  }

  #stream(simulation, phase, showForecast) {
    const { context, colours, nowX, sample: px, input } = this, { now } = simulation;
    const x = (sample) => nowX + (sample - now - phase) * px;
    const first = now - this.samples, last = Math.ceil(now + phase + (this.width - nowX) / px) + 1;
    const line = (from, to, value) => {
      context.beginPath();
      for (let sample = from; sample <= to; sample++) context.lineTo(x(sample), this.inputY(value(sample)));
    };
    context.fillStyle = colours.panel;
    context.fillRect(0, input.top - 6, this.width, input.bottom - input.top + 12);
    this.#text(this.narrow ? "input" : "input I", 6, input.top + 8, 0.75);
    this.#text("coming", this.width - 6, input.top + 8, 0.75, "right");
    context.strokeStyle = colours.ink;
    context.globalAlpha = 0.3;
    context.lineWidth = 1;
    line(first, last, (sample) => simulation.clean(sample));
    context.stroke();
    context.globalAlpha = this.lit?.part === "I" ? 1 : 0.5;
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    line(now + 1, last, (sample) => simulation.input(sample));
    context.stroke();
    context.setLineDash([]);
    context.save();
    context.beginPath();
    context.rect(0, 0, nowX, input.bottom + 10);
    context.clip();
    context.globalAlpha = 1;
    context.lineWidth = 1.75;
    line(first, now + 1, (sample) => simulation.input(sample));
    context.stroke();
    if (showForecast) {
      context.strokeStyle = colours.liquid;
      context.lineWidth = 2.5;
      line(first + 1, now + 1, (sample) => simulation.forecastOf(sample));
      context.stroke();
    }
    context.restore();
    context.strokeStyle = colours.ink;
    context.globalAlpha = 0.35;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(nowX + 0.5, input.top - 6);
    context.lineTo(nowX + 0.5, this.height - 18);
    context.stroke();
    context.globalAlpha = 1;
    const value = mix(simulation.input(now), simulation.input(now + 1), phase);
    this.#dot(nowX, this.inputY(value), this.lit?.part === "I" ? 7 : 5, this.lit?.part === "I" ? LIT : colours.ink);
  }

  // From the newest input to every gate: blue opens it, vermilion closes it, as strongly as w I
  #wires(simulation, phase) {
    const { context, nowX, wireX, wireStep, gateX } = this, { weights, now, size } = simulation;
    const value = mix(simulation.input(now), simulation.input(now + 1), phase), columns = 1 + size;
    const start = this.inputY(value), bend = this.input.bottom + 8;
    return Array.from({ length: size }, (_, neuron) => {
      const drive = weights.W[neuron * columns] * value, x = wireX + (size - 1 - neuron) * wireStep;
      const y = this.laneTop(neuron) + this.lane / 2, lit = this.#isLit("w", neuron);
      context.beginPath();
      context.moveTo(nowX, start);
      context.bezierCurveTo(x, start, x, start, x, Math.max(bend, start + 4));
      context.lineTo(x, y - 4);
      context.quadraticCurveTo(x, y, x - 4, y);
      context.lineTo(gateX, y);
      context.strokeStyle = lit ? LIT : drive > 0 ? this.colours.liquid : CLOSING;
      context.globalAlpha = lit ? 1 : 0.12 + 0.75 * Math.min(Math.abs(drive) / 2.5, 1);
      context.lineWidth = lit ? 2.5 : 1.5;
      context.stroke();
      context.globalAlpha = 1;
      return drive;
    });
  }

  #lane(simulation, phase, neuron, heat) {
    const { context, colours, nowX, sample: px, lane } = this, { now, settings, weights } = simulation;
    const top = this.laneTop(neuron), bottom = top + lane, base = bottom - 7, full = lane - 10, middle = top + lane / 2;
    const chosen = neuron === this.selected, tau = simulation.tau[neuron];
    const highest = (weights.A[neuron] * tau) / (1 + tau); // where dx/dt = 0 with f = 1
    if (chosen) {
      context.fillStyle = colours.panel;
      context.fillRect(0, top - 3, nowX, lane + 6);
      context.fillStyle = colours.liquid;
      context.fillRect(0, top - 3, 3, lane + 6);
    }
    // the vessel: empty at 0, full where an open gate would hold it
    context.strokeStyle = colours.ink;
    context.lineWidth = 1;
    for (const [y, part] of [[base - full, "A"], [base, "x"]]) {
      const lit = part === "A" && this.#isLit("A", neuron);
      context.globalAlpha = lit ? 1 : 0.14;
      context.strokeStyle = lit ? LIT : colours.ink;
      context.lineWidth = lit ? 2 : 1;
      context.beginPath();
      context.moveTo(0, Math.round(y) + 0.5);
      context.lineTo(nowX, Math.round(y) + 0.5);
      context.stroke();
    }
    context.globalAlpha = 1;
    const level = (x) => base - Math.min(Math.max(x / highest, -HIGHEST), HIGHEST) * full;
    const first = Math.max(now - this.samples, simulation.first), points = [];
    const newest = simulation.at(now, neuron), coming = simulation.coming(neuron);
    let kept = 1; // exp(-sum dt / tau_sys)
    points.push([nowX, level(mix(newest.x, coming.x, phase)), 1, coming.tauSys]);
    for (let sample = now; sample > first; sample--) {
      const { x, tauSys } = simulation.at(sample, neuron);
      kept *= Math.exp((-(sample === now ? phase : 1) * settings.dt) / tauSys);
      points.push([nowX - (now + phase - sample) * px, level(x), kept, tauSys]);
    }
    if (points.every(([, y]) => Number.isFinite(y))) {
      this.#trail(points, base, heat);
      if (points.some(([, y]) => y < base - 1.05 * full || y > base + 0.05 * full)) this.#over(points);
      this.#dot(nowX, points[0][1], this.#isLit("x", neuron) ? 7 : 4, this.#isLit("x", neuron) ? LIT : colours.ink);
    }
    this.#memory(simulation, neuron, mix(newest.tauSys, coming.tauSys, phase), bottom, heat);
    this.#gate(mix(newest.f, coming.f, phase), middle, neuron);
    this.#text(String(neuron + 1), 8, top + 11, chosen ? 1 : 0.7);
    const right = this.width - 6, samples = mix(newest.tauSys, coming.tauSys, phase) / settings.dt;
    context.font = `${chosen ? "600 " : ""}${this.narrow ? 12 : 13}px ${colours.font}`;
    this.#text(samples < 9.95 ? samples.toFixed(1) : samples.toFixed(0), right, middle + 4, 1, "right");
    context.font = `12px ${colours.font}`;
  }

  #trail(points, base, heat) {
    const { context, colours } = this, [[right]] = points, [left] = points.at(-1);
    const fill = context.createLinearGradient(right, 0, left, 0), line = context.createLinearGradient(right, 0, left, 0);
    const every = Math.max(2, Math.round(points.length / 48)), span = Math.max(right - left, 1);
    const ink = parseInt(colours.ink.slice(1), 16), [r, g, b] = [ink >> 16, (ink >> 8) & 255, ink & 255];
    for (let k = 0; k < points.length; k += every) {
      const [x, , kept, tauSys] = points[k], at = Math.min(Math.max((right - x) / span, 0), 1);
      fill.addColorStop(at, `rgba(${heat(tauSys).join()},${(0.95 * kept).toFixed(3)})`);
      line.addColorStop(at, `rgba(${r},${g},${b},${(0.1 + 0.6 * kept).toFixed(3)})`);
    }
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.lineTo(left, base);
    context.lineTo(right, base);
    context.fillStyle = fill;
    context.fill();
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.strokeStyle = line;
    context.lineWidth = 1.25;
    context.stroke();
  }

  // A level that has left its bounds spills over the other lanes
  #over(points) {
    const { context } = this;
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.strokeStyle = CLOSING;
    context.globalAlpha = 0.8;
    context.lineWidth = 1.25;
    context.stroke();
    context.globalAlpha = 1;
  }

  // How far back: a track from the floor tau / (1 + tau) to the ceiling tau, and a bead at tau_sys
  #memory(simulation, neuron, tauSys, bottom, heat) {
    const { context, colours, nowX } = this, { tau, settings } = simulation, y = bottom - 2;
    const x = (time) => this.#ago(time, settings.dt);
    const calm = simulation.at(simulation.now, neuron).calmTauSys;
    const ceiling = this.#isLit("tau", neuron);
    context.strokeStyle = ceiling ? LIT : colours.ink;
    context.globalAlpha = ceiling ? 1 : 0.35;
    context.lineWidth = ceiling ? 3 : 2;
    context.beginPath();
    const [from, to] = [x(tau[neuron] / (1 + tau[neuron])), x(tau[neuron])];
    context.moveTo(from, y);
    context.lineTo(to, y);
    for (const end of [from, to]) {
      context.moveTo(end, y - 3);
      context.lineTo(end, y + 3);
    }
    context.stroke();
    context.globalAlpha = 1;
    if (Math.abs(calm - tauSys) > 0.01 * calm) {
      context.beginPath();
      context.arc(x(calm), y, 3.5, 0, 2 * Math.PI);
      context.lineWidth = 1;
      context.stroke();
    }
    const lit = this.#isLit("tau_sys", neuron);
    this.#dot(Math.min(x(tauSys), nowX - 4), y, lit ? 8 : 5.5, lit ? LIT : `rgb(${heat(tauSys).join()})`, colours.ink);
  }

  // A pupil that is as open as the gate
  #gate(f, y, neuron) {
    const { context, colours, gateX } = this, r = this.narrow ? 10 : 12, lit = this.#isLit("f", neuron);
    context.beginPath();
    context.arc(gateX, y, r, 0, 2 * Math.PI);
    context.fillStyle = colours.ground;
    context.fill();
    context.strokeStyle = lit ? LIT : colours.liquid;
    context.lineWidth = lit ? 4 : 1.5;
    context.stroke();
    context.beginPath();
    context.arc(gateX, y, Math.max(r * Math.sqrt(f) - 1, 0.5), 0, 2 * Math.PI);
    context.fillStyle = colours.liquid;
    context.fill();
  }

  #axis() {
    const { nowX, sample: px, height } = this, y = height - 4;
    const ticks = this.narrow ? [20, 40, 60] : [20, 40, 60, 80, 100, 140, 180, 220];
    for (const ago of ticks) if (nowX - ago * px > 60) this.#text(String(ago), nowX - ago * px, y, 0.75, "center");
    this.#text("now", nowX - 2, y, 0.75, "right");
    this.#text("samples ago", 6, y, 0.75);
    this.#text("gate", this.gateX, y, 0.75, "center");
    this.#text(this.width < 700 ? "memory" : "memory, samples", this.width - 6, y, 0.75, "right");
  }

  #isLit(part, neuron) {
    return this.lit?.part === part && (this.lit.neuron ?? this.selected) === neuron;
  }

  #text(text, x, y, strength, align = "left") {
    const { context } = this;
    context.globalAlpha = strength;
    context.fillStyle = this.colours.ink;
    context.textAlign = align;
    context.fillText(text, x, y);
    context.globalAlpha = 1;
  }

  #dot(x, y, r, fill, outline) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = outline ?? this.colours.ground;
    context.stroke();
  }
}

const mix = (a, b, share) => a + (b - a) * share;
