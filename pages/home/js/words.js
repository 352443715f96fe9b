// Text with the symbol tau_sys set as a symbol.

export function write(element, text) {
  const parts = text.split("τ_sys").flatMap((words, k) => (k ? [symbol(), words] : [words]));
  element.replaceChildren(...parts);
}

function symbol() {
  const tau = document.createElement("span"), sub = document.createElement("sub");
  sub.textContent = "sys";
  tau.append("τ", sub);
  return tau;
}
