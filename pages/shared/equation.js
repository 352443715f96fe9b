// The liquid layer's equation and its derivative, for every page that computes in the browser. The same as
// liquid/dynamics/layer.py, which tests/browser/test_equation.py holds it to.
//
// Weights: { size, inputs, W [size x (inputs + size)] row by row, b, A, tauRaw, [size] each }; columns of W for the
// inputs come first. All numbers are float64.

// f = sigmoid(z)
export const sigmoid = (z) => 1 / (1 + Math.exp(-z));

// tau = softplus(tau_raw)
export const softplus = (raw) => Math.max(raw, 0) + Math.log1p(Math.exp(-Math.abs(raw)));

// tau_raw, of which tau is the softplus
export const inverseSoftplus = (tau) => tau + Math.log(-Math.expm1(-tau));

// tau_sys = tau / (1 + tau f), so tau / (1 + tau) < tau_sys < tau
export const tauSys = (tau, f) => tau / (1 + tau * f);

// dx/dt = -x / tau_sys + A f
export const rate = (x, f, tau, A) => -x / tauSys(tau, f) + A * f;

export const baseTau = (weights) => Float64Array.from(weights.tauRaw, softplus);

// f = sigmoid(W [I, x] + b)
export function gates(weights, input, state, f) {
  const { size, inputs, W, b } = weights, columns = inputs + size;
  for (let i = 0; i < size; i++) {
    let z = b[i];
    for (let j = 0; j < inputs; j++) z += W[i * columns + j] * input[j];
    for (let j = 0; j < size; j++) z += W[i * columns + inputs + j] * state[j];
    f[i] = sigmoid(z);
  }
}

// x <- x + dt dx/dt; fills the gate f and the state after the step
export function step(weights, tau, dt, input, state, f, after) {
  gates(weights, input, state, f);
  for (let i = 0; i < weights.size; i++) after[i] = state[i] + dt * rate(state[i], f[i], tau[i], weights.A[i]);
}

// The step's derivative, backwards. Of a loss L, `pull` holds dL/d(state after the step) and gets dL/d(state before);
// dL/d(weights) is added to `gradient`. `f` and `state` are those that the step saw.
//     dL/dz       = pull dt (A - x) f (1 - f)          dL/dA       = pull dt f
//     dL/dtau_raw = pull dt x / tau^2 sigmoid(tau_raw)  dL/dx       = pull (1 - dt / tau_sys) + W_x^T dL/dz
export function backward(weights, tau, dt, input, state, f, pull, gradient) {
  const { size, inputs, W, A, tauRaw } = weights, columns = inputs + size;
  const before = gradient.scratch ??= new Float64Array(size);
  for (let i = 0; i < size; i++) before[i] = pull[i] * (1 - dt / tauSys(tau[i], f[i]));
  for (let i = 0; i < size; i++) {
    const argument = pull[i] * dt * (A[i] - state[i]) * f[i] * (1 - f[i]);
    gradient.b[i] += argument;
    gradient.A[i] += pull[i] * dt * f[i];
    gradient.tauRaw[i] += (pull[i] * dt * state[i] / (tau[i] * tau[i])) * sigmoid(tauRaw[i]);
    for (let j = 0; j < inputs; j++) gradient.W[i * columns + j] += argument * input[j];
    for (let j = 0; j < size; j++) {
      gradient.W[i * columns + inputs + j] += argument * state[j];
      before[j] += argument * W[i * columns + inputs + j];
    }
  }
  pull.set(before);
}
