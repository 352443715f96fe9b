// A training in a Web Worker, paused while the tab is hidden.

export class Teacher {
  constructor(heard) {
    this.heard = heard; // is told { done, loss, unseen, weights }
    this.worker = null;
    this.active = false;
  }

  // task: { weights, dt, series, unseen, seed }
  start(task) {
    this.stop();
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.active && this.heard(data);
    this.worker.postMessage({ task });
    this.active = true;
    this.run(true);
  }

  run(runs) {
    if (this.active) this.worker.postMessage({ run: runs });
  }

  stop() {
    this.worker?.terminate();
    this.worker = null;
    this.active = false;
  }
}
