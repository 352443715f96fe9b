// Frames while it plays and somebody can see it: none in a hidden tab, none while the picture is scrolled away.

const LONGEST = 0.1; // seconds that one frame may stand for: a slow one does not make the stream jump

export class Player {
  // `frame(seconds)` draws, and advances by the time since the last frame; `turned(awake)` is told when the tab is hidden
  // or shown
  constructor(element, frame, turned) {
    this.playing = false;
    this.frame = frame;
    this.turned = turned;
    this.request = 0;
    this.inView = true;
    this.onHidden = () => this.#check();
    document.addEventListener("visibilitychange", this.onHidden);
    this.observer = new IntersectionObserver((entries) => {
      this.inView = entries.at(-1).isIntersecting;
      this.#check();
    });
    this.observer.observe(element);
    this.awake = true;
  }

  play(playing) {
    this.playing = playing;
    this.#check();
  }

  #check() {
    const awake = !document.hidden;
    if (awake !== this.awake) this.turned((this.awake = awake));
    const runs = this.playing && awake && this.inView;
    if (!runs) {
      cancelAnimationFrame(this.request);
      this.request = 0;
    } else if (!this.request) {
      this.last = null;
      this.request = requestAnimationFrame(this.#next);
    }
  }

  #next = (time) => {
    this.request = requestAnimationFrame(this.#next);
    this.frame(this.last === null ? 0 : Math.min((time - this.last) / 1000, LONGEST));
    this.last = time;
  };

  close() {
    this.play(false);
    this.observer.disconnect();
    document.removeEventListener("visibilitychange", this.onHidden);
  }
}
