// Text with the symbol tau_sys set as a symbol; returns the text.

export function write(element, text) {
  const parts = text.split("τ_sys").flatMap((words, k) => (k ? [symbol(), words] : [words]));
  element.replaceChildren(...parts);
  return text;
}

function symbol() {
  const tau = document.createElement("span"), sub = document.createElement("sub");
  sub.textContent = "sys";
  tau.append("τ", sub);
  return tau;
}
