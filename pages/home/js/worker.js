// A training, beside the page's own thread: updates in slices, so that it can be paused between them and be watched.

import { baseTau, step } from "../../shared/equation.js";
import { UPDATES, forecast, training } from "./learning.js";
import { copy } from "./weights.js";

const SLICE = 33; // ms

let timer = null, go = null;

onmessage = ({ data }) => {
  clearTimeout(timer);
  if (data.task) go = begin(data.task);
  if (data.run && go) go();
};

function begin({ weights, dt, series, unseen, seed }) {
  const update = training(weights, dt, series, seed);
  const report = (done, loss) => postMessage({ done, loss, unseen: unseenError(weights, dt, unseen), weights: copy(weights) });
  let done = 0;
  return function slice() {
    const started = performance.now(), count = Math.min(1 + Math.floor(done / 60), 8); // slow at first, to be watched
    let sum = 0, made = 0;
    while (made < count && done < UPDATES && performance.now() - started < SLICE) {
      sum += update().loss;
      made += 1;
      done += 1;
    }
    report(done, sum / made);
    if (done < UPDATES) timer = setTimeout(slice, Math.max(SLICE - (performance.now() - started), 4));
  };
}

// Mean squared error one sample ahead on samples that no update has read; the first 64 only warm the state
function unseenError(weights, dt, series) {
  const tau = baseTau(weights), f = new Float64Array(weights.size), warm = Math.min(64, series.length >> 2);
  let state = new Float64Array(weights.size), after = new Float64Array(weights.size), sum = 0;
  for (let t = 0; t < series.length - 1; t++) {
    step(weights, tau, dt, [series[t]], state, f, after);
    [state, after] = [after, state];
    if (t >= warm) sum += (forecast(weights, state) - series[t + 1]) ** 2;
  }
  return sum / (series.length - 1 - warm);
}
