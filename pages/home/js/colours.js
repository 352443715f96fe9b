// Colours: from the visitor's theme, and those that mean the same on every page (liquid/charts/style.py).

export const LIT = "#E69F00"; // what the mouse or the equation points at
export const CLOSING = "#D55E00"; // an input that closes a gate; a level that has left its bounds

export function theme(element) {
  const style = getComputedStyle(element), value = (name) => style.getPropertyValue(name).trim();
  const ground = value("--st-background-color");
  return {
    ink: value("--st-text-color"),
    ground,
    scheme: parseInt(ground.slice(3, 5), 16) < 128 ? "dark" : "light", // by its green, which the eye sees best
    panel: value("--st-secondary-background-color"),
    border: value("--st-border-color"),
    liquid: value("--st-primary-color"), // the blue of Liquid, as light or dark as the ground asks for
    font: value("--st-font"),
    heat: heat(value("--st-chart-sequential-colors").split(",")), // cividis
  };
}

// From 0 to 1 along a list of #rrggbb: [red, green, blue]
function heat(stops) {
  const rgb = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.trim().slice(at, at + 2), 16)));
  return (share) => {
    const at = Math.min(Math.max(share, 0), 1) * (rgb.length - 1), low = Math.min(Math.floor(at), rgb.length - 2);
    return rgb[low].map((channel, k) => Math.round(channel + (at - low) * (rgb[low + 1][k] - channel)));
  };
}
