// One neuron's sigmoid with its operating point and noise: drag the point to see which way noise moves the gate.
// innerHTML gets computed numbers only, never text from a series.

import { sigmoid, tauSys } from "../shared/equation.js";

let W = 640; // as wide as the page, so that text keeps its size on a phone
const H = 300, LEFT = 46, RIGHT = 12, TOP = 14, BOTTOM = 46, REACH = 8;
const x = (z) => LEFT + ((z + REACH) / (2 * REACH)) * (W - LEFT - RIGHT);
const y = (f) => TOP + (1 - f) * (H - TOP - BOTTOM);

// E value(sigmoid(z + sd N(0, 1))) by a fine trapezoid: a picture needs three digits
function expected(z, sd, value = (f) => f) {
  let sum = 0, weight = 0;
  for (let n = -5; n <= 5; n += 0.05) {
    const w = Math.exp(-n * n / 2);
    sum += w * value(sigmoid(z + sd * n));
    weight += w;
  }
  return sum / weight;
}

function curve(f, from = -REACH, to = REACH) {
  const points = [];
  for (let z = from; z <= to + 1e-9; z += 0.1) points.push(`${x(z).toFixed(1)},${y(f(z)).toFixed(1)}`);
  return points.join(" ");
}

function picture(z, sd, tau) {
  const still = sigmoid(z), noisy = expected(z, sd);
  const bell = curve((u) => 0.28 * Math.exp(-((u - z) ** 2) / (2 * Math.max(sd, 0.02) ** 2)));
  const low = Math.max(z - sd, -REACH), high = Math.min(z + sd, REACH);
  const ticks = [-8, -4, 0, 4, 8].map((t) => `<text x="${x(t)}" y="${H - BOTTOM + 16}" text-anchor="middle">${t}</text>`);
  const levels = [0, 0.5, 1].map((f) => `<text x="${LEFT - 8}" y="${y(f) + 4}" text-anchor="end">${f}</text>`);
  return `
    <rect class="side" x="${x(-REACH)}" y="${TOP}" width="${x(0) - x(-REACH)}" height="${H - TOP - BOTTOM}" />
    <text class="label" x="${x(-REACH) + 8}" y="${TOP + 16}">convex: noise opens the gate, tau_sys shrinks</text>
    <text class="label" x="${x(REACH) - 4}" y="${y(0) - 8}" text-anchor="end">concave: noise closes it, tau_sys grows</text>
    <polyline class="bell" points="${x(-REACH)},${y(0)} ${bell} ${x(REACH)},${y(0)}" />
    <polyline class="sigmoid" points="${curve(sigmoid)}" />
    <line class="chord" x1="${x(low)}" y1="${y(sigmoid(low))}" x2="${x(high)}" y2="${y(sigmoid(high))}" />
    <line class="shift" x1="${x(z)}" y1="${y(still)}" x2="${x(z)}" y2="${y(noisy)}" />
    <circle class="noisy" cx="${x(z)}" cy="${y(noisy)}" r="5" />
    <circle class="point" cx="${x(z)}" cy="${y(still)}" r="9" />
    ${ticks.join("")}${levels.join("")}
    <text x="${(LEFT + W - RIGHT) / 2}" y="${H - 8}" text-anchor="middle">argument z of the gate</text>
    <text x="14" y="${(H - BOTTOM) / 2}" transform="rotate(-90 14 ${(H - BOTTOM) / 2})" text-anchor="middle">gate f</text>`;
}

function sentence(z, sd, tau) {
  const still = sigmoid(z), noisy = expected(z, sd);
  const before = tauSys(tau, still), after = expected(z, sd, (f) => tauSys(tau, f));
  const percent = 100 * (after / before - 1);
  return `z = ${z.toFixed(2)}, noise ± ${sd.toFixed(2)}: mean f goes from ${still.toFixed(3)} to ${noisy.toFixed(3)}, ` +
    `mean tau_sys changes by ${percent >= 0 ? "+" : "−"}${Math.abs(percent).toFixed(2)} %.`;
}

export default function (component) {
  const { data, parentElement } = component;
  const svg = parentElement.querySelector("svg"), slider = parentElement.querySelector("input");
  const text = parentElement.querySelector("p");
  const bounded = (z) => Math.min(REACH, Math.max(-REACH, z));

  function show(z) {
    slider.value = bounded(z);
    svg.innerHTML = picture(bounded(z), data.sd, data.tau);
    text.textContent = sentence(z, data.sd, data.tau);
  }
  W = Math.min(640, Math.max(320, svg.clientWidth || 640));
  svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
  // A drag stays where the visitor left it until the neuron's own point is another.
  if (svg.dataset.z !== `${data.neuron} ${data.z}`) {
    svg.dataset.z = `${data.neuron} ${data.z}`;
    show(data.z);
  } else {
    show(Number(slider.value));
  }

  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const scale = Math.max(W / box.width, H / box.height);
    const inside = (event.clientX - box.left - (box.width - W / scale) / 2) * scale;
    return bounded(((inside - LEFT) / (W - LEFT - RIGHT)) * 2 * REACH - REACH);
  };
  svg.onpointerdown = (event) => { svg.setPointerCapture(event.pointerId); show(at(event)); };
  svg.onpointermove = (event) => { if (svg.hasPointerCapture(event.pointerId)) show(at(event)); };
  slider.oninput = () => show(Number(slider.value));
}
