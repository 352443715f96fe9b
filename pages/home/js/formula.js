// The equation with one neuron's numbers of this instant; a number lights its part of the picture, and the other way
// round.

const part = (name, symbol) => `<var data-part="${name}">${symbol}</var>`;
const number = (name) => `<b data-part="${name}" data-number="${name}"></b>`;
const over = (above, below) => `<span class="over"><span>${above}</span><span>${below}</span></span>`;
const TAU_SYS = part("tau_sys", "τ<sub>sys</sub>"), DX = part("rate", over("dx", "dt"));

// Symbols and numbers are ours: no text of a visitor comes in here.
const LINES = `
  <p>${part("f", "f")} = σ(${part("w", "w")} ${part("I", "I")} + W ${part("x", "x")} + b)</p>
  <p class="numbers">= σ(${number("w")} · ${number("I")} <b data-number="rest"></b>) = ${number("f")}</p>
  <p>${TAU_SYS} = ${over(part("tau", "τ"), `1 + ${part("tau", "τ")} ${part("f", "f")}`)}</p>
  <p class="numbers">= ${over(number("tau"), `1 + ${number("tau")} · ${number("f")}`)} = ${number("tau_sys")}</p>
  <p>${DX} = −${over(part("x", "x"), TAU_SYS)} + ${part("A", "A")} ${part("f", "f")}</p>
  <p class="numbers">= −${over(number("x"), number("tau_sys"))} + ${number("A")} · ${number("f")} = ${number("rate")}</p>
  <p>${part("x", "x")} ← ${part("x", "x")} + ${part("dt", "dt")} ${DX}</p>
  <p class="numbers">= ${number("x")} + ${number("dt")} · ${number("rate")} = <b data-part="x" data-number="after"></b></p>`;

export class Formula {
  // `point` is told which part the mouse is on, in the equation or at dt's slider, or null
  constructor(root, point) {
    const box = root.querySelector(".formula");
    box.innerHTML = LINES;
    for (const place of [box, root.querySelector('label[data-part="dt"]')]) {
      place.onpointerover = (event) => point(event.target.closest("[data-part]")?.dataset.part ?? null);
      place.onpointerleave = () => point(null);
    }
    this.numbers = [...box.querySelectorAll("[data-number]")];
    this.parts = [...root.querySelectorAll("[data-part]")];
  }

  show(simulation, neuron) {
    const { weights, settings, now, size } = simulation, { f, before, x, tauSys } = simulation.at(now, neuron);
    const row = neuron * (1 + size), w = weights.W[row], input = simulation.input(now);
    const rate = -before / tauSys + weights.A[neuron] * f;
    const values = { w, I: input, f, tau: simulation.tau[neuron], tau_sys: tauSys, x: before, A: weights.A[neuron], rate };
    values.after = x;
    values.dt = settings.dt;
    values.rest = weights.b[neuron]; // W x + b
    for (let j = 0; j < size; j++) values.rest += weights.W[row + 1 + j] * simulation.at(now, j).before;
    for (const place of this.numbers) {
      const name = place.dataset.number, text = written(values[name]);
      const shown = name === "rest" ? `${text.startsWith("−") ? "−" : "+"} ${text.replace("−", "")}` : bracketed(text, place);
      if (place.textContent !== shown) place.textContent = shown;
    }
  }

  light(name) {
    for (const place of this.parts) place.classList.toggle("lit", place.dataset.part === name);
  }
}

const written = (value) =>
  !Number.isFinite(value) ? "∞" : Math.abs(value) >= 1000 ? value.toExponential(0).replace("-", "−") : value.toFixed(2).replace("-", "−");

// A negative number stands in brackets behind an operator
function bracketed(text, place) {
  const ratio = place.closest(".over"), before = (ratio && place.parentElement === ratio.firstElementChild ? ratio : place).previousSibling;
  return text.startsWith("−") && /[·+−]\s*$/.test(before?.textContent ?? "") ? `(${text})` : text;
}
