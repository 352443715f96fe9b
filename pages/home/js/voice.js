// What a screen reader hears: the newest message, and no more than one every few seconds.

const PAUSE = 3000; // ms

export class Voice {
  constructor(element) {
    this.element = element;
    this.next = 0;
    this.timer = 0;
  }

  say(text) {
    clearTimeout(this.timer);
    const speak = () => {
      this.element.textContent = text.replaceAll("τ_sys", "tau sys");
      this.next = Date.now() + PAUSE;
    };
    const wait = this.next - Date.now();
    if (wait <= 0) speak();
    else this.timer = setTimeout(speak, wait);
  }

  close() {
    clearTimeout(this.timer);
  }
}
