// The caption: the story's question, what to try, and the answers to what was tried.

import { STORY } from "./story.js";
import { write } from "./words.js";

export class Caption {
  // `stage` is the layer that is played with; `say` speaks to a screen reader
  constructor(root, stage, say) {
    this.stage = stage;
    this.say = say;
    this.root = root;
    [this.question, this.tries, this.answer] = [".question", ".tries", ".answer"].map((name) => root.querySelector(name));
    root.querySelector(".story").append(...STORY.map((story, k) => {
      const choice = button(`${k + 1}. ${story.title}`, () => stage.choose(story));
      choice.dataset.preset = story.id;
      return choice;
    }));
  }

  begin(story) {
    this.story = story;
    this.answers = new Map();
    for (const choice of this.root.querySelectorAll(".story button")) {
      const chosen = choice.dataset.preset === story.id;
      choice.setAttribute("aria-pressed", chosen);
      // sideways only: the page stays where it is
      if (chosen) choice.parentElement.scrollLeft = choice.offsetLeft - 40;
    }
    write(this.question, story.question);
    this.show();
  }

  // Answer what the visitor has tried by now, with the numbers of now
  consider() {
    let newest = "";
    for (const step of this.story.steps) {
      if (!step.tried({ ...this.stage.seen, settings: this.stage.settings })) continue;
      newest = step.answer(this.stage);
      this.answers.set(step, newest);
    }
    if (!newest) return;
    this.show();
    this.say(newest);
  }

  show() {
    const { story, answers, tries, answer } = this, open = story.steps.filter((step) => !answers.has(step));
    const buttons = open.map((step) => button(step.label, () => {
      step.does(this.stage);
      this.consider();
    }));
    const next = STORY[STORY.indexOf(story) + 1];
    if (!open.length && next) buttons.push(button(`Next: ${next.title}`, () => this.stage.choose(next)));
    const focused = tries.contains(tries.getRootNode().activeElement);
    write(answer, [...answers.values()].join(" "));
    tries.replaceChildren(...buttons);
    tries.parentElement.append(...(answers.size ? [answer, tries] : [tries, answer]));
    if (focused) (buttons[0] ?? this.root.querySelector('.story [aria-pressed="true"]')).focus();
  }
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  write(made, label);
  made.onclick = act;
  return made;
}
