// The settings in the page's address. The server reads it (pages/home/settings.py) and hands over what it holds; a
// change is written here, without a run of the page.

const PREFIX = "layer_", DRAWN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"; // 64 levels
const HIGHEST = 3; // standard deviations

export function writeLink(settings, usual) {
  const address = new URL(location.href), names = Object.keys(usual);
  const text = (values, name) => (name === "drawn" ? levels(values.drawn) : String(values[name]));
  const changed = names.some((name) => text(settings, name) !== text(usual, name));
  for (const name of names) {
    // all of them or none: a link stays what it was when a default changes
    const holds = changed && (name !== "drawn" || settings.stream === "drawn");
    if (holds) address.searchParams.set(PREFIX + name, text(settings, name));
    else address.searchParams.delete(PREFIX + name);
  }
  if (address.href !== location.href) history.replaceState(history.state, "", address);
}

// A drawn stream as text, one letter a sample, and back
export const levels = (values) =>
  Array.from(values, (value) => DRAWN[Math.min(Math.max(Math.round(31.5 + (31.5 * value) / HIGHEST), 0), 63)]).join("");

export const values = (text) => Float64Array.from(text, (letter) => ((DRAWN.indexOf(letter) - 31.5) / 31.5) * HIGHEST);
